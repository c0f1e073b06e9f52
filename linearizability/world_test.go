package linearizability_test

import (
	"maps"
	"slices"

	"casalloc/impl"
	lin "casalloc/linearizability"
)

// The checks that a schedule makes.
const (
	linearizable      = "Linearizable"      // the recorded history is
	neverOverLimit    = "NeverOverLimit"    // counter <= limit, unless the limit was lowered below the counter
	liveWithinCharge  = "LiveWithinCharge"  // bytes that exist <= counter, also inside the backend
	exact             = "Exact"             // at rest, the counter is what the clients hold
	overReleaseCaught = "OverReleaseCaught" // no more is released than the clients hold
)

var checks = []string{linearizable, neverOverLimit, liveWithinCharge, exact, overReleaseCaught}

// A world is a budget, two clients and what is known of them from outside. All of it is on one goroutine: a call of one client
// that runs within a call of the other is a schedule.
type world struct {
	b           lin.Budget
	rs          []*lin.Recorder
	pause       func() // what the twin calls at its racy step
	othersFirst bool

	held    int64 // by the clients, by the outcomes of their calls
	live    int64 // bytes that exist, of blocks
	lowered bool  // the limit was set below the counter, which has not come down yet
	caught  map[string]bool
}

func newWorld() *world {
	return &world{rs: lin.NewRecorders(2), pause: func() {}, caught: map[string]bool{}}
}

// within runs call, and others at its racy step, once.
func (w *world) within(call, others func()) {
	ran := false
	w.pause = func() {
		if !ran {
			ran = true
			others()
			w.observe()
		}
	}
	if w.othersFirst {
		w.pause()
	}
	call()
	w.pause()
	w.pause = func() {}
}

// do is an operation of client c.
func (w *world) do(c int, op lin.Op, n int64) {
	before := w.b.Stats().Allocated
	switch out := w.rs[c].Do(w.b, lin.Input{Op: op, N: n}); {
	case out.Err != nil:
	case op == lin.Reserve:
		w.held += n
	case op == lin.Release:
		if n > w.held {
			w.caught[overReleaseCaught] = true
		}
		w.held -= n
	case op == lin.SetLimit:
		w.lowered = before > n
	}
	w.observe()
}

// resize is a call of client c. During it, others run in the backend, before that has done anything.
func (w *world) resize(c int, osize, nsize int64, f fate, others func()) {
	w.rs[c].Resize(w.b, osize, nsize, func() bool {
		w.observe()
		if others != nil {
			others()
		}
		if f == fails {
			return false
		}
		w.live += nsize - osize
		w.held += nsize - osize
		w.observe()
		return true
	})
	w.observe()
}

// observe makes the checks that hold at every instant.
func (w *world) observe() {
	s := w.b.Stats()
	if w.live > max(0, s.Allocated) {
		w.caught[liveWithinCharge] = true
	}
	if over := s.Mode == impl.Enforcing && s.Allocated > s.Limit; !over {
		w.lowered = false
	} else if !w.lowered {
		w.caught[neverOverLimit] = true
	}
}

// judge makes the checks that hold at rest, and returns the names of all that failed.
func (w *world) judge() []string {
	if w.b.Stats().Allocated != w.held {
		w.caught[exact] = true
	}
	switch err := lin.Check(lin.History(w.rs)); err {
	case nil:
	case lin.ErrIllegal:
		w.caught[linearizable] = true
	default:
		panic(err)
	}
	return slices.Sorted(maps.Keys(w.caught))
}
