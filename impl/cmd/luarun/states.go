//go:build lua54

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"casalloc/impl"
	"casalloc/impl/internal/samples"
	"casalloc/impl/lua54"
	"casalloc/impl/trace"
)

// runStates makes the states and runs them. It returns while they still run if states are stuck, or
// ctx ends. Scripts do not notice that: a hook that looks for it would cost each of them.
func runStates(ctx context.Context, cfg config, stdout io.Writer) (*report, error) {
	traced, endTrace, err := record(cfg.trace)
	if err != nil {
		return nil, err
	}
	file, err := samples.Create(cfg.samples)
	if err != nil {
		return nil, err
	}
	budget, out := impl.NewBudget(), &lines{w: stdout}
	var meter *lua54.Meter
	if cfg.limit != 0 { // all states write the memory of a Meter, so there is none without that limit
		meter = lua54.NewMeter()
	}
	r := &report{States: make([]stateReport, cfg.states), Each: int64(cfg.each)}
	states, err := boot(cfg, r, traced, budget, meter, out)
	if err != nil {
		return nil, errors.Join(err, file.Stop())
	}
	file.Start(samples.Source{Stats: budget.Stats, Live: meter.Live, Refused: func() int64 {
		refused, _ := counted(states)
		return refused
	}})

	timed, hard, cancel := deadlines(cfg.timeout, cfg.grace)
	defer cancel()
	results := make(chan stateReport, len(states)) // sending never blocks, even if nobody receives
	for _, s := range states {
		go func() { results <- s.run(timed, cfg.args) }()
	}
	r.collect(ctx, results, hard)
	out.end()
	if err := cmp.Or(file.Stop(), ctx.Err()); err != nil {
		return nil, err
	}
	var grown int64
	if meter != nil {
		grown = meter.Peak()
	}
	r.Refused, r.RolledBack = counted(states)
	r.total(budget.Stats(), grown)
	switch first := &r.States[0]; {
	case traced == nil:
	case first.stuck:
		first.detail += "; its trace is incomplete"
	default:
		if err := endTrace(); err != nil {
			return nil, fmt.Errorf("%s: %w", cfg.trace, err)
		}
	}
	return r, nil
}

// boot makes the states, loads the script in each, sets the limits and ends the boot. It adds to r
// what the states held meanwhile. On failure it leaves no state open.
func boot(cfg config, r *report, traced *trace.Writer, budget *impl.Budget, meter *lua54.Meter, out *lines) (
	states []*state, err error) {
	defer func() {
		if err != nil {
			for _, s := range states {
				s.Close()
			}
		}
	}()
	for i := range cfg.states {
		opts := lua54.Options{ID: i + 1, Meter: meter}
		if cfg.each != 0 {
			opts.Limit = impl.MaxSize
		}
		if i == 0 {
			opts.Trace = traced
		}
		s, err := open(budget, opts, out)
		if err != nil {
			return states, err
		}
		states = append(states, s)
		if err := s.Load(cfg.name, cfg.source); err != nil {
			return states, err
		}
		stats := s.Stats()
		r.BootPeak = max(r.BootPeak, r.AtBoot+stats.Peak) // the states before this one are idle
		r.AtBoot += stats.Live
		s.ResetPeak()
	}
	if cfg.limit != 0 {
		meter.ResetPeak()
		if err := budget.SetLimit(int64(cfg.limit)); err != nil {
			return states, err
		}
	}
	if cfg.each == 0 {
		budget.EndBoot()
		return states, nil
	}
	for _, s := range states {
		s.most = max(int64(cfg.each), s.Stats().Live)
		if err := s.Budget().SetLimit(int64(cfg.each)); err != nil {
			return states, err
		}
	}
	return states, nil
}

// counted returns how many growths of all states were refused and rolled back.
func counted(states []*state) (refused, rolledBack int64) {
	for _, s := range states {
		c := s.Budget().Stats()
		refused += c.Refused
		rolledBack += c.RolledBack
	}
	return refused, rolledBack
}

// deadlines returns a context that ends after timeout, and a channel that is closed when grace more
// has passed. Without a timeout neither ever happens.
func deadlines(timeout, grace time.Duration) (context.Context, <-chan struct{}, context.CancelFunc) {
	if timeout == 0 {
		return context.Background(), nil, func() {}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	hard := make(chan struct{})
	context.AfterFunc(ctx, func() {
		time.AfterFunc(grace, func() { close(hard) })
	})
	return ctx, hard, cancel
}

// collect takes the results of the states until it has all, hard is closed or ctx ends. The states
// without a result are stuck then.
func (r *report) collect(ctx context.Context, results <-chan stateReport, hard <-chan struct{}) {
	for i := range r.States {
		r.States[i] = stateReport{State: i + 1, Result: "stuck", stuck: true,
			detail: "stuck: it has not stopped, and luarun ends without it"}
	}
	for range r.States {
		var s stateReport
		select {
		case s = <-results:
		case <-ctx.Done():
			return
		case <-hard:
			select {
			case s = <-results: // it was in time
			default:
				return
			}
		}
		r.States[s.State-1] = s
	}
}

// A state is a Lua state and what it prints.
type state struct {
	*lua54.State
	id   int
	most int64 // bytes that it may hold by its own limit; 0: any
	out  *stateLines
}

func open(budget *impl.Budget, opts lua54.Options, out *lines) (*state, error) {
	s := &state{id: opts.ID, out: out.of(opts.ID)}
	opts.Output = s.out
	var err error
	if s.State, err = lua54.Open(budget, opts); err != nil {
		return nil, err
	}
	s.Budget().SetName(fmt.Sprint("state ", s.id))
	return s, nil
}

// run runs the script and closes the state at once: others may need its memory.
func (s *state) run(ctx context.Context, args []string) stateReport {
	err := s.Run(ctx, args...)
	for _, e := range []error{s.Close(), s.out.flush()} {
		if err == nil {
			err = e
		}
	}
	r := newStateReport(s.id, err, s.Stats())
	r.over = s.most != 0 && r.Peak > s.most
	return r
}
