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
