package linearizability

import "casalloc/impl"

// Through is b as the owner of account a uses it: what reserves or releases goes through a, the rest to b itself. The operations
// are the same, and so is the specification: accounts change nothing that can be observed.
func Through(b *impl.Budget, a *impl.Account) System { return through{b, a} }

type through struct {
	*impl.Budget
	account *impl.Account
}

func (t through) Reserve(n int64) error { return t.account.Reserve(n) }
func (t through) Release(n int64)       { t.account.Release(n) }
func (t through) Resize(osize, nsize int64, realloc func() bool) error {
	return t.account.Resize(osize, nsize, realloc)
}
