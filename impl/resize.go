package impl

// Resize accounts for one call of the lua_Alloc contract: a block of osize bytes becomes one of
// nsize bytes. An osize of 0 is a new block (of which Lua passes a type tag as osize: pass 0). An
// nsize of 0 is a free. If both are 0 there is nothing to do, and realloc is not called. realloc
// does the work and reports whether it succeeded. It runs at most once, on this goroutine, and may
// call the Budget itself. Resize does not allocate.
//
// On success the block of nsize bytes is charged. On failure the block is still the old one, and so
// is what is charged for it: ErrLimit if the growth did not fit (realloc was not called),
// ErrBackend if realloc failed, ErrSize if a size is out of range. If realloc panics, a growth is
// rolled back; a shrink or a free stays charged, since the memory may still exist.
func (b *Budget) Resize(osize, nsize int64, realloc func() bool) error {
	switch {
	case uint64(osize) > MaxSize || uint64(nsize) > MaxSize:
		return ErrSize
	case osize|nsize == 0:
		return nil
	case b.isUnlimited():
		return done(realloc())
	}
	return b.resizeCounted(osize, nsize, realloc)
}

// resizeCounted is Resize of two sizes, not both 0, that are counted.
func (b *Budget) resizeCounted(osize, nsize int64, realloc func() bool) error {
	if nsize > osize {
		return b.grow(nsize-osize, realloc)
	}
	// R5, R3: the memory goes first. Releasing first would let another caller have the bytes while
	// they still exist, and a shrink that then fails could not have them back.
	ok := realloc()
	if ok && nsize < osize {
		b.Release(osize - nsize)
	}
	return done(ok)
}

// grow reserves n bytes and calls realloc (R3). If realloc fails or panics, the reservation is
// rolled back (R4).
func (b *Budget) grow(n int64, realloc func() bool) error {
	if err := b.Reserve(n); err != nil {
		return err
	}
	ok := false
	defer func() {
		if !ok {
			b.rollBack(n)
		}
	}()
	ok = realloc()
	return done(ok)
}

// done is the error of a call whose backend has reported ok.
func done(ok bool) error {
	if ok {
		return nil
	}
	return ErrBackend
}
