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
)

// A Watch is how a run is watched. What several clients write orders them, and may hide from the
// race detector that the budgets do not. So a program should be run in more than one way.
type Watch uint8

const (
	Recorded  Watch = iota // as Counted, and one clock for all makes a history
	Stretched              // as Recorded, and the recorders are Stretched: nearly all histories overlap
	Counted                // the bytes that exist are counted in one word per budget for all clients
	Apart                  // the clients share the budgets, and write nothing else that is shared
)

func (w Watch) records() bool { return w == Recorded || w == Stretched }

// A run is what the clients of one program have in common.
type run struct {
	facts
	tree    calls.Tree
	watch   Watch
	budgets [calls.Vias]atomic.Pointer[impl.Budget] // nil: not made yet
	begun   [calls.Vias]atomic.Bool                 // some client makes it
	left    [calls.Vias]atomic.Bool                 // some client has called Leave
	live    [calls.Vias]atomic.Int64                // bytes that exist at a budget and below it; not counted if Apart
	clients []*client
	control *linearizability.Recorder // of what is done after the clients have ended
	started atomic.Bool
	failed  atomic.Bool // a check failed, and everyone stops
}

// facts are what is known of every run of a program before it is run, sizes in bytes.
type facts struct {
	ceiling [calls.Vias]int64 // no limit of the budget or of one above it is ever above it
	shuts   [calls.Vias]bool  // calls close the budget
	ends    [calls.Vias]bool  // or one above it
	leaves  [calls.Vias]bool  // it or one above it has back what is held, by whomever
	most    int64             // no more can be held; at most math.MaxInt64/2
	anyone  bool              // clients release what others hold, so nothing is known of one alone
}

func factsOf(p calls.Program) facts {
	f := facts{anyone: true}
	for v, n := range p.Tree {
		f.ceiling[v] = n.Limit
	}
	boot := p.Tree[0].Limit == calls.Unlimited
	for _, client := range p.Clients {
		for _, c := range client.Calls() {
			boot = boot || c.Op == calls.EndBoot && c.Via == calls.Root
			f.anyone = f.anyone && !c.Op.HasBackend()
			f.bound(p.Tree, c)
		}
	}
	if boot && (f.ceiling[0] == impl.NoLimit || f.ceiling[0] == calls.Unlimited) {
		for v := range p.Tree {
			f.ceiling[v] = impl.NoLimit
		}
	}
	for v, n := range p.Tree {
		f.ceiling[v] = min(f.ceiling[v], f.ceiling[n.Parent])
		f.shuts[v] = f.shuts[v] || n.Later && f.shuts[n.Parent] // it is made closed
		f.ends[v] = f.shuts[v] || f.ends[n.Parent]
		f.leaves[v] = f.leaves[v] || f.leaves[n.Parent]
	}
	f.most = min(f.most, f.ceiling[0])
	return f
}

// bound adds a call to what bounds the limits and the bytes.
func (f *facts) bound(t calls.Tree, c calls.Call) {
	switch {
	case c.Op == calls.SetLimit:
		if n := limitOf(t, c); !badLimit(n) && t[c.Via].Limit != calls.Unlimited {
			f.ceiling[c.Via] = max(f.ceiling[c.Via], n)
		}
	case c.Op == calls.Close || c.Op == calls.Leave:
		f.shuts[c.Via] = true
		f.leaves[c.Via] = f.leaves[c.Via] || c.Op == calls.Leave
	case c.Op == calls.Reserve || c.Op.HasBackend():
		n := max(c.N, 0)
		if c.Of != calls.Nothing && c.Of != calls.Block {
			n = math.MaxInt64
		}
		f.most += min(n, math.MaxInt64/2-f.most)
	}
}

func badLimit(n int64) bool { return calls.BadSize(n) && n != impl.NoLimit }

// limitOf is the size of a call that sets a limit: what it is of, if anything, is the limit at the
// start, so that the highest is known.
func limitOf(t calls.Tree, c calls.Call) int64 {
	return c.Size.In(func(calls.Base) int64 { return t[c.Via].Limit })
}

// Run carries out the program, all clients at once, and returns the first failure of each client,
// or of the checks at the end. The history is empty unless the run was Recorded or Stretched.
func Run(p calls.Program, w Watch) (linearizability.History, error) {
	r, recorders := newRun(p, w)
	r.carryOut()
	var errs []error
	for _, c := range r.clients {
		errs = append(errs, c.err)
	}
	if !r.failed.Load() {
		errs = append(errs, r.judge(), r.settle())
	}
	return linearizability.Collect(p.Tree, recorders), errors.Join(errs...)
}

func newRun(p calls.Program, w Watch) (*run, []*linearizability.Recorder) {
	recorders := linearizability.NewRecorders(1 + len(p.Clients))
	for _, recorder := range recorders {
		recorder.Stretched, recorder.Silent = w == Stretched, !w.records()
	}
	r := &run{facts: factsOf(p), tree: p.Tree, watch: w, control: recorders[len(p.Clients)]}
	for v, b := range p.Tree.Make() {
		r.budgets[v].Store(b)
	}
	for i, program := range p.Clients {
		r.clients = append(r.clients, &client{run: r, number: i, calls: program.Calls(), recorder: recorders[i]})
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

// budget returns a budget that was made, or nil.
func (r *run) budget(v calls.Via) *impl.Budget { return r.budgets[v].Load() }

// unlimited reports whether the boot has ended without a limit: from then on what is released is
// not looked at.
func (r *run) unlimited() bool { return r.budget(calls.Root).Stats().Mode == impl.Unlimited }

// held is what the clients hold at a budget itself, after they have ended.
func (r *run) held(v calls.Via) (n int64) {
	for _, c := range r.clients {
		n += c.parts[v].Held
	}
	return n
}

// used is what must be charged at a budget then.
func (r *run) used(v calls.Via) int64 {
	if r.left[v].Load() {
		return 0
	}
	n := r.held(v)
	for c := v + 1; int(c) < len(r.tree); c++ {
		if r.tree[c].Parent == v {
			n += r.used(c)
		}
	}
	return n
}

// judge makes the checks at the end, when nobody does anything any more.
func (r *run) judge() error {
	for v := range calls.Via(len(r.tree)) {
		if r.budget(v) == nil {
			continue
		}
		if err := r.judgeBudget(v); err != nil {
			return fmt.Errorf("%v: %w", v, err)
		}
	}
	return nil
}

func (r *run) judgeBudget(v calls.Via) error {
	b := r.budget(v)
	// The history must explain what is left, too.
	r.control.Do(b, nil, linearizability.Input{Op: calls.Exact, At: v})
	var live, refused, rolledBack int64
	for _, c := range r.clients {
		refused += c.parts[v].refused
		rolledBack += c.parts[v].rolledBack
	}
	for w := range calls.Via(len(r.tree)) {
		if r.tree.Within(w, v) && !r.leaves[w] {
			live += r.held(w)
		}
	}
	s := b.Exact()
	switch {
	case r.watch != Apart && r.live[v].Load() != live:
		return fmt.Errorf("%d bytes exist, want the %d held", r.live[v].Load(), live)
	case s.Refused != refused:
		return fmt.Errorf("%d refused, want %d", s.Refused, refused)
	case r.ceiling[v] < impl.NoLimit && s.Mode == impl.Unlimited:
		return errors.New("unlimited at the end, with a limit in force from the start")
	case s.Mode == impl.Unlimited:
	case s.Used != r.used(v):
		return fmt.Errorf("Exact: %d bytes used at rest, want %d", s.Used, r.used(v))
	case s.Peak > r.ceiling[v]:
		return fmt.Errorf("NeverOverLimit: peak %d, no limit was above %d", s.Peak, r.ceiling[v])
	case !r.leaves[v] && s.RolledBack != rolledBack:
		return fmt.Errorf("%d rolled back, want %d", s.RolledBack, rolledBack)
	}
	return nil
}

// settle releases what is held. There is nothing to settle once nothing is counted.
func (r *run) settle() error {
	if r.unlimited() {
		return nil
	}
	for v := range calls.Via(len(r.tree)) {
		if n := r.held(v); n != 0 && !r.left[v].Load() {
			release := linearizability.Input{Op: calls.Release, At: v, N: n}
			if err := r.control.Do(r.budget(v), nil, release).Err; err != nil {
				return fmt.Errorf("OverReleaseCaught: %v Release(%d) = %w with as much held", v, n, err)
			}
		}
	}
	for v := range calls.Via(len(r.tree)) {
		if b := r.budget(v); b != nil && b.Exact().Used != 0 {
			return fmt.Errorf("Exact: %v: %d bytes used with all released", v, b.Exact().Used)
		}
	}
	return nil
}
