// Package impl is one hard limit on the memory of many concurrent users.
//
// # Terms
//
// The counter is the number of bytes that are held or reserved. The limit is what the counter may
// not pass. Headroom is limit minus counter. Memory is reserved before it is allocated, and
// released after it is gone. A reservation whose allocation then fails is rolled back.
//
// A [Budget] has three modes:
//
//	Counting    as created: everything is counted, nothing is refused
//	Enforcing   after SetLimit: a growth that does not fit is refused
//	Unlimited   after EndBoot without a limit: nothing is counted, one load and one branch a call
//
// # One word
//
// A call on a Budget is decided by one 64-bit word: the headroom, with a tag in its low bits
// (word.go). A grant, a release and a change of the limit are each one atomic operation on that
// word, which is their linearization point. A refusal linearizes at the load that found too little
// headroom.
//
// With accounts (account.go), the cache line of an [Account] decides too: its owner is granted
// bytes there that were taken from the word before. A call that would be refused while accounts are
// stocked first takes the setter lock and brings those bytes back to the word.
//
// Comments name the action of a TLA+ module (folder tla) that is the same step: "Linearization
// point of Reserve (BudgetCAS!ReserveCAS)", or "Step (Accounts!DrainSwap)" if the step is not a
// linearization point.
//
// The rules, cited in the code by number:
//
//	R1  The limit is compared and the bytes are taken in one compare-and-swap of the word.
//	R2  The comparison is headroom < n. It neither subtracts nor adds, so no size can wrap it.
//	R3  Reserve comes before the allocation, Release after the memory is gone: bytes that exist
//	    are always charged.
//	R4  A growth whose allocation fails, or panics, is rolled back by exactly what it reserved.
//	R5  Only growth is compared with the limit. A shrink or a free is never refused by it.
//	R6  The limit moves by adding the difference to the word, with a new generation, in one step.
//	R7  The base of a generation is stored before the word enters that generation, and overwritten
//	    only after it has left.
//	R8  A release is compared with base - headroom, both of one generation, and takes effect in a
//	    compare-and-swap of that same word.
//
// R9 to R13 are those of accounts (account.go).
//
// # What breaks without them
//
//   - Check, then add: two callers pass the check together (R1).
//   - Add, then undo when over: a request that does not fit makes one that fits fail meanwhile
//     (R1).
//   - Release, then free: another caller takes the bytes while they still exist, and live memory
//     passes the limit (R3).
//   - A limit in a word of its own: a caller that read the old one commits after the new one is in
//     force (R6).
//   - No generation: Release(n) loads the word and the base. The limit is lowered by d, and others
//     release d: the word has its old value again, the compare-and-swap succeeds, and n bytes are
//     released where only n-d are held (R8).
//
// # Not promised
//
// SetLimit, EndBoot, NewAccount, Close and Leave take the setter lock, and Stats if there are
// accounts. While accounts are stocked, a growth that does not fit into the word takes it too, and
// a release on the Budget itself. Calls of one [Tenant] wait for each other. No other call waits
// for another. But a call may lose its compare-and-swap any number of times while others win
// theirs: progress is global (lock-free), not per caller (wait-free).
//
// The generation has seven bits. Over-release detection, the peak and Usage assume that fewer than
// 128 changes of the limit begin between one load of the word and the compare-and-swap, or the load
// of the base, that follows. One that begins has stored its base: that is enough for a false report
// (BudgetCAS!SetLimitBase).
package impl

import (
	"fmt"
	"unsafe"
)

// lineSize separates what is written often from what is read often, in bytes: two 64-byte lines,
// since x86 fetches them in pairs, or one line of arm64's largest cores.
const lineSize = 128

// A Budget counts bytes and keeps them under a limit. It is safe for concurrent use. The zero value
// grants nothing; use [NewBudget]. It must not be copied after first use.
//
// A release synchronizes before the grant of the bytes that it released: what the one caller wrote
// before it, the other sees.
type Budget struct {
	_ [lineSize]byte

	// word is the headroom and its tag. Reserve and a refill of an account move it down, Release
	// and slack that comes back move it up, SetLimit either way. EndBoot takes it into the
	// unlimited band, which it never leaves.
	word atomicInt64
	_    [lineSize - 8]byte

	// base[gen&1] is what the headroom of generation gen is measured against. Written by setters
	// under the setter lock, read by all.
	base [2]atomicInt64
	// peak is the largest counter that a release, a draining or EndBoot has found, in bytes, slack
	// included. It only rises. Each of these reads it, and writes it only to raise it.
	peak   atomicInt64
	setter mutex // orders setters, and all who move bytes between the word and accounts (R11)
	// accounts is how many accounts there are. Written under setter, read by their owners.
	accounts atomicInt64
	stocks   stockList // one for each account; guarded by setter
	_        [lineSize - 40 - unsafe.Sizeof(stockList{})]byte

	// direct are tallies of calls on the Budget itself, and of accounts that were dropped. They are
	// several, a line each, or a refusal would write to a line that is as hot as the word.
	direct [stripes]struct {
		tally
		_ [lineSize - 16]byte
	}
}

// NewBudget returns a Budget that counts and refuses nothing.
func NewBudget() *Budget {
	b := new(Budget)
	b.base[0].Store(pack(countingBase, 0))
	b.word.Store(pack(countingBase, 0))
	return b
}

// Reserve takes n bytes, 0 <= n <= MaxSize, before they are allocated. On success they are charged
// until Release. On failure it returns ErrLimit if n bytes did not fit, or ErrSize, and nothing has
// changed. It does not allocate.
func (b *Budget) Reserve(n int64) error {
	if uint64(n-1) >= MaxSize { // not 1..MaxSize
		return b.refuse(n, 0)
	}
	if w := b.take(b.word.Load(), n); w < unlimited {
		return b.refuse(n, w)
	}
	return nil
}

// take takes n bytes, 1 to MaxSize, from the word, last loaded as w. It is the fast path of
// Reserve: it calls nothing, so it inlines. It returns the word that was too small for n, or one of
// the unlimited band if the call is done.
func (b *Budget) take(w, n int64) int64 {
	d := n << tagBits
	for {
		// R2. w < d exactly if headroom < n: the tag is worth less than one byte of headroom.
		if w < d || w >= unlimited {
			return w
		}
		if b.word.CompareAndSwap(w, w-d) {
			// Linearization point of Reserve (BudgetCAS!ReserveCAS, Accounts!ReserveCAS): n bytes
			// are ours (R1).
			return unlimited
		}
		// The word moved: the headroom of w is stale.
		w = b.word.Load()
	}
}

// refuse is the slow path of Reserve, out of line: n is no size to take, or take returned w.
func (b *Budget) refuse(n, w int64) error {
	switch {
	case n == 0:
		return nil
	case uint64(n) > MaxSize:
		return ErrSize
	case w&stocked != 0 && b.takeDrained(n):
		return nil
	}
	// Linearization point of a refusal (BudgetCAS!ReserveLoad, Accounts!ReserveLoad): the last load
	// of the word in take. No account was stocked then, so its headroom was all there is (R9).
	b.tally().refused.Add(1)
	return ErrLimit
}

// takeDrained is take of a word that was too small and said that accounts are stocked. It drains
// them first, and reports whether n bytes were taken, or the call is done.
func (b *Budget) takeDrained(n int64) bool {
	b.setter.Lock()
	defer b.setter.Unlock()
	b.drainAccounts()
	return b.take(b.word.Load(), n) >= unlimited // R9: the bit stays clear while we hold the lock
}

// tally returns the tally that its caller adds to. A hash of where the goroutine's stack is chooses
// it: a goroutine mostly has the same one, and two of them seldom share one.
func (b *Budget) tally() *tally {
	var onStack byte
	h := uint32(uintptr(unsafe.Pointer(&onStack))>>11) * 0x9e3779b9 // no stack is smaller than 1<<11
	return &b.direct[h>>24%stripes].tally
}

// Release gives back n >= 0 reserved bytes, of one reservation or several, after their memory is
// gone. It is never refused. It panics with an [OverRelease], and changes nothing, if n is more
// than all callers together hold. Whose bytes they are it cannot know: those of an account or a
// tenant pass, and are missing when that releases them (see [OverRelease]). It does not allocate.
func (b *Budget) Release(n int64) {
	b.release(n)
}

// release is Release. It reports whether the bytes were counted: only then a rollback is one.
func (b *Budget) release(n int64) bool {
	for {
		w := b.word.Load()
		if w >= unlimited {
			if n < 0 {
				overRelease(n, 0)
			}
			return false
		}
		base, peak := b.baseOf(w), b.peak.Load()
		held := base - w // the counter at the load of w, shifted by tagBits, if the tags agree
		if held&tagMask != 0 {
			if w&stocked != 0 {
				return b.releaseDrained(n)
			}
			continue // R7: the limit has changed since w was loaded
		}
		if held >>= tagBits; n < 0 || n > held {
			// Linearization point of an over-release (BudgetCAS!ReleaseLoad): the load of w. Its
			// base shows that n is too much (BudgetCAS!ReleaseBase), or that an earlier release
			// was: held is below 0 then, and each n too much.
			overRelease(n, held)
		}
		// R8. The tempting version adds n without a swap, which costs less. Then another release
		// between the check and the addition makes this one an over-release that nobody noticed.
		if b.word.CompareAndSwap(w, w+n<<tagBits) {
			// Linearization point of Release (BudgetCAS!ReleaseCAS, Accounts!ReleaseCAS): n bytes
			// are anyone's.
			// Linearization point of a rollback (BudgetCAS!RollbackCAS): it is a release.
			//
			// The counter falls only in a release, so each maximum that it had was the held of some
			// release, or is its value now.
			if held > peak {
				b.raisePeak(held)
			}
			return true
		}
		// The word moved, and with it the counter that n was compared with.
	}
}

// rollBack is Release of a growth whose backend failed or panicked.
func (b *Budget) rollBack(n int64) {
	if b.release(n) {
		b.tally().rolledBack.Add(1)
	}
}

// releaseDrained is the slow path of release: it drains all accounts first, since their slack hides
// what the counter is.
func (b *Budget) releaseDrained(n int64) bool {
	b.setter.Lock()
	defer b.setter.Unlock()
	b.drainAccounts()
	return b.release(n)
}

// baseOf returns the base that belongs to the word w, or possibly one of another generation if the
// limit has changed since w was loaded. The choice is a branch and not an index: the processor can
// predict a branch, and load the base before it has w.
func (b *Budget) baseOf(w int64) int64 {
	if w&1 == 0 {
		return b.base[0].Load()
	}
	return b.base[1].Load()
}

// paired loads the word, and the base that it is measured against unless it is unlimited. The word
// may be stocked.
func (b *Budget) paired() (w, base int64) {
	for {
		if w = b.word.Load(); w >= unlimited {
			return w, 0
		}
		if base = b.baseOf(w); (base^w)&genMask == 0 {
			return w, base
		}
		// R7: the limit has changed since w was loaded.
	}
}

// raisePeak raises the peak to a counter that was reached.
func (b *Budget) raisePeak(held int64) {
	for p := b.peak.Load(); held > p; p = b.peak.Load() {
		if b.peak.CompareAndSwap(p, held) {
			return
		}
	}
}

// SetLimit sets the limit to n bytes, 1 <= n <= MaxSize, while others reserve and release. The new
// limit is in force for every grant from some instant before SetLimit returns. It may be below the
// counter; then growth is refused until enough is released. On failure it returns ErrUnlimited,
// after EndBoot has ended the accounting, or an error that wraps ErrSize, and nothing has changed.
func (b *Budget) SetLimit(n int64) error {
	if err := checkLimit(n); err != nil {
		return err
	}
	b.setter.Lock()
	defer b.setter.Unlock()
	b.drainAccounts() // R10
	w := b.word.Load()
	if w >= unlimited {
		return ErrUnlimited
	}
	// Only setters change the generation, so w's is the word's until we are done.
	from := b.baseOf(w)
	to := pack(n, w+1)
	// Step (BudgetCAS!SetLimitBase, Accounts!SetLimitBase). R7: base first. The other way round, a
	// caller could find a word whose base is not there yet, and would have to wait.
	b.base[to&1].Store(to)
	// Linearization point of SetLimit (BudgetCAS!SetLimitWord, Accounts!SetLimitWord): limit and
	// generation change together (R6). Storing the word instead would lose what others reserved or
	// released since w was loaded.
	b.word.Add(to - from)
	return nil
}

func checkLimit(n int64) error {
	if n < 1 || n > MaxSize {
		return fmt.Errorf("%w: limit of %d bytes, want 1 to %d", ErrSize, n, int64(MaxSize))
	}
	return nil
}

// EndBoot ends the accounting for good if no limit was set: from then on nothing is counted or
// refused. It has no effect once a limit is in force.
func (b *Budget) EndBoot() {
	b.setter.Lock()
	defer b.setter.Unlock()
	b.drainAccounts() // R10
	w := b.word.Load()
	base := b.baseOf(w)
	if w >= unlimited || base != pack(countingBase, w) {
		return
	}
	// Linearization point of EndBoot (BudgetCAS!EndBootWord, Accounts!EndBootWord): calls in flight
	// reload, and find that nothing is counted.
	w = b.word.Swap(unlimited)
	b.raisePeak((base - w) >> tagBits)
}
