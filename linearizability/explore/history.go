//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// The history of a run: the operations of the sequential specification, when they are called and
// return, and the steps that each takes beside others.

// An event is the call or the return of an operation of the history, or the end of a whole call.
type event struct {
	kind   eventKind
	in     calls.Call
	out    output
	caught impl.OverRelease // what the operation panicked with
	call   calls.Call       // of over: the whole call,
	old    int64            // the size of the block before it,
	err    error            // and its error
}

type eventKind uint8

const (
	called eventKind = iota
	returned
	over
)

// An output is what an operation returns.
type output struct {
	Err     error
	Reading calls.Reading
}

// String is what a report says of the event, where the step's name does not say it.
func (e event) String() string {
	if e.kind != returned {
		return ""
	}
	return e.in.Op.Outcome(e.out.Reading, e.out.Err)
}

// describe is the operation and what came of it.
func (e event) describe() string { return e.in.String() + " " + e.String() }

// recorded is what the history has of an output. What a cheap reading has of what is used is a
// promise of its own. NewChild returns nothing that is compared.
func recorded(op calls.Op, out output) output {
	switch op {
	case calls.Stats:
		out.Reading.Used = 0
	case calls.NewChild:
		out.Reading = calls.Reading{}
	}
	return out
}

type (
	progress = engine.Progress[output]
	advance  = engine.Advance[model.State, output]
)

// A walk is an operation of the sequential specification, in the middle: a step of it is one of
// model's. What is left of the steps of a release is one per level.
type walk struct {
	s  model.State
	in calls.Call
	progress
}

// steps is what the next step of an operation can be at a state.
func steps(s model.State, in calls.Call, p progress) []advance {
	w := walk{s, in, p}
	switch in.Op {
	case calls.Reserve:
		return w.reserve()
	case calls.Release, calls.RollBack:
		return w.release()
	case calls.Move:
		return w.move()
	case calls.Close:
		return w.close()
	case calls.Leave:
		return w.leave()
	}
	next, reading, err := in.Op.Step(s, in.Via, in.To, in.N)
	ways := w.end(next, recorded(in.Op, output{err, reading}))
	if in.Op == calls.Exact {
		ways = append(ways, w.landing(reading)...)
	}
	return ways
}

// landing is a reading of a child without a limit that leaves out a growth that was granted above
// it, and has not landed.
func (w walk) landing(r calls.Reading) []advance {
	b := w.s.Budgets[w.in.Via]
	if !b.Open || b.Coming == 0 || b.Left {
		return nil
	}
	r.Used -= b.Coming
	return w.end(w.s, output{Reading: r})
}

// end is the last step, to a state.
func (w walk) end(s model.State, out output) []advance {
	return []advance{{State: s.Books(), Progress: progress{Phase: engine.Done, Out: out}}}
}

// next is a step to a state that is not the last.
func (w walk) next(s model.State, out output) []advance {
	return []advance{{State: s.Books(), Progress: progress{Phase: w.Phase + 1, Out: out}}}
}

// refused are the ways to refuse a growth at levels each of which may do so; err if none does.
func (w walk) refused(levels []int, err error) (ways []advance) {
	errs := w.s.Refusals(w.in.N, levels)
	if errs == nil {
		errs = []error{err}
	}
	for _, err := range errs {
		ways = append(ways, w.end(w.s, output{Err: err})...)
	}
	return ways
}

// pass has bytes go back at level i.
func (w walk) pass(levels []int, i int, n int64) []advance {
	if i == len(levels) {
		return w.end(w.s, w.Out)
	}
	s, follow := w.s.Pass(levels[i], n)
	if !follow || i+1 == len(levels) {
		return w.end(s, w.Out)
	}
	return w.next(s, w.Out)
}

// The phases of a growth, beside 0. A child without a limit may have been found open: a Close that
// comes after that does not stop the growth. Or the growth is charged above the child and not at it:
// if the child is left then, the bytes are passed back from there.
const (
	asked   = -2
	granted = 1
	above   = 2 // and the levels passed since
)

func (w walk) reserve() []advance {
	at, n := int(w.in.Via), w.in.N
	b := w.s.Budgets[at]
	levels := w.s.Path(at)[1:]
	switch {
	case w.Phase == granted:
		return w.end(w.s.Land(at, n), output{})
	case w.Phase >= above && !b.Left:
		return nil
	case w.Phase >= above:
		w.Out.Err = model.ErrClosed
		return w.pass(levels, w.Phase-above, n)
	}
	ways := w.grant(at, n)
	if b.Open && w.Phase == 0 && !b.Closed {
		ways = append(ways, advance{State: w.s, Progress: progress{Phase: asked}})
	}
	if b.Open && (w.Phase == asked || !b.Closed) && n > 0 && !calls.BadSize(n) && !w.s.Unlimited &&
		w.s.Refusals(n, levels) == nil {
		for _, level := range levels {
			w.s.Budgets[level].Used += n
		}
		ways = append(ways, advance{State: w.s, Progress: progress{Phase: above}})
	}
	return ways
}

func (w walk) grant(at int, n int64) []advance {
	b := &w.s.Budgets[at]
	closed := b.Closed
	b.Closed = closed && (w.Phase != asked || b.Left)
	s, err := w.s.Grant(at, n)
	switch b.Closed = closed; {
	case refusal(err):
		return w.refused(w.s.Path(at), err)
	case err != nil, n == 0, s.Unlimited:
		return w.end(w.s, output{Err: err})
	}
	s.Budgets[at].Closed = closed
	return []advance{{State: s.Books(), Progress: progress{Phase: granted}}}
}

func (w walk) release() []advance {
	at, n := int(w.in.Via), w.in.N
	if w.Phase > 0 {
		return w.pass(w.s.Path(at), w.Phase-1, n)
	}
	s, err := w.s.Take(at, n)
	if err != nil {
		return w.end(w.s, output{Err: err})
	}
	return append(w.next(s, output{}), w.unknown()...)
}

// unknown reports what would take bytes of a growth that has not returned: it may be seen so.
func (w walk) unknown() []advance {
	b := w.s.Budgets[w.in.Via]
	if w.s.Unlimited || b.Left || w.in.N <= b.Held-b.Coming {
		return nil
	}
	return w.end(w.s, output{Err: model.ErrOverRelease})
}

func (w walk) move() []advance {
	at, to, n := int(w.in.Via), int(w.in.To), w.in.N
	if w.Phase > 0 {
		levels := w.s.Rising(at, to)
		if w.Phase > len(levels) {
			return w.end(w.s.Land(to, n), output{})
		}
		s, _ := w.s.Pass(levels[w.Phase-1], n)
		return w.next(s, output{})
	}
	switch s, err := w.s.Depart(at, to, n); {
	case refusal(err):
		return w.refused(w.s.Rising(to, at), err)
	case err != nil, s.Unlimited, at == to:
		return w.end(s, output{Err: err})
	default:
		return append(w.next(s, output{}), w.unknown()...)
	}
}

// shut closes the budget, in two steps. The first is of a root: its limit is 0.
func (w walk) shut() []advance {
	at := int(w.in.Via)
	if w.Phase == 0 {
		if at == 0 && !w.s.Unlimited && !w.s.Budgets[0].Closed {
			w.s.Budgets[0].Limit = 0
		}
		return w.next(w.s, output{})
	}
	return w.next(w.s.Shut(at), output{})
}

func (w walk) close() []advance {
	if w.Phase < 2 {
		return w.shut()
	}
	r := calls.Reading{Used: w.s.Budgets[w.in.Via].Used}
	return append(w.end(w.s, output{Reading: r}), w.landing(r)...)
}

func (w walk) leave() []advance {
	at := int(w.in.Via)
	switch w.Phase {
	case 0, 1:
		return w.shut()
	case 2:
		s, n := w.s.Forget(at)
		return w.next(s, output{Reading: calls.Reading{Used: n}})
	}
	return w.pass(w.s.Path(at)[1:], w.Phase-3, w.Out.Reading.Used)
}

func refusal(err error) bool { return err == model.ErrLimit || err == model.ErrClosed }
