package impl

import (
	"math"
	"runtime"
	"slices"
)

// An Account lets one goroutine at a time use a Budget without touching what others touch: it holds slack, bytes taken from
// the word and not in use yet, on a cache line of its own. What can be observed of the Budget is the same as without accounts: a
// growth is granted if it fits and refused if it does not, exactly, whatever slack lies where. Create one with
// [Budget.NewAccount]; the zero value is not usable, and neither is a copy.
//
// Bytes reserved through an account are released through it. Releasing them through the Budget or another account is a caller's
// bug that leaves the counter too low, and is caught only when more is released there than is held there.
//
// Slack is for many calls between two of the following, each of which closes all accounts: a refusal, Stats, a change of the
// limit, and a Release that goes to the Budget itself.
//
// # Protocol
//
// An account is open, and then its owner's calls are one uncontended compare-and-swap of its line; or closed, and then they
// go to the word. The rules, continuing those of the package:
//
//	R9   A growth is refused only by a word whose headroom is too small and whose open bit is clear. If the bit is set, all
//	     accounts are closed first, which brings their slack back to the word.
//	R10  Changing the limit, ending the boot and reading the counter close all accounts first.
//	R11  Bytes move between the word and a line only under the setter lock. Owners only try it, and go to the word if it is
//	     taken, so nobody waits for it while the word has room.
//	R12  The bit is set by the compare-and-swap that takes slack from the word, and cleared by the addition that brings the
//	     last of it back. Were it a word of its own, there would be an instant with bytes on their way and no sign of them.
//	R13  A closed line takes no release: it would hide bytes from a refusal that is being decided.
type Account struct {
	budget *Budget
	line   *line
}

// closed is the slack of a closed account.
const closed = -1

// A line is the memory of an account. The account points to it and not the other way round, so that an account that
// was dropped is found by the garbage collector while the budget still knows its line.
type line struct {
	_ [lineSize]byte

	// slack is closed, or bytes taken from the word and not in use. The owner moves it either way by compare-and-swap, and
	// under the setter lock stores it; others only swap it to closed, under the setter lock.
	slack atomicInt64

	// The owner's own. Sizes are in bytes.
	most  ownInt64 // slack above this goes back
	held  ownInt64 // reserved through the account and not released, while counted
	limit ownInt64 // of held; ended after Close

	_ [lineSize - 32]byte
}

// ended is the limit of an account that Close was called on.
const ended = -1

// NewAccount returns an account of b, closed until its owner's first growth. An account that is dropped without Close gives its
// slack back; what it holds stays charged.
func (b *Budget) NewAccount() *Account {
	a := &Account{budget: b, line: new(line)}
	a.line.slack.Store(closed)
	a.line.limit.Store(math.MaxInt64)
	b.setter.Lock()
	b.lines = append(b.lines, a.line)
	b.accounts.Add(1)
	b.setter.Unlock()
	runtime.AddCleanup(a, b.drop, a.line)
	return a
}

// drop forgets the line of an account that nobody has any more.
func (b *Budget) drop(l *line) {
	b.closeLine(l)
	b.setter.Lock()
	defer b.setter.Unlock()
	i := slices.Index(b.lines, l)
	b.lines = slices.Delete(b.lines, i, i+1)
	b.accounts.Add(-1)
}

// SetLimit sets the account's own limit to n bytes, 1 <= n <= MaxSize: growth beyond it is refused with ErrAccountLimit, even if
// the Budget has room. There is none at first. It is the owner's call, and not enforced once the Budget is Unlimited.
// On failure it returns ErrClosed, or an error that wraps ErrSize, and nothing has changed.
func (a *Account) SetLimit(n int64) error {
	if err := checkLimit(n); err != nil {
		return err
	}
	if a.line.limit.Load() == ended {
		return ErrClosed
	}
	a.line.limit.Store(n)
	return nil
}

// Reserve is [Budget.Reserve] through the account. It also returns ErrAccountLimit and ErrClosed.
func (a *Account) Reserve(n int64) error {
	l := a.line
	held := l.held.Load()
	// n-1 is unsigned, so that 0 and what is no size take the other way. Slack means that n is counted.
	if s := l.slack.Load(); uint64(n-1) < uint64(max(s, 0)) && n <= l.limit.Load()-held {
		if l.slack.CompareAndSwap(s, s-n) { // linearization point of the grant: n bytes of the slack are in use
			l.held.Store(held + n)
			return nil
		}
		// Closed meanwhile: nobody else moves the slack while the owner is here.
	}
	return a.reserve(n)
}

// reserve is Reserve when the slack will not do.
func (a *Account) reserve(n int64) error {
	b, l := a.budget, a.line
	w, held, limit := b.word.Load(), l.held.Load(), l.limit.Load()
	switch {
	case uint64(n) > MaxSize:
		return ErrSize
	case n == 0 || w >= unlimited:
		return nil
	case limit == ended:
		return ErrClosed
	case n > limit-held:
		return ErrAccountLimit
	}
	if accounts := b.accounts.Load(); plenty(w, n, accounts) && b.setter.TryLock() { // R11
		ok := b.refill(l, w, n, accounts)
		b.setter.Unlock()
		runtime.KeepAlive(a) // or it could be dropped, and forgotten, before refill opened it
		if ok {
			l.held.Store(held + n)
			return nil
		}
	}
	if w := b.take(n); w < unlimited {
		if err := b.refuse(n, w); err != nil {
			return err
		}
	}
	l.held.Store(held + n)
	return nil
}

// What an account takes at once, its batch, is a part of its fair share of the headroom, and bounded.
const (
	// shares: the smaller it is, the more slack there is to fetch back when the word runs out, and the fewer are the refills.
	shares = 4
	// worth is how many requests of the size at hand a batch must be good for: below that, a refill is not.
	worth = 16
	// maxBatch is in bytes. An account has slack of up to two batches, and the peak can overstate the counter by that.
	maxBatch = 256 << 10
)

// plenty reports whether a word w that counts has room to open or refill one of so many accounts, whose owner needs n bytes:
// if it has not, the next refusal would only close the account again. The product is at most 1<<58; one with accounts could wrap.
func plenty(w, n, accounts int64) bool {
	rest := w>>tagBits - n
	return rest >= shares*worth*n && rest/accounts >= shares*worth*n
}

// refill reserves n bytes, more than the slack of the account of l, and opens the account with a batch of slack. It
// reports whether there was plenty in the word, last loaded as w. The caller owns the account and holds the setter lock.
func (b *Budget) refill(l *line, w, n, accounts int64) bool {
	s := max(l.slack.Load(), 0)
	for ; w < unlimited && plenty(w, n, accounts); w = b.word.Load() {
		batch := min((w>>tagBits-n)/(shares*accounts), maxBatch)
		more := max(batch-s, 0)
		if b.word.CompareAndSwap(w, (w-(n+more)<<tagBits)|open) { // linearization point of the grant (R12)
			l.most.Store(2 * batch)
			l.slack.Store(s + more) // who would close the account needs the lock, and who owns it is here
			return true
		}
		// The word moved: there may not be plenty any more.
	}
	return false
}

// Release is [Budget.Release] through the account. It panics, and changes nothing, if n is more than the account holds.
func (a *Account) Release(n int64) { a.release(n) }

func (a *Account) release(n int64) bool {
	b, l := a.budget, a.line
	held := l.held.Load()
	if uint64(n) > uint64(held) {
		if isUnlimited(a.parts()) {
			if n >= 0 {
				return false
			}
			held = 0
		}
		overRelease(n, held)
	}
	counted := true
	for {
		s := l.slack.Load()
		if s == closed || s+n > l.most.Load() { // R13
			counted = s != closed && b.giveBack(l, n) || b.put(n)
			break
		}
		if l.slack.CompareAndSwap(s, s+n) {
			break // linearization point of the release
		}
		// Closed meanwhile.
	}
	l.held.Store(held - n)
	return counted
}

// giveBack releases n bytes, and brings back what is over half of the most that the account of l may keep. It reports false, and
// has done nothing, if others have the setter lock or have closed the account. The caller owns the account.
func (b *Budget) giveBack(l *line, n int64) bool {
	if !b.setter.TryLock() { // R11
		return false
	}
	defer b.setter.Unlock()
	s := l.slack.Load()
	if s == closed {
		return false
	}
	keep := min(s, l.most.Load()/2)
	l.slack.Store(keep)
	return b.put(s + n - keep) // linearization point of the release
}

// put adds n bytes to the word and reports whether they were counted. Unlike release it does not ask whether they are held.
func (b *Budget) put(n int64) bool {
	for {
		w := b.word.Load()
		if w >= unlimited {
			return false
		}
		base := b.baseOf(w)
		if (base^w)&genMask != 0 {
			continue // R7: the limit has changed since w was loaded
		}
		if b.word.CompareAndSwap(w, w+n<<tagBits) {
			b.raisePeak(base>>tagBits - w>>tagBits) // not of the difference: the open bit would borrow a byte
			return true
		}
		// The word moved.
	}
}

// closeAccounts closes all accounts: their slack is the word's again, and until the setter lock is released the open bit is
// clear. The caller holds the setter lock.
func (b *Budget) closeAccounts() {
	w := b.word.Load()
	if w&open == 0 {
		return
	}
	var slack int64
	for _, l := range b.lines {
		slack += max(l.slack.Swap(closed), 0)
	}
	// R12. The bit can only be cleared, and the bytes only return, in one step.
	after := b.word.Add(slack<<tagBits - open)
	b.raisePeak((b.baseOf(after) - (after - slack<<tagBits)) >> tagBits)
}

// closeLine closes the account of l. Others may still be open, and so the bit stays as it is.
func (b *Budget) closeLine(l *line) {
	b.setter.Lock()
	defer b.setter.Unlock()
	if slack := l.slack.Swap(closed); slack > 0 {
		b.put(slack)
	}
}

// Close gives the account's slack back and returns the bytes that are still held through it, which stay charged until they are
// released. Growth then fails with ErrClosed, as long as anything is counted. Closing again changes nothing. It is the
// owner's call.
func (a *Account) Close() int64 {
	a.line.limit.Store(ended)
	a.budget.closeLine(a.line)
	return a.Held()
}

// Held returns the bytes that were reserved through the account and not released, 0 if the Budget is Unlimited. It is the owner's
// call, and costs no other.
func (a *Account) Held() int64 {
	if isUnlimited(a.parts()) {
		return 0
	}
	return a.line.held.Load()
}

// Resize is [Budget.Resize] through the account. It also returns ErrAccountLimit and ErrClosed.
func (a *Account) Resize(osize, nsize int64, realloc func() bool) error {
	return resize(a.budget, a.line, a, osize, nsize, realloc)
}

func (a *Account) parts() (*Budget, *line) { return a.budget, a.line }
