package impl_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casalloc/impl"
)

// The own limit of a tenant is exact: of goroutines that all want the last bytes, so many are
// granted as fit.
func TestTenantLimitIsExact(t *testing.T) {
	const workers, fits = 8, 5
	for range 200 {
		b := newBudget(t, impl.Enforcing, 1<<20, 0)
		tenant := b.NewTenant()
		must(t, tenant.SetLimit(10*fits+9))
		var granted atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				if tenant.Resize(0, 10, func() bool { runtime.Gosched(); return true }) == nil {
					granted.Add(1)
				}
			})
		}
		wg.Wait()
		if granted.Load() != fits || tenant.Held() != 10*fits {
			t.Fatalf("%d of %d granted, %d bytes held; want %d, %d", granted.Load(), workers, tenant.Held(), fits, 10*fits)
		}
	}
}

// Each call takes the lock for what it does to the account, and Resize leaves it to its backend.
func TestTenantLocks(t *testing.T) {
	for name, call := range map[string]func(*impl.Tenant){
		"Reserve":         func(tenant *impl.Tenant) { tenant.Reserve(1) },
		"Release":         func(tenant *impl.Tenant) { tenant.Release(1) },
		"SetLimit":        func(tenant *impl.Tenant) { tenant.SetLimit(500) },
		"Held":            func(tenant *impl.Tenant) { tenant.Held() },
		"Resize, grows":   func(tenant *impl.Tenant) { tenant.Resize(0, 1, func() bool { return true }) },
		"Resize, shrinks": func(tenant *impl.Tenant) { tenant.Resize(1, 0, func() bool { return true }) },
		"Explain":         func(tenant *impl.Tenant) { impl.Explain(tenant, 1, impl.ErrAccountLimit) },
		"Close":           func(tenant *impl.Tenant) { tenant.Close() },
		"Leave":           func(tenant *impl.Tenant) { tenant.Leave() },
	} {
		_, a := newAccount(t, impl.Enforcing, 9000, 20)
		tenant := impl.TenantOf(a)
		done := make(chan struct{})
		impl.BusyTenant(tenant, func() {
			go func() { call(tenant); close(done) }()
			select {
			case <-done:
				t.Errorf("%s did not wait for the lock", name)
			case <-time.After(10 * time.Millisecond):
			}
		})
		<-done
	}
}

// A backend may call its tenant, also to close it: the lock is not held while it works.
func TestTenantBackendCallsTenant(t *testing.T) {
	_, open := newAccount(t, impl.Enforcing, 9000, 20)
	tenant := impl.TenantOf(open)
	must(t, tenant.Resize(0, 30, func() bool {
		return tenant.Reserve(7) == nil && tenant.Held() == 57 && tenant.Close() == 57
	}))
	if err := tenant.Reserve(1); err != impl.ErrClosed {
		t.Errorf("Reserve(1) = %v after Close, want %v", err, impl.ErrClosed)
	}
	// Leaving in the middle of a growth that fails is a bug, and found.
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	tenant = impl.TenantOf(a)
	got := outcome(func() error { return tenant.Resize(0, 30, func() bool { return tenant.Leave() != 50 }) })
	if want := "casalloc: released 30 bytes with 0 held"; got != want || b.Stats().Allocated != 10 {
		t.Errorf("Leave in a growth that fails: %q, %d counted; want %q, 10", got, b.Stats().Allocated, want)
	}
	// The lock is free again after a panic.
	if n := tenant.Held(); n != 0 {
		t.Errorf("%d held, want 0", n)
	}
}

func TestAllocatorOverTenant(t *testing.T) {
	b, a := newAccount(t, impl.Enforcing, 9000, 20)
	tenant := impl.TenantOf(a)
	must(t, tenant.SetLimit(100))
	alloc := impl.NewAllocator(tenant)
	block, err := alloc.Realloc(nil, 80)
	must(t, err)
	if _, err := alloc.Realloc(block, 81); err != impl.ErrAccountLimit {
		t.Errorf("Realloc(block of 80, 81) = %v with 100 of 100 held, want %v", err, impl.ErrAccountLimit)
	}
	_, err = alloc.Realloc(block, 0)
	must(t, err)
	// Once nothing is counted, nothing is refused.
	b.EndBoot() // no effect
	b, a = newAccount(t, impl.Unlimited, 0, 20)
	tenant = impl.TenantOf(a)
	must(t, tenant.SetLimit(1))
	block, err = impl.NewAllocator(tenant).Realloc(nil, 80)
	must(t, err)
	if len(block) != 80 || tenant.Held() != 0 || b.Stats().Allocated != 0 {
		t.Errorf("%d bytes, %d held, %d counted; want 80, 0, 0", len(block), tenant.Held(), b.Stats().Allocated)
	}
}
