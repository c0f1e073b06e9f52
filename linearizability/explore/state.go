//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A callerState holds what the promises may know of a thread. Between calls it is all that the
// thread's caller knows. Sizes are in bytes.
type callerState struct {
	next   int                 // items begun
	at     [maxBudgets]holding // what the thread has at each budget
	ended  string              // how the last call ended, named as in TLA+; "" within a call
	misuse bool                // the caller has claimed or released more than it has

	// Within a call.
	call   calls.Call
	in     calls.Call // the open operation of the history, if open
	open   bool
	locked bool // the thread has the lock
}

// A holding is what a thread has at one budget.
type holding struct {
	block  int64 // the block, as the caller believes
	loose  int64 // reserved by Reserve
	phys   int64 // what physically exists
	charge int64 // what the budget is charged, if it counts; the open operation is not in it yet
}

// How a call ends, named as in TLA+.
const (
	idle    = "Idle"
	refused = "Refused"
	caught  = "Caught"
)

// resting reports whether the thread is between two calls.
func (s *callerState) resting() bool { return s.ended != "" }

// moves is by how much the open operation moves what is held at a budget, if it has an effect.
func (s *callerState) moves(v calls.Via) (n int64) {
	if !s.open {
		return 0
	}
	if s.in.Via == v {
		switch s.in.Op {
		case calls.Reserve:
			n += s.in.N
		case calls.Release, calls.RollBack, calls.Move:
			n -= s.in.N
		}
	}
	if s.in.To == v && s.in.Op == calls.Move {
		n += s.in.N
	}
	return n
}

// endsBy is how a call with this error ends, whose last operation is the open one.
func (s *callerState) endsBy(err error) string {
	switch {
	case !s.open || err == nil || err == impl.ErrBackend || err == calls.ErrBackendPanic:
		return idle
	case err == model.ErrOverRelease:
		return caught
	}
	return refused
}
