//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A caller makes one call of a thread. It runs the real code and tells what it does.
type caller struct {
	*machine
	*engine.Thread[callerState, event]
	budget *impl.Budget     // that is called
	caught impl.OverRelease // what the call has panicked with
}

// enter opens an operation of the history.
func (r *caller) enter(op calls.Call) {
	r.View.in, r.View.open = op, true
	r.Note(event{kind: called, in: op})
}

// leave closes it. What it moved is the thread's own charge now.
func (r *caller) leave(out output) {
	v := &r.View
	r.Note(event{kind: returned, in: v.in, out: out, caught: r.caught})
	for i := range v.at {
		if out.Err == nil {
			v.at[i].charge += v.moves(calls.Via(i))
		}
	}
	v.open = false
}

// operation makes a call that is one operation, and returns its error.
func (r *caller) operation(c calls.Call) error {
	var out output
	r.enter(c)
	panicked, err := r.try(func() (err error) {
		out.Reading, err = c.Op.Do(r.budget, r.budgets[c.To], c.N)
		return err
	})
	r.finish(panicked, err)
	out.Err = err
	r.leave(out)
	return err
}

func (r *caller) reserve(c calls.Call) {
	if at := &r.View.at[c.Via]; r.operation(c) == nil {
		at.loose += c.N
		at.phys += c.N
	}
}

// release calls Release. The memory is gone before the call.
func (r *caller) release(c calls.Call) {
	v := &r.View
	at := &v.at[c.Via]
	v.misuse = v.misuse || c.N < 0 || c.N > at.loose
	gone := min(at.loose, max(c.N, 0))
	at.phys -= gone
	r.operation(c)
	at.loose -= gone
}

// move calls Move. The memory stays where it is.
func (r *caller) move(c calls.Call) {
	v := &r.View
	from, to := &v.at[c.Via], &v.at[c.To]
	v.misuse = v.misuse || c.N < 0 || c.N > from.loose
	if r.operation(c) == nil && !v.misuse {
		from.loose, to.loose = from.loose-c.N, to.loose+c.N
		from.phys, to.phys = from.phys-c.N, to.phys+c.N
	}
}

func (r *caller) newChild(c calls.Call, of *impl.Budget, limit int64) {
	r.enter(c)
	r.finish(r.try(func() error {
		if of.NewChild(limit) != r.budget {
			r.Break("Contract", "NewChild returns another budget")
		}
		return nil
	}))
	r.leave(output{})
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
