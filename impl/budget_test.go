package impl_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"casalloc/impl"
)

// over is the outcome of a release of n bytes by a party that holds its 20.
func over(n int64) string { return impl.OverRelease{Released: n, Held: 20}.Error() }

// Every row is one call of a party, its outcome, and how much more is held then.
func TestCalls(t *testing.T) {
	reserve := func(n int64) func(party) error { return func(p party) error { return p.Reserve(n) } }
	release := func(n int64) func(party) error { return func(p party) error { p.Release(n); return nil } }
	for _, tt := range []struct {
		mode       impl.Mode
		limit, own int64 // of the root, of the party
		name       string
		call       func(party) error
		want       string // the outcome
		more       int64
	}{
		{C, 0, None, "Reserve(0)", reserve(0), "", 0},
		{C, 0, None, "Reserve(Max-30)", reserve(Max - 30), "", Max - 30},
		{C, 0, None, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 0},
		{C, 0, None, "Reserve(-1)", reserve(-1), "ErrSize", 0},
		{E, 9000, None, "Reserve(0)", reserve(0), "", 0},
		{E, 9000, None, "Reserve(1)", reserve(1), "", 1},
		{E, 9000, None, "Reserve(8970)", reserve(8970), "", 8970},
		{E, 9000, None, "Reserve(8971)", reserve(8971), "ErrLimit", 0},
		{E, 9000, None, "Reserve(Max)", reserve(Max), "ErrLimit", 0},
		{E, 9000, None, "Reserve(1<<50+1)", reserve(1<<50 + 1), "ErrSize", 0},
		{E, 9000, None, "Reserve(MaxInt64)", reserve(math.MaxInt64), "ErrSize", 0},
		{E, 9000, None, "Reserve(MinInt64)", reserve(math.MinInt64), "ErrSize", 0},
		{E, 33, None, "Reserve(3)", reserve(3), "", 3},
		{E, 33, None, "Reserve(4)", reserve(4), "ErrLimit", 0},
		{E, 30, None, "Reserve(0)", reserve(0), "", 0},
		{E, 30, None, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{E, 18, None, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{U, 0, None, "Reserve(Max)", reserve(Max), "", 0},
		{U, 0, None, "Reserve(-1)", reserve(-1), "ErrSize", 0},

		{C, 0, None, "Release(0)", release(0), "", 0},
		{C, 0, None, "Release(20)", release(20), "", -20},
		{C, 0, None, "Release(21)", release(21), over(21), 0}, // although 30 may be held in all
		{E, 9000, None, "Release(0)", release(0), "", 0},
		{E, 9000, None, "Release(20)", release(20), "", -20},
		{E, 9000, None, "Release(21)", release(21), over(21), 0},
		{E, 9000, None, "Release(-1)", release(-1), over(-1), 0},
		{E, 9000, None, "Release(MaxInt64)", release(math.MaxInt64), over(math.MaxInt64), 0},
		{E, 9000, None, "Release(MinInt64)", release(math.MinInt64), over(math.MinInt64), 0},
		{E, 18, None, "Release(20)", release(20), "", -20},
		{U, 0, None, "Release(20)", release(20), "", 0},
		{U, 0, None, "Release(1<<54)", release(1 << 54), "", 0},
		{U, 0, None, "Release(-1)", release(-1), "casalloc: released -1 bytes with 0 held", 0},

		{E, 9000, 50, "Reserve(30)", reserve(30), "", 30},
		{E, 9000, 50, "Reserve(31)", reserve(31), "ErrLimit", 0},
		{E, 9000, 50, "Reserve(Max)", reserve(Max), "ErrLimit", 0},
		{E, 9000, 50, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 0},
		{E, 9000, 5, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{E, 9000, 5, "Reserve(0)", reserve(0), "", 0},
		{E, 9000, 5, "Release(20)", release(20), "", -20},
		{E, 9000, 0, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{C, 0, 50, "Reserve(31)", reserve(31), "ErrLimit", 0},
		{U, 0, 50, "Reserve(31)", reserve(31), "", 0},
	} {
		for _, p := range parties(t, tt.mode, tt.limit, tt.own) {
			name := fmt.Sprintf("%v, limits %d and %d: %s", tt.mode, tt.limit, tt.own, tt.name)
			stats := impl.Stats{Used: 20 + tt.more, Peak: 20 + max(tt.more, 0)}
			want, refused := tt.want, false
			if tt.mode != U {
				want, refused = p.expected(tt.want, tt.more > 0)
			}
			if refused {
				stats = impl.Stats{Used: 20, Peak: 20, Refused: 1}
			}
			if got := outcome(func() error { return tt.call(p) }); got != want {
				t.Errorf("%s: %s = %q, want %q", p.name, name, got, want)
			}
			p.check(t, name, stats)
		}
	}
}

// Every row is a change of what a tree counts: its outcome, and all statistics of the root and of a
// child afterwards. 4 bytes are held at the child, which has slack.
func TestModes(t *testing.T) {
	of := map[string]func(root, child *impl.Budget) *impl.Budget{
		"root":  func(root, _ *impl.Budget) *impl.Budget { return root },
		"child": func(_, child *impl.Budget) *impl.Budget { return child },
	}
	setLimit := func(n int64) func(*impl.Budget) error { return func(b *impl.Budget) error { return b.SetLimit(n) } }
	endBoot := func(b *impl.Budget) error { b.EndBoot(); return nil }
	held := impl.Stats{Limit: None, Used: 4, Peak: 4}
	limited := func(n int64) impl.Stats { return impl.Stats{Mode: E, Limit: n, Used: 4, Peak: 4} }
	shut := impl.Stats{Mode: E, Closed: true, Used: 4, Peak: 4}
	off := func(n int64) impl.Stats { return impl.Stats{Mode: U, Limit: n, Peak: 4} }

	for _, tt := range []struct {
		mode        impl.Mode
		limit, own  int64 // of the root, of the child
		who, name   string
		call        func(*impl.Budget) error
		want        string // the outcome
		root, child impl.Stats
	}{
		{C, 0, None, "root", "SetLimit(1)", setLimit(1), "", limited(1), held},
		{C, 0, None, "root", "SetLimit(Max)", setLimit(Max), "", limited(Max), held},
		{C, 0, None, "root", "SetLimit(0)", setLimit(0), "", limited(0), held},
		{C, 0, None, "root", "SetLimit(NoLimit)", setLimit(None), "", held, held},
		{E, 800, None, "root", "SetLimit(NoLimit)", setLimit(None), "", held, held},
		{E, 800, None, "root", "SetLimit(-1)", setLimit(-1), "ErrSize", limited(800), held},
		{E, 800, None, "root", "SetLimit(Max+1)", setLimit(Max + 1), "ErrSize", limited(800), held},
		{U, 0, None, "root", "SetLimit(8)", setLimit(8), "ErrUnlimited", off(None), off(None)},
		{U, 0, None, "root", "SetLimit(-1)", setLimit(-1), "ErrSize", off(None), off(None)},
		{E, 800, None, "child", "SetLimit(5)", setLimit(5), "ErrNoLimit", limited(800), held},
		{E, 800, None, "child", "SetLimit(NoLimit)", setLimit(None), "ErrNoLimit", limited(800), held},
		{E, 800, 100, "child", "SetLimit(5)", setLimit(5), "", limited(800), limited(5)},
		{E, 800, 100, "child", "SetLimit(0)", setLimit(0), "", limited(800), limited(0)},
		{E, 800, 100, "child", "SetLimit(NoLimit)", setLimit(None), "", limited(800), held},
		{E, 800, 100, "child", "SetLimit(-1)", setLimit(-1), "ErrSize", limited(800), limited(100)},
		{E, 800, 100, "child", "SetLimit(Max+1)", setLimit(Max + 1), "ErrSize", limited(800), limited(100)},
		{U, 0, 100, "child", "SetLimit(5)", setLimit(5), "ErrUnlimited", off(None), off(100)},

		{C, 0, 100, "root", "EndBoot", endBoot, "", off(None), off(100)},
		{C, 0, 100, "child", "EndBoot", endBoot, "", held, limited(100)},
		{E, 800, None, "root", "EndBoot", endBoot, "", limited(800), held},
		{U, 0, None, "root", "EndBoot", endBoot, "", off(None), off(None)},
		{E, 800, None, "root", "SetLimit(NoLimit), EndBoot", func(b *impl.Budget) error {
			defer b.EndBoot()
			return b.SetLimit(None)
		}, "", off(None), off(None)},

		{E, 800, None, "root", "Close, SetLimit", func(b *impl.Budget) error { b.Close(); return b.SetLimit(8) },
			"ErrClosed", shut, held},
		{C, 0, None, "root", "Close, EndBoot", func(b *impl.Budget) error { b.Close(); b.EndBoot(); return nil },
			"", shut, held},
		{C, 0, None, "child", "Close", func(b *impl.Budget) error { b.Close(); return b.Reserve(0) }, "", held, shut},
		{U, 0, None, "root", "Close, Leave", func(b *impl.Budget) error { b.Close(); b.Leave(); return b.Reserve(8) },
			"", off(None), off(None)},
	} {
		root := newBudget(t, C, 0, 0)
		if tt.mode == E {
			must(t, root.SetLimit(tt.limit))
		}
		child := newStocked(t, root, tt.own, 4)
		if tt.mode == U {
			root.EndBoot()
		}
		name := fmt.Sprintf("%v, limits %d and %d, %s: %s", tt.mode, tt.limit, tt.own, tt.who, tt.name)
		if got := outcome(func() error { return tt.call(of[tt.who](root, child)) }); got != tt.want {
			t.Errorf("%s = %q, want %q", name, got, tt.want)
		}
		diff(t, name+", child", child.Stats(), tt.child)
		got := root.Exact()
		if got.Peak < 4 {
			t.Errorf("%s, root: peak %d, want the 4 bytes that were held, and slack", name, got.Peak)
		}
		got.Peak = 4
		diff(t, name+", root", got, tt.root)
	}
}

// While nothing is limited, what can be counted has an end: twice the largest size is beyond it.
func TestCountingRange(t *testing.T) {
	b := newBudget(t, C, 0, Max)
	must(t, b.Reserve(Max/2))
	if err := b.Reserve(1); err != impl.ErrLimit {
		t.Errorf("Reserve(1) = %v with %d held, want ErrLimit", err, b.Stats().Used)
	}
	// The lowest the word can be, and back.
	must(t, b.SetLimit(0))
	const all = Max + Max/2
	diff(t, "SetLimit(0)", b.Stats(), impl.Stats{Mode: E, Used: all, Peak: all, Refused: 1})
	b.Release(Max)
	b.Release(Max / 2)
	must(t, b.SetLimit(1))
	must(t, b.Reserve(1))
}

// The edges of what is allowed, from the inside: nothing is not too little, and the largest size
// not too large.
func TestBudgetEdges(t *testing.T) {
	b := newBudget(t, C, 0, 0)
	b.Release(0)
	must(t, b.Reserve(Max))
	must(t, b.Resize(Max, Max-1, ok))
	b.EndBoot()
	b.Release(0)
	must(t, b.Resize(Max, 0, ok))

	b = newBudget(t, E, Max, 0)
	must(t, b.Reserve(Max))
	b = newBudget(t, E, Max, 1)
	if err := b.Reserve(Max); err != impl.ErrLimit {
		t.Errorf("Reserve(%d) = %v with 1 of %[1]d held, want %v", int64(Max), err, impl.ErrLimit)
	}
}

func TestBadLimitHasTheNumbers(t *testing.T) {
	const want = "casalloc: size out of range: limit of -5 bytes, want 0 to 140737488355328, or NoLimit"
	b := impl.NewBudget()
	made, _ := catch(func() { b.NewChild(-5) }).(error)
	for name, err := range map[string]error{
		"root, SetLimit(-5)":  b.SetLimit(-5),
		"child, SetLimit(-5)": b.NewChild(8).SetLimit(-5),
		"NewChild(-5)":        made,
	} {
		if err == nil || err.Error() != want || !errors.Is(err, impl.ErrSize) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if n := len(b.Children()); n != 1 {
		t.Errorf("%d children, want the 1 that was made", n)
	}
}

// The generation wraps at 2,048 changes of a base; the books must not notice: of a root, and of a
// child, which changes when its limit is set, and when it is stocked.
func TestGenerationWraps(t *testing.T) {
	for _, b := range []*impl.Budget{impl.NewBudget(), impl.NewBudget().NewChild(0)} {
		held := int64(0)
		for i := range int64(3 * 2048) {
			limit := 10_000 + i*37%500
			must(t, b.SetLimit(limit))
			must(t, b.Reserve(3))
			b.Release(2)
			held++
			want := impl.OverRelease{Released: held + 1, Held: held}
			if got := catch(func() { b.Release(held + 1) }); got != want {
				t.Fatalf("change %d: Release(%d): %v, want %v", i, held+1, got, want)
			}
			if err := b.Reserve(limit - held + 1); err != impl.ErrLimit {
				t.Fatalf("change %d: Reserve(%d) = %v, want ErrLimit", i, limit-held+1, err)
			}
			if s := b.Stats(); s.Limit != limit || s.Used != held {
				t.Fatalf("change %d: %+v, want limit %d and %d used", i, s, limit, held)
			}
		}
	}
}

func TestModeString(t *testing.T) {
	for m, want := range []string{"counting", "enforcing", "unlimited", "Mode(3)"} {
		if got := impl.Mode(m).String(); got != want {
			t.Errorf("Mode %d is %q, want %q", m, got, want)
		}
	}
}
