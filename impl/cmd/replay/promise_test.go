package main

import (
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
)

// A twin is a budget that breaks a promise, in calls to it or to its children.
type twin struct {
	*impl.Budget
	when        func(b *impl.Budget, osize, nsize int64) bool // the calls that are wrong
	resize      func(b *impl.Budget, osize, nsize int64, realloc func() bool) error
	setLimit    func(b *impl.Budget, n int64) error // nil: the right one
	used, child int64                               // added to what it says is used, and to what a child says
}

func (w twin) Resize(osize, nsize int64, realloc func() bool) error {
	if w.when != nil && w.when(w.Budget, osize, nsize) {
		return w.resize(w.Budget, osize, nsize, realloc)
	}
	return w.Budget.Resize(osize, nsize, realloc)
}

func (w twin) SetLimit(n int64) error {
	if w.setLimit == nil {
		return w.Budget.SetLimit(n)
	}
	return w.setLimit(w.Budget, n)
}

func (w twin) newChild() budget {
	w.Budget, w.used, w.child = w.NewChild(impl.NoLimit), w.child, 0
	return w
}

func (w twin) Stats() impl.Stats { return w.wrong(w.Budget.Stats()) }
func (w twin) Exact() impl.Stats { return w.wrong(w.Budget.Exact()) }
func (w twin) Close() int64      { return w.Budget.Close() + max(0, w.used) }

func (w twin) wrong(s impl.Stats) impl.Stats {
	s.Used += w.used
	return s
}

// The calls that a twin makes wrong, and what it does.

type B = impl.Budget

func grows(_ *B, osize, nsize int64) bool       { return nsize > osize }
func shrinks(_ *B, osize, nsize int64) bool     { return nsize < osize }
func shrinksOnly(_ *B, osize, nsize int64) bool { return 0 < nsize && nsize < osize }
func tagged(_ *B, osize, nsize int64) bool      { return osize == 0 && nsize > 8 }
func frees(_ *B, _, nsize int64) bool           { return nsize == 0 }
func always(*B, int64, int64) bool              { return true }

// modeOf returns the mode of the budget of all, which b is, or is a child of.
func modeOf(b *B) impl.Mode {
	if b.Parent() != nil {
		b = b.Parent()
	}
	return b.Stats().Mode
}

// large is a growth in one mode.
func large(m impl.Mode) func(*B, int64, int64) bool {
	return func(b *B, _, nsize int64) bool { return modeOf(b) == m && nsize > 1000 }
}

func refuses(*B, int64, int64, func() bool) error { return impl.ErrLimit }

// forgets is a growth that gives back what it reserved by giveBack, if anything does.
func forgets(giveBack func(t *B, n int64)) func(*B, int64, int64, func() bool) error {
	return func(t *B, osize, nsize int64, realloc func() bool) error {
		if err := t.Reserve(nsize - osize); err != nil || realloc() {
			return err
		}
		giveBack(t, nsize-osize)
		return impl.ErrBackend
	}
}

// Every check can fail: each twin is caught, in the mode and by the promise that it breaks.
func TestBrokenTwins(t *testing.T) {
	oneBlock := write(t, "n 1 0 8\nf 1 8\n")
	for _, tt := range []struct {
		name string
		twin twin
		args string
		want string
	}{
		{"release before the free", twin{when: shrinks, resize: func(b *B, osize, nsize int64, realloc func() bool) error {
			b.Release(osize - nsize)
			realloc()
			return nil
		}}, "", "counting: LiveWithinCharge is broken"},
		{"allocate before the charge", twin{when: grows, resize: func(b *B, osize, nsize int64, realloc func() bool) error {
			realloc()
			return b.Reserve(nsize - osize)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"half of the charge", twin{when: always, resize: func(b *B, osize, nsize int64, realloc func() bool) error {
			return b.Resize(osize/2, nsize/2, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"a type tag taken for a size", twin{when: tagged, resize: func(b *B, _, nsize int64, realloc func() bool) error {
			return b.Resize(8, nsize, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"off by one at the limit", twin{setLimit: func(b *B, n int64) error { return b.SetLimit(n + 1) }},
			"-limit=1623", "enforcing: NeverOverLimit is broken: 1624 bytes live with a limit of 1623"},
		{"a limit that does not move", twin{setLimit: func(b *B, n int64) error {
			if b.Stats().Mode == impl.Enforcing {
				return nil
			}
			return b.SetLimit(n)
		}}, "-rounds=2 -limit=4MiB,1623", "enforcing: NeverOverLimit is broken: 1624 bytes live with a limit of 1623"},
		{"a refused shrink", twin{when: shrinksOnly, resize: refuses}, "", "counting: ShrinkNeverRefused is broken"},
		{"a refusal without a limit", twin{when: large(impl.Unlimited), resize: refuses}, "",
			"unlimited: NoFalseRefusal is broken"},
		{"rollback forgotten", twin{when: grows, resize: forgets(func(*B, int64) {})}, "-fail=1",
			"counting: Exact is broken: 1624 bytes used at the end, want 0"},
		{"rollback not on the statistics", twin{when: grows, resize: forgets((*B).Release)}, "-fail=1",
			"counting: Exact is broken: 0 growths rolled back, want 1"},
		{"a refusal not on the statistics", twin{when: large(impl.Enforcing), resize: refuses}, "-limit=4GiB",
			"enforcing: Exact is broken: 0 growths refused, want 1"},
		{"a free that releases nothing", twin{
			when:   func(_ *B, osize, nsize int64) bool { return osize == 32 && nsize == 0 },
			resize: func(_ *B, _, _ int64, realloc func() bool) error { realloc(); return nil },
		}, "", "counting: Exact is broken"},
		{"a free that frees nothing", twin{
			when:   func(b *B, _, nsize int64) bool { return modeOf(b) == impl.Unlimited && nsize == 0 },
			resize: func(*B, int64, int64, func() bool) error { return nil },
		}, "", "unlimited: Exact is broken"},
		{"a free that releases twice", twin{when: frees, resize: func(b *B, osize, _ int64, realloc func() bool) error {
			err := b.Resize(osize, 0, realloc)
			b.Release(osize)
			return err
		}}, oneBlock, "counting: Exact is broken: 8 bytes to 0: panic: casalloc: released 8 bytes with 0 held"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newBudget := func() budget {
				w := tt.twin
				w.Budget = impl.NewBudget()
				return w
			}
			for _, shared := range []string{"-shared=false", "-shared"} {
				args := append([]string{"-states=1", shared}, strings.Fields(tt.args)...)
				status, stdout, stderr := replay(newBudget, args...)
				told := strings.Contains(stderr, tt.want) && strings.Contains(stdout, "NOT BALANCED: ")
				if status != command.Failed || !told {
					t.Errorf("%s: got status %d, %s%s\nwant %d, %s",
						shared, status, stderr, stdout, command.Failed, tt.want)
				}
			}
		})
	}
}

// What is live is compared with each child and with all of them, and what these use with nothing.
func TestBrokenReadings(t *testing.T) {
	oneBlock := write(t, "n 1 0 8\nf 1 8\n")
	for _, tt := range []struct {
		twin twin
		want string
	}{
		{twin{child: -1}, "counting: LiveWithinCharge is broken: 8 bytes of a state live with 7 used"},
		{twin{used: -1}, "counting: LiveWithinCharge is broken: 0 bytes live with -1 used"},
		{twin{child: 1}, "counting: Exact is broken: 1 bytes held at children at the end, want 0"},
		{twin{used: 1}, "counting: Exact is broken: 1 bytes used at the end, want 0"},
	} {
		newBudget := func() budget {
			w := tt.twin
			w.Budget = impl.NewBudget()
			return w
		}
		status, stdout, stderr := replay(newBudget, "-states=1", oneBlock)
		if status != command.Failed || !strings.Contains(stderr, tt.want) {
			t.Errorf("got status %d, %s%s\nwant %d, %s", status, stderr, stdout, command.Failed, tt.want)
		}
	}
}

func TestBrokenJSON(t *testing.T) {
	status, stdout, stderr := replay(func() budget {
		return twin{
			Budget:   impl.NewBudget(),
			setLimit: func(b *B, n int64) error { return b.SetLimit(n + 1) },
		}
	}, "-json", "-limit=8", write(t, "n 1 0 9\nf 1 9\n"))
	told := strings.Contains(stderr, "enforcing: NeverOverLimit")
	if status != command.Failed || strings.Count(stdout, `"balanced": true`) != 2 || !told {
		t.Errorf("got status %d, %s%s", status, stderr, stdout)
	}
}
