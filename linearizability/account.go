package linearizability

import "casalloc/impl"

// Through returns b as the owner of its account a uses it, or as whoever shares the tenant a:
// Reserve, Release and Resize go through a, the rest to b itself. The specification is the same, as
// long as a grants what b would: a has no limit of its own, is not closed, and releases no more
// than it holds.
func Through(b *impl.Budget, a impl.Accountant) System { return through{b, a} }

type through struct {
	*impl.Budget
	account impl.Accountant
}

func (t through) Reserve(n int64) error { return t.account.Reserve(n) }
func (t through) Release(n int64)       { t.account.Release(n) }
func (t through) Resize(osize, nsize int64, realloc func() bool) error {
	return t.account.Resize(osize, nsize, realloc)
}
