package impl

// A child takes more than it is asked for, a batch: a part of its fair share of its parent's
// headroom.
const (
	// shares is how many batches a fair share is. The fewer, the rarer are refills, and the more
	// slack there is to drain when the parent runs out.
	shares = 4
	// worth is how many requests like the one at hand a batch must be good for. Below that a refill
	// does not pay.
	worth = 16
	// maxBatch is the largest batch, in bytes. A child has slack of up to two batches.
	maxBatch = 256 << 10
	// innerBatch is that of a budget that has children, which take their batches from it.
	innerBatch = 64 * maxBatch
)

// plenty reports whether a word w has room for a batch beside a request, which d is as an addend of
// words. If it has not, the next refusal would only drain the child again.
func plenty(w, d int64) bool { return (w-d)/(shares*worth) >= d }

// batch returns how much slack b should take from its parent beside n bytes; 0 for none. The caller
// holds the lock.
func (b *Budget) batch(n int64) int64 {
	p, w := b.parent, b.word.Load()
	pw := p.word.Load()
	if pw&drained != 0 || pw >= unlimited {
		return 0
	}
	size := min((pw>>tagBits-n)/(shares*(p.stock.len()+1)), most(w))
	if limit := b.limit.Load(); limit != NoLimit {
		total := b.used(w)
		if w&drained == 0 {
			total = b.baseOf(w) >> tagBits
		}
		size = min(size, limit-total-n) // so total stays within its own limit
	}
	if size < b.least(n) {
		return 0
	}
	return size
}

// least is the smallest batch that pays, beside n bytes. From that of a budget with children they
// take theirs.
func (b *Budget) least(n int64) int64 {
	if b.word.Load()&inner != 0 {
		return n
	}
	return worth * n
}

// most is the largest batch of a budget with the word w.
func most(w int64) int64 {
	if w&inner != 0 {
		return innerBatch
	}
	return maxBatch
}

// drain brings the slack of b, and of all below it, back to its parent (T7). The caller holds the
// lock; b is no root.
func (b *Budget) drain() {
	w := b.word.Load()
	if w&drained != 0 {
		return
	}
	if w&stocked != 0 {
		b.drainStock()
	}
	for {
		w = b.word.Load()
		used := b.used(w)
		if b.word.CompareAndSwap(w, pack(-used, w)|drained|w&inner) {
			// Step (BudgetTree!DrainSwap)
			break
		}
		// The word moved.
	}
	if slack := w >> tagBits; slack > 0 {
		p := b.parent
		pw := p.word.Add(slack << tagBits) // Step (BudgetTree!DrainGive): it is not drained (T1)
		p.raisePeak(p.used(pw) + slack)
	}
	b.parent.stock.remove(b, ofStock)
}

// drainStock brings the slack of all below b back to b. The caller holds the lock.
func (b *Budget) drainStock() {
	for c := b.stock.first(); c != nil; c = b.stock.first() {
		c.drain()
	}
	if b.word.Load()&stocked == 0 {
		return
	}
	// Step (BudgetTree!DrainBit): while the lock is held nobody else changes the bit, so
	// subtracting it clears it.
	b.word.Add(-stocked)
	if b.parent == nil { // T10: no budget has slack
		t := b.tree
		bound := t.bound.Load()
		t.bound.Add(1 - bound&^tagMask)
	}
}
