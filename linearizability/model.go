package linearizability

import (
	"fmt"
	"strings"

	"casalloc/linearizability/calls"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// Input is an operation of the sequential specification, one that [calls.Op.Step] has, and what it
// was asked: of which budget, N in bytes, and the target of a Move.
type Input struct {
	Op     calls.Op
	At, To calls.Via
	N      int64
}

// String is the text of an input in pictures: reserve(3), X stats, X move(Y, 2).
func (in Input) String() string {
	call := calls.Call{Op: in.Op, Via: in.At, To: in.To, Size: calls.Size{N: in.N}}.String()
	name := in.Op.String()
	return strings.Replace(call, name, strings.ToLower(name), 1)
}

// Output is what came of an operation. Err is nil or one of model's errors. Of an outcome that
// model does not have it is the error that was returned, and the history is illegal. An
// over-release is an outcome, model.ErrOverRelease, and not a panic.
type Output struct {
	Err     error
	Reading calls.Reading // of what returns one; else zero
}

// Describe returns the text of an operation in pictures: reserve(3) ok, release(4) over-release,
// stats 2 of 3, X leave 5 held.
func Describe(in Input, out Output) string {
	return fmt.Sprint(in, " ", in.Op.Outcome(out.Reading, out.Err))
}

// Step is the specification as if nothing overlapped: what comes of in at state s, and the state
// after it.
func Step(s model.State, in Input) (model.State, Output) {
	next, reading, err := in.Op.Step(s, in.At, in.To, in.N)
	return next, Output{err, reading}
}

// A History is the operations of all clients on one tree, in any order.
type History struct {
	Tree calls.Tree
	Ops  []porcupine.Operation // of an Input and an Output
}

// Model returns the specification as porcupine wants it, for the [steps] of a history.
func (h History) Model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{tree: h.Tree.State()} },
		Step: func(s, input, _ any) (bool, any) {
			next, ok := s.(state).explain(input.(step))
			return ok, next
		},
		// States that no operation can tell apart are one state. Otherwise the search would go
		// through each of them.
		Equal: func(a, b any) bool {
			return a.(state).open == b.(state).open && a.(state).tree.Books() == b.(state).tree.Books()
		},
		DescribeOperation:         func(input, _ any) string { return input.(step).String() },
		DescribeState:             func(s any) string { return h.Tree.Describe(s.(state).tree) },
		DescribeOperationMetadata: func(any) string { return "" }, // notes have lanes of their own
	}
}
