package impl

// Reserve takes n bytes, 0 <= n <= MaxSize, before they are allocated. On success they are charged
// to b and to all budgets above it until Release. On failure it returns ErrLimit if they did not
// fit at one of these (see [Explain]), ErrClosed if one of them was closed, or ErrSize, and nothing
// has changed. It does not allocate.
func (b *Budget) Reserve(n int64) error {
	w := b.word.Load()
	if uint64(n-1) < MaxSize { // 1..MaxSize
		// Fast path.
		for ; grants(w, n) && w < unlimited; w = b.word.Load() {
			if b.word.CompareAndSwap(w, w-n<<tagBits) {
				// Linearization point of Reserve (BudgetTree!ReserveTake): n bytes are ours (R1).
				if w&inner != 0 {
					b.direct.Add(n) // Step (BudgetTree!Direct)
				}
				return nil
			}
			// The word moved: the headroom of w is stale.
		}
	}
	return b.reserveSlow(n, w)
}

// reserveSlow is the slow path of Reserve, as far as it needs no lock: w is the word, too small for
// n.
func (b *Budget) reserveSlow(n, w int64) error {
	switch {
	case n == 0:
		return nil
	case uint64(n) > MaxSize:
		return ErrSize
	case w >= unlimited:
		return nil
	case b.parent == nil && w&stocked == 0:
		// Linearization point of a refusal (BudgetTree!ReserveTake): the load of w. No child was
		// stocked then, so its headroom was all there was (T5).
		return b.refuse()
	case b.overLimit(n):
		return b.refuseCounted()
	case b.open && w&drained != 0:
		if done, err := b.reserveAbove(n); done {
			return err
		}
	case b.parent != nil && b.ownHopeless(n, w):
		return b.refuseCounted()
	}
	if b.tree.hopeless(n) {
		return b.refuse()
	}
	b.tree.lock.Lock()
	return b.reserveLocked(n)
}

// overLimit reports whether n bytes alone are more than a limit of b or above it, or whether one of
// these was closed. No word is read, so such a growth disturbs nobody (T10).
func (b *Budget) overLimit(n int64) bool {
	for a := b; a != nil; a = a.parent {
		if n > a.limit.Load() {
			// Linearization point of a refusal (BudgetTree!Refuse): the load of the limit.
			return true
		}
	}
	return false
}

// refuseCounted is refuse, unless nothing is counted: then the growth is granted.
func (b *Budget) refuseCounted() error {
	if b.tree.root.word.Load() >= unlimited {
		return nil
	}
	return b.refuse()
}

// refuse counts a refusal, and returns its error.
func (b *Budget) refuse() error {
	b.tallied().refused.Add(1)
	for a := b; a != nil; a = a.parent {
		if a.limit.Load() == closed {
			return ErrClosed
		}
	}
	return ErrLimit
}

// hopeless reports that n bytes are more than the root's headroom and all slack below it, at the
// load of the root's word: bound was the same before and after it, so it held in between (T10).
func (t *tree) hopeless(n int64) bool {
	bound := t.bound.Load()
	w := t.root.word.Load()
	// Linearization point of a refusal (BudgetTree!Refuse): the load of w.
	return w < unlimited && n > w>>tagBits+bound>>tagBits && t.bound.Load() == bound
}

// ownHopeless reports that n bytes are more than the own limit of a child leaves, at the second
// load of the word. It had the value w before the limit was loaded and has it after that, so in
// between neither has moved: each change of the limit moves the generation (T10). Only of a child
// without children the word tells so.
func (b *Budget) ownHopeless(n, w int64) bool {
	limit := b.limit.Load()
	if limit == NoLimit || w&inner != 0 || w < leftBelow {
		return false
	}
	if w&drained == 0 && (b.baseOf(w)^w)&genMask != 0 {
		return false
	}
	// Linearization point of a refusal (BudgetTree!Refuse): the load of the word.
	return n > limit-b.used(w) && b.word.Load() == w
}

// reserveAbove is the growth of a drained child that never has a limit, if the word of its parent
// decides (T4). It reports whether it did.
func (b *Budget) reserveAbove(n int64) (done bool, err error) {
	p, d := b.parent, n<<tagBits
	w := p.word.Load()
	for ; w >= d && w < unlimited; w = p.word.Load() {
		if plenty(w, d) && b.tree.lock.TryLock() {
			// Step (BudgetTree!TryStock): b is to be stocked.
			return true, b.reserveLocked(n)
		}
		if p.word.CompareAndSwap(w, w-d) {
			// Linearization point of Reserve (BudgetTree!Take): n bytes are ours. They are not
			// given back, so no reservation is visible that is refused in the end.
			return true, b.land(n)
		}
		// The word moved.
	}
	switch {
	case w >= unlimited:
		return true, nil
	case p.parent == nil && w&stocked == 0:
		// Linearization point of a refusal (BudgetTree!Take): the load of w, as in reserveSlow.
		return true, b.refuse()
	}
	return false, nil
}

// land charges b for n bytes that were taken from its parent (T4). If b was stocked meanwhile, it
// is drained first: what it holds and what it has taken rise together only so.
func (b *Budget) land(n int64) error {
	w, ok := b.charge(n)
	if !ok {
		b.tree.lock.Lock()
		b.drain()
		w, _ = b.charge(n)
		b.tree.lock.Unlock()
	}
	if w < leftBelow {
		b.parent.pass(n)
		return b.refuse()
	}
	if w&inner != 0 {
		b.direct.Add(n) // Step (BudgetTree!Direct)
	}
	return nil
}

// charge charges b for n bytes if it is drained. It returns the word, and false if it is not. If b
// was left there is nothing to charge.
func (b *Budget) charge(n int64) (w int64, ok bool) {
	for {
		w = b.word.Load()
		if w < leftBelow {
			return w, true
		}
		if w&drained == 0 {
			return w, false
		}
		if b.word.CompareAndSwap(w, w-n<<tagBits) {
			// Step (BudgetTree!Land, or BudgetTree!LandDown under the lock)
			return w, true
		}
		// The word moved.
	}
}

// reserveLocked is Reserve under the lock, which it gives back.
func (b *Budget) reserveLocked(n int64) error {
	b.topUp(n)
	from, ok := b.climb(n)
	if ok && from != nil {
		b.supply(from, n)
	}
	isInner := b.word.Load()&inner != 0
	b.tree.lock.Unlock()
	switch {
	case !ok:
		return b.refuseCounted()
	case from != nil && isInner:
		b.direct.Add(n) // Step (BudgetTree!Direct)
	}
	return nil
}

// climb takes n bytes from b or the first budget above it that has them, and returns which; nil if
// nothing is counted. It reports false if they do not fit. It drains on its way up: a budget is
// compared with its own limit, and the root refuses, when all slack below is back (T5). The caller
// holds the lock.
func (b *Budget) climb(n int64) (from *Budget, ok bool) {
	for a := b; ; a = a.parent {
		w := a.take(n)
		if w&stocked != 0 && w < n<<tagBits {
			a.drainStock()
			w = a.take(n)
		}
		switch {
		case w >= unlimited:
			return nil, true
		case w >= n<<tagBits:
			return a, true
		case a.parent == nil:
			// Linearization point of a refusal (BudgetTree!Climb): the last load of the word.
			return nil, false
		}
		a.drain()
		if !a.fits(n) {
			return nil, false
		}
	}
}

// take takes n bytes from the word, unless it is too small or counts nothing. It returns the word
// before.
func (b *Budget) take(n int64) (w int64) {
	d := n << tagBits
	for w = b.word.Load(); w >= d && w < unlimited; w = b.word.Load() {
		if b.word.CompareAndSwap(w, w-d) {
			// Linearization point of Reserve (BudgetTree!Climb): n bytes are ours.
			return w
		}
		// The word moved.
	}
	return w
}

// fits reports whether n bytes are within the limit of a drained child. The caller holds the lock.
// While it does, no other growth charges a child that has a limit: what is used only falls, so what
// fits goes on fitting.
func (b *Budget) fits(n int64) bool {
	// Linearization point of a refusal (BudgetTree!Climb): the load of the word.
	used := b.used(b.word.Load())
	limit := b.limit.Load()
	return limit == NoLimit || limit != closed && n <= limit-used
}

// supply charges b, and all budgets between, for n bytes that were taken from the one above them
// (T6). All of them are drained. The caller holds the lock.
func (b *Budget) supply(from *Budget, n int64) {
	if b == from {
		return
	}
	p := b.parent
	p.supply(from, n)
	if batch := b.batch(n); batch > 0 && p.lend(batch) {
		b.fill(n, batch)
		return
	}
	b.charge(n)
}

// lend takes n bytes of slack for a child, and says that there is some below. The caller holds the
// lock.
func (b *Budget) lend(n int64) bool {
	b.tree.raise(2 * n) // T10: before the word loses them
	for w := b.word.Load(); w>>tagBits >= n && w < unlimited; w = b.word.Load() {
		if b.word.CompareAndSwap(w, (w-n<<tagBits)|stocked) {
			// Step (BudgetTree!StockTake)
			return true
		}
		// The word moved.
	}
	return false
}

// fill charges a drained b for n bytes and stocks it with a batch. The caller holds the lock.
func (b *Budget) fill(n, batch int64) {
	b.cap.Store(2*batch<<tagBits | tagMask)
	for {
		w := b.word.Load()
		gen := w + 1
		// Step (BudgetTree!StockBase). R7: base first.
		b.base[gen&1].Store(pack(n+batch-w>>tagBits, gen))
		// Step (BudgetTree!StockWord): a swap, or a release that came between would be lost.
		if b.word.CompareAndSwap(w, pack(batch, gen)|w&inner) {
			b.parent.stock.add(b, ofStock)
			return
		}
	}
}

// topUp has b have n bytes of slack, and batches more, if it is stocked and its parent has plenty, or
// can be topped up first. So a growth that fits seldom drains anyone, and what is above a child that
// is to be stocked has plenty. The caller holds the lock.
func (b *Budget) topUp(n int64) {
	p, w := b.parent, b.word.Load()
	if p == nil || w>>tagBits >= n || w < leftBelow {
		return
	}
	p.topUp(n + min(b.least(n), most(w))*shares*(p.stock.len()+1))
	if w&drained != 0 {
		return // supply stocks it
	}
	batch := b.batch(n)
	if batch == 0 || !p.lend(n+batch) {
		return
	}
	b.cap.Store(2*batch<<tagBits | tagMask)
	w = b.word.Load()
	gen := w + 1
	// Step (BudgetTree!TopBase). R7: base first.
	b.base[gen&1].Store(pack(b.baseOf(w)>>tagBits+n+batch, gen))
	// Step (BudgetTree!TopWord): an addition, since only the holder of the lock moves the base.
	b.word.Add((n+batch)<<tagBits + gen&genMask - w&genMask)
}

// raise is called before there can be n more bytes of slack. Beyond MaxSize it makes no difference.
func (t *tree) raise(n int64) {
	if t.bound.Load()>>tagBits < MaxSize {
		t.bound.Add(n<<tagBits + 1)
	}
}
