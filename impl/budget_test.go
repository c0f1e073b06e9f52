package impl_test

import (
	"fmt"
	"math"
	"testing"

	"casalloc/impl"
)

// Every row is one call to a Budget as newBudget makes it, its outcome, and the whole of the
// statistics afterwards.
func TestBudget(t *testing.T) {
	const (
		C, E, U = impl.Counting, impl.Enforcing, impl.Unlimited
		Max     = impl.MaxSize
	)
	reserve := func(n int64) func(*impl.Budget) error { return func(b *impl.Budget) error { return b.Reserve(n) } }
	release := func(n int64) func(*impl.Budget) error {
		return func(b *impl.Budget) error { b.Release(n); return nil }
	}
	setLimit := func(n int64) func(*impl.Budget) error { return func(b *impl.Budget) error { return b.SetLimit(n) } }
	endBoot := func(b *impl.Budget) error { b.EndBoot(); return nil }

	for _, tt := range []struct {
		mode        impl.Mode
		limit, held int64
		name        string
		call        func(*impl.Budget) error
		want        string // the outcome
		after       impl.Stats
	}{
		{C, 0, 4, "Reserve(0)", reserve(0), "", impl.Stats{Allocated: 4, Peak: 4}},
		{C, 0, 4, "Reserve(Max)", reserve(Max), "", impl.Stats{Allocated: 4 + Max, Peak: 4 + Max}},
		{C, 0, 4, "Reserve(-1)", reserve(-1), "ErrSize", impl.Stats{Allocated: 4, Peak: 4}},
		{C, 0, 4, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", impl.Stats{Allocated: 4, Peak: 4}},
		{E, 8, 4, "Reserve(3)", reserve(3), "", impl.Stats{Mode: E, Limit: 8, Allocated: 7, Peak: 7}},
		{E, 8, 4, "Reserve(4)", reserve(4), "", impl.Stats{Mode: E, Limit: 8, Allocated: 8, Peak: 8}},
		{E, 8, 4, "Reserve(5)", reserve(5), "ErrLimit", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4, Refused: 1}},
		{E, 8, 8, "Reserve(0)", reserve(0), "", impl.Stats{Mode: E, Limit: 8, Allocated: 8, Peak: 8}},
		{E, 8, 4, "Reserve(Max)", reserve(Max), "ErrLimit", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4, Refused: 1}},
		{E, 8, 4, "Reserve(MaxInt64)", reserve(math.MaxInt64), "ErrSize", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 4, "Reserve(MinInt64)", reserve(math.MinInt64), "ErrSize", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 4, "Reserve(1<<56+1)", reserve(1<<56 + 1), "ErrSize", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, Max, 0, "Reserve(Max)", reserve(Max), "", impl.Stats{Mode: E, Limit: Max, Allocated: Max, Peak: Max}},
		{E, Max, 1, "Reserve(Max)", reserve(Max), "ErrLimit", impl.Stats{Mode: E, Limit: Max, Allocated: 1, Peak: 1, Refused: 1}},
		{E, 8, 20, "Reserve(1)", reserve(1), "ErrLimit", impl.Stats{Mode: E, Limit: 8, Allocated: 20, Peak: 20, Refused: 1}},
		{U, 0, 4, "Reserve(Max)", reserve(Max), "", impl.Stats{Mode: U, Peak: 4}},
		{U, 0, 4, "Reserve(-1)", reserve(-1), "ErrSize", impl.Stats{Mode: U, Peak: 4}},

		{C, 0, 4, "Release(4)", release(4), "", impl.Stats{Peak: 4}},
		{C, 0, 4, "Release(0)", release(0), "", impl.Stats{Allocated: 4, Peak: 4}},
		{C, 0, 64, "Release(80)", release(80), "casalloc: released 80 bytes with 64 held", impl.Stats{Allocated: 64, Peak: 64}},
		{C, 0, 0, "Release(1)", release(1), "casalloc: released 1 bytes with 0 held", impl.Stats{}},
		{E, 8, 4, "Release(5)", release(5), "casalloc: released 5 bytes with 4 held", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 4, "Release(-1)", release(-1), "casalloc: released -1 bytes with 4 held", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 4, "Release(MaxInt64)", release(math.MaxInt64), "casalloc: released 9223372036854775807 bytes with 4 held", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 20, "Release(20)", release(20), "", impl.Stats{Mode: E, Limit: 8, Peak: 20}},
		{U, 0, 4, "Release(Max)", release(Max), "", impl.Stats{Mode: U, Peak: 4}},
		{U, 0, 4, "Release(-1)", release(-1), "casalloc: released -1 bytes with 0 held", impl.Stats{Mode: U, Peak: 4}},
		{U, 0, 4, "Release(1<<54)", release(1 << 54), "", impl.Stats{Mode: U, Peak: 4}},

		{C, 0, 4, "SetLimit(1)", setLimit(1), "", impl.Stats{Mode: E, Limit: 1, Allocated: 4, Peak: 4}},
		{C, 0, 4, "SetLimit(Max)", setLimit(Max), "", impl.Stats{Mode: E, Limit: Max, Allocated: 4, Peak: 4}},
		{C, 0, 4, "SetLimit(0)", setLimit(0), "ErrSize", impl.Stats{Allocated: 4, Peak: 4}},
		{E, 8, 4, "SetLimit(-1)", setLimit(-1), "ErrSize", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{E, 8, 4, "SetLimit(Max+1)", setLimit(Max + 1), "ErrSize", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{U, 0, 4, "SetLimit(8)", setLimit(8), "ErrUnlimited", impl.Stats{Mode: U, Peak: 4}},
		{U, 0, 4, "SetLimit(0)", setLimit(0), "ErrSize", impl.Stats{Mode: U, Peak: 4}},

		{C, 0, 4, "EndBoot()", endBoot, "", impl.Stats{Mode: U, Peak: 4}},
		{E, 8, 4, "EndBoot()", endBoot, "", impl.Stats{Mode: E, Limit: 8, Allocated: 4, Peak: 4}},
		{U, 0, 4, "EndBoot()", endBoot, "", impl.Stats{Mode: U, Peak: 4}},
	} {
		b := newBudget(t, tt.mode, tt.limit, tt.held)
		name := fmt.Sprintf("%v, limit %d, %d held: %s", tt.mode, tt.limit, tt.held, tt.name)
		if got := outcome(func() error { return tt.call(b) }); got != tt.want {
			t.Errorf("%s = %q, want %q", name, got, tt.want)
		}
		diff(t, name, b.Stats(), tt.after)
	}
}

func TestCountingRange(t *testing.T) {
	b := newBudget(t, impl.Counting, 0, impl.MaxSize)
	must(t, b.Reserve(impl.MaxSize))
	if err := b.Reserve(1); err != impl.ErrLimit {
		t.Errorf("Reserve(1) = %v with %d held, want ErrLimit", err, b.Stats().Allocated)
	}
	// The lowest the word can be, and back.
	must(t, b.SetLimit(1))
	const all = 2 * impl.MaxSize
	diff(t, "SetLimit(1)", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 1, Allocated: all, Peak: all, Refused: 1})
	b.Release(impl.MaxSize)
	b.Release(impl.MaxSize)
	must(t, b.Reserve(1))
}

// The edges of what is allowed, from the inside: nothing is not too little, and the largest size
// not too large.
func TestBudgetEdges(t *testing.T) {
	b := newBudget(t, impl.Counting, 0, 0)
	b.Release(0)
	must(t, b.Reserve(impl.MaxSize))
	must(t, b.Resize(impl.MaxSize, impl.MaxSize-1, func() bool { return true }))
	b.EndBoot()
	b.Release(0)
	must(t, b.Resize(impl.MaxSize, 0, func() bool { return true }))
}

func TestSetLimitErrorHasTheNumbers(t *testing.T) {
	const want = "casalloc: size out of range: limit of -5 bytes, want 1 to 4503599627370496"
	if err := impl.NewBudget().SetLimit(-5); err == nil || err.Error() != want {
		t.Errorf("SetLimit(-5) = %v, want %s", err, want)
	}
}

// The generation wraps at 128 changes of the limit; the books must not notice.
func TestGenerationWraps(t *testing.T) {
	b := impl.NewBudget()
	held := int64(0)
	for i := range int64(3 * 128) {
		limit := 1000 + i*37%500
		must(t, b.SetLimit(limit))
		must(t, b.Reserve(3))
		held += 3
		b.Release(2)
		held -= 2
		want := impl.OverRelease{Released: held + 1, Held: held}
		if got := catch(func() { b.Release(held + 1) }); got != want {
			t.Fatalf("change %d: Release(%d): %v, want %v", i, held+1, got, want)
		}
		if err := b.Reserve(limit - held + 1); err != impl.ErrLimit {
			t.Fatalf("change %d: Reserve(%d) = %v, want ErrLimit", i, limit-held+1, err)
		}
		if s := b.Stats(); s.Limit != limit || s.Allocated != held {
			t.Fatalf("change %d: %+v, want limit %d and %d allocated", i, s, limit, held)
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
