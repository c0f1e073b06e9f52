package linearizability

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// A System is what is judged: an *impl.Budget, directly or [Through] an account.
type System interface {
	Reserve(n int64) error
	Release(n int64)
	SetLimit(n int64) error
	EndBoot()
	Resize(osize, nsize int64, realloc func() bool) error
	Stats() impl.Stats
}

// A Recorder calls a System for one client and records the calls. One goroutine at a time uses it.
// A call that begins while another of the same client is open panics, so that a broken test never
// looks like a broken Budget.
type Recorder struct {
	// Stretched: others may run between a stamp and what it is the stamp of, so that more operations
	// overlap.
	Stretched bool

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

// Do calls the operation in of s and records it. A RollBack is a Release of s.
func (r *Recorder) Do(s System, in Input) Output {
	var out Output
	r.call(s, in)
	panicked, err := Try(func() (err error) {
		switch in.Op {
		case Reserve:
			err = s.Reserve(in.N)
		case Release, RollBack:
			s.Release(in.N)
		case SetLimit:
			err = s.SetLimit(in.N)
		case EndBoot:
			s.EndBoot()
		case Stats:
			st := s.Stats()
			out.Reading = Reading{model.Mode(st.Mode), st.Limit, st.Allocated}
		default:
			panic(in.Op.String())
		}
		return err
	})
	if panicked != nil {
		panic(panicked) // the call stays open: this history is not to be judged
	}
	out.Err = err
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
// It returns Resize's error as Try does.
func (r *Recorder) Resize(s System, osize, nsize int64, realloc func() bool) error {
	var (
		badSize = min(osize, nsize) < 0 || max(osize, nsize) > model.MaxSize
		grow    = nsize > osize && !badSize
		shrink  = nsize < osize && !badSize
		want    error // unless the growth is refused
	)
	if badSize {
		want = model.ErrSize
	}
	if grow {
		r.call(s, Input{Reserve, nsize - osize})
	}
	panicked, err := Try(func() error {
		return s.Resize(osize, nsize, func() (ok bool) {
			if grow {
				r.ret(Output{})
			}
			defer func() { // also if realloc panics
				switch {
				case grow && !ok:
					r.note(backendFailed, r.shared.clock.Add(1), Input{Reserve, nsize - osize})
					r.call(s, Input{RollBack, nsize - osize})
				case shrink && !ok:
					r.note(backendFailed, r.shared.clock.Add(1), Input{Release, osize - nsize})
				case shrink:
					r.call(s, Input{Release, osize - nsize})
				}
			}()
			want = impl.ErrBackend // if it panics, too
			if ok = realloc(); ok {
				want = nil
			}
			return ok
		})
	})
	switch {
	case r.open.Load() && err == want:
		r.ret(Output{})
	case r.open.Load():
		r.ret(Output{Err: err})
	case err != want && panicked == nil:
		r.call(s, Input{Release, osize - nsize})
		r.ret(Output{Err: err})
	}
	if panicked != nil {
		panic(panicked)
	}
	return err
}

// call opens an operation: its stamp is taken before anything is done.
func (r *Recorder) call(s System, in Input) {
	if !r.open.CompareAndSwap(false, true) {
		panic(fmt.Sprintf("linearizability: client %d: call of %v within another", r.client, in.Op))
	}
	if r.owned = usesAccount(s); r.owned && !r.shared.accounts.Load() {
		r.shared.accounts.Store(true)
	}
	r.ops = append(r.ops, porcupine.Operation{ClientId: r.client, Input: in, Call: r.shared.clock.Add(1)})
	if r.Stretched {
		runtime.Gosched()
	}
}

// ret closes it: its stamp is taken after everything is done.
func (r *Recorder) ret(out Output) {
	if r.Stretched {
		runtime.Gosched()
	}
	now := r.shared.clock.Add(1)
	op := &r.ops[len(r.ops)-1]
	op.Output, op.Return = out, now
	if !r.open.CompareAndSwap(true, false) {
		panic(fmt.Sprintf("linearizability: client %d: return without a call", r.client))
	}
	r.noteEffects()
}

// Try runs f and returns its error as model's, if model has it. The panic of an over-release is the
// error model.ErrOverRelease; any other panic is returned as panicked.
func Try(f func() error) (panicked any, err error) {
	defer func() {
		panicked = recover()
		if _, ok := panicked.(impl.OverRelease); ok {
			panicked, err = nil, model.ErrOverRelease
		}
	}()
	err = f()
	for _, e := range [...]struct{ impl, model error }{
		{impl.ErrLimit, model.ErrLimit},
		{impl.ErrSize, model.ErrSize},
		{impl.ErrUnlimited, model.ErrUnlimited},
	} {
		if errors.Is(err, e.impl) {
			return nil, e.model
		}
	}
	return nil, err
}
