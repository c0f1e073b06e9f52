package impl_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"casalloc/impl"
)

// Slack of one account is no reason to refuse another caller, and no room beyond the limit.
func TestRefusalsExactWithSlackElsewhere(t *testing.T) {
	const limit = 1 << 20
	for name, caller := range map[string]func(*impl.Budget) impl.Accountant{
		"the budget":        func(b *impl.Budget) impl.Accountant { must(t, b.Reserve(10)); return b },
		"a stocked account": func(b *impl.Budget) impl.Accountant { return holding10(t, b) },
		"a drained account": func(b *impl.Budget) impl.Accountant { a := holding10(t, b); b.Stats(); return a },
		"a new account":     func(b *impl.Budget) impl.Accountant { must(t, b.Reserve(10)); return b.NewAccount() },
	} {
		for more, want := range []error{nil, impl.ErrLimit} {
			b := newBudget(t, impl.Enforcing, limit, 0)
			who := caller(b)
			var others [20]*impl.Account
			for i := range others {
				others[i] = holding10(t, b)
			}
			held, taken := int64(210), impl.Taken(b)
			n := limit - held + int64(more)
			if err := who.Reserve(n); err != want {
				t.Errorf("%s: Reserve(%d) = %v with %d of %d held, want %v", name, n, err, held, limit, want)
			}
			if want == nil {
				for _, a := range others {
					if err := a.Reserve(1); err != impl.ErrLimit {
						t.Errorf("%s: then another's Reserve(1) = %v, want ErrLimit", name, err)
					}
				}
				held, taken = limit, limit
			}
			if s := b.Stats(); s.Allocated != held || s.Peak != taken {
				t.Errorf("%s: %+v, want %d allocated, peak %d", name, s, held, taken)
			}
			runtime.KeepAlive(who)
			runtime.KeepAlive(others)
		}
	}
}

// holding10 returns a stocked account that holds 10 bytes.
func holding10(t *testing.T, b *impl.Budget) *impl.Account {
	t.Helper()
	a := b.NewAccount()
	must(t, a.Reserve(10))
	if impl.Slack(a) <= 0 {
		t.Fatalf("slack %d, want a stocked account", impl.Slack(a))
	}
	return a
}

// Sizes near the end of the range, times the number of accounts, are not small numbers.
func TestAccountWrapSafe(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 1000, 0)
	var accounts []*impl.Account
	for range 64 {
		accounts = append(accounts, b.NewAccount())
	}
	for n := int64(impl.MaxSize); n > 1000; n /= 2 {
		if err := accounts[0].Reserve(n); err != impl.ErrLimit {
			t.Errorf("Reserve(%d) = %v, want ErrLimit", n, err)
		}
	}
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 1000, Refused: 43})
	runtime.KeepAlive(accounts)
}

// The peak is at least the largest that the counter was, to the byte, and at most that and the
// slack at that instant.
func TestAccountPeak(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 1<<16, 0)
	a, c := b.NewAccount(), b.NewAccount()
	must(t, a.Reserve(8))
	held := 8 + impl.Slack(a)
	must(t, a.Reserve(held-8)) // all of the slack
	must(t, c.Reserve(1<<15))  // too much for an account
	if impl.Slack(a) != 0 || impl.Slack(c) != -1 {
		t.Fatalf("slack %d and %d, want a stocked account with none and a drained one", impl.Slack(a), impl.Slack(c))
	}
	held += 1 << 15
	c.Release(1 << 15)
	if p := b.Stats().Peak; p != held {
		t.Errorf("peak %d, want the %d that were held", p, held)
	}
}

// However large the requests, an account keeps no more than two batches.
func TestSlackIsBounded(t *testing.T) {
	b := newBudget(t, impl.Enforcing, impl.MaxSize, 0)
	a := b.NewAccount()
	for n := int64(1); n < 1<<40; n += 1 + n/2 {
		for range 3 {
			must(t, a.Reserve(n))
			a.Release(n)
		}
		if s := impl.Slack(a); s < 0 || s > 2*impl.MaxBatch {
			t.Fatalf("slack %d after %d bytes came and went, want 0 to %d", s, n, 2*impl.MaxBatch)
		}
	}
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: impl.MaxSize})
}

// However often an account is refilled, growth leaves it at most one batch of slack, 256 KiB, and
// the peak, which counts slack, overstates by no more. (With releases it can be two batches.)
func TestSlackIsOneBatch(t *testing.T) {
	const batch = 256 << 10
	b := newBudget(t, impl.Enforcing, 1<<40, 0)
	a := b.NewAccount()
	var held int64
	for _, n := range []int64{1, 200 << 10, 100 << 10, batch - 1, batch, 3 * batch, 1, batch} {
		must(t, a.Reserve(n))
		held += n
	}
	if over := b.Stats().Peak - held; over < 0 || over > batch {
		t.Errorf("peak %d bytes above the %d held, want 0 to %d", over, held, batch)
	}
}

// An owner that fails TryLock uses the word and does not wait.
func TestOwnersDoNotWait(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	idle := b.NewAccount()
	impl.Busy(b, func() {
		must(t, a.Reserve(impl.Slack(a)+1))
		must(t, a.Reserve(100))
		a.Release(a.Held())
		must(t, idle.Reserve(5))
		idle.Release(5)
		must(t, b.Reserve(7))
	})
	if impl.Slack(idle) != -1 {
		t.Error("an account was stocked without the lock")
	}
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 9000, Allocated: 17})
}

// What the limit does with slack taken under the old one.
func TestLimitMovesWithAccountsStocked(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	must(t, b.SetLimit(30)) // all of it held
	if err := a.Reserve(1); err != impl.ErrLimit {
		t.Errorf("Reserve(1) = %v after SetLimit(30) with 30 held, want ErrLimit", err)
	}
	must(t, b.SetLimit(25))
	a.Release(6)
	must(t, a.Reserve(1))
	if err := a.Reserve(1); err != impl.ErrLimit {
		t.Errorf("Reserve(1) = %v with 25 of 25 held, want ErrLimit", err)
	}
	must(t, b.SetLimit(9000))
	must(t, a.Reserve(5))
	if impl.Slack(a) <= 0 {
		t.Error("the account did not stock up again")
	}
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 9000, Allocated: 30, Refused: 2})
	// A limit that is wrong changes nothing, slack included.
	must(t, a.Reserve(1))
	s := impl.Slack(a)
	if b.SetLimit(0) == nil || s <= 0 || impl.Slack(a) != s {
		t.Errorf("slack %d after a bad SetLimit, want %d", impl.Slack(a), s)
	}
}

func TestEndBootWithAccountsStocked(t *testing.T) {
	b, a := newAccount(t, impl.Counting, 0, 20)
	idle := b.NewAccount()
	taken := impl.Taken(b)
	b.EndBoot()
	diff(t, "EndBoot", b.Stats(), impl.Stats{Mode: impl.Unlimited, Peak: taken})
	for _, a := range []*impl.Account{a, idle, b.NewAccount()} {
		must(t, a.Reserve(7))
		a.Release(30)
		must(t, a.Resize(0, 5, func() bool { return true }))
		if impl.Slack(a) != -1 || a.Held() != 0 || a.Close() != 0 {
			t.Errorf("slack %d, %d held when Unlimited", impl.Slack(a), a.Held())
		}
	}
	diff(t, "it", b.Stats(), impl.Stats{Mode: impl.Unlimited, Peak: taken})
}

// An account that nobody has any more gives its slack back, whether it was closed or not, and its
// stock is collected.
func TestDroppedAccounts(t *testing.T) {
	b := newBudget(t, impl.Enforcing, impl.MaxSize, 0)
	var exist []func() bool
	func() { // or the last of them could stay on the stack
		for i := range 100 {
			a := b.NewAccount()
			must(t, a.Reserve(10))
			exist = append(exist, impl.StockOf(a))
			if i%3 == 0 {
				a.Close()
			} else if a.Reserve(impl.MaxSize) != impl.ErrLimit || a.Resize(0, 1, func() bool { return false }) == nil {
				t.Error("a growth of MaxSize was not refused, or one that failed was granted")
			}
		}
	}()
	keep := b.NewAccount()
	must(t, keep.Reserve(10))
	slack := impl.Slack(keep)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		gone := !slices.ContainsFunc(exist, func(exists func() bool) bool { return exists() })
		if n := impl.Stocks(b); n == 1 && gone {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d accounts known, all memory gone: %v; want 1, true", n, gone)
		}
	}
	// What they held stays charged.
	if got := impl.Taken(b); got != 1010+slack || impl.Slack(keep) != slack {
		t.Errorf("%d bytes taken with slack of %d, want %d", got, impl.Slack(keep), 1010+slack)
	}
	// What was refused them, or failed, stays counted.
	if s := b.Stats(); s.Refused != 66 || s.RolledBack != 66 {
		t.Errorf("%d refused, %d rolled back, want 66 each", s.Refused, s.RolledBack)
	}
	runtime.KeepAlive(keep)
}

// A dropped account does not keep its slack from others until then.
func TestDroppedSlackIsFound(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 9000, 0)
	for range 10 {
		must(t, b.NewAccount().Reserve(1))
	}
	must(t, b.Reserve(8990))
	if err := b.Reserve(1); err != impl.ErrLimit {
		t.Errorf("Reserve(1) = %v with 9000 of 9000 held, want ErrLimit", err)
	}
}
