package linearizability

import (
	"fmt"
	"strings"

	"casalloc/linearizability/calls"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// Input is an operation of the sequential specification, one that [calls.Op.Step] has, and what it
// was asked: N in bytes. That of Close and Leave is what the client holds through the account.
type Input struct {
	Op calls.Op
	N  int64
}

// String is the text of an input in pictures: reserve(3), stats, close.
func (in Input) String() string {
	op := strings.ToLower(in.Op.String())
	if in.Op.HasSize() {
		return fmt.Sprintf("%s(%d)", op, in.N)
	}
	return op
}

// Output is what came of an operation. Err is nil or one of model's errors. Of an outcome that
// model does not have it is the error that was returned, and the history is illegal. An
// over-release is an outcome, model.ErrOverRelease, and not a panic.
type Output struct {
	Err     error
	Reading calls.Reading // of what returns one; else zero
}

// Step is the specification: what comes of in at state s, and the state after it.
func Step(s model.State, in Input) (model.State, Output) {
	next, reading, err := in.Op.Step(s, in.N)
	return next, Output{err, reading}
}

// Model returns Step as porcupine wants it. It begins with a new budget: Counting, and nothing
// allocated.
func Model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return model.State{} },
		Step: func(state, input, output any) (bool, any) {
			next, want := Step(state.(model.State), input.(Input))
			return output.(Output) == want, next
		},
		// States that no operation can tell apart are one state. Otherwise the search would go
		// through each of them.
		Equal: func(a, b any) bool { return calls.ReadingOf(a.(model.State)) == calls.ReadingOf(b.(model.State)) },
		DescribeOperation: func(input, output any) string {
			return Describe(input.(Input), output.(Output))
		},
		DescribeState:             func(state any) string { return calls.ReadingOf(state.(model.State)).String() },
		DescribeOperationMetadata: func(any) string { return "" }, // notes have lanes of their own
	}
}

// Describe returns the text of an operation in pictures: reserve(3) ok, release(4) over-release,
// stats 2 of 3, leave 5 held.
func Describe(in Input, out Output) string {
	return fmt.Sprint(in, " ", in.Op.Outcome(out.Reading, out.Err))
}
