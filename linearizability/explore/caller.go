//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A caller makes one call of a thread. It runs the real code and tells what it does.
type caller struct {
	*machine
	*engine.Thread[callerState, event]
	user   impl.Accountant
	caught impl.OverRelease // what the call has panicked with
}

// enter opens an operation of the history.
func (r *caller) enter(op calls.Op, n int64) {
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
func (r *caller) operation(op calls.Op, n int64) error {
	var out linearizability.Output
	r.enter(op, n)
	panicked, err := r.try(func() (err error) {
		out.Reading, err = op.Do(r.system(), n)
		return err
	})
	r.finish(panicked, err)
	out.Err = err
	r.leave(out)
	return err
}

// system is what the thread calls: the budget, by itself or through the thread's account.
func (r *caller) system() calls.System {
	if account := r.View.account; account > 0 {
		return calls.Through(r.budget, r.accounts[account-1])
	}
	return r.budget
}

// try is calls.Try with the model's errors, and notes the numbers of an over-release.
func (r *caller) try(f func() error) (panicked any, err error) {
	panicked, err = calls.Try(f)
	if over, ok := err.(impl.OverRelease); ok {
		r.caught = over
	}
	return panicked, calls.InModel(err)
}

// finish notes how a call ended.
func (r *caller) finish(panicked any, err error) {
	if panicked != nil {
		r.Break("Contract", "%v panics: %v", r.View.call, panicked)
	}
	r.View.ended = r.View.endsBy(err)
}
