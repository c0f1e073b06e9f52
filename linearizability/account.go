package linearizability

import "casalloc/impl"

// Through returns b as the owner of its account a uses it, or as whoever shares the tenant a:
// Reserve, Release and Resize go through a, the rest to b itself. The specification is the same, as
// long as a grants what b would: a has no limit of its own, is not closed, and releases no more
// than it holds.
func Through(b *impl.Budget, a impl.Accountant) System { return through{b, a} }

// Leaving is Through for the last call of an owner: a Release, of all that is held through the
// account, is leave, which calls the account's Leave.
func Leaving(b *impl.Budget, leave func()) System { return leaving{b, leave} }

type leaving struct {
	*impl.Budget
	leave func()
}

func (l leaving) Release(int64) { l.leave() }

// usesAccount reports whether Reserve, Release and Resize of s go through an account or a tenant.
func usesAccount(s System) bool {
	switch s.(type) {
	case through, leaving:
		return true
	}
	return false
}

type through struct {
	*impl.Budget
	account impl.Accountant
}

func (t through) Reserve(n int64) error { return t.account.Reserve(n) }
func (t through) Release(n int64)       { t.account.Release(n) }
func (t through) Resize(osize, nsize int64, realloc func() bool) error {
	return t.account.Resize(osize, nsize, realloc)
}
