//go:build lua54

package main

import (
	"context"
	"fmt"
	"io"
	"sync"

	"casalloc/impl"
	"casalloc/impl/lua54"
)

// runStates is the boot sequence and the run.
func runStates(cfg config, stdout io.Writer) (*report, error) {
	budget := impl.NewBudget()
	out := &lines{w: stdout}
	states, outs := make([]*lua54.State, cfg.states), make([]*stateLines, cfg.states)
	defer func() {
		for _, s := range states {
			if s != nil {
				s.Close() // does nothing, unless the boot has failed
			}
		}
	}()
	var rec *recording
	if cfg.trace != "" {
		var err error
		if rec, err = record(cfg.trace); err != nil {
			return nil, err
		}
		defer rec.file.Close()
	}
	// Without a limit states share no memory that they write, so the Meter is for a limit only.
	var meter *lua54.Meter
	if cfg.limit != 0 {
		meter = lua54.NewMeter()
	}
	var live, bootPeak int64
	for i := range states {
		outs[i] = out.of(i + 1)
		opts := lua54.Options{ID: i + 1, Output: outs[i], Shared: !cfg.accounts, Meter: meter}
		if i == 0 && rec != nil {
			opts.Trace = rec.Writer
		}
		var err error
		if states[i], err = lua54.Open(budget, opts); err != nil {
			return nil, err
		}
		if err := states[i].Load(cfg.name, cfg.source); err != nil {
			return nil, err
		}
		s := states[i].Stats()
		bootPeak = max(bootPeak, live+s.Peak) // the states before this one are idle
		live += s.Live
		states[i].ResetPeak()
	}
	r := &report{States: make([]stateReport, len(states)), BootPeak: bootPeak, AtBoot: live}
	if cfg.limit != 0 {
		meter.ResetPeak()
		if err := budget.SetLimit(int64(cfg.limit)); err != nil {
			return nil, err
		}
	}
	budget.EndBoot()

	ctx := context.Background()
	if cfg.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.timeout)
		defer cancel()
	}
	var wg sync.WaitGroup
	for i, s := range states {
		wg.Go(func() {
			err := s.Run(ctx, cfg.args...)
			closeErr := s.Close() // at once: others may need its memory
			if flushErr := outs[i].flush(); closeErr == nil {
				closeErr = flushErr
			}
			if err == nil {
				err = closeErr
			}
			r.States[i] = newStateReport(i+1, err, s.Stats())
		})
	}
	wg.Wait()
	var grown int64
	if meter != nil {
		grown = meter.Peak()
	}
	r.total(budget.Stats(), grown)
	if rec != nil {
		if err := rec.close(); err != nil {
			return nil, fmt.Errorf("%s: %w", cfg.trace, err)
		}
	}
	return r, nil
}
