package main

import (
	"fmt"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
)

// A twin is a budget that breaks a promise, in calls to it or through its accounts.
type twin struct {
	*impl.Budget
	when     func(t target, osize, nsize int64) bool // the calls that are wrong
	resize   func(t target, osize, nsize int64, realloc func() bool) error
	setLimit func(b *impl.Budget, n int64) error // nil: the right one
	held     int64                               // added to what an account says it holds
}

// A target is what a twin makes its calls to.
type target struct {
	impl.Accountant // the budget, or an account
	budget          *impl.Budget
}

func (t target) Stats() impl.Stats { return t.budget.Stats() }

func (w twin) Resize(osize, nsize int64, realloc func() bool) error {
	return w.through(w.Budget, osize, nsize, realloc)
}

func (w twin) through(a impl.Accountant, osize, nsize int64, realloc func() bool) error {
	if t := (target{a, w.Budget}); w.when != nil && w.when(t, osize, nsize) {
		return w.resize(t, osize, nsize, realloc)
	}
	return a.Resize(osize, nsize, realloc)
}

func (w twin) SetLimit(n int64) error {
	if w.setLimit == nil {
		return w.Budget.SetLimit(n)
	}
	return w.setLimit(w.Budget, n)
}

func (w twin) NewAccount() account { return twinAccount{w.Budget.NewAccount(), w} }

type twinAccount struct {
	*impl.Account
	twin twin
}

func (a twinAccount) Resize(osize, nsize int64, realloc func() bool) error {
	return a.twin.through(a.Account, osize, nsize, realloc)
}

func (a twinAccount) Held() int64  { return a.Account.Held() + a.twin.held }
func (a twinAccount) Close() int64 { return a.Account.Close() + max(0, a.twin.held) }

// The calls that a twin makes wrong, and what it does.

func grows(_ target, osize, nsize int64) bool       { return nsize > osize }
func shrinks(_ target, osize, nsize int64) bool     { return nsize < osize }
func shrinksOnly(_ target, osize, nsize int64) bool { return 0 < nsize && nsize < osize }
func tagged(_ target, osize, nsize int64) bool      { return osize == 0 && nsize > 8 }
func frees(_ target, _, nsize int64) bool           { return nsize == 0 }
func always(target, int64, int64) bool              { return true }

// large is a growth in one mode.
func large(m impl.Mode) func(target, int64, int64) bool {
	return func(t target, _, nsize int64) bool { return t.Stats().Mode == m && nsize > 1000 }
}

func refuses(target, int64, int64, func() bool) error { return impl.ErrLimit }

// forgets is a growth that gives back what it reserved by giveBack, if anything does.
func forgets(giveBack func(t target, n int64)) func(target, int64, int64, func() bool) error {
	return func(t target, osize, nsize int64, realloc func() bool) error {
		if err := t.Reserve(nsize - osize); err != nil || realloc() {
			return err
		}
		giveBack(t, nsize-osize)
		return impl.ErrBackend
	}
}

// Every check can fail: each twin is caught, in the mode and by the promise that it breaks.
func TestBrokenTwins(t *testing.T) {
	type B = impl.Budget
	oneBlock := write(t, "n 1 0 8\nf 1 8\n")
	for _, tt := range []struct {
		name string
		twin twin
		args string
		want string
	}{
		{"release before the free", twin{when: shrinks, resize: func(b target, osize, nsize int64, realloc func() bool) error {
			b.Release(osize - nsize)
			realloc()
			return nil
		}}, "", "counting: LiveWithinCharge is broken"},
		{"allocate before the charge", twin{when: grows, resize: func(b target, osize, nsize int64, realloc func() bool) error {
			realloc()
			return b.Reserve(nsize - osize)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"half of the charge", twin{when: always, resize: func(b target, osize, nsize int64, realloc func() bool) error {
			return b.Resize(osize/2, nsize/2, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"a type tag taken for a size", twin{when: tagged, resize: func(b target, _, nsize int64, realloc func() bool) error {
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
		{"rollback forgotten", twin{when: grows, resize: forgets(func(target, int64) {})}, "-fail=1",
			"counting: Exact is broken: 1624 bytes on the counter at the end, want 0"},
		{"rollback not on the statistics", twin{when: grows, resize: forgets(target.Release)}, "-fail=1",
			"counting: Exact is broken: 0 growths rolled back, want 1"},
		{"a refusal not on the statistics", twin{when: large(impl.Enforcing), resize: refuses}, "-limit=4GiB",
			"enforcing: Exact is broken: 0 growths refused, want 1"},
		{"a free that releases nothing", twin{
			when:   func(_ target, osize, nsize int64) bool { return osize == 32 && nsize == 0 },
			resize: func(_ target, _, _ int64, realloc func() bool) error { realloc(); return nil },
		}, "", "counting: Exact is broken"},
		{"a free that frees nothing", twin{
			when:   func(b target, _, nsize int64) bool { return b.Stats().Mode == impl.Unlimited && nsize == 0 },
			resize: func(target, int64, int64, func() bool) error { return nil },
		}, "", "unlimited: Exact is broken"},
		{"a free that releases twice", twin{when: frees, resize: func(b target, osize, _ int64, realloc func() bool) error {
			err := b.Resize(osize, 0, realloc)
			b.Release(osize)
			return err
		}}, oneBlock, "counting: Exact is broken: 8 bytes to 0: panic: casalloc: released 8 bytes with 0 held"},
		{"others release what is held through an account", twin{when: tagged,
			resize: func(b target, osize, nsize int64, realloc func() bool) error {
				err := b.Resize(osize, nsize, realloc)
				b.budget.Release(8)
				return err
			}}, "", "counting: LiveWithinCharge is broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			newBudget := func() budget {
				w := tt.twin
				w.Budget = impl.NewBudget()
				return w
			}
			for _, accounts := range []bool{true, false} {
				args := append([]string{"-states=1", fmt.Sprint("-accounts=", accounts)}, strings.Fields(tt.args)...)
				status, stdout, stderr := replay(newBudget, args...)
				told := strings.Contains(stderr, tt.want) && strings.Contains(stdout, "NOT BALANCED: ")
				if status != command.Failed || !told {
					t.Errorf("accounts %v: got status %d, %s%s\nwant %d, %s",
						accounts, status, stderr, stdout, command.Failed, tt.want)
				}
			}
		})
	}
}

// What is live is compared with the account too, and what an account holds with nothing.
func TestBrokenAccounts(t *testing.T) {
	oneBlock := write(t, "n 1 0 8\nf 1 8\n")
	for held, want := range map[int64]string{
		-1: "counting: LiveWithinCharge is broken: 8 bytes live with 7 held through the account",
		1:  "counting: Exact is broken: 1 bytes held through accounts at the end, want 0",
	} {
		newBudget := func() budget { return twin{Budget: impl.NewBudget(), held: held} }
		status, stdout, stderr := replay(newBudget, "-states=1", oneBlock)
		if status != command.Failed || !strings.Contains(stderr, want) {
			t.Errorf("got status %d, %s%s\nwant %d, %s", status, stderr, stdout, command.Failed, want)
		}
	}
}

func TestBrokenJSON(t *testing.T) {
	status, stdout, stderr := replay(func() budget {
		return twin{
			Budget:   impl.NewBudget(),
			setLimit: func(b *impl.Budget, n int64) error { return b.SetLimit(n + 1) },
		}
	}, "-json", "-limit=8", write(t, "n 1 0 9\nf 1 9\n"))
	told := strings.Contains(stderr, "enforcing: NeverOverLimit")
	if status != command.Failed || strings.Count(stdout, `"balanced": true`) != 2 || !told {
		t.Errorf("got status %d, %s%s", status, stderr, stdout)
	}
}
