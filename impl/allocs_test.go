package impl_test

import (
	"testing"

	"casalloc/impl"
)

// No call allocates beyond the block, refusals and failures included.
func TestAllocs(t *testing.T) {
	memory := make([]byte, 64)
	working := backendFunc(func(_ []byte, n int) []byte {
		if n == 0 {
			return nil
		}
		return memory[:n]
	})
	failing := backendFunc(func([]byte, int) []byte { return nil })
	ok := func() bool { return true }
	fail := func() bool { return false }

	for _, m := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		b := newBudget(t, m, 64, 0)
		full := newBudget(t, impl.Enforcing, 64, 64)
		works, fails, refuses := impl.NewAllocatorOver(b, working), impl.NewAllocatorOver(b, failing), impl.NewAllocatorOver(full, working)
		for name, f := range map[string]func(){
			"Reserve, Release":        func() { b.Reserve(8); b.Release(8) },
			"Reserve refused":         func() { full.Reserve(8) },
			"Reserve of a bad size":   func() { b.Reserve(-1) },
			"Resize":                  func() { b.Resize(0, 8, ok); b.Resize(8, 4, ok); b.Resize(4, 0, ok) },
			"Resize, growth fails":    func() { b.Resize(0, 8, fail) },
			"Resize refused":          func() { full.Resize(0, 8, ok) },
			"Realloc":                 func() { p, _ := works.Realloc(nil, 8); p, _ = works.Realloc(p, 4); works.Realloc(p, 0) },
			"Realloc, backend fails":  func() { fails.Realloc(nil, 8) },
			"Realloc refused":         func() { refuses.Realloc(nil, 8) },
			"SetLimit":                func() { full.SetLimit(64) },
			"SetLimit once unlimited": func() { newUnlimited.SetLimit(64) },
			"EndBoot":                 func() { full.EndBoot() },
			"Stats":                   func() { b.Stats() },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%v: %s: %v allocations, want 0", m, name, n)
			}
		}
	}
}

var newUnlimited = func() *impl.Budget { b := impl.NewBudget(); b.EndBoot(); return b }()
