package impl

// Move has n bytes that are held at b be held at another budget of the same tree: a block of one
// guest passes to another. The budgets above both do not see it, and so cannot refuse it. On
// failure it returns ErrLimit or ErrClosed, because of to or of a budget between it and the lowest
// one above both, or ErrTree, and nothing has changed. It panics with an [OverRelease] if n is more
// than is held at b. If nothing is counted it does nothing.
func (b *Budget) Move(to *Budget, n int64) error {
	t := b.tree
	if to.tree != t {
		return ErrTree
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if n == 0 || n > 0 && t.root.word.Load() >= unlimited {
		return nil
	}
	top := common(b, to)
	b.drainUpTo(top)
	to.drainUpTo(top)
	if n > 0 && (b.hasLeft(top) || to.word.Load() < leftBelow) {
		return ErrClosed
	}
	b.checkHeld(n)
	if b == to {
		return nil
	}
	for m := to; m != top; m = m.parent {
		switch {
		case m.limit.Load() == closed:
			return ErrClosed
		case !m.fits(n):
			return ErrLimit
		}
	}
	b.takeOut(n, top)
	to.putIn(n, top)
	if to.word.Load()&inner != 0 {
		to.direct.Add(n) // Step (BudgetTree!MoveDirect)
	}
	return nil
}

// common returns the lowest budget that is above both, or is one of them and above the other.
func common(a, b *Budget) *Budget {
	for x := a; x.parent != nil; x = x.parent {
		for y := b; y.parent != nil; y = y.parent {
			if x == y {
				return x
			}
		}
	}
	return &a.tree.root
}

// hasLeft reports whether b, or a budget between it and top, was left.
func (b *Budget) hasLeft(top *Budget) bool {
	for m := b; m != top; m = m.parent {
		if m.word.Load() < leftBelow {
			return true
		}
	}
	return b.word.Load() < leftBelow
}

// drainUpTo drains the child of top that b is, or is below. The caller holds the lock.
func (b *Budget) drainUpTo(top *Budget) {
	for m := b; m != top; m = m.parent {
		if m.parent == top {
			m.drain()
			return
		}
	}
}

// checkHeld panics if n bytes are more than is held at b itself, and returns how much that is. The
// caller holds the lock.
func (b *Budget) checkHeld(n int64) (held int64) {
	w := b.word.Load()
	if held = b.used(w); w&inner != 0 {
		held = b.direct.Load()
	}
	if n < 0 || n > held {
		// Linearization point of an over-release (BudgetTree!MoveOut): the last load.
		overRelease(n, held)
	}
	return held
}

// takeOut takes n bytes that are held at b from it, and from those above it below top. All of them
// are drained. The caller holds the lock: they stay drained, and the bytes are charged to top.
func (b *Budget) takeOut(n int64, top *Budget) {
	// Linearization point of Move (BudgetTree!MoveOut): the compare-and-swap that succeeds.
	if b.word.Load()&inner != 0 {
		for held := b.checkHeld(n); !b.direct.CompareAndSwap(held, held-n); held = b.checkHeld(n) {
		}
	} else {
		for used := b.checkHeld(n); !b.lower(used, n); used = b.checkHeld(n) {
		}
		b = b.parent
	}
	for m := b; m != top; m = m.parent {
		for used := m.used(m.word.Load()); !m.lower(used, n); used = m.used(m.word.Load()) {
			// The word moved.
		}
	}
}

// lower takes n bytes from what is used at a drained b, if that is as it was.
func (b *Budget) lower(used, n int64) bool {
	w := b.word.Load()
	b.raisePeak(used)
	// Step (BudgetTree!MoveOut), or of a budget above that one, the next.
	return b.used(w) == used && b.word.CompareAndSwap(w, w+n<<tagBits)
}

// putIn charges b, and those above it below top, for n bytes that top is charged for, downwards.
// All of them are drained. The caller holds the lock.
func (b *Budget) putIn(n int64, top *Budget) {
	if b != top {
		b.parent.putIn(n, top)
		b.word.Add(-n << tagBits) // Step (BudgetTree!MoveDown)
	}
}
