//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/model"
)

// A backend is what one call of Resize has behind it.
type backend struct {
	*caller
	call call
	old  int64 // the size of the block
	fate fate  // of the call
}

// notAsked is the fate of a backend that was not called.
const notAsked fate = -1

// resize makes a call of Resize, or of an Allocator's Realloc.
func (r *caller) resize(c call) {
	v := &r.View
	b := &backend{caller: r, call: c, old: v.block, fate: notAsked}
	if c.n > v.block && !c.badSize() {
		r.enter(linearizability.Reserve, c.n-v.block)
	}
	block := v.block // as the call leaves it
	panicked, err := r.try(func() error {
		if c.kind == callAlloc {
			p, err := impl.NewAllocatorOver(r.user, b).Realloc(blockOf(v.block), int(c.n))
			block = int64(cap(p))
			return err
		}
		return r.user.Resize(v.block, c.n, func() bool { return b.ask(v.block, c.n) })
	})
	r.finish(panicked, err)
	b.judge(panicked, err, block)
	if v.open {
		out := linearizability.Output{Err: err}
		if err == impl.ErrBackend {
			out.Err = nil // the rollback went well
		}
		r.leave(out)
	}
	r.Note(event{kind: over, call: c, old: b.old, err: err})
	if b.fate == works {
		v.block = c.n
	}
}

func blockOf(n int64) []byte {
	if n <= 0 {
		return nil
	}
	return make([]byte, n)
}

// Realloc implements impl.Backend.
func (b *backend) Realloc(block []byte, n int) []byte {
	if !b.ask(int64(len(block)), int64(n)) || n == 0 {
		return nil
	}
	return make([]byte, n)
}

// ask is called by the real code, which asks the backend to resize the block.
func (b *backend) ask(osize, nsize int64) bool {
	v, c := &b.View, b.call
	switch {
	case b.fate != notAsked:
		b.Break("Contract", "%v calls the backend a second time", c)
	case osize != b.old || nsize != c.n:
		b.Break("Contract", "%v of %d bytes asks the backend for %d to %d", c, b.old, osize, nsize)
	case osize|nsize == 0:
		b.Break("Contract", "%v of nothing calls the backend", c)
	}
	if v.open {
		b.leave(linearizability.Output{}) // granted
	}
	b.fate = c.backend.fate(b.Choose(c.backend.choices()))
	switch {
	case b.fate == works:
		v.phys = c.n + v.loose
		if c.n < b.old {
			b.enter(linearizability.Release, b.old-c.n)
		}
	case c.n > b.old:
		b.enter(linearizability.RollBack, c.n-b.old)
	}
	if b.fate == panics {
		panic(errBackendPanic)
	}
	return b.fate == works
}

// judge holds the end of the call against the contract of Resize. block is the size of the block
// that Realloc returned.
func (b *backend) judge(panicked any, err error, block int64) {
	c, quiet := b.call, b.View.ended == idle // neither a refusal nor an over-release
	if (panicked == errBackendPanic) != (b.fate == panics) {
		b.Break("Contract", "%v = %v, the backend panicked and Resize did not", c, err)
	}
	var want error
	switch {
	case c.badSize():
		want = model.ErrSize
	case b.fate == fails:
		want = impl.ErrBackend
	}
	switch {
	case !quiet || err == model.ErrLimit && c.n <= b.old: // a shrink that is refused: ShrinkNeverRefused says so
	case b.fate == notAsked && c.n|b.old != 0 && !c.badSize():
		b.Break("Contract", "%v of %d bytes = %v without calling the backend", c, b.old, err)
	case err != want:
		b.Break("Contract", "%v = %v, want %v", c, err, want)
	}
	if c.kind == callAlloc && panicked == nil {
		b.judgeBlock(err, block)
	}
}

// judgeBlock holds the block that Realloc returned against the contract.
func (b *backend) judgeBlock(err error, block int64) {
	want := b.call.n
	switch err {
	case nil:
	case model.ErrOverRelease:
		return // the caller lies about its block
	default:
		want = b.old
	}
	if block != want {
		b.Break("Contract", "%v of %d bytes = %v and a block of %d", b.call, b.old, err, block)
	}
}
