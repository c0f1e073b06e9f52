package workload

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/linearizability"

	"github.com/anishathalye/porcupine"
)

// A Watch is how a run is watched. What several clients write orders them, and may hide from the
// race detector that the Budget does not. So a program should be run in more than one way.
type Watch uint8

const (
	Recorded Watch = iota // one clock for all, which makes the history; the bytes that exist are counted
	Counted               // the bytes that exist are counted in one word, for all clients
	Apart                 // the clients share the Budget, and write nothing else that is shared
)

// A run is what the clients of one program have in common.
type run struct {
	facts
	watch  Watch
	budget *impl.Budget
	start  atomic.Bool
	live   atomic.Int64 // bytes that exist: blocks, and what is reserved; not counted if Apart
	failed atomic.Bool  // a check failed, and everyone stops
}

// Run carries out the program, all clients at once, and returns the first failure of each client,
// or of the checks at the end. The history is nil unless the run was Recorded.
func (p Program) Run(w Watch) ([]porcupine.Operation, error) {
	r := &run{facts: p.facts(), watch: w, budget: impl.NewBudget()}
	recorders := linearizability.NewRecorders(max(1, len(p.Clients)))
	if p.Limit > 0 {
		recorders[0].Do(r.budget, linearizability.Input{Op: linearizability.SetLimit, N: p.Limit})
	}
	clients := make([]*client, len(p.Clients))
	for i := range clients {
		if w != Recorded {
			recorders[i] = linearizability.NewRecorders(1)[0]
		}
		clients[i] = &client{run: r, recorder: recorders[i], number: i, commands: p.Clients[i]}
	}

	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			for !r.start.Load() {
				runtime.Gosched()
			}
			c.carryOut()
		})
	}
	// A short program takes less time than it takes to wake a processor. So the processors are kept
	// busy with the clients before anything starts, or their operations would seldom overlap.
	for range 100 {
		runtime.Gosched()
	}
	r.start.Store(true)
	wg.Wait()

	var errs []error
	for _, c := range clients {
		errs = append(errs, c.err)
	}
	if !r.failed.Load() {
		errs = append(errs, r.judge(p, clients, recorders[0]))
	}
	if w != Recorded {
		return nil, errors.Join(errs...)
	}
	return linearizability.History(recorders), errors.Join(errs...)
}

// judge makes the checks at the end, when nobody does anything any more.
func (r *run) judge(p Program, clients []*client, recorder *linearizability.Recorder) error {
	recorder.Do(r.budget, linearizability.Input{Op: linearizability.Stats}) // the history must explain what is left, too
	var held, refused, rolledBack int64
	for _, c := range clients {
		held += c.held()
		refused += c.refused
		rolledBack += c.rolledBack
	}
	s := r.budget.Stats()
	live := r.live.Load()
	switch {
	case r.watch != Apart && live != held:
		return fmt.Errorf("%d bytes exist, want the %d held", live, held)
	case s.Refused != refused:
		return fmt.Errorf("%d refused, want %d", s.Refused, refused)
	case p.Limit > 0 && s.Mode != impl.Enforcing:
		return fmt.Errorf("%v at the end, with a limit in force from the start", s.Mode)
	case s.Mode == impl.Unlimited:
		return nil
	case s.Allocated != held:
		return fmt.Errorf("Exact: %d bytes counted at rest, want the %d held", s.Allocated, held)
	case s.Peak > r.ceiling:
		return fmt.Errorf("NeverOverLimit: peak %d, no limit was above %d", s.Peak, r.ceiling)
	case s.RolledBack != rolledBack:
		return fmt.Errorf("%d rolled back, want %d", s.RolledBack, rolledBack)
	}
	return r.settle(clients, recorder)
}

// settle releases what is held.
func (r *run) settle(clients []*client, recorder *linearizability.Recorder) error {
	release := func(s linearizability.System, n int64) error {
		return recorder.Do(s, linearizability.Input{Op: linearizability.Release, N: n}).Err
	}
	var direct int64
	for _, c := range clients {
		direct += c.direct.held()
		if c.account == nil {
			continue
		}
		if err := release(linearizability.Through(r.budget, c.account), c.own.held()); err != nil {
			return fmt.Errorf("client %d: account: Release(%d) = %w, want all that it holds", c.number, c.own.held(), err)
		}
	}
	if err := release(r.budget, direct); err != nil {
		return fmt.Errorf("Release(%d) = %w, want all that is left", direct, err)
	}
	if n := r.budget.Stats().Allocated; n != 0 {
		return fmt.Errorf("Exact: %d bytes counted with all released", n)
	}
	return nil
}
