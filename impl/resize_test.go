package impl_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"casalloc/impl"
)

func TestResize(t *testing.T) {
	const (
		C, E, U = impl.Counting, impl.Enforcing, impl.Unlimited
		Max     = impl.MaxSize
	)
	ok := func() bool { return true }
	fail := func() bool { return false }
	explode := func() bool { panic("backend") }

	// A row's Budget holds osize bytes and others 10 more.
	for _, tt := range []struct {
		mode         impl.Mode
		limit        int64
		osize, nsize int64
		backend      func() bool
		want         string
		inCall       int64 // counter while the backend runs, -1: it must not run
		after        impl.Stats
	}{
		{C, 0, 0, 5, ok, "", 15, impl.Stats{Allocated: 15, Peak: 15}},
		{C, 0, 0, 5, fail, "ErrBackend", 15, impl.Stats{Allocated: 10, Peak: 15, RolledBack: 1}},
		{E, 15, 0, 5, ok, "", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 15, Peak: 15}},
		{E, 15, 0, 6, ok, "ErrLimit", -1, impl.Stats{Mode: E, Limit: 15, Allocated: 10, Peak: 10, Refused: 1}},
		{E, 15, 3, 5, ok, "", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 15, Peak: 15}}, // only the difference is new
		{E, 15, 3, 5, fail, "ErrBackend", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 13, Peak: 15, RolledBack: 1}},
		{E, 15, 3, 5, explode, "backend", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 13, Peak: 15, RolledBack: 1}},
		// A shrink or a free: charged until it is done, never refused, nothing to roll back.
		{E, 15, 5, 3, ok, "", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 13, Peak: 15}},
		{E, 1, 5, 3, ok, "", 15, impl.Stats{Mode: E, Limit: 1, Allocated: 13, Peak: 15}},
		{E, 1, 5, 0, ok, "", 15, impl.Stats{Mode: E, Limit: 1, Allocated: 10, Peak: 15}},
		{E, 15, 5, 3, fail, "ErrBackend", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 15, Peak: 15}},
		{E, 15, 5, 0, explode, "backend", 15, impl.Stats{Mode: E, Limit: 15, Allocated: 15, Peak: 15}},
		{E, 1, 5, 5, ok, "", 15, impl.Stats{Mode: E, Limit: 1, Allocated: 15, Peak: 15}},
		{E, 1, 5, 5, fail, "ErrBackend", 15, impl.Stats{Mode: E, Limit: 1, Allocated: 15, Peak: 15}},
		{E, 1, 0, 0, fail, "", -1, impl.Stats{Mode: E, Limit: 1, Allocated: 10, Peak: 10}},
		{U, 0, 0, Max, ok, "", 0, impl.Stats{Mode: U, Peak: 10}},
		{U, 0, 0, 5, fail, "ErrBackend", 0, impl.Stats{Mode: U, Peak: 10}},
		{U, 0, 0, 5, explode, "backend", 0, impl.Stats{Mode: U, Peak: 10}},
		{U, 0, 5, 0, ok, "", 0, impl.Stats{Mode: U, Peak: 15}},
		{U, 0, 0, 0, fail, "", -1, impl.Stats{Mode: U, Peak: 10}},
		{U, 0, 0, -1, ok, "ErrSize", -1, impl.Stats{Mode: U, Peak: 10}},
		{E, 15, 0, -1, ok, "ErrSize", -1, impl.Stats{Mode: E, Limit: 15, Allocated: 10, Peak: 10}},
		{E, 15, 0, Max + 1, ok, "ErrSize", -1, impl.Stats{Mode: E, Limit: 15, Allocated: 10, Peak: 10}},
	} {
		name := fmt.Sprintf("%v, limit %d: Resize(%d, %d)", tt.mode, tt.limit, tt.osize, tt.nsize)
		b := newBudget(t, tt.mode, tt.limit, 10+tt.osize)
		inCall := int64(-1)
		got := outcome(func() error {
			return b.Resize(tt.osize, tt.nsize, func() bool {
				inCall = b.Stats().Allocated
				return tt.backend()
			})
		})
		if got != tt.want || inCall != tt.inCall {
			t.Errorf("%s = %q with counter %d in the backend, want %q with %d", name, got, inCall, tt.want, tt.inCall)
		}
		diff(t, name, b.Stats(), tt.after)
	}

	// A bad osize; nothing can be held under one.
	for _, osize := range []int64{-1, Max + 1} {
		if got := outcome(func() error { return impl.NewBudget().Resize(osize, 5, ok) }); got != "ErrSize" {
			t.Errorf("Resize(%d, 5) = %q, want ErrSize", osize, got)
		}
	}
}

// What the backend does to the Budget in the middle of a call.
func TestResizeMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name         string
		osize, nsize int64
		backend      func(*impl.Budget) bool
		want         string
		after        impl.Stats
	}{
		{"boot ends, growth fails: nothing is counted, so nothing rolls back",
			0, 5, func(b *impl.Budget) bool { b.EndBoot(); return false }, "ErrBackend", impl.Stats{Mode: impl.Unlimited, Peak: 15}},
		{"boot ends during a shrink",
			5, 3, func(b *impl.Budget) bool { b.EndBoot(); return true }, "", impl.Stats{Mode: impl.Unlimited, Peak: 15}},
		{"a limit comes, growth fails: rolled back under the new limit",
			0, 5, func(b *impl.Budget) bool { return b.SetLimit(3) != nil }, "ErrBackend", impl.Stats{Mode: impl.Enforcing, Limit: 3, Allocated: 10, Peak: 15, RolledBack: 1}},
		{"a limit comes below what is granted: the grant stands",
			0, 5, func(b *impl.Budget) bool { return b.SetLimit(3) == nil }, "", impl.Stats{Mode: impl.Enforcing, Limit: 3, Allocated: 15, Peak: 15}},
		{"growth within a growth that fails",
			0, 5, func(b *impl.Budget) bool { return b.Resize(0, 7, func() bool { return true }) != nil }, "ErrBackend", impl.Stats{Allocated: 17, Peak: 22, RolledBack: 1}},
		{"shrink within a growth",
			0, 5, func(b *impl.Budget) bool { return b.Resize(9, 2, func() bool { return true }) == nil }, "", impl.Stats{Allocated: 8, Peak: 15}},
		{"everything is released within a free: the free is the over-release",
			5, 0, func(b *impl.Budget) bool { b.Release(12); return true }, "casalloc: released 5 bytes with 3 held", impl.Stats{Allocated: 3, Peak: 15}},
	} {
		b := newBudget(t, impl.Counting, 0, 10+tt.osize)
		got := outcome(func() error {
			return b.Resize(tt.osize, tt.nsize, func() bool { return tt.backend(b) })
		})
		if got != tt.want {
			t.Errorf("%s: Resize(%d, %d) = %q, want %q", tt.name, tt.osize, tt.nsize, got, tt.want)
		}
		diff(t, tt.name, b.Stats(), tt.after)
	}
}

// A backend that ends its goroutine neither returns nor panics.
func TestResizeGoexit(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 8, 0)
	done := make(chan bool)
	go func() {
		defer close(done)
		b.Resize(0, 8, func() bool { runtime.Goexit(); return true })
	}()
	<-done
	diff(t, "Goexit", b.Stats(), impl.Stats{Mode: impl.Enforcing, Limit: 8, Peak: 8, RolledBack: 1})
}

// The backend's own panic value arrives as it is.
func TestResizePanicValue(t *testing.T) {
	want := errors.New("out of address space")
	got := catch(func() { impl.NewBudget().Resize(0, 8, func() bool { panic(want) }) })
	if got != want {
		t.Errorf("panic value %v, want %v", got, want)
	}
}
