package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"casalloc/impl"
	"casalloc/impl/internal/samples"
	"casalloc/impl/trace"
)

// A run is the outcome of one mode; sizes are bytes.
type run struct {
	Mode              string  `json:"mode"`
	Shared            bool    `json:"shared"` // one budget by all states; false: each has a child of it
	Calls             int64   `json:"calls"`
	Refused           int64   `json:"refused"`
	RolledBack        int64   `json:"rolled_back"`
	StatesOutOfMemory int64   `json:"states_out_of_memory"` // times that a state ran out of memory
	PeakUsed          int64   `json:"peak_used"`            // with the slack of children
	PeakLive          int64   `json:"peak_live"`
	Limit             int64   `json:"limit"` // the largest that was in force; 0: none
	UsedAtEnd         int64   `json:"used_at_end"`
	LiveAtEnd         int64   `json:"live_at_end"`
	NsPerCall         float64 `json:"ns_per_call"` // on the goroutine of the call
	Balanced          bool    `json:"balanced"`
	failed            int64   // calls, by the backend
	elapsed           time.Duration
	broken            *brokenPromise // the first
}

// replay makes the three runs. The error is that of a trace, of the limit, of the samples or of
// ctx. A broken promise is no error here, but part of its run.
func (p program) replay(ctx context.Context, cfg config) ([]run, error) {
	file, err := samples.Create(cfg.samples)
	if err != nil {
		return nil, err
	}
	counting, err := p.replayMode(ctx, cfg, impl.Counting, nil, nil)
	if err != nil {
		return nil, errors.Join(err, file.Stop())
	}
	enforced := cfg.limits
	if enforced == nil {
		enforced = limits{max(1, counting.PeakLive*3/4)}
	}
	enforcing, err := p.replayMode(ctx, cfg, impl.Enforcing, enforced, file)
	if err = errors.Join(err, file.Stop()); err != nil {
		return nil, err
	}
	unlimited, err := p.replayMode(ctx, cfg, impl.Unlimited, nil, nil)
	return []run{counting, enforcing, unlimited}, err
}

// replayMode makes one run, and starts file.
func (p program) replayMode(ctx context.Context, cfg config, mode impl.Mode, enforced limits, file *samples.File) (run, error) {
	b := p.newBudget()
	ctx, stop := context.WithCancelCause(ctx)
	traces := int64(cfg.states) * int64(cfg.rounds)
	books := &books{budget: b, shared: cfg.shared, stop: stop, schedule: schedule{limits: enforced, traces: traces}}
	switch mode {
	case impl.Enforcing:
		if err := books.setLimit(enforced[0]); err != nil {
			return run{}, err
		}
	case impl.Unlimited:
		b.EndBoot()
	}
	states := make([]*state, cfg.states)
	for i := range states {
		states[i] = newState(mode, books, cfg)
	}

	quiet := p.show(&books.progress, mode, traces)
	file.Start(books.source())
	start := time.Now()
	var wg sync.WaitGroup
	for i, s := range states {
		wg.Go(func() {
			defer func() { s.recovered(recover()) }()
			for round := 0; round < cfg.rounds && ctx.Err() == nil; round++ {
				random := rand.New(rand.NewPCG(cfg.seed, uint64(i)<<32|uint64(round)))
				err := s.playFrom(ctx, cfg.traces[(i+round)%len(cfg.traces)], random)
				if err == nil {
					err = books.traceEnded()
				}
				if err != nil {
					stop(err)
				}
			}
			s.end()
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	quiet()

	var broken *brokenPromise
	if cause := context.Cause(ctx); cause != nil && !errors.As(cause, &broken) {
		return run{}, cause
	}
	r := tally(mode, books, states)
	r.Shared, r.elapsed = cfg.shared, elapsed
	if r.broken = broken; broken == nil {
		r.broken = audit(books, states)
	}
	r.Balanced = r.broken == nil
	return r, nil
}

// playFrom plays the trace of a source.
func (s *state) playFrom(ctx context.Context, src source, random *rand.Rand) error {
	f, err := src.open()
	if err != nil {
		return err
	}
	defer f.Close()
	return s.play(ctx, trace.NewReader(f, src.name), random)
}

// tally adds up a run that has ended.
func tally(mode impl.Mode, b *books, states []*state) run {
	stats := b.counted(states)
	r := run{
		Mode:       mode.String(),
		Refused:    stats.Refused,
		RolledBack: stats.RolledBack,
		PeakUsed:   stats.Peak,
		PeakLive:   b.peak.Load(),
		Limit:      b.schedule.largest(),
		UsedAtEnd:  stats.Used,
		LiveAtEnd:  bytesOf(b.live.Load()),
	}
	var busy time.Duration
	for _, s := range states {
		r.Calls += s.calls
		r.StatesOutOfMemory += s.outOfMemory
		r.failed += s.failed
		busy += s.busy
	}
	r.NsPerCall = float64(busy.Nanoseconds()) / float64(max(1, r.Calls))
	return r
}

// counted are the statistics of the budget, with the refusals and rollbacks of its children.
func (b *books) counted(states []*state) impl.Stats {
	sum := b.stats()
	for _, s := range states {
		if !b.shared {
			own := s.budget.Stats()
			sum.Refused += own.Refused
			sum.RolledBack += own.RolledBack
		}
	}
	return sum
}

// audit returns what does not balance after a run, or nil.
func audit(b *books, states []*state) *brokenPromise {
	var refused, failedGrowths, held int64
	for _, s := range states {
		held += s.heldAtEnd
		refused += s.refused
		failedGrowths += s.failedGrowths
	}
	stats, live := b.counted(states), bytesOf(b.live.Load())
	if stats.Mode == impl.Unlimited {
		failedGrowths = 0 // nothing was reserved, so nothing is rolled back
	}
	for _, e := range []struct {
		what      string
		got, want int64
	}{
		{"bytes live at the end", live, 0},
		{"bytes used at the end", stats.Used, 0},
		{"bytes held at children at the end", held, 0},
		{"growths refused", stats.Refused, refused},
		{"growths rolled back", stats.RolledBack, failedGrowths},
	} {
		if e.got != e.want {
			return &brokenPromise{"Exact", fmt.Sprintf("%d %s, want %d", e.got, e.what, e.want)}
		}
	}
	return nil
}
