//go:build interleave

package explore

import (
	"errors"
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// A past is what the promises need to know beyond memory and threads. Sizes are in bytes.
type past struct {
	unlimited  bool              // the boot has ended without a limit
	holder     int               // the thread that has the lock, from 1; 0 if none has
	limits     [maxBudgets]int64 // in force, as the calls that set them say; NoLimit; or closed
	gone       set               // that were left
	left       set               // whose Leave was called: the memory is gone
	shut       set               // whose Close or Leave has returned
	peak       [maxBudgets]int64 // the largest counter so far
	refused    [maxBudgets]int64 // growths
	rolledBack [maxBudgets]int64 // counted rollbacks
	history    int32             // where the monitor is
	threads    [engine.MaxThreads]threadPast
}

// A threadPast is what a thread has done in its open operation, and what it has seen since the call.
type threadPast struct {
	granted bool // a growth has taken its bytes, perhaps above the budget that it is for
	moved   bool // the operation has had its effect on what is held
	arrived bool // and a Move on what is held at its target

	way   int64             // bytes that were granted or released, on their way between budgets,
	at    calls.Via         // and where they are
	carry [maxBudgets]int64 // used, but neither held nor taken by a child: those bytes, and slack in hand
	owes  int64             // held at a budget that has children, and not yet counted in its direct

	misfit bool              // at some instant the growth did not fit
	over   bool              // or more was to be released than was held
	barred bool              // the budget was shut when the growth was called
	top    [maxBudgets]int64 // the largest limit in force since the growth was called
	seen   int64             // used at the last load of the word, of a reading
}

const closed = -1 // is the limit of a budget that was closed

// limitOf is the limit in force at a budget.
func (p *past) limitOf(s *scenario, v calls.Via) int64 {
	switch limit := p.limits[v]; {
	case limit == closed && v != calls.Root && s.Tree[v].Limit == impl.NoLimit:
		return impl.NoLimit // a growth that came before it may still be granted
	case v == calls.Root:
		return min(max(limit, 0), impl.CountingBase)
	default:
		return max(limit, 0)
	}
}

// An observation is what the promises look at: one step, and what it did. What a budget uses is
// what its word says; the limit of the root is the one that the judge knows to be in force. The
// counter of a budget is what it uses, less slack below and in hand. Sizes are in bytes.
type observation struct {
	*engine.Observation[callerState, event]
	*scenario
	past    *past // after the step
	counted bool  // the tree counts, before the step and after it
	holder  int   // of the lock, before the step

	limits   [maxBudgets]int64 // in force after the step
	was, is  [maxBudgets]level // before the step and after it
	before   [maxBudgets]int64 // the counters before the step
	counter  [maxBudgets]int64 // and after it
	held     [maxBudgets]int64 // at each budget itself
	known    [maxBudgets]int64 // of that, what callers know of
	live     [maxBudgets]int64 // what physically exists at it and below it
	bound    int64             // of all slack
	misuse   bool              // a caller has claimed more than it has
	unlawful string            // what the step should not have done

	returned  []returnedOp
	explained bool // some order of the operations explains the history
}

// A returnedOp is an operation that returned in the step, and the thread's past then.
type returnedOp struct {
	event
	threadPast
	counted bool
	gone    bool // its budget was left
	isShut  bool // it or one above it was closed
}

// promises are checked at every step, in this order. Progress is the engine's; Contract is checked
// by the callers themselves too, and Statistics at the end of a run (judge.go).
var promises = []struct {
	name string
	kept func(*observation) error
}{
	{"WrapSafe", wrapSafe},
	{"OverReleaseCaught", overReleaseCaught},
	{"NeverOverLimit", neverOverLimit},
	{"StrictLimit", strictLimit},
	{"LiveWithinCharge", liveWithinCharge},
	{"Exact", exact},
	{"StockedBit", stockedBit},
	{"SlackBounded", slackBounded},
	{"ShrinkNeverRefused", shrinkNeverRefused},
	{"NoFalseRefusal", noFalseRefusal},
	{"Contract", contract},
	{"Linearizable", linearizable},
}

// wrapSafe: no size wraps the arithmetic. A sum that did would take what is used out of its range.
func wrapSafe(o *observation) error {
	for v := range o.Tree {
		if n := o.is[v].used; o.counted && max(n, -n) > impl.CountingBase {
			return fmt.Errorf("%d bytes are used at %v, out of the range of %d", n, calls.Via(v), int64(impl.CountingBase))
		}
	}
	return nil
}

// overReleaseCaught: no release takes more than there is, and none is reported that does not.
func overReleaseCaught(o *observation) error {
	for v := range o.Tree {
		if o.counted && (o.held[v] < 0 || o.is[v].used < 0) {
			return fmt.Errorf("%d bytes are held at %v, and %d used", o.held[v], calls.Via(v), o.is[v].used)
		}
	}
	for _, r := range o.returned {
		if r.out.Err != model.ErrOverRelease {
			continue
		}
		switch {
		case !r.over:
			return fmt.Errorf("%v, and at every instant as much was held", r.describe())
		case r.caught.Released != r.in.N || r.in.N >= 0 && r.caught.Held >= r.in.N:
			return fmt.Errorf("%v reports %d and %d", r.describe(), r.caught.Released, r.caught.Held)
		}
	}
	return nil
}

// neverOverLimit: no step takes a counter over every limit that was in force during its call.
func neverOverLimit(o *observation) error {
	return o.within("", func(v int) int64 { return max(o.limits[v], o.past.threads[o.Thread].top[v]) })
}

// strictLimit: no step takes a counter over the limit in force at that instant, and no growth is
// granted that is called after a Close or a Leave has returned. A limit is in force at the latest
// when SetLimit returns.
func strictLimit(o *observation) error {
	for _, r := range o.returned {
		if r.in.Op == calls.Reserve && r.barred && r.counted && r.out.Err == nil && r.in.N > 0 {
			return fmt.Errorf("%v, and the budget was closed before", r.describe())
		}
	}
	return o.within(" with the limit", func(v int) int64 { return o.limits[v] })
}

// within returns an error if the step takes a counter over a limit.
func (o *observation) within(what string, limit func(v int) int64) error {
	for v := range o.Tree {
		if was, is := o.before[v], o.counter[v]; o.counted && is > was && is > limit(v) {
			return fmt.Errorf("the counter of %v went from %d to %d%s of %d", calls.Via(v), was, is, what, limit(v))
		}
	}
	return nil
}

// liveWithinCharge: what physically exists is charged, at each level.
func liveWithinCharge(o *observation) error {
	for v := range o.Tree {
		if o.counted && !o.misuse && o.live[v] > o.counter[v] {
			return fmt.Errorf("%d bytes exist at %v, its counter is %d", o.live[v], calls.Via(v), o.counter[v])
		}
	}
	return nil
}

// exact: what a budget uses is what is held at it, what its children have taken, and what calls in
// flight have on their way, no more and no less; and every operation moves by what it says, once.
func exact(o *observation) error {
	switch {
	case o.unlawful != "":
		return errors.New(o.unlawful)
	case !o.counted:
		return nil
	}
	for t := range o.From {
		if err := o.exactCarry(t); err != nil {
			return err
		}
	}
	for _, r := range o.returned {
		if err := r.movedOnce(); err != nil {
			return err
		}
	}
	return nil
}

// exactCarry: only who has the lock has slack in hand.
func (o *observation) exactCarry(t int) error {
	p := &o.past.threads[t]
	for v := range o.Tree {
		slack := p.carry[v]
		if p.way > 0 && p.at == calls.Via(v) {
			slack -= p.way
		}
		switch {
		case slack < 0:
			return fmt.Errorf("%d bytes of %v are both slack and held", -slack, calls.Via(v))
		case slack > 0 && o.past.holder != t+1:
			return fmt.Errorf("%d bytes that %v uses are neither held nor slack, and the lock is not %s's",
				slack, calls.Via(v), engine.ThreadName(t))
		}
	}
	if p.owes < 0 {
		return fmt.Errorf("%d bytes are counted as held at a budget, and are not", -p.owes)
	}
	return nil
}

func (r *returnedOp) movedOnce() error {
	switch {
	case !r.counted || r.in.N == 0 || !movesBytes(r.in.Op):
		return nil
	case r.way > 0:
		return fmt.Errorf("%v, and %d bytes are on their way at %v", r.describe(), r.way, r.at)
	case r.owes > 0:
		return fmt.Errorf("%v, and %d bytes are not counted as held", r.describe(), r.owes)
	case r.out.Err != nil && r.moved:
		return fmt.Errorf("%v, and the counter has changed", r.describe())
	case r.out.Err != nil || r.in.Op == calls.Move && r.in.Via == r.in.To:
		return nil
	case !r.moved && !r.gone:
		return fmt.Errorf("%v, and the counter has not changed", r.describe())
	case r.in.Op == calls.Move && r.moved && !r.arrived:
		return fmt.Errorf("%v, and what is held at %v has not changed", r.describe(), r.in.To)
	}
	return nil
}

func movesBytes(op calls.Op) bool {
	return op == calls.Reserve || op == calls.Release || op == calls.RollBack || op == calls.Move
}

// stockedBit: a drained budget has drained children only, and the parent of one that is not has the
// bit stocked.
func stockedBit(o *observation) error {
	for v, b := range o.Tree {
		at, above := &o.is[v], &o.is[b.Parent]
		if o.counted && v > 0 && at.made && !at.Drained && (above.Drained || !above.Stocked) {
			return fmt.Errorf("%v may have slack, and %v does not say so", calls.Via(v), b.Parent)
		}
	}
	return nil
}

// slackBounded: the bound is no less than all slack, and a child takes no more than its own limit.
func slackBounded(o *observation) error {
	slack := int64(0)
	for v := range o.Tree {
		at := &o.is[v]
		slack += at.slack
		if o.counted && at.slack > 0 && at.taken > o.limits[v] {
			return fmt.Errorf("%v has taken %d bytes of %d", calls.Via(v), at.taken, o.limits[v])
		}
	}
	if o.counted && o.past.holder == 0 && slack > o.bound {
		return fmt.Errorf("there are %d bytes of slack, the bound is %d", slack, o.bound)
	}
	return nil
}

// shrinkNeverRefused: only a growth is refused.
func shrinkNeverRefused(o *observation) error {
	for _, e := range o.Notes {
		if e.kind == over && e.call.N <= e.old && refusal(e.err) {
			return fmt.Errorf("%v of a block of %d = %v", e.call, e.old, e.err)
		}
	}
	return nil
}

// noFalseRefusal: a growth is refused only if at some instant since it was called it did not fit
// beside bytes that were held or granted then, at it or at one above it; and as closed only if one
// of them is.
func noFalseRefusal(o *observation) error {
	for _, r := range o.returned {
		switch {
		case r.in.Op != calls.Reserve && r.in.Op != calls.Move:
		case r.out.Err == model.ErrLimit && !r.misfit:
			return fmt.Errorf("%v, and at every instant since the call it fitted", r.describe())
		case r.out.Err == model.ErrClosed && !r.isShut:
			return fmt.Errorf("%v, and none is", r.describe())
		}
	}
	return nil
}

// contract: a reading is what the budget used when its word was loaded last, and an exact one has
// no slack. What Close and Leave return is exact.
func contract(o *observation) error {
	for _, r := range o.returned {
		switch r.in.Op {
		case calls.Stats, calls.Exact, calls.Close, calls.Leave:
			if r.counted && r.out.Reading.Used != r.seen {
				return fmt.Errorf("%v, and it was %d", r.describe(), r.seen)
			}
		}
	}
	return nil
}

// linearizable: some order of the operations explains what they returned.
func linearizable(o *observation) error {
	if o.explained {
		return nil
	}
	return fmt.Errorf("nothing explains %v", o.returned[len(o.returned)-1].describe())
}
