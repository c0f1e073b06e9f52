package linearizability

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/linearizability/calls"

	"github.com/anishathalye/porcupine"
)

// A Recorder calls a System for one client and records the calls. One goroutine at a time uses it.
// A call that begins while another of the same client is open panics, so that a broken test never
// looks like a broken Budget.
type Recorder struct {
	// Stretched: others may run between a stamp and what it is the stamp of, so that more
	// operations overlap.
	Stretched bool
	// Silent: the calls are made, and not recorded. Nothing is written that other recorders use.
	Silent bool

	client int
	shared *shared
	open   atomic.Bool // a call has begun and not returned
	owned  bool        // it goes through an account or a tenant
	ops    []porcupine.Operation
	notes  []note
}

// shared is what all recorders of a history share.
type shared struct {
	clock    atomic.Int64 // of the stamps; only rises
	accounts atomic.Bool  // a call went through an account or a tenant, so one may be stocked
}

// NewRecorders returns a recorder for each of n clients of one history.
func NewRecorders(n int) []*Recorder {
	rs, shared := make([]*Recorder, n), new(shared)
	for i := range rs {
		rs[i] = &Recorder{client: i, shared: shared}
	}
	return rs
}

// History returns what the recorders have recorded. All calls must have returned, and the caller
// must have waited for the goroutines that made them. What a picture shows besides is the metadata
// of each client's last operation.
func History(rs []*Recorder) []porcupine.Operation {
	var h []porcupine.Operation
	for _, r := range rs {
		if r.open.Load() {
			panic(fmt.Sprintf("linearizability: client %d: the last call is still open", r.client))
		}
		if n := len(r.ops); n > 0 {
			r.ops[n-1].Metadata = r.notes
		}
		h = append(h, r.ops...)
	}
	return h
}

// Do calls the operation in of s and records it.
func (r *Recorder) Do(s calls.System, in Input) Output {
	var out Output
	r.call(s, in)
	panicked, err := calls.Try(func() (err error) {
		out.Reading, err = in.Op.Do(s, in.N)
		return err
	})
	if panicked != nil {
		panic(panicked) // the call stays open: this history is not to be judged
	}
	out.Err = calls.InModel(err)
	r.ret(out)
	return out
}

// Resize calls s.Resize and records what the call does to the budget:
//
//	growth                    reserve, from the call to the start of realloc
//	growth, realloc fails     reserve as above, then rollback, from the end of realloc to the return
//	growth, refused           reserve, from the call to the return
//	shrink, free              release, from the end of realloc to the return
//	shrink, realloc fails     nothing
//	neither                   nothing
//	a size out of range       nothing
//	an error without a cause  release with that error, as of a shrink that is refused: no history
//	                          explains it
//
// A growth that an account refuses by itself is nothing either. Resize returns the error as
// [calls.Try] does.
func (r *Recorder) Resize(s calls.System, osize, nsize int64, realloc func() bool) error {
	var (
		in   Input // what the call does, if anything
		want error // unless the growth is refused
	)
	switch {
	case calls.BadSize(osize) || calls.BadSize(nsize):
		want = impl.ErrSize
	case nsize > osize:
		in = Input{calls.Reserve, nsize - osize}
		r.call(s, in)
	case nsize < osize:
		in = Input{calls.Release, osize - nsize}
	}
	panicked, err := calls.Try(func() error {
		return s.Resize(osize, nsize, func() (ok bool) {
			if in.Op == calls.Reserve {
				r.ret(Output{})
			}
			want = calls.ErrBackendPanic // unless it returns
			defer func() { r.backendEnded(s, in, ok) }()
			if ok = realloc(); ok {
				want = nil
			} else {
				want = impl.ErrBackend
			}
			return ok
		})
	})
	if err != want && panicked == nil && !r.open.Load() {
		r.call(s, Input{calls.Release, osize - nsize})
	}
	if r.open.Load() {
		var out Output
		if err != want {
			out.Err = calls.InModel(err)
		}
		r.ret(out)
	}
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// backendEnded opens what a Resize does after its backend: a growth that failed rolls back, a
// shrink that did not releases.
func (r *Recorder) backendEnded(s calls.System, in Input, ok bool) {
	if r.Silent {
		return
	}
	if in.N > 0 && !ok {
		r.note(backendFailed, r.shared.clock.Add(1), in)
	}
	switch {
	case in.Op == calls.Reserve && !ok:
		r.call(s, Input{calls.RollBack, in.N})
	case in.Op == calls.Release && ok:
		r.call(s, in)
	}
}

// call opens an operation: its stamp is taken before anything is done.
func (r *Recorder) call(s calls.System, in Input) {
	if r.Silent {
		return
	}
	if !r.open.CompareAndSwap(false, true) {
		panic(fmt.Sprintf("linearizability: client %d: call of %v within another", r.client, in.Op))
	}
	if r.owned = calls.OwnerOf(s) != nil; r.owned && !r.shared.accounts.Load() {
		r.shared.accounts.Store(true)
	}
	r.ops = append(r.ops, porcupine.Operation{ClientId: r.client, Input: in, Call: r.shared.clock.Add(1)})
	if r.Stretched {
		runtime.Gosched()
	}
}

// ret closes it: its stamp is taken after everything is done. What an account has refused by itself
// is no operation of the Budget.
func (r *Recorder) ret(out Output) {
	if r.Silent {
		return
	}
	if r.Stretched {
		runtime.Gosched()
	}
	now := r.shared.clock.Add(1)
	op := &r.ops[len(r.ops)-1]
	op.Output, op.Return = out, now
	if !r.open.CompareAndSwap(true, false) {
		panic(fmt.Sprintf("linearizability: client %d: return without a call", r.client))
	}
	if r.owned && (out.Err == impl.ErrAccountLimit || out.Err == impl.ErrClosed) {
		r.ops = r.ops[:len(r.ops)-1]
		return
	}
	r.noteEffects()
}
