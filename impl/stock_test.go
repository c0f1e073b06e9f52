package impl_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"casalloc/impl"
)

// A bookCall is a call that moves the books of an account, and what its caller then holds.
type bookCall struct {
	name string
	do   func(t *testing.T, b *impl.Budget, a *impl.Account, held *int64)
}

func bookCalls() []bookCall {
	reserve := func(t *testing.T, a *impl.Account, held *int64, n int64) {
		must(t, a.Reserve(n))
		*held += n
	}
	release := func(a *impl.Account, held *int64, n int64) {
		n = min(n, *held)
		a.Release(n)
		*held -= n
	}
	type (
		T = testing.T
		B = impl.Budget
		A = impl.Account
	)
	return []bookCall{
		{"reserve from the slack, or stock up", func(t *T, _ *B, a *A, held *int64) { reserve(t, a, held, 3) }},
		{"reserve too much to stock up", func(t *T, _ *B, a *A, held *int64) { reserve(t, a, held, 1<<15) }},
		{"reserve from the word", func(t *T, b *B, a *A, held *int64) {
			impl.Busy(b, func() { reserve(t, a, held, max(impl.Slack(a), 0)+5) })
		}},
		{"release to the slack", func(_ *T, _ *B, a *A, held *int64) { release(a, held, 2) }},
		{"release all", func(_ *T, _ *B, a *A, held *int64) { release(a, held, *held) }},
		{"release to the word", func(_ *T, b *B, a *A, held *int64) {
			impl.Busy(b, func() { release(a, held, *held) })
		}},
		{"drain", func(_ *T, b *B, _ *A, _ *int64) { b.Stats() }},
	}
}

// After any five of the calls in any order, drained or stocked: what is held through the account is
// known to the byte, a byte more cannot be released, and the account's own limit lets through what
// it says.
func TestBooks(t *testing.T) {
	const calls, limit = 5, 1 << 21
	all := bookCalls()
	orders := int(math.Pow(float64(len(all)), calls))
	for order := range orders {
		b := newBudget(t, impl.Enforcing, limit, 0)
		a := b.NewAccount()
		var held int64
		var told []string
		fail := func(format string, args ...any) {
			t.Fatalf("after %s: %s", strings.Join(told, ", "), fmt.Sprintf(format, args...))
		}
		for range calls {
			all[order%len(all)].do(t, b, a, &held)
			told = append(told, all[order%len(all)].name)
			order /= len(all)
			if got := a.Held(); got != held {
				fail("%d held, want %d", got, held)
			}
			slack := impl.Slack(a)
			floor, top := impl.Bounds(a)
			if slack >= 0 && (floor != 0 || top < slack || top > slack+held) {
				fail("slack %d may be %d to %d with %d held", slack, floor, top, held)
			}
			want := impl.OverRelease{Released: held + 1, Held: held}
			if got := catch(func() { a.Release(held + 1) }); got != want || impl.Slack(a) != slack {
				fail("Release(%d) = %v, slack %d, want %v, %d", held+1, got, impl.Slack(a), want, slack)
			}
		}
		must(t, a.SetLimit(held+1))
		if err := a.Reserve(2); err != impl.ErrAccountLimit {
			fail("Reserve(2) = %v with a limit of one more than is held, want ErrAccountLimit", err)
		}
		must(t, a.Reserve(1))
		if got := b.Stats().Allocated; got != held+1 {
			fail("%d allocated, want %d", got, held+1)
		}
	}
}

// Sizes at the edges of what the fast path does alone: whether it does, and what is left. Each row
// begins stocked, with held bytes of which the account may hold limit.
func TestSlackBounds(t *testing.T) {
	const none = 0
	slack := func(a *impl.Account) int64 { return impl.Slack(a) }
	room := func(a *impl.Account) int64 { _, top := impl.Bounds(a); return top - impl.Slack(a) }
	held := func(a *impl.Account) int64 { return a.Held() }
	is := func(n int64) func(*impl.Account) int64 { return func(*impl.Account) int64 { return n } }
	for _, tt := range []struct {
		name        string
		held, limit int64
		release     bool
		n           func(*impl.Account) int64
		plus        int64
		fast        bool
		want        string
	}{
		{"Reserve(slack)", 20, none, false, slack, 0, true, ""},
		{"Reserve(slack+1)", 20, none, false, slack, 1, false, ""},
		{"Reserve(0)", 20, none, false, is(0), 0, false, ""},
		{"Reserve(-1)", 20, none, false, is(-1), 0, false, "ErrSize"},
		{"Reserve(MaxInt64)", 20, none, false, is(math.MaxInt64), 0, false, "ErrSize"},
		{"Reserve(MinInt64)", 20, none, false, is(math.MinInt64), 0, false, "ErrSize"},
		{"Reserve(MaxSize)", 20, none, false, is(impl.MaxSize), 0, false, "ErrLimit"},
		{"Reserve(all that the limit leaves)", 20, 50, false, is(30), 0, true, ""},
		{"Reserve(one more)", 20, 50, false, is(31), 0, false, "ErrAccountLimit"},
		{"Reserve(1) at the account's limit", 20, 20, false, is(1), 0, false, "ErrAccountLimit"},
		{"Reserve(1) above the account's limit", 20, 5, false, is(1), 0, false, "ErrAccountLimit"},
		{"Release(0)", 20, none, true, is(0), 0, true, ""},
		{"Release(held), below the cap", 20, none, true, held, 0, true, ""},
		{"Release(held+1), below the cap", 20, none, true, held, 1, false, "over"},
		{"Release(to the cap)", 400_000, none, true, room, 0, true, ""},
		{"Release(one more)", 400_000, none, true, room, 1, false, ""},
		{"Release(held)", 400_000, none, true, held, 0, false, ""},
		{"Release(held+1)", 400_000, none, true, held, 1, false, "over"},
		{"Release(-1)", 20, none, true, is(-1), 0, false, "over"},
		{"Release(MaxInt64)", 20, none, true, is(math.MaxInt64), 0, false, "over"},
		{"Release(MinInt64)", 20, none, true, is(math.MinInt64), 0, false, "over"},
		{"Release(1) above the account's limit", 20, 5, true, is(1), 0, true, ""},
	} {
		for _, state := range []string{"stocked", "drained", "closed"} {
			b := newBudget(t, impl.Enforcing, 1<<20, 0)
			a := b.NewAccount()
			must(t, a.Reserve(1))
			must(t, a.Reserve(tt.held-1))
			if tt.limit != none {
				must(t, a.SetLimit(tt.limit))
			}
			n := tt.n(a) + tt.plus
			before, want, fast := impl.Slack(a), tt.want, tt.fast
			if before <= 0 {
				t.Fatalf("%s: slack %d, want a stocked account", tt.name, before)
			}
			switch state {
			case "drained":
				b.Stats()
				fast = false
			case "closed":
				a.Close()
				fast = false
				if !tt.release && n > 0 && n <= impl.MaxSize {
					want = "ErrClosed"
				}
			}
			left := tt.held
			if want == "" && tt.release {
				left -= n
			} else if want == "" {
				left += n
			}
			if want == "over" {
				want = impl.OverRelease{Released: n, Held: tt.held}.Error()
			}
			got := outcome(func() error {
				if tt.release {
					a.Release(n)
					return nil
				}
				return a.Reserve(n)
			})
			if after := before + tt.held - left; fast && impl.Slack(a) != after {
				t.Errorf("%s, %s with %d: slack went from %d to %d, want %d",
					state, tt.name, n, before, impl.Slack(a), after)
			}
			if got != want || a.Held() != left {
				t.Errorf("%s, %s with %d: %q, %d held; want %q, %d", state, tt.name, n, got, a.Held(), want, left)
			}
			if got := b.Stats().Allocated; got != left {
				t.Errorf("%s, %s with %d: %d allocated, want %d", state, tt.name, n, got, left)
			}
		}
	}
}
