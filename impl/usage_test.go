package impl_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"casalloc/impl"
)

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		mode        impl.Mode
		limit, held int64
		want        impl.Usage
	}{
		{impl.Counting, 0, 5, impl.Usage{Taken: 5, Headroom: 2*impl.MaxSize - 5}},
		{impl.Enforcing, 9, 5, impl.Usage{Mode: impl.Enforcing, Limit: 9, Taken: 5, Headroom: 4}},
		{impl.Enforcing, 3, 5, impl.Usage{Mode: impl.Enforcing, Limit: 3, Taken: 5, Headroom: -2}},
		{impl.Enforcing, impl.MaxSize, 0, impl.Usage{Mode: impl.Enforcing, Limit: impl.MaxSize, Headroom: impl.MaxSize}},
		{impl.Unlimited, 0, 5, impl.Usage{Mode: impl.Unlimited, Headroom: math.MaxInt64}},
	} {
		if got := newBudget(t, tt.mode, tt.limit, tt.held).Usage(); got != tt.want {
			t.Errorf("%v, %d of %d held: %+v, want %+v", tt.mode, tt.held, tt.limit, got, tt.want)
		}
	}
}

// Slack is taken, and reading it leaves it where it is.
func TestUsageWithSlack(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	slack := impl.Slack(a)
	want := impl.Usage{Mode: impl.Enforcing, Limit: 9000, Taken: 30 + slack, Headroom: 8970 - slack}
	if got := b.Usage(); got != want || impl.Slack(a) != slack || slack <= 0 {
		t.Errorf("%+v with slack of %d, %d after it; want %+v", got, slack, impl.Slack(a), want)
	}
	b.Stats()
	want.Taken, want.Headroom = 30, 8970
	if got := b.Usage(); got != want {
		t.Errorf("%+v once drained, want %+v", got, want)
	}
}

func TestHeldAtMost(t *testing.T) {
	const off = 520 << 10 // bytes
	b := newBudget(t, impl.Enforcing, impl.MaxSize, 0)
	a := b.NewAccount()
	check := func(what string) {
		t.Helper()
		if got, held := a.HeldAtMost(), a.Held(); got < held || got > held+off {
			t.Errorf("%s: HeldAtMost() = %d with %d held", what, got, held)
		}
	}
	check("new")
	for n := int64(1); n < 1<<40; n += 1 + n/2 {
		for range 3 {
			must(t, a.Reserve(n))
			check(fmt.Sprintf("Reserve(%d)", n))
			a.Release(n / 2)
			check(fmt.Sprintf("Release(%d)", n/2))
			b.Stats()
			check("drained")
			a.Release(n - n/2)
			check(fmt.Sprintf("Release(%d)", n-n/2))
		}
	}
	// Near the limit there is no slack, and taken moves in small steps.
	b = newBudget(t, impl.Enforcing, 20_000, 0)
	a = b.NewAccount()
	for range 2 {
		for a.Reserve(400) == nil {
			check("Reserve(400)")
		}
		for a.Held() > 0 {
			a.Release(400)
			check("Release(400)")
		}
	}
	_, a = newAccount(t, impl.Unlimited, 0, 20)
	if n := a.HeldAtMost(); n != 0 {
		t.Errorf("HeldAtMost() = %d when Unlimited, want 0", n)
	}
}

// Others read while an owner works and the limit moves: what holds of a reading holds of each. One
// goroutine sets two limits in turn, so all words of one generation are of one limit, however many
// changes a reading that is stalled lets pass.
func TestReadingsMeanwhile(t *testing.T) {
	const limit, most = 1 << 20, 1000 // bytes; the owner holds most at most, and 10 at least
	b := newBudget(t, impl.Enforcing, limit, 0)
	a := b.NewAccount()
	must(t, a.Reserve(10))
	done := make(chan struct{})
	var owner, others sync.WaitGroup
	owner.Go(func() {
		for i := range int64(100_000) {
			n := 1 + i%(most-10)
			must(t, a.Reserve(n))
			a.Release(n)
		}
	})
	for reader := range 2 {
		others.Go(func() {
			for i := int64(0); ; i++ {
				select {
				case <-done:
					return
				default:
				}
				u := b.Usage()
				if u.Taken < 10 || u.Taken > most+512<<10 || u.Limit-u.Taken != u.Headroom || u.Limit < limit-1 || u.Limit > limit {
					t.Errorf("%+v with 10 to %d bytes held under a limit of %d", u, most, limit)
					return
				}
				if n := a.HeldAtMost(); n < 10 || n > most+520<<10 {
					t.Errorf("HeldAtMost() = %d with 10 to %d bytes held", n, most)
					return
				}
				if reader == 0 && i%100 == 0 {
					must(t, b.SetLimit(limit-1+i/100%2)) // before the first, it is limit
				}
			}
		})
	}
	owner.Wait()
	close(done)
	others.Wait()
}

func TestExplain(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	must(t, a.SetLimit(50))
	_, x := newAccount(t, impl.Enforcing, 9000, 20)
	tenant := impl.TenantOf(x)
	must(t, tenant.SetLimit(50))
	full := newBudget(t, impl.Enforcing, 64, 60)
	boot := newBudget(t, impl.Counting, 0, 60)
	for _, tt := range []struct {
		a    impl.Accountant
		n    int64
		err  error
		want impl.Refusal
		text string
	}{
		{full, 5, full.Reserve(5), impl.Refusal{Err: impl.ErrLimit, Requested: 5, Held: 60, Limit: 64},
			"casalloc: over limit: 5 bytes requested, 60 of 64 held"},
		{a, 31, a.Reserve(31), impl.Refusal{Err: impl.ErrAccountLimit, Requested: 31, Held: 20, Limit: 50},
			"casalloc: over account limit: 31 bytes requested, 20 of 50 held"},
		{tenant, 31, tenant.Reserve(31), impl.Refusal{Err: impl.ErrAccountLimit, Requested: 31, Held: 20, Limit: 50},
			"casalloc: over account limit: 31 bytes requested, 20 of 50 held"},
		{boot, 5, boot.Resize(0, 5, func() bool { return false }), impl.Refusal{Err: impl.ErrBackend, Requested: 5, Held: 60},
			"casalloc: backend failed: 5 bytes requested, 60 held"},
		{full, -1, full.Reserve(-1), impl.Refusal{Err: impl.ErrSize, Requested: -1, Held: 60, Limit: 64},
			"casalloc: size out of range: -1 bytes requested, 60 of 64 held"},
	} {
		err := impl.Explain(tt.a, tt.n, tt.err)
		got, ok := errors.AsType[impl.Refusal](err)
		if !ok || got != tt.want || err.Error() != tt.text || !errors.Is(err, tt.want.Err) {
			t.Errorf("Explain(%v) = %#v, %q\nwant %#v, %q", tt.err, err, err, tt.want, tt.text)
		}
	}
	// Of a refusal by the Budget, the numbers are the Budget's.
	must(t, a.SetLimit(impl.MaxSize))
	b.Stats()
	got, _ := errors.AsType[impl.Refusal](impl.Explain(a, 8971, a.Reserve(8971)))
	if want := (impl.Refusal{Err: impl.ErrLimit, Requested: 8971, Held: 30, Limit: 9000}); got != want {
		t.Errorf("got %#v, want %#v", got, want)
	}
	if err := impl.Explain(a, 1, nil); err != nil {
		t.Errorf("Explain(nil) = %v", err)
	}
}
