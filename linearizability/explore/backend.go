//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A backend is what one call of Resize has behind it.
type backend struct {
	*caller
	call calls.Call
	old  int64      // the size of the block
	fate calls.Fate // Either until the backend is called
}

// resize makes a call of Resize, or of an Allocator's Realloc.
func (r *caller) resize(c calls.Call) {
	v := &r.View
	at := &v.at[c.Via]
	b := &backend{caller: r, call: c, old: at.block, fate: calls.Either}
	if c.N > at.block && !calls.BadSize(c.N) {
		b.enter(calls.Reserve, c.N-at.block)
	}
	block := at.block // as the call leaves it
	panicked, err := r.try(func() error {
		if c.Op == calls.Realloc {
			p, err := impl.NewAllocatorOver(r.budget, b).Realloc(blockOf(at.block), int(c.N))
			block = int64(cap(p))
			return err
		}
		return r.budget.Resize(at.block, c.N, func() bool { return b.ask(at.block, c.N) })
	})
	r.finish(panicked, err)
	b.judge(err, block)
	if v.open {
		out := output{Err: err}
		if err == impl.ErrBackend || err == calls.ErrBackendPanic {
			out.Err = nil // the rollback went well
		}
		r.leave(out)
	}
	r.Note(event{kind: over, call: c, old: b.old, err: err})
	if b.fate == calls.Succeeds {
		at.block = c.N
	}
}

// enter opens an operation of the call.
func (b *backend) enter(op calls.Op, n int64) {
	b.caller.enter(calls.Call{Op: op, Via: b.call.Via, Size: calls.Size{N: n}})
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
	case b.fate != calls.Either:
		b.Break("Contract", "%v calls the backend a second time", c)
	case osize != b.old || nsize != c.N:
		b.Break("Contract", "%v of %d bytes asks the backend for %d to %d", c, b.old, osize, nsize)
	case osize|nsize == 0:
		b.Break("Contract", "%v of nothing calls the backend", c)
	}
	if v.open {
		b.leave(output{}) // granted
	}
	b.fate = c.Fate.Choose(b.Choose(c.Fate.Choices()))
	switch {
	case b.fate == calls.Succeeds:
		v.at[c.Via].phys = c.N + v.at[c.Via].loose
		if c.N < b.old {
			b.enter(calls.Release, b.old-c.N)
		}
	case c.N > b.old:
		b.enter(calls.RollBack, c.N-b.old)
	}
	return b.fate.End()
}

// judge holds the end of the call against the contract of Resize. block is the size of the block
// that Realloc returned.
func (b *backend) judge(err error, block int64) {
	c, quiet := b.call, b.View.ended == idle // neither a refusal nor an over-release
	want := map[calls.Fate]error{calls.Fails: impl.ErrBackend, calls.Panics: calls.ErrBackendPanic}[b.fate]
	if calls.BadSize(c.N) {
		want = model.ErrSize
	}
	switch {
	case !quiet || refusal(err) && c.N <= b.old: // a shrink that is refused: ShrinkNeverRefused says so
	case b.fate == calls.Either && c.N|b.old != 0 && !calls.BadSize(c.N):
		b.Break("Contract", "%v of %d bytes = %v without calling the backend", c, b.old, err)
	case err != want:
		b.Break("Contract", "%v = %v, want %v", c, err, want)
	}
	if c.Op == calls.Realloc && err != calls.ErrBackendPanic {
		b.judgeBlock(err, block)
	}
}

// judgeBlock holds the block that Realloc returned against the contract.
func (b *backend) judgeBlock(err error, block int64) {
	want := b.call.N
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
