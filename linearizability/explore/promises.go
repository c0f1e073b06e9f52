//go:build interleave

package explore

import (
	"errors"
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
)

// A past is what the promises need to know beyond memory and threads. Sizes are in bytes.
type past struct {
	limit      int64 // in force, as the calls that set it say; CountingBase; or unlimited
	peak       int64 // the largest counter so far
	refused    int64 // ErrLimit returned
	rolledBack int64 // counted rollbacks
	history    int32 // where the monitor is
	threads    [engine.MaxThreads]threadPast
}

type threadPast struct {
	moved bool  // the open operation has had its effect
	carry int64 // bytes on their way between the word and an account
	top   int64 // the largest limit in force since the open Reserve was called
	fits  bool  // it has fitted at every instant since
}

const unlimited = -1

// An observation is what the promises look at: one step, and what it did. The counter is what the
// word says is taken, less the slack of accounts and what the holder of the setter lock carries,
// against the limit that the judge knows to be in force: what the code keeps about its limit
// besides the word has no say in it. Sizes are in bytes.
type observation struct {
	*engine.Observation[view, event]
	counted   bool  // the budget counts, before the step and after it
	limit     int64 // in force after the step
	top       int64 // the largest limit in force since the thread's open Reserve was called
	was, is   int64 // the counter before the step and after it
	charged   int64 // held by all threads, and in flight
	live      int64 // what physically exists
	misuse    bool  // a caller has claimed more than it has
	carry     int64 // what the step's thread carries,
	carried   int64 // and all threads
	locked    bool  // somebody has the setter lock
	returned  []returnedOp
	explained bool   // some order of the operations explains the history
	unlawful  string // how the word left or moved within Unlimited, if it should not have
}

// A returnedOp is an operation that returned in the step.
type returnedOp struct {
	event
	moved   bool // it had an effect on the counter
	fits    bool // a Reserve that fitted at every instant since it was called
	counted bool
}

// promises are checked at every step, in this order. Progress is the engine's; Contract is checked
// by the threads themselves (thread.go), and Statistics at the end of a run.
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
	{"ShrinkNeverRefused", shrinkNeverRefused},
	{"NoFalseRefusal", noFalseRefusal},
	{"Linearizable", linearizable},
}

// overReleaseCaught: no release takes more than there is.
func overReleaseCaught(o *observation) error {
	if o.counted && o.is < 0 {
		return fmt.Errorf("the counter is %d", o.is)
	}
	return nil
}

// neverOverLimit: no growth is granted that takes the counter over every limit that was in force
// during the call.
func neverOverLimit(o *observation) error {
	if top := max(o.top, o.limit); o.counted && o.is > o.was && o.is > top {
		return fmt.Errorf("the counter went from %d to %d of %d", o.was, o.is, top)
	}
	return nil
}

// strictLimit: no growth is granted that takes the counter over the limit in force at that instant.
func strictLimit(o *observation) error {
	if o.counted && o.is > o.was && o.is > o.limit {
		return fmt.Errorf("the counter went from %d to %d with the limit at %d", o.was, o.is, o.limit)
	}
	return nil
}

// liveWithinCharge: what physically exists is charged.
func liveWithinCharge(o *observation) error {
	if o.counted && !o.misuse && o.live > o.is {
		return fmt.Errorf("%d bytes exist, the counter is %d", o.live, o.is)
	}
	return nil
}

// wrapSafe: no size wraps the arithmetic. A sum that did would take the counter out of its range.
func wrapSafe(o *observation) error {
	if o.counted && max(o.is, -o.is) > impl.CountingBase {
		return fmt.Errorf("the counter is %d, out of its range of %d", o.is, int64(impl.CountingBase))
	}
	return nil
}

// exact: the counter is what is held plus what calls in flight have reserved or not yet released,
// and every operation moves it by what it says, once.
func exact(o *observation) error {
	if o.unlawful != "" {
		return errors.New(o.unlawful)
	}
	if o.counted {
		switch {
		case o.carry < 0:
			return fmt.Errorf("%d bytes are both slack and held", -o.carry)
		case !o.locked && o.carried != 0:
			return fmt.Errorf("%d bytes are neither in the word nor slack, and the setter lock is free", o.carried)
		case o.charged != o.is:
			return fmt.Errorf("the counter is %d, held and in flight are %d", o.is, o.charged)
		}
	}
	for _, r := range o.returned {
		switch {
		case r.in.Op > linearizability.RollBack: // does not move the counter
		case r.out.Err != nil && r.moved:
			return fmt.Errorf("%v, and the counter has changed", linearizability.Describe(r.in, r.out))
		case r.out.Err == nil && r.counted && !r.moved && r.in.N != 0:
			return fmt.Errorf("%v, and the counter has not changed", linearizability.Describe(r.in, r.out))
		}
	}
	return nil
}

// shrinkNeverRefused: only a growth is refused by the limit.
func shrinkNeverRefused(o *observation) error {
	for _, e := range o.Notes {
		if e.kind == over && e.call.n <= e.old && refusal(e.err) {
			return fmt.Errorf("%v of a block of %d = %v", e.call, e.old, e.err)
		}
	}
	return nil
}

// noFalseRefusal: a growth is refused only if at some instant since it was called it did not fit.
func noFalseRefusal(o *observation) error {
	for _, r := range o.returned {
		if r.in.Op == linearizability.Reserve && refusal(r.out.Err) && r.fits {
			return fmt.Errorf("%v, and at every instant since the call it fitted",
				linearizability.Describe(r.in, r.out))
		}
	}
	return nil
}

// linearizable: some order of the operations explains what they returned.
func linearizable(o *observation) error {
	if o.explained {
		return nil
	}
	last := o.returned[len(o.returned)-1]
	return fmt.Errorf("nothing explains %v", linearizability.Describe(last.in, last.out))
}

func refusal(err error) bool { return linearizability.Outcome(err) == "over limit" }
