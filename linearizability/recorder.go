package linearizability

import (
	"fmt"
	"runtime"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/linearizability/calls"

	"github.com/anishathalye/porcupine"
)

// A Recorder calls budgets for one client and records the calls. One goroutine at a time uses it.
// A call that begins while another of the same client is open panics, so that a broken test never
// looks like a broken Budget.
type Recorder struct {
	// Stretched: others may run between a stamp and what it is the stamp of, so that more
	// operations overlap.
	Stretched bool
	// Silent: the calls are made, and not recorded. Nothing is written that other recorders use.
	Silent bool

	client int
	clock  *atomic.Int64 // of the stamps, for all clients; only rises
	open   atomic.Bool   // a call has begun and not returned
	ops    []porcupine.Operation
	notes  []note
}

// NewRecorders returns a recorder for each of n clients, 16 at most, of one history.
func NewRecorders(n int) []*Recorder {
	rs, clock := make([]*Recorder, n), new(atomic.Int64)
	for i := range rs {
		rs[i] = &Recorder{client: i, clock: clock}
	}
	return rs
}

// Collect returns what the recorders have recorded of the calls of a tree. All calls must have
// returned, and the caller must have waited for the goroutines that made them. What a picture shows
// besides is the metadata of each client's last operation.
func Collect(t calls.Tree, rs []*Recorder) History {
	h := History{Tree: t}
	for _, r := range rs {
		if r.open.Load() {
			panic(fmt.Sprintf("linearizability: client %d: the last call is still open", r.client))
		}
		if n := len(r.ops); n > 0 {
			r.ops[n-1].Metadata = r.notes
		}
		h.Ops = append(h.Ops, r.ops...)
	}
	return h
}

// Do calls the operation in of s, which is the budget in.At, and records it. to is the target of a
// Move.
func (r *Recorder) Do(s calls.System, to *impl.Budget, in Input) Output {
	var out Output
	r.call(in)
	panicked, err := calls.Try(func() (err error) {
		out.Reading, err = in.Op.Do(s, to, in.N)
		return err
	})
	if panicked != nil {
		panic(panicked) // the call stays open: this history is not to be judged
	}
	out.Err = calls.InModel(err)
	r.ret(out)
	return out
}

// NewChild makes the budget v, a child of parent, and records that.
func (r *Recorder) NewChild(parent *impl.Budget, v calls.Via, limit int64) *impl.Budget {
	r.call(Input{Op: calls.NewChild, At: v})
	b := parent.NewChild(limit)
	r.ret(Output{Reading: calls.Reading{Closed: b.Stats().Closed}})
	return b
}

// Resize calls s.Resize, where s is the budget at, and records what the call does to the budget:
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
// Resize returns the error as [calls.Try] does.
func (r *Recorder) Resize(s calls.System, at calls.Via, osize, nsize int64, realloc func() bool) error {
	var (
		in   = Input{At: at} // what the call does, if anything
		want error           // unless the growth is refused
	)
	switch {
	case calls.BadSize(osize) || calls.BadSize(nsize):
		want = impl.ErrSize
	case nsize > osize:
		in.Op, in.N = calls.Reserve, nsize-osize
		r.call(in)
	case nsize < osize:
		in.Op, in.N = calls.Release, osize-nsize
	}
	panicked, err := calls.Try(func() error {
		return s.Resize(osize, nsize, func() (ok bool) {
			if in.Op == calls.Reserve {
				r.ret(Output{})
			}
			want = calls.ErrBackendPanic // unless it returns
			defer func() { r.backendEnded(in, ok) }()
			if ok = realloc(); ok {
				want = nil
			} else {
				want = impl.ErrBackend
			}
			return ok
		})
	})
	if err != want && panicked == nil && !r.open.Load() {
		r.call(Input{Op: calls.Release, At: at, N: osize - nsize})
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
func (r *Recorder) backendEnded(in Input, ok bool) {
	if r.Silent {
		return
	}
	if in.N > 0 && !ok {
		r.note(backendFailed, r.clock.Add(1), in)
	}
	switch {
	case in.Op == calls.Reserve && !ok:
		in.Op = calls.RollBack
		r.call(in)
	case in.Op == calls.Release && ok:
		r.call(in)
	}
}

// call opens an operation: its stamp is taken before anything is done.
func (r *Recorder) call(in Input) {
	if r.Silent {
		return
	}
	if !r.open.CompareAndSwap(false, true) {
		panic(fmt.Sprintf("linearizability: client %d: call of %v within another", r.client, in.Op))
	}
	r.ops = append(r.ops, porcupine.Operation{ClientId: r.client, Input: in, Call: r.clock.Add(1)})
	if r.Stretched {
		runtime.Gosched()
	}
}

// ret closes it: its stamp is taken after everything is done.
func (r *Recorder) ret(out Output) {
	if r.Silent {
		return
	}
	if r.Stretched {
		runtime.Gosched()
	}
	now := r.clock.Add(1)
	op := &r.ops[len(r.ops)-1]
	op.Output, op.Return = out, now
	if !r.open.CompareAndSwap(true, false) {
		panic(fmt.Sprintf("linearizability: client %d: return without a call", r.client))
	}
	r.noteEffects()
}
