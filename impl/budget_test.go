package impl_test

import (
	"fmt"
	"testing"

	"casalloc/impl"
)

// Every row is a change of the mode of a Budget as newBudget makes it, its outcome, and the whole
// of the statistics afterwards.
func TestBudget(t *testing.T) {
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

	b = newBudget(t, impl.Enforcing, impl.MaxSize, 0)
	must(t, b.Reserve(impl.MaxSize))
	b = newBudget(t, impl.Enforcing, impl.MaxSize, 1)
	if err := b.Reserve(impl.MaxSize); err != impl.ErrLimit {
		t.Errorf("Reserve(%d) = %v with 1 of %[1]d held, want %v", int64(impl.MaxSize), err, impl.ErrLimit)
	}
}

func TestSetLimitErrorHasTheNumbers(t *testing.T) {
	const want = "casalloc: size out of range: limit of -5 bytes, want 1 to 4503599627370496"
	b := impl.NewBudget()
	for _, of := range []interface{ SetLimit(int64) error }{b, b.NewAccount()} {
		if err := of.SetLimit(-5); err == nil || err.Error() != want {
			t.Errorf("%T: SetLimit(-5) = %v, want %s", of, err, want)
		}
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
