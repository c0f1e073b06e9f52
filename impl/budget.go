package impl

import (
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"
)

// lineSize separates what is written often from what is read often, in bytes: two 64-byte lines,
// since x86 fetches them in pairs, or one line of arm64's largest cores.
const lineSize = 128

// NoLimit, in place of a limit, is none.
const NoLimit = math.MaxInt64

// A Budget counts bytes and keeps them under a limit. It may have children: a child is a Budget
// whose bytes come from its parent. A growth is granted if it fits at the budget that was called
// and at each one above it, and refused if at some instant of the call it did not, wherever slack
// lies.
//
// A Budget is safe for concurrent use, and so is each of its children. The zero value is not
// usable; create the root of a tree with [NewBudget] and others with [Budget.NewChild]. It must not
// be copied.
//
// A release synchronizes before the grant of the bytes that it released: what the one caller wrote
// before it, the other sees.
type Budget struct {
	// word decides; see word.go. Reserve and a batch for a child move it down. Release, and slack
	// that comes back, move it up. Changes of the limit move it either way.
	word atomicInt64
	// direct is what is held at the budget itself, in bytes, once it is inner: the word counts what
	// its children have taken, too.
	direct atomicInt64
	tally
	label
	_ [lineSize - 32 - unsafe.Sizeof(label{})]byte

	// base[gen&1] is what the headroom of generation gen is measured against. Of a child it is
	// written while the word is drained. Written under the lock, read by all.
	base [2]atomicInt64
	// cap is the largest word that a release may make, so 2 batches of slack. Written under the
	// lock while the word is drained, read by all.
	cap atomicInt64
	// peak is the largest used that a release has found, in bytes, slack of children included. It
	// only rises.
	peak atomicInt64
	// limit is a child's own, in bytes; NoLimit if it has none; closed after Close. That of the root
	// is in force by the base; limit is then at least that. Written under the lock, read by all.
	limit atomicInt64
	fixed
	children budgetList // those that are neither closed nor left; guarded by the lock
	stock    budgetList // those that are stocked; guarded by the lock
	//lint:ignore U1000 of no use under the tag interleave
	links links // in the two lists of the parent; guarded by the lock
}

// fixed is what never changes.
type fixed struct {
	tree   *tree
	parent *Budget // nil of the root
	open   bool    // a child that never has a limit of its own
}

// A label is for reports.
type label struct{ name atomic.Pointer[string] } // nil: ""

// A tree is a root, and what all budgets below it share.
type tree struct {
	root Budget
	// lock orders all that changes a base, a limit, a generation, or whether a budget is drained
	// (T2).
	lock mutex
	// bound is at least all slack there can be, in bytes, and in its tag the number of changes
	// (T10).
	bound atomicInt64
	_     [lineSize - 8 - unsafe.Sizeof(mutex{})]byte

	// tallies are of the root. They are several, a line each, or a refusal would write to a line
	// that is as hot as the word.
	tallies [stripes]struct {
		tally
		_ [lineSize - 16]byte
	}
	spares
}

// A tally is statistics. They only rise.
type tally struct {
	refused    atomicInt64 // growths that did not fit
	rolledBack atomicInt64 // growths whose backend failed or panicked
}

// NewBudget returns the root of a tree, which counts and refuses nothing.
func NewBudget() *Budget {
	t := new(tree)
	b := &t.root
	t.register(b)
	b.tree = t
	b.base[0].Store(pack(countingBase, 0))
	b.word.Store(pack(countingBase, 0))
	b.cap.Store(unlimited - 1)
	b.limit.Store(NoLimit)
	return b
}

// NewChild returns a child of b. Its own limit is 0 to MaxSize bytes, or it is made without one:
// with NoLimit it never has one. That is the cheaper kind, for a goroutine. NewChild panics if
// limit is something else. A child of a budget that was closed is closed.
//
// A child must be closed, with [Budget.Close] or [Budget.Leave], as a file must be.
func (b *Budget) NewChild(limit int64) *Budget {
	if limit != NoLimit {
		if err := checkSize(limit); err != nil {
			panic(err)
		}
	}
	t := b.tree
	c := t.newBudget()
	c.fixed = fixed{t, b, limit == NoLimit}
	c.limit.Store(limit)
	c.word.Store(drained)
	t.lock.Lock()
	defer t.lock.Unlock()
	if b.limit.Load() == closed {
		c.limit.Store(closed)
		return c
	}
	b.makeInner()
	b.children.add(c, ofChildren)
	return c
}

// makeInner has b count what is held at it apart from what its children take (T9). The caller holds
// the lock.
func (b *Budget) makeInner() {
	if b.word.Load()&inner != 0 {
		return
	}
	if b.parent != nil {
		b.drain()
	}
	for {
		w := b.word.Load()
		// Step (BudgetTree!OpenCount).
		b.direct.Store(b.used(w))
		// Step (BudgetTree!OpenWord): a call that was under way loses its compare-and-swap, and
		// counts in direct. If one came before, what direct has is stale.
		if b.word.CompareAndSwap(w, w|inner) {
			return
		}
	}
}

// baseOf returns the base that belongs to the word w, or possibly one of another generation if it
// has changed since w was loaded. The choice is a branch and not an index: the processor can
// predict a branch, and load the base before it has w.
func (b *Budget) baseOf(w int64) int64 {
	if w&1 == 0 {
		return b.base[0].Load()
	}
	return b.base[1].Load()
}

// used returns the bytes that are used at a word w, of which the caller knows that its base is
// there: it holds the lock, or has compared the generations.
func (b *Budget) used(w int64) int64 {
	if w&drained != 0 {
		return usedOf(w, 0)
	}
	return usedOf(w, b.baseOf(w))
}

// usedOf returns the bytes that are used at a word w, if base is its base. A drained word needs none.
func usedOf(w, base int64) int64 {
	switch {
	case w >= unlimited, w < leftBelow:
		return 0
	case w&drained != 0:
		return -(w >> tagBits)
	}
	return base>>tagBits - w>>tagBits
}

// raisePeak raises the peak to what was used.
func (b *Budget) raisePeak(used int64) {
	for p := b.peak.Load(); used > p; p = b.peak.Load() {
		if b.peak.CompareAndSwap(p, used) {
			return
		}
	}
}

// tallied returns the tally that a call of b adds to. Of the root a hash of where the goroutine's
// stack is chooses it: a goroutine mostly has the same one, and two of them seldom share one.
func (b *Budget) tallied() *tally {
	if b.parent != nil {
		return &b.tally
	}
	var onStack byte
	h := uint32(uintptr(unsafe.Pointer(&onStack))>>11) * 0x9e3779b9 // no stack is smaller than 1<<11
	return &b.tree.tallies[h>>24%stripes].tally
}

// isUnlimited reports whether nothing is counted. For a root, and for a child that is stocked, that
// is one load: EndBoot drains all children first.
func (b *Budget) isUnlimited() bool {
	w := b.word.Load()
	return w >= unlimited || w&drained != 0 && b.tree.root.word.Load() >= unlimited
}

func checkSize(n int64) error {
	if uint64(n) > MaxSize {
		return fmt.Errorf("%w: limit of %d bytes, want 0 to %d, or NoLimit", ErrSize, n, int64(MaxSize))
	}
	return nil
}
