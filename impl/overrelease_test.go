package impl_test

import (
	"testing"

	"casalloc/impl"
)

// Bytes of an account or a tenant that are released on the budget, and then where they were
// reserved: both pass, and the counter is below 0 by as much. So much is granted above the limit.
// Each call that finds the counter there says so, as long as it is there, and changes nothing.
func TestCounterBelowZero(t *testing.T) {
	for _, limit := range []int64{100, 1 << 20} { // under the second the account stocks up
		for _, p := range owners(func() (*impl.Budget, *impl.Account) {
			b := newBudget(t, impl.Enforcing, limit, 0)
			return b, b.NewAccount()
		}) {
			b, kind := p.b, p.name
			must(t, p.Reserve(50))
			if stocked := impl.Slack(p.account) > 0; stocked != (limit > 100) {
				t.Fatalf("%s of %d: stocked %v", kind, limit, stocked)
			}
			b.Release(50)
			p.Release(50)
			for name, call := range map[string]struct {
				of       func()
				released int64
			}{
				"Stats":        {func() { b.Stats() }, 0},
				"Usage":        {func() { b.Usage() }, 0},
				"Release(0)":   {func() { b.Release(0) }, 0},
				"Release(1)":   {func() { b.Release(1) }, 1},
				"Resize(7, 3)": {func() { b.Resize(7, 3, func() bool { return true }) }, 4},
			} {
				want := impl.OverRelease{Released: call.released, Held: -50}
				if got := catch(call.of); got != want {
					t.Errorf("%s of %d, counter -50: %s panics with %v, want %v", kind, limit, name, got, want)
				}
			}
			must(t, b.Reserve(limit+50))
			if err := b.Reserve(1); err != impl.ErrLimit {
				t.Errorf("%s of %d: Reserve(1) = %v with nothing left, want ErrLimit", kind, limit, err)
			}
			exact(t, kind, b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: limit, Allocated: limit, Refused: 1})
			if got := b.Usage().Taken; got != limit {
				t.Errorf("%s of %d: %d taken once the counter is above 0, want %d", kind, limit, got, limit)
			}
		}
	}
}

// Slack of another account is taken too, so Usage does not see that the counter is below 0. Stats
// does, and Usage when it has drained them.
func TestCounterBelowZeroUnderSlack(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 1<<20, 0)
	a, other := b.NewAccount(), b.NewAccount()
	must(t, a.Reserve(50))
	b.Release(50)
	a.Release(50)
	must(t, other.Reserve(10))
	if u := b.Usage(); u.Taken != impl.Slack(other)-40 || u.Taken < 0 {
		t.Errorf("%+v with 40 bytes too few and slack of %d", u, impl.Slack(other))
	}
	want := impl.OverRelease{Held: -40}
	for _, reading := range []func(){func() { b.Stats() }, func() { b.Usage() }} {
		if got := catch(reading); got != want {
			t.Errorf("panic %v, want %v", got, want)
		}
	}
}

// What append returns is another block if it has moved, and frees more than was charged. It is
// caught by what is held there: by the account, and by the budget only if nobody else holds enough.
func TestAppendedBlock(t *testing.T) {
	for _, others := range []int64{0, 1000} {
		b := newBudget(t, impl.Enforcing, 9000, others)
		for _, a := range []impl.Accountant{b.NewAccount(), b} {
			alloc := impl.NewAllocator(a)
			block, err := alloc.Realloc(nil, 50)
			must(t, err)
			moved := append(block, 'x')
			n := int64(cap(moved))
			if n <= 50 {
				t.Fatalf("append has not moved a full block of 50: capacity %d", n)
			}
			var want any
			held := others + 50
			if a != impl.Accountant(b) {
				want = impl.OverRelease{Released: n, Held: 50}
			} else if n > held {
				want = impl.OverRelease{Released: n, Held: held}
			}
			if got := catch(func() { alloc.Realloc(moved, 0) }); got != want {
				t.Errorf("%T, %d of others: free of %d bytes for 50: panic %v, want %v", a, others, n, got, want)
			}
			if want == nil {
				held -= n
			}
			if got := b.Stats().Allocated; got != held {
				t.Errorf("%T, %d of others: %d charged after the free, want %d", a, others, got, held)
			}
			if want != nil {
				a.Release(50)
			}
		}
	}
}
