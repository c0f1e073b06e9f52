package impl_test

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"casalloc/impl"
)

// Every row is one call to an account that holds 20 bytes while others hold 10, its outcome, and
// what is held through it and counted in all afterwards. It is the same whether the account is
// stocked or drained.
func TestAccount(t *testing.T) {
	const (
		C, E, U = impl.Counting, impl.Enforcing, impl.Unlimited
		Max     = impl.MaxSize
		none    = 0
	)
	type A = owner
	reserve := func(n int64) func(A) error { return func(a A) error { return a.Reserve(n) } }
	release := func(n int64) func(A) error { return func(a A) error { a.Release(n); return nil } }
	setLimit := func(n int64) func(A) error { return func(a A) error { return a.SetLimit(n) } }
	leave := func(want int64) func(A) error {
		return func(a A) error {
			if n := a.Leave(); n != want {
				t.Errorf("Leave() = %d, want %d", n, want)
			}
			return a.Reserve(1)
		}
	}
	resize := func(osize, nsize int64, ok bool) func(A) error {
		return func(a A) error { return a.Resize(osize, nsize, func() bool { return ok }) }
	}
	never := func(osize, nsize int64) func(A) error {
		return func(a A) error {
			return a.Resize(osize, nsize, func() bool {
				t.Errorf("Resize(%d, %d): the backend was called", osize, nsize)
				return true
			})
		}
	}
	over := func(n int64) string { return fmt.Sprintf("casalloc: released %d bytes with 20 held", n) }

	for _, tt := range []struct {
		mode       impl.Mode
		limit, own int64 // of the Budget, of the account
		name       string
		call       func(A) error
		want       string // the outcome
		held, all  int64
	}{
		{C, 0, none, "Reserve(0)", reserve(0), "", 20, 30},
		{C, 0, none, "Reserve(Max)", reserve(Max), "", 20 + Max, 30 + Max},
		{C, 0, none, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 20, 30},
		{C, 0, none, "Reserve(-1)", reserve(-1), "ErrSize", 20, 30},
		{E, 9000, none, "Reserve(0)", reserve(0), "", 20, 30},
		{E, 9000, none, "Reserve(1)", reserve(1), "", 21, 31},
		{E, 9000, none, "Reserve(8970)", reserve(8970), "", 8990, 9000},
		{E, 9000, none, "Reserve(8971)", reserve(8971), "ErrLimit", 20, 30},
		{E, 9000, none, "Reserve(Max)", reserve(Max), "ErrLimit", 20, 30},
		{E, 9000, none, "Reserve(MaxInt64)", reserve(math.MaxInt64), "ErrSize", 20, 30},
		{E, 9000, none, "Reserve(MinInt64)", reserve(math.MinInt64), "ErrSize", 20, 30},
		{U, 0, none, "Reserve(Max)", reserve(Max), "", 0, 0},
		{U, 0, none, "Reserve(-1)", reserve(-1), "ErrSize", 0, 0},

		{C, 0, none, "Release(0)", release(0), "", 20, 30},
		{C, 0, none, "Release(20)", release(20), "", 0, 10},
		{C, 0, none, "Release(21)", release(21), over(21), 20, 30}, // although 30 are held in all
		{E, 9000, none, "Release(20)", release(20), "", 0, 10},
		{E, 9000, none, "Release(21)", release(21), over(21), 20, 30},
		{E, 9000, none, "Release(-1)", release(-1), over(-1), 20, 30},
		{E, 9000, none, "Release(MaxInt64)", release(math.MaxInt64), over(math.MaxInt64), 20, 30},
		{U, 0, none, "Release(20)", release(20), "", 0, 0},
		{U, 0, none, "Release(Max)", release(Max), "", 0, 0},
		{U, 0, none, "Release(-1)", release(-1), "casalloc: released -1 bytes with 0 held", 0, 0},

		{E, 9000, 50, "Reserve(30)", reserve(30), "", 50, 60},
		{E, 9000, 50, "Reserve(31)", reserve(31), "ErrAccountLimit", 20, 30},
		{E, 9000, 50, "Reserve(Max)", reserve(Max), "ErrAccountLimit", 20, 30},
		{E, 9000, 50, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 20, 30},
		{E, 9000, 5, "Reserve(1)", reserve(1), "ErrAccountLimit", 20, 30},
		{E, 9000, 5, "Reserve(0)", reserve(0), "", 20, 30},
		{E, 9000, 5, "Release(20)", release(20), "", 0, 10},
		{E, 9000, 5, "SetLimit(21), Reserve(1)", func(a A) error { must(t, a.SetLimit(21)); return a.Reserve(1) }, "", 21, 31},
		{E, 9000, 5, "SetLimit(0)", setLimit(0), "ErrSize", 20, 30},
		{E, 9000, 5, "SetLimit(Max+1)", setLimit(Max + 1), "ErrSize", 20, 30},
		{E, 9000, Max, "Reserve(8970)", reserve(8970), "", 8990, 9000},
		{C, 0, 50, "Reserve(31)", reserve(31), "ErrAccountLimit", 20, 30},
		{U, 0, 50, "Reserve(31)", reserve(31), "", 0, 0},

		{E, 9000, none, "Resize(0, 5)", resize(0, 5, true), "", 25, 35},
		{E, 9000, none, "Resize(0, 5), fails", resize(0, 5, false), "ErrBackend", 20, 30},
		{E, 9000, none, "Resize(0, 8971)", never(0, 8971), "ErrLimit", 20, 30},
		{E, 9000, 50, "Resize(20, 51)", never(20, 51), "ErrAccountLimit", 20, 30},
		{E, 9000, 50, "Resize(20, 50)", resize(20, 50, true), "", 50, 60},
		{E, 9000, 5, "Resize(20, 8)", resize(20, 8, true), "", 8, 18},
		{E, 9000, 5, "Resize(20, 8), fails", resize(20, 8, false), "ErrBackend", 20, 30},
		{E, 9000, 5, "Resize(20, 0)", resize(20, 0, true), "", 0, 10},
		{E, 9000, 5, "Resize(20, 20)", resize(20, 20, true), "", 20, 30},
		{E, 9000, none, "Resize(21, 0)", resize(21, 0, true), over(21), 20, 30},
		{E, 9000, none, "Resize(0, 0)", never(0, 0), "", 20, 30},
		{E, 9000, none, "Resize(0, -1)", never(0, -1), "ErrSize", 20, 30},
		{U, 0, 50, "Resize(20, Max)", resize(20, Max, true), "", 0, 0},
		{U, 0, none, "Resize(20, 30), fails", resize(20, 30, false), "ErrBackend", 0, 0},

		{C, 0, none, "Leave()", leave(20), "ErrClosed", 0, 10},
		{E, 9000, none, "Leave()", leave(20), "ErrClosed", 0, 10},
		{E, 9000, 5, "Leave()", leave(20), "ErrClosed", 0, 10},
		{E, 9000, none, "Close(), Leave()", func(a A) error { a.Close(); return leave(20)(a) }, "ErrClosed", 0, 10},
		{E, 9000, none, "Leave(), Leave()", func(a A) error { a.Leave(); return leave(0)(a) }, "ErrClosed", 0, 10},
		{E, 9000, none, "Leave(), Release(1)", func(a A) error { a.Leave(); a.Release(1); return nil }, "casalloc: released 1 bytes with 0 held", 0, 10},
		{U, 0, none, "Leave()", leave(0), "", 0, 0},
	} {
		for _, stocked := range []bool{true, false} {
			owners(func() (*impl.Budget, *impl.Account) { return newAccount(t, tt.mode, tt.limit, 20) },
				func(kind string, b *impl.Budget, a *impl.Account, o owner) {
					if tt.own != none {
						must(t, o.SetLimit(tt.own))
					}
					if !stocked {
						b.Stats()
					}
					if (impl.Slack(a) > 0) != (stocked && tt.mode != U) {
						t.Fatalf("stocked=%v, slack %d", stocked, impl.Slack(a))
					}
					name := fmt.Sprintf("%s: %v, limits %d and %d, stocked=%v: %s", kind, tt.mode, tt.limit, tt.own, stocked, tt.name)
					got := outcome(func() error { return tt.call(o) })
					if got != tt.want || o.Held() != tt.held {
						t.Errorf("%s = %q, %d held; want %q, %d", name, got, o.Held(), tt.want, tt.held)
					}
					want := impl.Stats{Mode: tt.mode, Limit: tt.limit, Allocated: tt.all}
					switch tt.want {
					case "ErrLimit":
						want.Refused = 1
					case "ErrBackend":
						if tt.mode != U && tt.name == "Resize(0, 5), fails" {
							want.RolledBack = 1
						}
					}
					exact(t, name, b.Stats(), want)
				})
		}
	}
}

func TestAccountSetLimitHasTheNumbers(t *testing.T) {
	const want = "casalloc: size out of range: limit of -5 bytes, want 1 to 4503599627370496"
	if err := impl.NewBudget().NewAccount().SetLimit(-5); err == nil || err.Error() != want {
		t.Errorf("SetLimit(-5) = %v, want %s", err, want)
	}
}

func TestAccountClose(t *testing.T) {
	for _, stocked := range []bool{true, false} {
		b, a := newAccount(t, impl.Enforcing, 9000, 20)
		if !stocked {
			b.Stats()
		}
		if n := a.Close(); n != 20 || impl.Slack(a) > 0 || impl.Taken(b) != 30 {
			t.Errorf("Close() = %d, slack %d, %d bytes taken; want 20, none, 30", n, impl.Slack(a), impl.Taken(b))
		}
		if n := a.Close(); n != 20 || impl.Taken(b) != 30 {
			t.Errorf("Close() again = %d, %d bytes taken; want 20, 30", n, impl.Taken(b))
		}
		calls := 0
		backend := func() bool { calls++; return true }
		for _, tt := range []struct {
			name string
			call func() error
			want string
		}{
			{"Reserve(1)", func() error { return a.Reserve(1) }, "ErrClosed"},
			{"Reserve(9001)", func() error { return a.Reserve(9001) }, "ErrClosed"},
			{"Reserve(0)", func() error { return a.Reserve(0) }, ""},
			{"Reserve(-1)", func() error { return a.Reserve(-1) }, "ErrSize"},
			{"SetLimit(5)", func() error { return a.SetLimit(5) }, "ErrClosed"},
			{"SetLimit(0)", func() error { return a.SetLimit(0) }, "ErrSize"},
			{"Resize(20, 30)", func() error { return a.Resize(20, 30, backend) }, "ErrClosed"},
			{"Release(21)", func() error { a.Release(21); return nil }, "casalloc: released 21 bytes with 20 held"},
		} {
			if got := outcome(tt.call); got != tt.want || a.Held() != 20 || impl.Taken(b) != 30 || impl.Slack(a) > 0 {
				t.Errorf("after Close: %s = %q, %d held, %d taken, slack %d; want %q, 20, 30, none",
					tt.name, got, a.Held(), impl.Taken(b), impl.Slack(a), tt.want)
			}
		}
		// What is held can still go.
		must(t, a.Resize(20, 5, backend))
		a.Release(3)
		must(t, a.Resize(2, 0, backend))
		if a.Close() != 0 || calls != 2 || impl.Taken(b) != 10 {
			t.Errorf("%d held, %d taken, %d backend calls; want 0, 10, 2", a.Close(), impl.Taken(b), calls)
		}
		b.Release(10)
	}
	// Once nothing is counted, a closed account is as good as any.
	b, a := newAccount(t, impl.Unlimited, 0, 20)
	if n := a.Close(); n != 0 {
		t.Errorf("Close() = %d when Unlimited, want 0", n)
	}
	must(t, a.Reserve(5))
	must(t, a.Resize(5, 9, func() bool { return true }))
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Unlimited})
}

// Slack of one is no reason to refuse another, and no room beyond the limit, whoever asks.
func TestRefusalsExactWithSlackElsewhere(t *testing.T) {
	const limit = 1 << 20
	for _, ask := range []string{"the budget", "a stocked account", "a drained account", "a new account"} {
		for _, more := range []int64{0, 1} {
			b := newBudget(t, impl.Enforcing, limit, 0)
			last := b.NewAccount()
			if ask != "a drained account" {
				must(t, last.Reserve(10))
			} else {
				must(t, b.Reserve(10))
			}
			var others []*impl.Account
			for range 20 {
				a := b.NewAccount()
				must(t, a.Reserve(10))
				if impl.Slack(a) <= 0 {
					t.Fatalf("account %d has no slack", len(others))
				}
				others = append(others, a)
			}
			var who impl.Accountant = last
			switch ask {
			case "the budget":
				who = b
			case "a new account":
				who = b.NewAccount()
			}
			held := int64(210)
			taken := impl.Taken(b)
			if taken == held {
				t.Fatal("no slack")
			}
			err := who.Reserve(limit - held + more)
			if (more == 0) != (err == nil) || more != 0 && err != impl.ErrLimit {
				t.Errorf("%s: Reserve(%d) = %v with %d of %d held", ask, limit-held+more, err, held, limit)
			}
			if err == nil {
				for _, a := range append(others, last) {
					if err := a.Reserve(1); err != impl.ErrLimit {
						t.Errorf("%s: then another's Reserve(1) = %v, want ErrLimit", ask, err)
					}
				}
				held, taken = limit, limit
			}
			if s := b.Stats(); s.Allocated != held || s.Peak != taken {
				t.Errorf("%s: %+v, want %d allocated, peak %d", ask, s, held, taken)
			}
			for _, a := range append(others, last) {
				runtime.KeepAlive(a)
			}
		}
	}
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

// Who cannot have the lock goes to the word and does not wait.
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

// EndBoot, a limit, a reading, a refusal and Close in the middle of a call through an account.
func TestAccountResizeMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name         string
		osize, nsize int64
		backend      func(*impl.Budget, *impl.Account) bool
		want         string
		held         int64
		after        impl.Stats
	}{
		{"a reading", 20, 25, func(b *impl.Budget, _ *impl.Account) bool { return b.Stats().Allocated == 35 }, "", 25, impl.Stats{Allocated: 35}},
		{"a reading during a shrink", 20, 15, func(b *impl.Budget, _ *impl.Account) bool { return b.Stats().Allocated == 30 }, "", 15, impl.Stats{Allocated: 25}},
		{"boot ends, growth fails", 20, 25, func(b *impl.Budget, _ *impl.Account) bool { b.EndBoot(); return false }, "ErrBackend", 0, impl.Stats{Mode: impl.Unlimited}},
		{"boot ends during a shrink", 20, 15, func(b *impl.Budget, _ *impl.Account) bool { b.EndBoot(); return true }, "", 0, impl.Stats{Mode: impl.Unlimited}},
		{"a limit comes, growth fails", 20, 25, func(b *impl.Budget, _ *impl.Account) bool { return b.SetLimit(3) != nil }, "ErrBackend", 20, impl.Stats{Mode: impl.Enforcing, Limit: 3, Allocated: 30, RolledBack: 1}},
		{"the account is closed, growth fails", 20, 25, func(_ *impl.Budget, a *impl.Account) bool { return a.Close() != 25 }, "ErrBackend", 20, impl.Stats{Allocated: 30, RolledBack: 1}},
		{"the account is closed during a free", 20, 0, func(_ *impl.Budget, a *impl.Account) bool { return a.Close() == 20 }, "", 0, impl.Stats{Allocated: 10}},
		{"growth within a growth that fails", 20, 25, func(_ *impl.Budget, a *impl.Account) bool { return a.Reserve(7) != nil }, "ErrBackend", 27, impl.Stats{Allocated: 37, RolledBack: 1}},
		{"the growth is released within it, and then fails", 20, 25, func(_ *impl.Budget, a *impl.Account) bool { a.Release(22); return false }, "casalloc: released 5 bytes with 3 held", 3, impl.Stats{Allocated: 13}},
		{"the backend panics", 20, 25, func(*impl.Budget, *impl.Account) bool { panic("oops") }, "oops", 20, impl.Stats{Allocated: 30, RolledBack: 1}},
		{"the backend panics in a shrink", 20, 15, func(*impl.Budget, *impl.Account) bool { panic("oops") }, "oops", 20, impl.Stats{Allocated: 30}},
	} {
		b, a := newAccount(t, impl.Counting, 0, 20)
		got := outcome(func() error { return a.Resize(tt.osize, tt.nsize, func() bool { return tt.backend(b, a) }) })
		if got != tt.want || a.Held() != tt.held {
			t.Errorf("%s: %q, %d held; want %q, %d", tt.name, got, a.Held(), tt.want, tt.held)
		}
		exact(t, tt.name, b.Stats(), tt.after)
	}
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

func TestAllocatorOverAccount(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	alloc := impl.NewAllocator(a)
	block, err := alloc.Realloc(nil, 100)
	must(t, err)
	copy(block, "abc")
	block, err = alloc.Realloc(block, 50)
	must(t, err)
	same, err := alloc.Realloc(block, 8991)
	if err != impl.ErrLimit || &same[0] != &block[0] || string(block[:3]) != "abc" || a.Held() != 70 {
		t.Errorf("Realloc(block of 50, 8991) = %d bytes, %v; %d held", len(same), err, a.Held())
	}
	must(t, a.SetLimit(75))
	if _, err := alloc.Realloc(block, 56); err != impl.ErrAccountLimit {
		t.Errorf("Realloc(block of 50, 56) = %v with a limit of 75 and 70 held, want ErrAccountLimit", err)
	}
	a.Close()
	if _, err := alloc.Realloc(nil, 1); err != impl.ErrClosed {
		t.Errorf("Realloc(nil, 1) = %v after Close, want ErrClosed", err)
	}
	_, err = alloc.Realloc(block, 0)
	must(t, err)
	exact(t, "it", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 9000, Allocated: 30, Refused: 1})
}
