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
	limit      int64 // in force, as the calls that set it say; CountingBase; or unlimited
	peak       int64 // the largest counter so far
	refused    int64 // ErrLimit returned
	rolledBack int64 // counted rollbacks
	history    int32 // where the monitor is
	accounts   int   // that were made and not dropped
	threads    [engine.MaxThreads]threadPast
}

type threadPast struct {
	moved bool  // the open operation has had its effect
	carry int64 // bytes on their way between the word and an account
	top   int64 // the largest limit in force since the open Reserve was called
	fits  bool  // it has fitted at every instant since
}

const unlimited = -1

// carried is what all threads carry.
func (p *past) carried() (n int64) {
	for i := range p.threads {
		n += p.threads[i].carry
	}
	return n
}

// An observation is what the promises look at: one step, and what it did. The counter is what the
// word says is taken, less the slack of accounts and what the holder of the setter lock carries,
// against the limit that the judge knows to be in force: what the code keeps about its limit
// besides the word has no say in it. Sizes are in bytes.
type observation struct {
	*engine.Observation[callerState, event]
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
	slack     int64  // of the account that the step's thread calls through
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
	{"ShrinkNeverRefused", shrinkNeverRefused},
	{"NoFalseRefusal", noFalseRefusal},
	{"Contract", accountContract},
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
		if err := r.movedOnce(); err != nil {
			return err
		}
	}
	return nil
}

func (r *returnedOp) movedOnce() error {
	switch {
	case r.in.Op != calls.Reserve && r.in.Op != calls.Release && r.in.Op != calls.RollBack: // does not move the counter
	case r.out.Err != nil && r.moved:
		return fmt.Errorf("%v, and the counter has changed", r.describe())
	case r.out.Err == nil && r.counted && !r.moved && r.in.N != 0:
		return fmt.Errorf("%v, and the counter has not changed", r.describe())
	}
	return nil
}

// shrinkNeverRefused: only a growth is refused by the limit, of the budget or of the account.
func shrinkNeverRefused(o *observation) error {
	for _, e := range o.Notes {
		if e.kind == over && e.call.N <= e.old && (refusal(e.err) || ofAccount(e.err)) {
			return fmt.Errorf("%v of a block of %d = %v", e.call, e.old, e.err)
		}
	}
	return nil
}

// noFalseRefusal: a growth is refused only if at some instant since it was called it did not fit.
func noFalseRefusal(o *observation) error {
	for _, r := range o.returned {
		if r.in.Op == calls.Reserve && refusal(r.out.Err) && r.fits {
			return fmt.Errorf("%v, and at every instant since the call it fitted", r.describe())
		}
	}
	return nil
}

// accountContract: an account refuses exactly the growths that its own limit does not leave room
// for, and all after Close; it catches exactly the releases of more than it holds; and Close gives
// the slack back and returns what is held. If the boot has ended, the history must tell which of
// these still came before.
func accountContract(o *observation) error {
	for _, r := range o.returned {
		err, n := r.out.Err, r.in.N
		switch {
		case r.account == 0:
		case r.wronglyRefused():
			return fmt.Errorf("%v through %s", r.describe(), r.through())
		case r.counted && err == model.ErrOverRelease && r.caught != impl.OverRelease{Released: n, Held: r.held}:
			return fmt.Errorf("%v through %s reports %d and %d",
				r.describe(), r.through(), r.caught.Released, r.caught.Held)
		case r.in.Op == calls.Close && o.slack >= 0:
			return fmt.Errorf("%v, and the account has %d bytes of slack", r.describe(), o.slack)
		case r.in.Op == calls.Close && r.counted && r.out.Reading.Allocated != r.held:
			return fmt.Errorf("%v of %s", r.describe(), r.through())
		}
	}
	return nil
}

// wronglyRefused reports whether the account has refused what it should not, or not what it should.
func (r *returnedOp) wronglyRefused() bool {
	err, want := r.out.Err, r.in.byAccount
	if want == nil {
		return ofAccount(err) || err == model.ErrOverRelease && r.in.N >= 0
	}
	return r.counted && err != want
}

// through describes the account.
func (r *returnedOp) through() string {
	switch {
	case r.limit == closed:
		return fmt.Sprintf("an account that holds %d bytes and is closed", r.held)
	case r.limit > 0:
		return fmt.Sprintf("an account that holds %d bytes and has a limit of %d", r.held, r.limit)
	}
	return fmt.Sprintf("an account that holds %d bytes", r.held)
}

// ofAccount reports whether an error is one with which an account itself refuses a growth.
func ofAccount(err error) bool { return err == impl.ErrAccountLimit || err == impl.ErrClosed }

// linearizable: some order of the operations explains what they returned.
func linearizable(o *observation) error {
	if o.explained {
		return nil
	}
	return fmt.Errorf("nothing explains %v", o.returned[len(o.returned)-1].describe())
}

func refusal(err error) bool { return calls.Outcome(err) == "over limit" }
