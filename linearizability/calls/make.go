package calls

import (
	"errors"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/model"
)

// A System is what is called: an *impl.Budget.
type System interface {
	Reserve(n int64) error
	Release(n int64)
	Resize(osize, nsize int64, realloc func() bool) error
	Move(to *impl.Budget, n int64) error
	SetLimit(n int64) error
	EndBoot()
	Stats() impl.Stats
	Exact() impl.Stats
	Close() int64
	Leave() int64
}

// A Reading is what an operation returns beside an error, sizes in bytes. Of Stats and Exact it is
// the part that is of one instant; the rest lags by the calls in flight. Of Close and Leave it is
// Used only, of NewChild Closed.
type Reading struct {
	Mode        model.Mode
	Closed      bool
	Limit, Used int64
}

// ReadingOf is what a budget reads at a state. When Unlimited it is no more than that.
func ReadingOf(s model.State, at Via) Reading {
	b := s.Budgets[at]
	switch {
	case s.Unlimited:
		return Reading{Mode: model.Unlimited}
	case b.Closed:
		return Reading{model.Enforcing, true, 0, b.Used}
	}
	return Reading{s.Mode(int(at)), false, b.Limit, b.Used}
}

// Describe is a state of the tree as text: 9(-) with O 5 of 9, X 3 counted.
func (t Tree) Describe(s model.State) string {
	var readings []string
	for v := range Via(len(t)) {
		readings = append(readings, fmt.Sprint(v, " ", ReadingOf(s, v)))
	}
	return fmt.Sprint(t, " with ", strings.Join(readings, ", "))
}

// Observed is the Reading of the statistics of the code.
func Observed(s impl.Stats) Reading {
	if s.Mode == impl.Unlimited {
		return Reading{Mode: model.Unlimited}
	}
	return Reading{model.Mode(s.Mode), s.Closed, s.Limit, s.Used}
}

func (r Reading) String() string {
	switch {
	case r.Mode == model.Unlimited:
		return "unlimited"
	case r.Closed:
		return fmt.Sprintf("%d closed", r.Used)
	case r.Mode == model.Counting:
		return fmt.Sprintf("%d counted", r.Used)
	}
	return fmt.Sprintf("%d of %d", r.Used, r.Limit)
}

// Do calls s, and returns what it returns. to is the target of a Move. A RollBack is a Release.
// What has a backend, and NewChild, is not for Do to make.
func (op Op) Do(s System, to *impl.Budget, n int64) (r Reading, err error) {
	switch op {
	case Reserve:
		err = s.Reserve(n)
	case Release, RollBack:
		s.Release(n)
	case Move:
		err = s.Move(to, n)
	case SetLimit:
		err = s.SetLimit(n)
	case EndBoot:
		s.EndBoot()
	case Stats:
		r = Observed(s.Stats())
	case Exact:
		r = Observed(s.Exact())
	case Close:
		r.Used = s.Close()
	case Leave:
		r.Used = s.Leave()
	default:
		panic(op.String())
	}
	return r, err
}

// Step is the specification of what Do calls, as one step: what comes of it at state s, and the
// state after it. Of Stats it is what Exact returns: to be above it is no error.
func (op Op) Step(s model.State, at, to Via, n int64) (next model.State, r Reading, err error) {
	next = s
	switch b := int(at); op {
	case Reserve:
		next, err = s.Reserve(b, n)
	case Release:
		next, err = s.Release(b, n)
	case RollBack:
		next, err = s.RollBack(b, n)
	case Move:
		next, err = s.Move(b, int(to), n)
	case SetLimit:
		next, err = s.SetLimit(b, n)
	case EndBoot:
		next = s.EndBoot(b)
	case Stats, Exact:
		r = ReadingOf(s, at)
	case NewChild:
		next = s.Made(b)
		r.Closed = next.Budgets[b].Closed
	case Close:
		next, r.Used = s.Close(b)
	case Leave:
		next, r.Used = s.Leave(b)
	default:
		panic(op.String())
	}
	return next, r, err
}

// Try runs f and returns its error. The panic of an over-release is an error, an impl.OverRelease,
// and so is ErrBackendPanic; any other panic is returned as panicked.
func Try(f func() error) (panicked any, err error) {
	defer func() {
		panicked = recover()
		if e, ok := panicked.(impl.OverRelease); ok {
			panicked, err = nil, e
		} else if panicked == ErrBackendPanic {
			panicked, err = nil, ErrBackendPanic
		}
	}()
	return nil, f()
}

// InModel returns err as model's, if model has it.
func InModel(err error) error {
	for _, e := range [...]struct{ impl, model error }{
		{impl.ErrLimit, model.ErrLimit},
		{impl.ErrClosed, model.ErrClosed},
		{impl.ErrSize, model.ErrSize},
		{impl.ErrUnlimited, model.ErrUnlimited},
		{impl.ErrNoLimit, model.ErrNoLimit},
	} {
		if errors.Is(err, e.impl) {
			return e.model
		}
	}
	if _, ok := err.(impl.OverRelease); ok {
		return model.ErrOverRelease
	}
	return err
}

// Outcome is the text of what comes of an operation: ok, over limit, 2 of 3, 4 counted, 5 held.
func (op Op) Outcome(r Reading, err error) string {
	switch {
	case op == Stats || op == Exact:
		return r.String()
	case op == Close || op == Leave:
		return fmt.Sprint(r.Used, " held")
	case op == NewChild && r.Closed:
		return "closed"
	}
	return Outcome(err)
}

// Outcome is the text of an error of a call: ok, over limit, over-release.
func Outcome(err error) string {
	switch InModel(err) {
	case nil:
		return "ok"
	case model.ErrLimit:
		return "over limit"
	case model.ErrClosed:
		return "closed"
	case model.ErrSize:
		return "bad size"
	case model.ErrUnlimited:
		return "unlimited"
	case model.ErrNoLimit:
		return "no limit"
	case model.ErrOverRelease:
		return "over-release"
	}
	return "failed: " + err.Error()
}
