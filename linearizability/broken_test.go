package linearizability_test

import (
	"sync/atomic"

	"casalloc/impl"
)

// Broken twins: budgets as they are tempting to write, each wrong in one place. They begin Enforcing, with a limit that
// SetLimit sets; EndBoot does nothing. pause is called at the racy step, and lets others run there.

// twoWords is a budget with limit and counter in two words, which every twin but two is a version of. Its own methods are right as long
// as nobody gets in between their steps, and nobody does: a schedule runs on one goroutine and others get in at pause only.
type twoWords struct {
	limit, counter atomic.Int64
	pause          func()
}

func (b *twoWords) Reserve(n int64) error {
	switch {
	case n < 0 || n > impl.MaxSize:
		return impl.ErrSize
	case n > b.limit.Load()-b.counter.Load():
		return impl.ErrLimit
	}
	b.counter.Add(n)
	return nil
}

func (b *twoWords) Release(n int64) {
	if held := b.counter.Load(); n > held {
		panic(impl.OverRelease{Released: n, Held: held})
	}
	b.counter.Add(-n)
}

func (b *twoWords) SetLimit(n int64) error {
	b.limit.Store(n)
	return nil
}

func (b *twoWords) EndBoot() {}

func (b *twoWords) Stats() impl.Stats {
	return impl.Stats{Mode: impl.Enforcing, Limit: b.limit.Load(), Allocated: b.counter.Load()}
}

func (b *twoWords) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize > osize {
		if err := b.Reserve(nsize - osize); err != nil {
			return err
		}
	}
	ok := realloc()
	switch {
	case !ok && nsize > osize:
		b.Release(nsize - osize)
	case ok && nsize < osize:
		b.Release(osize - nsize)
	}
	if !ok {
		return impl.ErrBackend
	}
	return nil
}

type checkThenAdd struct{ twoWords }

func (b *checkThenAdd) Reserve(n int64) error {
	if n > b.limit.Load()-b.counter.Load() {
		return impl.ErrLimit
	}
	b.pause()
	b.counter.Add(n) // the check is stale
	return nil
}

type addThenUndo struct{ twoWords }

func (b *addThenUndo) Reserve(n int64) error {
	if b.counter.Add(n) > b.limit.Load() {
		b.pause() // others see bytes that nobody gets
		b.counter.Add(-n)
		return impl.ErrLimit
	}
	return nil
}

type limitReadOnce struct{ twoWords }

func (b *limitReadOnce) Reserve(n int64) error {
	limit := b.limit.Load()
	for {
		c := b.counter.Load()
		if n > limit-c {
			return impl.ErrLimit
		}
		b.pause()
		if b.counter.CompareAndSwap(c, c+n) { // says nothing of the limit
			return nil
		}
	}
}

type offByOne struct{ twoWords }

func (b *offByOne) Reserve(n int64) error {
	if n-1 > b.limit.Load()-b.counter.Load() {
		return impl.ErrLimit
	}
	b.counter.Add(n)
	return nil
}

type wrappingSum struct{ twoWords }

func (b *wrappingSum) Reserve(n int64) error {
	if b.counter.Load()+n > b.limit.Load() { // negative if n is large enough
		return impl.ErrLimit
	}
	b.counter.Add(n)
	return nil
}

type rollbackForgotten struct{ twoWords }

func (b *rollbackForgotten) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize > osize {
		if err := b.Reserve(nsize - osize); err != nil {
			return err
		}
		if !realloc() {
			return impl.ErrBackend
		}
		return nil
	}
	return b.twoWords.Resize(osize, nsize, realloc)
}

type releaseFirst struct{ twoWords }

func (b *releaseFirst) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize >= osize {
		return b.twoWords.Resize(osize, nsize, realloc)
	}
	b.counter.Add(nsize - osize) // anyone's now, and they still exist
	if !realloc() {
		b.counter.Add(osize - nsize) // and may be taken
		return impl.ErrBackend
	}
	return nil
}

type shrinkRefused struct{ twoWords }

func (b *shrinkRefused) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize-osize > b.limit.Load()-b.counter.Load() { // also if nsize < osize
		return impl.ErrLimit
	}
	return b.twoWords.Resize(osize, nsize, realloc)
}

// oneWord has the headroom in one word, and beside it the limit, for what needs the counter. Its Release is the twin noGeneration.
type oneWord struct {
	headroom, limit atomic.Int64
	pause           func()
}

func (b *oneWord) Reserve(n int64) error {
	if n > b.headroom.Load() {
		return impl.ErrLimit
	}
	b.headroom.Add(-n)
	return nil
}

func (b *oneWord) SetLimit(n int64) error {
	b.headroom.Add(n - b.limit.Swap(n))
	return nil
}

func (b *oneWord) Release(n int64) {
	for {
		h := b.headroom.Load()
		if held := b.limit.Load() - h; n > held {
			panic(impl.OverRelease{Released: n, Held: held})
		}
		b.pause()
		if b.headroom.CompareAndSwap(h, h+n) { // the same headroom need not be the same counter
			return
		}
	}
}

func (b *oneWord) EndBoot() {}

func (b *oneWord) Stats() impl.Stats {
	limit := b.limit.Load()
	return impl.Stats{Mode: impl.Enforcing, Limit: limit, Allocated: limit - b.headroom.Load()}
}

func (b *oneWord) Resize(int64, int64, func() bool) error { panic("not part of this twin") }

type noGeneration = oneWord

type limitStored struct{ oneWord }

func (b *limitStored) SetLimit(n int64) error {
	held := b.limit.Load() - b.headroom.Load()
	b.pause()
	b.limit.Store(n)
	b.headroom.Store(n - held) // what others did in between is lost
	return nil
}
