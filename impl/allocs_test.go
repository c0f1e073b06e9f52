package impl_test

import (
	"testing"

	"casalloc/impl"
)

// No call allocates beyond the block, refusals and failures included.
func TestAllocs(t *testing.T) {
	block := make([]byte, 64)
	working := backendFunc(func(_ []byte, n int) []byte {
		if n == 0 {
			return nil
		}
		return block[:n]
	})
	failing := backendFunc(func([]byte, int) []byte { return nil })
	ok := func() bool { return true }
	fail := func() bool { return false }

	for _, m := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		b := newBudget(t, m, 64, 0)
		full := newBudget(t, impl.Enforcing, 64, 64)
		works, fails := impl.NewAllocatorOver(b, working), impl.NewAllocatorOver(b, failing)
		refuses := impl.NewAllocatorOver(full, working)
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
			"Usage":                   func() { b.Usage() },
		} {
			if n := testing.AllocsPerRun(100, f); n != 0 {
				t.Errorf("%v: %s: %v allocations, want 0", m, name, n)
			}
		}
	}
}

// No call through an account allocates.
func TestAccountAllocs(t *testing.T) {
	type (
		B = impl.Budget
		A = impl.Account
	)
	ok := func() bool { return true }
	fail := func() bool { return false }
	for _, m := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		for name, f := range map[string]func(*B, *A){
			"Reserve, Release":                func(_ *B, a *A) { a.Reserve(8); a.Release(8) },
			"the same, drained":               func(b *B, a *A) { b.Stats(); a.Reserve(8); b.Stats(); a.Release(8) },
			"the same, too large for slack":   func(_ *B, a *A) { a.Reserve(7000); a.Release(7000) },
			"Reserve refused":                 func(_ *B, a *A) { a.Reserve(8971) },
			"Reserve refused by the account":  func(_ *B, a *A) { a.SetLimit(20); a.Reserve(8) },
			"Reserve refused, account closed": func(_ *B, a *A) { a.Close(); a.Reserve(8) },
			"Reserve of a bad size":           func(_ *B, a *A) { a.Reserve(-1) },
			"Resize":                          func(_ *B, a *A) { a.Resize(0, 8, ok); a.Resize(8, 4, ok); a.Resize(4, 0, ok) },
			"Resize, growth fails":            func(_ *B, a *A) { a.Resize(0, 8, fail) },
			"Held, HeldAtMost, Close, Leave":  func(_ *B, a *A) { a.Held(); a.HeldAtMost(); a.Close(); a.Leave() },
			"a limit, accounts stocked":       func(b *B, a *A) { a.Reserve(8); b.SetLimit(9000); a.Release(8) },
			"boot ends, accounts stocked":     func(b *B, a *A) { a.Reserve(8); b.EndBoot(); a.Release(8) },
			"direct calls, accounts stocked":  func(b *B, a *A) { a.Reserve(8); b.Reserve(8900); b.Release(8900); a.Release(8) },
		} {
			b, a := newAccount(t, m, 9000, 20)
			if n := testing.AllocsPerRun(100, func() { f(b, a) }); n != 0 {
				t.Errorf("%v: %s: %v allocations, want 0", m, name, n)
			}
		}
	}
}

// No call through a tenant allocates.
func TestTenantAllocs(t *testing.T) {
	ok := func() bool { return true }
	fail := func() bool { return false }
	for _, m := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		for name, f := range map[string]func(*impl.Tenant){
			"Reserve, Release":               func(x *impl.Tenant) { x.Reserve(8); x.Release(8) },
			"Reserve refused":                func(x *impl.Tenant) { x.Reserve(8971) },
			"Reserve refused by the tenant":  func(x *impl.Tenant) { x.SetLimit(20); x.Reserve(8) },
			"Reserve refused, tenant closed": func(x *impl.Tenant) { x.Close(); x.Reserve(8) },
			"Resize":                         func(x *impl.Tenant) { x.Resize(0, 8, ok); x.Resize(8, 4, ok); x.Resize(4, 0, ok) },
			"Resize, growth fails":           func(x *impl.Tenant) { x.Resize(0, 8, fail) },
			"Held, Leave":                    func(x *impl.Tenant) { x.Held(); x.Leave() },
		} {
			_, a := newAccount(t, m, 9000, 20)
			x := impl.TenantOf(a)
			if n := testing.AllocsPerRun(100, func() { f(x) }); n != 0 {
				t.Errorf("%v: %s: %v allocations, want 0", m, name, n)
			}
		}
	}
}

var newUnlimited = func() *impl.Budget { b := impl.NewBudget(); b.EndBoot(); return b }()
