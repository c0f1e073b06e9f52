package impl

// SetLimit sets the limit of b to n bytes, 0 to MaxSize, while others reserve and release: of the
// root, or of a child that was made with one. 0 refuses all growth; NoLimit takes the limit away.
// The new limit is in force for every grant from some instant before SetLimit returns. It may be
// below what is used; then growth is refused until enough is released. On failure it returns
// ErrNoLimit of a child that was made without a limit, ErrClosed, ErrUnlimited after EndBoot, or an
// error that wraps ErrSize, and nothing has changed.
func (b *Budget) SetLimit(n int64) error {
	if n != NoLimit {
		if err := checkSize(n); err != nil {
			return err
		}
	}
	if b.open {
		return ErrNoLimit
	}
	t := b.tree
	t.lock.Lock()
	defer t.lock.Unlock()
	switch {
	case b.limit.Load() == closed:
		return ErrClosed
	case t.root.word.Load() >= unlimited:
		return ErrUnlimited
	}
	b.setLimit(n)
	return nil
}

// setLimit is SetLimit, and Close, under the lock.
func (b *Budget) setLimit(n int64) {
	if b.parent == nil {
		b.drainStock()
		b.limit.Store(max(n, b.limit.Load())) // at every instant it is at least the limit in force
		b.setBase(n)
		b.limit.Store(n)
		return
	}
	b.drain()
	// Step (BudgetTree!SetNode): drained, what is used is exact, and only growth under the lock
	// adds to it, unless it never asks for a limit. The generation moves with each limit, for
	// ownHopeless.
	b.limit.Store(n)
	w := b.word.Load()
	b.word.Add((w+1)&genMask - w&genMask)
}

// setBase puts a limit of n bytes in force at the root.
func (b *Budget) setBase(n int64) {
	if n == NoLimit {
		n = countingBase
	}
	// Only the holder of the lock changes the generation.
	w := b.word.Load()
	from := b.baseOf(w)
	to := pack(max(n, 0), w+1)
	// Step (BudgetTree!SetBase). R7: base first. The other way round, a caller could find a word
	// whose base is not there yet, and would have to wait.
	b.base[to&1].Store(to)
	// Linearization point of SetLimit (BudgetTree!SetWord): limit and generation change together
	// (R6). Storing the word instead would lose what others reserved or released since w was
	// loaded.
	b.word.Add(to - from)
}

// EndBoot ends the accounting of the whole tree for good if b is a root without a limit: from then
// on nothing is counted or refused. Otherwise it has no effect.
func (b *Budget) EndBoot() {
	if b.parent != nil {
		return
	}
	b.tree.lock.Lock()
	defer b.tree.lock.Unlock()
	b.drainStock()
	w := b.word.Load()
	base := b.baseOf(w)
	if w >= unlimited || w < leftBelow || base>>tagBits != countingBase {
		return
	}
	// Linearization point of EndBoot (BudgetTree!EndBootWord): calls in flight reload, and find
	// that nothing is counted.
	w = b.word.Swap(unlimited | w&inner)
	b.raisePeak(base>>tagBits - w>>tagBits)
}

// Close refuses all growth, at b and below it, that is called after Close has returned. What is
// held stays charged until it is released; Close returns how much that is. The slack of b goes
// back. Closing again changes nothing else. Where nothing is counted (see [Budget.EndBoot]) nothing
// is refused either: Close returns 0, and growth is granted as before.
func (b *Budget) Close() int64 {
	t := b.tree
	t.lock.Lock()
	defer t.lock.Unlock()
	if !b.shut() {
		return 0
	}
	return b.used(b.word.Load())
}

// Leave closes b and gives back all that is held at it and below it, in one call. It returns how
// many bytes that were, 0 if nothing is counted. It is for memory that dies with the budget: an
// arena, or an instance of a guest; as with Release, that memory must be gone. A release or a
// rollback that comes after it does nothing. Leaving again changes nothing.
func (b *Budget) Leave() int64 {
	t := b.tree
	t.lock.Lock()
	if !b.shut() {
		t.lock.Unlock()
		return 0
	}
	base := b.baseOf(b.word.Load())
	// Linearization point of Leave (BudgetTree!LeaveWord).
	w := b.word.Swap(left)
	t.lock.Unlock()
	used := -(w >> tagBits)
	if b.parent == nil {
		used += base >> tagBits
	}
	if w < leftBelow {
		return 0
	}
	b.raisePeak(used)
	if b.parent != nil {
		b.parent.pass(used)
	}
	return used
}

// shut closes b, and reports whether anything is counted. The caller holds the lock.
func (b *Budget) shut() bool {
	counts := b.tree.root.word.Load() < unlimited
	if counts && b.limit.Load() != closed {
		b.setLimit(closed)
	}
	b.unlink()
	return counts
}

// unlink has the parent forget b: it is charged for what b uses, and no more. The caller holds the
// lock.
func (b *Budget) unlink() {
	if b.parent != nil && b.parent.children.has(b, ofChildren) {
		b.parent.children.remove(b, ofChildren)
	}
}
