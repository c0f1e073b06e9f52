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
	resize   func(t target, osize, nsize int64, realloc func() bool) error // nil: the right one
	setLimit func(b *impl.Budget, n int64) error                           // nil: the right one
	held     int64                                                         // added to what an account says it holds
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
	if w.resize == nil {
		return a.Resize(osize, nsize, realloc)
	}
	return w.resize(target{a, w.Budget}, osize, nsize, realloc)
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
		{"release before the free", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if nsize < osize {
				b.Release(osize - nsize)
				realloc()
				return nil
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"allocate before the charge", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if nsize > osize {
				realloc()
				return b.Reserve(nsize - osize)
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"half of the charge", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			return b.Resize(osize/2, nsize/2, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"a type tag taken for a size", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if osize == 0 && nsize > 8 {
				osize = 8
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "counting: LiveWithinCharge is broken"},
		{"off by one at the limit", twin{setLimit: func(b *B, n int64) error { return b.SetLimit(n + 1) }},
			"-limit=1623", "enforcing: NeverOverLimit is broken: 1624 bytes live with a limit of 1623"},
		{"a limit that does not move", twin{setLimit: func(b *B, n int64) error {
			if b.Stats().Mode == impl.Enforcing {
				return nil
			}
			return b.SetLimit(n)
		}}, "-rounds=2 -limit=4MiB,1623", "enforcing: NeverOverLimit is broken: 1624 bytes live with a limit of 1623"},
		{"a refused shrink", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if 0 < nsize && nsize < osize {
				return impl.ErrLimit
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "counting: ShrinkNeverRefused is broken"},
		{"a refusal without a limit", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if b.Stats().Mode == impl.Unlimited && nsize > 1000 {
				return impl.ErrLimit
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "unlimited: NoFalseRefusal is broken"},
		{"rollback forgotten", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if nsize <= osize {
				return b.Resize(osize, nsize, realloc)
			}
			if err := b.Reserve(nsize - osize); err != nil {
				return err
			}
			if !realloc() {
				return impl.ErrBackend
			}
			return nil
		}}, "-fail=1", "counting: Exact is broken: 1624 bytes on the counter at the end, want 0"},
		{"rollback not on the statistics", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if nsize <= osize {
				return b.Resize(osize, nsize, realloc)
			}
			if err := b.Reserve(nsize - osize); err != nil {
				return err
			}
			if !realloc() {
				b.Release(nsize - osize)
				return impl.ErrBackend
			}
			return nil
		}}, "-fail=1", "counting: Exact is broken: 0 growths rolled back, want 1"},
		{"a refusal not on the statistics", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if b.Stats().Mode == impl.Enforcing && nsize > 1000 {
				return impl.ErrLimit
			}
			return b.Resize(osize, nsize, realloc)
		}}, "-limit=4GiB", "enforcing: Exact is broken: 0 growths refused, want 1"},
		{"a free that releases nothing", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if osize == 32 && nsize == 0 {
				realloc()
				return nil
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "counting: Exact is broken"},
		{"a free that frees nothing", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			if b.Stats().Mode == impl.Unlimited && nsize == 0 {
				return nil
			}
			return b.Resize(osize, nsize, realloc)
		}}, "", "unlimited: Exact is broken"},
		{"a free that releases twice", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			err := b.Resize(osize, nsize, realloc)
			if nsize == 0 {
				b.Release(osize)
			}
			return err
		}}, oneBlock, "counting: Exact is broken: 8 bytes to 0: panic: casalloc: released 8 bytes with 0 held"},
		{"others release what is held through an account", twin{resize: func(b target, osize, nsize int64, realloc func() bool) error {
			err := b.Resize(osize, nsize, realloc)
			if osize == 0 && nsize > 8 {
				b.budget.Release(8)
			}
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
