package impl_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"casalloc/impl"
)

// After any five of the calls in any order, drained or stocked: what is held through the account is
// known to the byte, a byte more cannot be released, and the account's own limit lets through what
// it says.
func TestBooks(t *testing.T) {
	const calls, limit = 5, 1 << 21
	type books struct {
		b    *impl.Budget
		a    *impl.Account
		held int64
	}
	reserve := func(x *books, n int64) { must(t, x.a.Reserve(n)); x.held += n }
	release := func(x *books, n int64) { n = min(n, x.held); x.a.Release(n); x.held -= n }
	word := func(x *books, call func()) { impl.Busy(x.b, call) }
	all := []struct {
		name string
		do   func(x *books)
	}{
		{"reserve from the slack, or stock up", func(x *books) { reserve(x, 3) }},
		{"reserve too much to stock up", func(x *books) { reserve(x, 1<<15) }},
		{"reserve from the word", func(x *books) { word(x, func() { reserve(x, max(impl.Slack(x.a), 0)+5) }) }},
		{"release to the slack", func(x *books) { release(x, 2) }},
		{"release all", func(x *books) { release(x, x.held) }},
		{"release to the word", func(x *books) { word(x, func() { release(x, x.held) }) }},
		{"drain", func(x *books) { x.b.Stats() }},
	}
	orders := int(math.Pow(float64(len(all)), calls))
	for order := range orders {
		b := newBudget(t, impl.Enforcing, limit, 0)
		a := b.NewAccount()
		x := &books{b: b, a: a}
		var told []string
		fail := func(format string, args ...any) {
			t.Fatalf("after %s: %s", strings.Join(told, ", "), fmt.Sprintf(format, args...))
		}
		for range calls {
			all[order%len(all)].do(x)
			told = append(told, all[order%len(all)].name)
			order /= len(all)
			held := x.held
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
		held := x.held
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
	slack := func(a *impl.Account) int64 { return impl.Slack(a) }
	room := func(a *impl.Account) int64 { _, top := impl.Bounds(a); return top - impl.Slack(a) }
	held := func(a *impl.Account) int64 { return a.Held() }
	is := func(n int64) func(*impl.Account) int64 { return func(*impl.Account) int64 { return n } }
	for _, tt := range []struct {
		name        string
		held, limit int64
		sign        int64 // 1: a growth; -1: a release
		n           func(*impl.Account) int64
		plus        int64
		fast        bool
		want        string
	}{
		{"Reserve(slack)", 20, none, 1, slack, 0, true, ""},
		{"Reserve(slack+1)", 20, none, 1, slack, 1, false, ""},
		{"Reserve(all that the limit leaves)", 20, 50, 1, is(30), 0, true, ""},
		{"Reserve(one more)", 20, 50, 1, is(31), 0, false, "ErrAccountLimit"},
		{"Reserve(1) at the account's limit", 20, 20, 1, is(1), 0, false, "ErrAccountLimit"},
		{"Reserve(1) above the account's limit", 20, 5, 1, is(1), 0, false, "ErrAccountLimit"},
		{"Release(0)", 20, none, -1, is(0), 0, true, ""},
		{"Release(held), below the cap", 20, none, -1, held, 0, true, ""},
		{"Release(to the cap)", 400_000, none, -1, room, 0, true, ""},
		{"Release(one more)", 400_000, none, -1, room, 1, false, ""},
		{"Release(held)", 400_000, none, -1, held, 0, false, ""},
		{"Release(held+1)", 400_000, none, -1, held, 1, false, "casalloc: released 400001 bytes with 400000 held"},
		{"Release(1) above the account's limit", 20, 5, -1, is(1), 0, true, ""},
	} {
		b := newBudget(t, impl.Enforcing, 1<<20, 0)
		a := b.NewAccount()
		must(t, a.Reserve(1))
		must(t, a.Reserve(tt.held-1))
		if tt.limit != none {
			must(t, a.SetLimit(tt.limit))
		}
		n, before := tt.n(a)+tt.plus, impl.Slack(a)
		if before <= 0 {
			t.Fatalf("%s: slack %d, want a stocked account", tt.name, before)
		}
		left := tt.held
		if tt.want == "" {
			left += tt.sign * n
		}
		got := outcome(func() error {
			if tt.sign < 0 {
				a.Release(n)
				return nil
			}
			return a.Reserve(n)
		})
		if got != tt.want || a.Held() != left || tt.fast && impl.Slack(a) != before-tt.sign*n {
			t.Errorf("%s with %d: %q, %d held, slack %d, fast: %v, from %d; want %q, %d held",
				tt.name, n, got, a.Held(), impl.Slack(a), tt.fast, before, tt.want, left)
		}
		if got := b.Stats().Allocated; got != left {
			t.Errorf("%s with %d: %d allocated, want %d", tt.name, n, got, left)
		}
	}
}
