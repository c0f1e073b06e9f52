package impl

// A Tenant is an account that many goroutines share: the workers of one query, or a guest that is
// closed by another goroutine than its own. It is safe for concurrent use. A Tenant is like an
// [Account], its own limit included, except that any goroutine may call it. Create a Tenant with
// [Budget.NewTenant]. The zero value is not usable, and neither is a copy.
//
// A release synchronizes before each later call of the same Tenant.
//
// A Tenant is an Account under a lock. The lock is held while bytes are reserved or released, and
// not while a backend works. So a call of one goroutine waits while another's reserves or releases
// through the same Tenant. That one may itself wait for the setter lock, as an Account does (R11).
type Tenant struct {
	_       [lineSize]byte
	lock    mutex // its holder is the owner of account
	account *Account
	_       [lineSize]byte
}

// NewTenant returns a tenant of b, without a limit of its own. A tenant that is dropped without
// Close gives its slack back; what it holds stays charged.
func (b *Budget) NewTenant() *Tenant { return &Tenant{account: b.NewAccount()} }

// SetLimit is [Account.SetLimit] of any goroutine. The new limit is in force for each later growth.
func (t *Tenant) SetLimit(n int64) error {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.account.SetLimit(n)
}

// Reserve is [Account.Reserve] of any goroutine.
func (t *Tenant) Reserve(n int64) error {
	t.lock.Lock()
	err := t.account.Reserve(n)
	t.lock.Unlock()
	return err
}

// Release is [Account.Release] of any goroutine, also of bytes that another one reserved through t.
func (t *Tenant) Release(n int64) {
	t.lock.Lock()
	defer t.lock.Unlock() // also if it panics: the books are in order then
	t.account.Release(n)
}

// Resize is [Account.Resize] of any goroutine. Its realloc may call t itself.
func (t *Tenant) Resize(osize, nsize int64, realloc func() bool) error {
	b, st := t.parts()
	return resize(b, st, t, osize, nsize, realloc)
}

// Held returns the bytes that were reserved through t and not released, calls in progress included,
// and 0 if the Budget is Unlimited. It is exact at one instant during the call, and drains nobody.
func (t *Tenant) Held() int64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.account.Held()
}

// Close is [Account.Close] of any goroutine. A growth in progress that has reserved its bytes still
// ends as its backend does.
func (t *Tenant) Close() int64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.account.Close()
}

// Leave is [Account.Leave] of any goroutine. No other call may have bytes in hand: what a Resize in
// progress has reserved goes too, and its rollback is an [OverRelease] then.
func (t *Tenant) Leave() int64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.account.Leave()
}

func (t *Tenant) rollBack(n int64) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.account.rollBack(n)
}

// parts is called without the lock, by many. What isUnlimited reads of a stock is atomic: slack
// that is not drained was so before EndBoot drained it, and the unlimited band is never left.
func (t *Tenant) parts() (*Budget, *stock) { return t.account.parts() }

func (t *Tenant) own() (held, limit int64) {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.account.own()
}
