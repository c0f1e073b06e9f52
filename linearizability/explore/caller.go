//go:build interleave

package explore

import (
	"errors"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
)

// A caller makes one call of a thread. It runs the real code and tells what it does.
type caller struct {
	*machine
	*engine.Thread[callerState, event]
	user   impl.Accountant
	caught impl.OverRelease // what the call has panicked with
}

var errBackendPanic = errors.New("explore: the backend panics")

// enter opens an operation of the history.
func (r *caller) enter(op linearizability.Op, n int64) {
	v := &r.View
	v.in, v.open = linearizability.Input{Op: op, N: n}, true
	r.Note(event{kind: called, in: operation{v.in, v.byAccount(v.in)}})
}

// leave closes it. What it moved is the thread's own charge now.
func (r *caller) leave(out linearizability.Output) {
	v := &r.View
	r.Note(event{kind: returned, in: operation{v.in, v.byAccount(v.in)}, out: out,
		account: v.account, held: v.held(), limit: v.limit, caught: r.caught})
	if out.Err == nil {
		v.charge += v.moves()
	}
	v.open = false
}

// operation makes a call that is one operation, and returns its error.
func (r *caller) operation(op linearizability.Op, n int64, f func() error) error {
	r.enter(op, n)
	panicked, err := r.try(f)
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err})
	return err
}

// try is linearizability.Try, and notes the numbers of an over-release.
func (r *caller) try(f func() error) (panicked any, err error) {
	return linearizability.Try(func() error {
		defer func() {
			if p := recover(); p != nil {
				r.caught, _ = p.(impl.OverRelease)
				panic(p)
			}
		}()
		return f()
	})
}

// finish notes how a call ended.
func (r *caller) finish(panicked any, err error) {
	if panicked != nil && panicked != errBackendPanic {
		r.Break("Contract", "%v panics: %v", r.View.call, panicked)
	}
	r.View.ended = r.View.endsBy(err)
}
