package workload

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"

	"github.com/anishathalye/porcupine"
)

// A Watch is how a run is watched. What several clients write orders them, and may hide from the
// race detector that the Budget does not. So a program should be run in more than one way.
type Watch uint8

const (
	Recorded  Watch = iota // as Counted, and one clock for all makes a history
	Stretched              // as Recorded, and the recorders are Stretched: nearly all histories overlap
	Counted                // the bytes that exist are counted in one word for all clients
	Apart                  // the clients share the Budget, and write nothing else that is shared
)

func (w Watch) records() bool { return w == Recorded || w == Stretched }

// A run is what the clients of one program have in common.
type run struct {
	facts
	program calls.Program
	watch   Watch
	budget  *impl.Budget
	tenant  *impl.Tenant // shared by all clients; nil if the program has no call for it
	clients []*client
	pace    *Pace                     // nil if there are too few changes of the limit to need one
	control *linearizability.Recorder // of what is done before the clients start and after they end
	started atomic.Bool
	live    atomic.Int64 // bytes that exist: blocks, and what is reserved; not counted if Apart
	failed  atomic.Bool  // a check failed, and everyone stops
}

// facts are what is known of every run of a program before it is run, sizes in bytes.
type facts struct {
	ceiling int64 // no limit is ever above it
	own     int64 // no limit of the tenant's own is, if it has one
	most    int64 // no more can be held; at most math.MaxInt64/2
	anyone  bool  // clients release what others hold, so nothing is known of one alone
	shares  bool  // there are calls for the tenant
	changes int   // of the limit, by clients
}

func factsOf(p calls.Program) facts {
	f := facts{ceiling: math.MaxInt64, anyone: true}
	if p.Limit > 0 {
		f.ceiling = p.Limit
	}
	for _, client := range p.Clients {
		for _, c := range client.Calls() {
			f.anyone = f.anyone && c.Via == calls.Budget && !c.Op.HasBackend()
			f.shares = f.shares || c.Via == calls.Tenant
			f.bound(c, limitOf(p, c))
		}
	}
	if p.Limit > 0 {
		f.most = min(f.most, f.ceiling)
	}
	return f
}

// bound adds a call to what bounds the limits and the bytes. limit is its size, if it sets one.
func (f *facts) bound(c calls.Call, limit int64) {
	switch {
	case c.Op == calls.SetLimit:
		f.changes++
		if !calls.BadSize(limit) {
			f.ceiling = max(f.ceiling, limit)
		}
	case c.Op == calls.SetAccountLimit && c.Via == calls.Tenant && !calls.BadSize(limit):
		f.own = max(f.own, limit)
	case c.Op == calls.Reserve || c.Op.HasBackend():
		n := max(c.N, 0)
		if c.Of != calls.Nothing && c.Of != calls.Block {
			n = math.MaxInt64
		}
		f.most += min(n, math.MaxInt64/2-f.most)
	}
}

// limitOf is the size of a call that sets a limit: what it is of, if anything, is the limit at the
// start, so that the highest is known.
func limitOf(p calls.Program, c calls.Call) int64 {
	return c.Size.In(func(calls.Base) int64 { return max(p.Limit, 0) })
}

// Run carries out the program, all clients at once, and returns the first failure of each client,
// or of the checks at the end. The history is nil unless the run was Recorded or Stretched.
func Run(p calls.Program, w Watch) ([]porcupine.Operation, error) {
	r, recorders := newRun(p, w)
	r.carryOut()
	var errs []error
	for _, c := range r.clients {
		errs = append(errs, c.err)
	}
	if !r.failed.Load() {
		errs = append(errs, r.judge(), r.settle())
	}
	if !w.records() {
		return nil, errors.Join(errs...)
	}
	return linearizability.History(recorders), errors.Join(errs...)
}

func newRun(p calls.Program, w Watch) (*run, []*linearizability.Recorder) {
	recorders := linearizability.NewRecorders(1 + len(p.Clients))
	r := &run{facts: factsOf(p), program: p, watch: w, budget: impl.NewBudget(), control: recorders[len(p.Clients)]}
	switch {
	case p.Limit > 0:
		r.control.Do(r.budget, linearizability.Input{Op: calls.SetLimit, N: p.Limit})
	case p.Limit == calls.Unlimited:
		r.control.Do(r.budget, linearizability.Input{Op: calls.EndBoot})
	}
	if r.shares {
		r.tenant = r.budget.NewTenant()
		if r.own > 0 {
			r.tenant.SetLimit(r.own)
		}
	}
	if r.changes > maxChanges {
		r.pace = NewPace(len(p.Clients))
	}
	for i, program := range p.Clients {
		c := &client{run: r, number: i, calls: program.Calls(), recorder: recorders[i]}
		c.recorder.Stretched, c.recorder.Silent = w == Stretched, !w.records()
		if r.shares {
			c.parts[calls.Tenant].owner = r.tenant
		}
		r.clients = append(r.clients, c)
	}
	return r, recorders
}

// carryOut lets each client do what its program says.
func (r *run) carryOut() {
	var wg sync.WaitGroup
	for _, c := range r.clients {
		wg.Go(func() {
			for !r.started.Load() {
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
	r.started.Store(true)
	wg.Wait()
}

// judge makes the checks at the end, when nobody does anything any more.
func (r *run) judge() error {
	// The history must explain what is left, too.
	r.control.Do(r.budget, linearizability.Input{Op: calls.Stats})
	var held, shared, refused, rolledBack int64
	for _, c := range r.clients {
		held += c.held()
		shared += c.parts[calls.Tenant].Held
		refused += c.refused
		rolledBack += c.rolledBack
	}
	s, live := r.budget.Stats(), r.live.Load()
	switch {
	case r.watch != Apart && live != held:
		return fmt.Errorf("%d bytes exist, want the %d held", live, held)
	case s.Refused != refused:
		return fmt.Errorf("%d refused, want %d", s.Refused, refused)
	case r.program.Limit > 0 && s.Mode != impl.Enforcing:
		return fmt.Errorf("%v at the end, with a limit in force from the start", s.Mode)
	case s.Mode == impl.Unlimited:
	case s.Allocated != held:
		return fmt.Errorf("Exact: %d bytes counted at rest, want the %d held", s.Allocated, held)
	case r.shares && r.tenant.Held() != shared:
		return fmt.Errorf("Exact: the tenant holds %d bytes at rest, want %d", r.tenant.Held(), shared)
	case s.Peak > r.ceiling:
		return fmt.Errorf("NeverOverLimit: peak %d, no limit was above %d", s.Peak, r.ceiling)
	case s.RolledBack != rolledBack:
		return fmt.Errorf("%d rolled back, want %d", s.RolledBack, rolledBack)
	}
	return nil
}

// settle releases what is held, each account's through the account. There is nothing to settle once
// nothing is counted.
func (r *run) settle() error {
	if r.budget.Stats().Mode == impl.Unlimited {
		return nil
	}
	var direct, shared int64
	for _, c := range r.clients {
		direct += c.parts[calls.Budget].Held
		shared += c.parts[calls.Tenant].Held
		for _, p := range c.parts[calls.X:calls.Tenant] {
			if p.owner == nil {
				continue
			}
			if err := r.release(calls.Through(r.budget, p.owner), p.Held); err != nil {
				return fmt.Errorf("client %d, account: %w", c.number, err)
			}
		}
	}
	if r.shares {
		leave := linearizability.Input{Op: calls.Leave, N: shared}
		if n := r.control.Do(calls.Through(r.budget, r.tenant), leave).Reading.Allocated; n != shared {
			return fmt.Errorf("Exact: Leave of the tenant returns %d, want the %d held", n, shared)
		}
	}
	if err := r.release(r.budget, direct); err != nil {
		return err
	}
	if n := r.budget.Stats().Allocated; n != 0 {
		return fmt.Errorf("Exact: %d bytes counted with all released", n)
	}
	return nil
}

// release gives back n bytes, all that is held through s.
func (r *run) release(s calls.System, n int64) error {
	if err := r.control.Do(s, linearizability.Input{Op: calls.Release, N: n}).Err; err != nil {
		return fmt.Errorf("OverReleaseCaught: Release(%d) = %w with as much held", n, err)
	}
	return nil
}
