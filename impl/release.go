package impl

// Release gives back n >= 0 bytes that were reserved at b, in one reservation or several, after
// their memory is gone. It is never refused. It panics with an [OverRelease], and changes nothing,
// if n is more than is held at b. After [Budget.Leave] it does nothing. It does not allocate.
func (b *Budget) Release(n int64) { b.release(n) }

// release is Release. It reports whether the bytes were counted: only then a rollback is one.
func (b *Budget) release(n int64) bool {
	for {
		w := b.word.Load()
		base := b.baseOf(w)
		if !keeps(w, base, b.cap.Load(), n) || (base-w)>>tagBits > b.peak.Load() {
			return b.releaseSlow(n, w, base)
		}
		// Fast path: a root, or a stocked child, without children.
		if b.word.CompareAndSwap(w, w+n<<tagBits) {
			// Linearization point of Release (BudgetTree!ReleaseCAS): n bytes are anyone's.
			return true
		}
		// The word moved, and with it what n was compared with.
	}
}

// rollBack is Release of a growth whose backend failed or panicked.
func (b *Budget) rollBack(n int64) {
	if b.release(n) {
		b.tallied().rolledBack.Add(1)
	}
}

// releaseSlow is the slow path of release: w and base are what the fast path has loaded.
func (b *Budget) releaseSlow(n, w, base int64) bool {
	for {
		switch {
		case w >= unlimited, w < leftBelow:
			if n < 0 {
				overRelease(n, 0)
			}
			return false
		case w&inner != 0:
			return b.releaseDirect(n)
		case w&drained != 0:
			used := -(w >> tagBits)
			if n < 0 || n > used {
				// Linearization point of an over-release (BudgetTree!ReleaseLoad): the load of w.
				return b.report(n, used)
			}
			b.raisePeak(used)
			if b.word.CompareAndSwap(w, w+n<<tagBits) {
				// Linearization point of Release (BudgetTree!ReleaseLoad): T3.
				return b.parent.pass(n)
			}
		default:
			if b.releaseStocked(n, w, base) {
				return true
			}
		}
		w = b.word.Load()
		base = b.baseOf(w)
	}
}

// report panics with an OverRelease, unless nothing is counted and n is a size: then it returns
// false.
func (b *Budget) report(n, held int64) bool {
	if b.tree.root.word.Load() >= unlimited {
		if n >= 0 {
			return false
		}
		held = 0
	}
	overRelease(n, held)
	return false
}

// releaseStocked is release at a root or a stocked child without children, whose word is w. It
// reports false if it has to look again.
func (b *Budget) releaseStocked(n, w, base int64) bool {
	held := base - w
	if held&tagMask != 0 { // R7: the base has changed since w was loaded
		return false
	}
	if held >>= tagBits; n < 0 || n > held {
		if b.word.Load() == w { // or a release that is right might wait for the lock
			b.confirm(n)
		}
		return false
	}
	b.raisePeak(held)
	over := b.isOver(w, n)
	if !b.word.CompareAndSwap(w, w+n<<tagBits) {
		return false
	}
	// Linearization point of Release (BudgetTree!ReleaseCAS).
	if over {
		b.trim()
	}
	return true
}

// releaseDirect is release at a budget that has children (T9).
func (b *Budget) releaseDirect(n int64) bool {
	for {
		held := b.direct.Load()
		if n < 0 || n > held {
			// Linearization point of an over-release (BudgetTree!ReleaseLoad): the load.
			return b.report(n, held)
		}
		if b.direct.CompareAndSwap(held, held-n) {
			// Linearization point of Release (BudgetTree!ReleaseLoad).
			return b.pass(n)
		}
	}
}

// confirm panics if n bytes are more than is held at a budget without children, as seen under the
// lock (T8): a word and a base of the same generation may be 2,048 changes apart.
func (b *Budget) confirm(n int64) {
	b.tree.lock.Lock()
	defer b.tree.lock.Unlock()
	w := b.word.Load()
	if w >= unlimited || w < leftBelow || w&inner != 0 {
		return
	}
	if held := b.used(w); n < 0 || n > held {
		// Linearization point of an over-release (BudgetTree!Confirmed): the load of w.
		b.report(n, held)
	}
}

// pass brings n bytes, which were released below b or at b itself, back to b and to those above it,
// as far as they are charged (T3): up to the first that is not drained. It reports whether anything
// is counted there.
func (b *Budget) pass(n int64) (counted bool) {
	for ; b.parent != nil; b = b.parent {
		if wasDrained, counted := b.passOne(n); !wasDrained {
			return counted
		}
	}
	// Step (BudgetTree!Pass): an addition, also in the bands of words that count nothing.
	w := b.word.Add(n << tagBits)
	if w >= unlimited || w < leftBelow {
		return false
	}
	if base := b.baseOf(w); (base^w)&genMask == 0 {
		b.raisePeak(base>>tagBits - w>>tagBits + n)
	}
	return true
}

// passOne is pass at one child. It reports whether it was drained: then its parent is charged for
// the bytes still. Or it was left: then nothing is counted.
func (b *Budget) passOne(n int64) (wasDrained, counted bool) {
	for {
		w := b.word.Load()
		if w < leftBelow {
			return false, false
		}
		over := w&drained == 0 && b.isOver(w, n)
		switch base := b.baseOf(w); {
		case w&drained != 0:
			b.raisePeak(-(w >> tagBits))
		case (base^w)&genMask == 0: // otherwise the word has moved
			b.raisePeak(base>>tagBits - w>>tagBits)
		}
		if b.word.CompareAndSwap(w, w+n<<tagBits) {
			// Step (BudgetTree!Pass)
			if over {
				b.trim()
			}
			return w&drained != 0, true
		}
		// The word moved.
	}
}

// isOver reports whether n bytes more take the slack of a stocked child, whose word is w, above its
// cap. Then they are more than bound knows of (T10).
func (b *Budget) isOver(w, n int64) bool {
	if w+n<<tagBits <= b.cap.Load() {
		return false
	}
	b.tree.raise(n)
	return true
}

// trim brings slack of b above its cap back to its parent, which may then be over its own, and so on
// upwards; unless another has the lock: no release waits.
func (b *Budget) trim() {
	t := b.tree
	if !t.lock.TryLock() {
		return
	}
	defer t.lock.Unlock()
	for b.parent != nil && b.trimOne() {
		b = b.parent
	}
}

// trimOne is trim at one child, which keeps one batch of slack, and stays stocked as its children
// do. It reports whether the child was over its cap. The caller holds the lock.
func (b *Budget) trimOne() bool {
	for w := b.word.Load(); w > b.cap.Load(); w = b.word.Load() {
		n := w>>tagBits - b.cap.Load()>>(tagBits+1)
		gen := w + 1
		// Step (BudgetTree!TrimBase). R7: base first.
		b.base[gen&1].Store(pack(b.baseOf(w)>>tagBits-n, gen))
		if b.word.CompareAndSwap(w, pack(w>>tagBits-n, gen)|w&(stocked|inner)) {
			// Step (BudgetTree!TrimWord)
			pw := b.parent.word.Add(n << tagBits) // Step (BudgetTree!TrimGive)
			b.parent.raisePeak(b.parent.used(pw) + n)
			return true
		}
		// The word moved.
	}
	return false
}
