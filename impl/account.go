package impl

import (
	"math"
	"runtime"

	"casalloc/impl/internal/cstock"
)

// An Account lets one goroutine at a time, its owner, use a Budget with few accesses to memory that
// others use too. It has slack: bytes that it took from the word and that are not in use yet, on a
// cache line of its own.
// What can be observed of the Budget is the same as without accounts: a growth is granted if it
// fits and refused if it does not, exactly, wherever slack lies. Create an Account with
// [Budget.NewAccount]. The zero value is not usable, and neither is a copy.
//
// Bytes reserved through an account are released through it. A caller that releases them through
// the Budget, or through another account, leaves the counter too low. That bug is caught only when
// more is released there than is held there, or when the counter is found below 0: until then more
// than the limit may be granted. See [OverRelease].
//
// Slack pays when many calls come between two of the following, each of which drains all accounts:
// a refusal, Stats, a change of the limit, and a Release that goes to the Budget itself.
//
// # Protocol
//
// An account is stocked or drained. A call that the slack covers costs the owner of a stocked
// account one uncontended compare-and-swap of its own line. The owner of a drained account goes to
// the word, until it finds enough room there to stock up again. The names are those of the Linux
// kernel's memory cgroups, where each processor keeps a stock of charged pages (mm/memcontrol.c).
// There a drain is a request to each processor. Here whoever drains takes the slack itself, so it
// knows at once what there is. The rules, continuing those of the package:
//
//	R9   A growth is refused only by a word whose headroom is too small and whose stocked bit is
//	     clear. If the bit is set, all accounts are drained first: their slack is the word's
//	     again.
//	R10  Changing the limit, ending the boot and reading the counter drain all accounts first.
//	R11  Bytes move between the word and a stock only under the setter lock. An owner only tries
//	     the lock, and goes to the word if another has it. So an owner waits for the lock only
//	     in Close, and when its growth does not fit into the word.
//	R12  The compare-and-swap that takes slack from the word also sets the bit. The addition that
//	     brings the slack of all accounts back also clears it. Were the bit a word of its own,
//	     there would be an instant with bytes on their way and no sign of them.
//	R13  A drained stock takes no release: the bytes would be hidden from whoever drained it, and
//	     is about to refuse a growth.
type Account struct {
	budget *Budget
	stock  *stock
}

// NewAccount returns an account of b. It is drained until its owner's first growth. An account that
// is dropped without Close gives its slack back; what it holds stays charged.
func (b *Budget) NewAccount() *Account {
	a := &Account{budget: b, stock: b.newStock()}
	a.stock.slack.Store(drained)
	a.stock.limit.Store(math.MaxInt64)
	// Step (Accounts!NewAccounts), under the lock: the account is counted, and listed.
	b.setter.Lock()
	b.stocks.add(a.stock)
	b.accounts.Add(1)
	b.setter.Unlock()
	a.onDrop(b.drop)
	return a
}

// SetLimit sets the account's own limit to n bytes, 1 <= n <= MaxSize: growth beyond it is refused
// with ErrAccountLimit, even if the Budget has room. There is none at first. It is the owner's
// call, and not enforced once the Budget is Unlimited. On failure it returns ErrClosed, or an error
// that wraps ErrSize, and nothing has changed.
func (a *Account) SetLimit(n int64) error {
	if err := checkLimit(n); err != nil {
		return err
	}
	if a.stock.limit.Load() == closed {
		return ErrClosed
	}
	a.stock.setLimit(n)
	return nil
}

// Reserve is [Budget.Reserve] through the account. It also returns ErrAccountLimit and ErrClosed.
func (a *Account) Reserve(n int64) error {
	st := a.stock
	s := st.slack.Load()
	// Fast path: the slack covers n, and the account's own limit too. An account has slack only
	// while the Budget counts, so n is counted.
	if cstock.Fits(s, st.floor.Load(), n) && st.slack.CompareAndSwap(s, s-n) {
		// Linearization point of Reserve (Accounts!SlackReserveCAS): n bytes of slack are ours.
		return nil
	}
	// Slow path: the word is asked. If it was the compare-and-swap that failed, the account was
	// drained meanwhile: nobody else writes the slack while the owner is here. s still gives the
	// bytes held.
	b := a.budget
	w, taken := b.word.Load(), st.taken.Load()
	if uint64(n-1) >= MaxSize || w >= unlimited || n > st.limit.Load()-heldOf(taken, s) {
		return a.decline(n, w)
	}
	// Near the limit there is not plenty even for one, and it does not matter how many there are.
	if plenty(w, n, 1) {
		var done bool
		if w, done = a.stockUp(w, n); done {
			return nil
		}
	}
	if w = b.take(w, n); w < unlimited {
		return a.refuse(n, w)
	}
	st.setTaken(taken + n)
	return nil
}

// decline is the outcome of a growth that takes nothing, whatever the headroom of the word w.
func (a *Account) decline(n, w int64) error {
	switch {
	case uint64(n) > MaxSize:
		return ErrSize
	case n == 0 || w >= unlimited:
		return nil
	case a.stock.limit.Load() == closed:
		return ErrClosed
	}
	return ErrAccountLimit
}

// stockUp reserves n bytes and stocks a with slack besides, if the word, last loaded as w, has
// plenty for all accounts. It returns the word that it loaded last, and whether it has done so.
func (a *Account) stockUp(w, n int64) (int64, bool) {
	b := a.budget
	if !plenty(w, n, b.accounts.Load()) || !b.setter.TryLock() { // R11
		return w, false
	}
	defer b.setter.Unlock()
	w, done := b.refill(a.stock, w, n)
	runtime.KeepAlive(a) // or the cleanup of a could forget its stock before refill stocks it
	return w, done
}

// refuse is the rest of Reserve if the word was too small: take returned w.
func (a *Account) refuse(n, w int64) error {
	b, st := a.budget, a.stock
	if w&stocked != 0 && b.takeDrained(n) {
		st.setTaken(st.taken.Load() + n)
		return nil
	}
	// Linearization point of a refusal (Accounts!ReserveLoad): the last load of the word, as in
	// Budget.refuse.
	st.refused.Add(1)
	runtime.KeepAlive(a) // or the cleanup of a could have forgotten its stock, and what it counts
	return ErrLimit
}

// Release is [Budget.Release] through the account. It panics with an [OverRelease], and changes
// nothing, if n is more than the account holds.
func (a *Account) Release(n int64) { a.release(n) }

// release is Release. It reports whether the bytes were counted: only then a rollback is one.
func (a *Account) release(n int64) bool {
	st := a.stock
	s := st.slack.Load()
	// Fast path: the account is stocked (R13), and slack may rise by n.
	if cstock.Keeps(s, st.top.Load(), n) {
		if st.slack.CompareAndSwap(s, s+n) {
			// Linearization point of Release (Accounts!SlackReleaseCAS): n bytes are slack.
			return true
		}
		s += drained // by somebody, meanwhile
	}
	b, taken := a.budget, st.taken.Load()
	if held := heldOf(taken, s); uint64(n) > uint64(held) {
		if isUnlimited(a.parts()) { // nothing is held, and only a negative n is too much
			if n >= 0 {
				return false
			}
			held = 0
		}
		overRelease(n, held)
	}
	if s >= 0 && b.giveBack(st, n) {
		return true
	}
	counted := b.put(n)
	st.setTaken(taken - n)
	return counted
}

// rollBack is Release of a growth whose backend failed or panicked.
func (a *Account) rollBack(n int64) {
	if a.release(n) {
		a.stock.rolledBack.Add(1)
		runtime.KeepAlive(a) // or the cleanup of a could have forgotten its stock, and what it counts
	}
}

// Close gives the account's slack back and returns the bytes that are still held through it, which
// stay charged until they are released. Growth then fails with ErrClosed, as long as anything is
// counted. Closing again changes nothing. It is the owner's call.
func (a *Account) Close() int64 {
	a.stock.setLimit(closed)
	a.budget.drain(a.stock)
	return a.Held()
}

// Leave closes the account and gives back all that is held through it, in one call. It returns how
// many bytes that were, 0 if the Budget is Unlimited. It is for memory that dies with the account:
// an arena, or an instance of a guest. As with Release, that memory must be gone. Leaving again
// changes nothing. It is the owner's call.
func (a *Account) Leave() int64 {
	held := a.Close()
	a.Release(held)
	return held
}

// Held returns the bytes that were reserved through the account and not released, 0 if the Budget
// is Unlimited. It is the owner's call, and costs no other.
func (a *Account) Held() int64 {
	if isUnlimited(a.parts()) {
		return 0
	}
	return heldOf(a.stock.taken.Load(), a.stock.slack.Load())
}

// Resize is [Budget.Resize] through the account. It also returns ErrAccountLimit and ErrClosed.
func (a *Account) Resize(osize, nsize int64, realloc func() bool) error {
	return resize(a.budget, a.stock, a, osize, nsize, realloc)
}

func (a *Account) parts() (*Budget, *stock) { return a.budget, a.stock }
func (a *Account) own() (held, limit int64) { return a.Held(), max(a.stock.limit.Load(), 0) }
