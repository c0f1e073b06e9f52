package impl_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casalloc/impl"
)

// Goroutines share a tenant, and release what others of them reserved. Meanwhile its own limit
// moves, and the limit of all, and accounts are drained.
func TestTenantContention(t *testing.T) {
	const (
		limit, own = 100_000, 1000 // bytes
		workers    = 4
		calls      = 50_000
	)
	b := newBudget(t, impl.Enforcing, limit, 0)
	tenant := b.NewTenant()
	must(t, tenant.SetLimit(own))
	handed := make(chan int64, 2*workers) // bytes reserved by one, to be released by another
	var balance atomic.Int64
	var refused [workers]int
	var working, others sync.WaitGroup
	for i := range workers {
		working.Go(func() {
			for k := range int64(calls) {
				n := 1 + (k+int64(i))%300
				if err := tenant.Reserve(n); err == nil {
					balance.Add(n)
					select {
					case handed <- n:
					case n := <-handed:
						balance.Add(-n)
						tenant.Release(n)
						balance.Add(-(1 + (k+int64(i))%300))
						tenant.Release(1 + (k+int64(i))%300)
					}
				} else if err != impl.ErrAccountLimit {
					t.Errorf("Reserve(%d) = %v, want %v", n, err, impl.ErrAccountLimit)
					return
				} else {
					refused[i]++
					select {
					case n := <-handed:
						balance.Add(-n)
						tenant.Release(n)
					default:
						runtime.Gosched()
					}
				}
			}
		})
	}
	var done atomic.Bool
	others.Go(func() {
		for i := int64(0); !done.Load(); i++ {
			if n := tenant.Held(); n < 0 || n > own {
				t.Errorf("%d bytes held, want 0 to %d", n, own)
				return
			}
			if s := b.Stats(); s.Allocated < 0 || s.Allocated > own {
				t.Errorf("counter %d, want 0 to %d", s.Allocated, own)
				return
			}
			must(t, tenant.SetLimit(own-i%2*500))
			must(t, b.SetLimit([]int64{limit, own}[i/8%2])) // under which it is stocked, and is not
			runtime.Gosched()
		}
	})
	working.Wait()
	done.Store(true)
	others.Wait()
	if got, want := tenant.Held(), balance.Load(); got != want || b.Stats().Allocated != want {
		t.Errorf("Exact: %d held, counter %d, want %d", got, b.Stats().Allocated, want)
	}
	for i, n := range refused {
		if n == 0 || n == calls {
			t.Errorf("goroutine %d: %d of %d growths refused, want some and not all", i, n, calls)
		}
	}
	if held, n := tenant.Held(), tenant.Leave(); n != held || impl.Taken(b) != 0 {
		t.Errorf("Leave() = %d with %d held, %d bytes taken then; want none", n, held, impl.Taken(b))
	}
}

// The own limit of a tenant is exact: of goroutines that all want the last bytes, so many are
// granted as fit.
func TestTenantLimitContention(t *testing.T) {
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

// What one goroutine wrote before a release, the one that is granted the bytes sees.
func TestTenantReleaseSynchronizesBeforeGrant(t *testing.T) {
	tenant := newBudget(t, impl.Counting, 0, 0).NewTenant()
	must(t, tenant.SetLimit(1))
	var guarded int // by the byte
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for grants := 0; grants < 1000; {
				if tenant.Reserve(1) == nil {
					guarded++
					grants++
					tenant.Release(1)
				}
			}
		})
	}
	wg.Wait()
	if guarded != 4000 {
		t.Errorf("%d increments, want 4000", guarded)
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
