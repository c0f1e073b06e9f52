package impl

import (
	"fmt"
	"testing"
)

// What a reading costs, alone and with the refill that it costs the owner of each account that it
// drains: after each reading, each of so many owners reserves and releases. Besides, there are one
// account and one tenant that nobody uses.
func BenchmarkReading(b *testing.B) {
	for _, accounts := range []int{0, 8} {
		x := budgetIn(Enforcing, 1<<40)
		owners := make([]*Account, accounts)
		for i := range owners {
			owners[i] = x.NewAccount()
		}
		one := x.NewAccount()
		tenant := x.NewTenant()
		must(one.Reserve(64) == nil && tenant.Reserve(64) == nil)
		for _, call := range []struct {
			name string
			read func()
		}{
			{"none", func() {}},
			{"stats", func() { opaque(x.Stats()) }},
			{"usage", func() { opaque(x.Usage()) }},
			{"account-heldatmost", func() { opaque(one.HeldAtMost()) }},
			{"tenant-held", func() { opaque(tenant.Held()) }},
		} {
			b.Run(fmt.Sprintf("call=%s/accounts=%d", call.name, accounts), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					call.read()
					for _, a := range owners {
						must(a.Reserve(64) == nil)
						a.Release(64)
					}
				}
			})
		}
	}
}

// What the lock of a tenant costs beside an account: a reservation and its release.
func BenchmarkTenant(b *testing.B) {
	x := budgetIn(Enforcing, 1<<40)
	a := x.NewAccount()
	b.Run("impl=account/goroutines=one", func(b *testing.B) {
		for b.Loop() {
			must(a.Reserve(64) == nil)
			a.Release(64)
		}
	})
	tenant := x.NewTenant()
	compare(b, "impl=tenant", func(k int) {
		for range k {
			must(tenant.Reserve(64) == nil)
			tenant.Release(64)
		}
	})
}
