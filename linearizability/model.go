package linearizability

import (
	"fmt"

	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// Op names an operation of the sequential specification.
type Op uint8

const (
	Reserve Op = iota
	Release
	RollBack // the Release of a growth whose backend failed
	SetLimit
	EndBoot // Input.N is ignored, as by Stats
	Stats
)

func (o Op) String() string {
	names := [...]string{"reserve", "release", "rollback", "setlimit", "endboot", "stats"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// Input is what an operation was asked: N in bytes.
type Input struct {
	Op Op
	N  int64
}

func (in Input) String() string {
	if in.Op == EndBoot || in.Op == Stats {
		return in.Op.String()
	}
	return fmt.Sprintf("%v(%d)", in.Op, in.N)
}

// Output is what came of an operation. Err is nil or one of model's errors. Of an outcome that
// model does not have it is the error that was returned, and the history is illegal. An
// over-release is an outcome, model.ErrOverRelease, and not a panic.
type Output struct {
	Err     error
	Reading Reading // zero unless the operation was Stats
}

// Reading is the part of the statistics that is exact at one instant, sizes in bytes. The others
// lag by the calls in flight.
type Reading struct {
	Mode             model.Mode
	Limit, Allocated int64
}

// ReadingOf is what Stats says of a state.
func ReadingOf(s model.State) Reading { return Reading{s.Mode, s.Limit, s.Allocated} }

// Step is the specification: what comes of in at state s, and the state after it.
func Step(s model.State, in Input) (model.State, Output) {
	var err error
	switch in.Op {
	case Reserve:
		s, err = s.Reserve(in.N)
	case Release:
		s, err = s.Release(in.N)
	case RollBack:
		s, err = s.RollBack(in.N)
	case SetLimit:
		s, err = s.SetLimit(in.N)
	case EndBoot:
		s = s.EndBoot()
	case Stats:
		return s, Output{Reading: ReadingOf(s)}
	default:
		panic(in.Op.String())
	}
	return s, Output{Err: err}
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
		Equal: func(a, b any) bool { return ReadingOf(a.(model.State)) == ReadingOf(b.(model.State)) },
		DescribeOperation: func(input, output any) string {
			return Describe(input.(Input), output.(Output))
		},
		DescribeState:             func(state any) string { return ReadingOf(state.(model.State)).String() },
		DescribeOperationMetadata: func(any) string { return "" }, // notes have lanes of their own
	}
}

// Describe returns the text of an operation in pictures: reserve(3) ok, release(4) over-release,
// stats 2 of 3.
func Describe(in Input, out Output) string {
	if in.Op == Stats {
		return fmt.Sprint(in, " ", out.Reading)
	}
	return fmt.Sprint(in, " ", Outcome(out.Err))
}

// Outcome is the text of an operation's error: ok, over limit, over-release.
func Outcome(err error) string {
	switch err {
	case nil:
		return "ok"
	case model.ErrLimit:
		return "over limit"
	case model.ErrSize:
		return "bad size"
	case model.ErrUnlimited:
		return "unlimited"
	case model.ErrOverRelease:
		return "over-release"
	}
	return "failed: " + err.Error()
}

func (r Reading) String() string {
	switch r.Mode {
	case model.Counting:
		return fmt.Sprintf("%d counted", r.Allocated)
	case model.Unlimited:
		return "unlimited"
	}
	return fmt.Sprintf("%d of %d", r.Allocated, r.Limit)
}
