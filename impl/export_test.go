package impl

import "weak"

// MaxBatch is how much slack an account takes at once, at most, in bytes.
const MaxBatch = maxBatch

// Slack is what lies in the account, in bytes, or -1 if it is drained.
func Slack(a *Account) int64 { return max(a.stock.slack.Load(), -1) }

// Bounds is what the slack of a stocked account may fall and rise to, in bytes.
func Bounds(a *Account) (floor, top int64) { return a.stock.floor.Load(), a.stock.top.Load() }

// TenantOf returns a tenant around a, which its caller must not use any more.
func TenantOf(a *Account) *Tenant { return &Tenant{account: a} }

// Taken is the counter and the slack of all accounts, in bytes.
func Taken(b *Budget) int64 {
	w := b.word.Load()
	return b.baseOf(w)>>tagBits - w>>tagBits
}

// Stocks is how many accounts the budget knows.
func Stocks(b *Budget) int {
	b.setter.Lock()
	defer b.setter.Unlock()
	stocks := len(b.stocks.all())
	if n := b.accounts.Load(); n != int64(stocks) {
		return -1
	}
	return stocks
}

// StockOf tells whether the stock of an account still exists.
func StockOf(a *Account) (exists func() bool) {
	p := weak.Make(a.stock)
	return func() bool { return p.Value() != nil }
}

// Busy calls f while somebody else has the setter lock.
func Busy(b *Budget, f func()) {
	b.setter.Lock()
	defer b.setter.Unlock()
	f()
}

// BusyTenant calls f while somebody else has the lock of t.
func BusyTenant(t *Tenant, f func()) {
	t.lock.Lock()
	defer t.lock.Unlock()
	f()
}
