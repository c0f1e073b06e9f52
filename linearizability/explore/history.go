//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// The history of a run: the operations of the sequential specification, and when they are called
// and return.

// An operation of the history, and the error with which the account that it goes through refuses it
// while anything is counted, whatever the budget would say: nil if it does not.
type operation struct {
	linearizability.Input
	byAccount error
}

// step is the sequential specification on readings: the rest of the model's state are statistics.
func step(r calls.Reading, in operation) (calls.Reading, linearizability.Output) {
	if in.byAccount != nil && r.Mode != model.Unlimited {
		return r, linearizability.Output{Err: in.byAccount}
	}
	s, out := linearizability.Step(model.State{Mode: r.Mode, Limit: r.Limit, Allocated: r.Allocated}, in.Input)
	return calls.ReadingOf(s), out
}

// An event is the call or the return of an operation of the history, or the end of a whole call.
type event struct {
	kind eventKind
	in   operation
	out  linearizability.Output
	call calls.Call // of over: the whole call,
	old  int64      // the size of the block before it,
	err  error      // and its error

	// Of an operation that goes through an account: its number, what was held through it when the
	// operation was called, its own limit, and what an over-release panicked with.
	account     int
	held, limit int64
	caught      impl.OverRelease
}

type eventKind uint8

const (
	called eventKind = iota
	returned
	over
	made // an account
	dropped
)

// String is what a report says of the event, where the step's name does not say it.
func (e event) String() string {
	if e.kind != returned {
		return ""
	}
	return e.in.Op.Outcome(e.out.Reading, e.out.Err)
}

// describe is the operation and what came of it.
func (e event) describe() string { return linearizability.Describe(e.in.Input, e.out) }
