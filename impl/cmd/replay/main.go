// Replay replays recorded allocator calls of real Lua programs, on many goroutines, against one
// [impl.Budget], and proves that the books balance.
//
//	replay [flags] [FILE.trace.gz ...]
//
// Each state is a goroutine that makes the calls of a trace as a Lua state makes them: lua_Alloc
// semantics, frees of NULL and type tags included. A state whose growth is refused, or whose
// backend fails, is out of memory: it is closed, its blocks are freed, and its next round begins.
// The same is run three times: counting, enforcing a limit, unlimited. With several limits, each is
// in force for an equal share of the traces. The state whose trace has ended when a limit is due
// sets it, while the others play.
//
// # What is checked
//
//	NeverOverLimit      live bytes never exceed the limit                    at every growth but
//	                                                                         those that see it move
//	LiveWithinCharge    live bytes never exceed what is used                 at every call
//	ShrinkNeverRefused  no shrink and no free is refused                     at every call
//	NoFalseRefusal      nothing is refused where there is no limit           at every call
//	Exact               used and live bytes are 0, and refusals and          at the end
//	                    rollbacks are as many as the states have seen
//
// Each state has a budget of its own, a child of the one that has the limit. At every call the live
// bytes of the state are compared with what its child uses. The live bytes of all states are
// compared with what all children use between batches only, since an exact reading drains them.
// With -shared all states charge the one budget itself, and that comparison is made at every call.
// In Unlimited nothing is counted that live bytes could be compared with, and only the last three
// are checked.
//
// # What is measured
//
// The calls go through Resize and not through an Allocator: an Allocator needs blocks to show, and
// then malloc or the garbage collector is what is measured. Here a block is a number, so a call
// costs the accounting and the check. The clock runs while a batch of calls is made; the reading of
// the trace falls between batches.
//
// The check counts live bytes in one word for all states: only so can it know that the limit held
// at every instant. That is a second contended word, and the check costs more than the accounting
// (BenchmarkPlay shows a call with and without it). Unlimited has no contended word, so there each
// state counts its own bytes, and they are added up between batches: its peak of live bytes is that
// of those instants.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"casalloc/impl/cmd/command"
	"casalloc/impl/internal/samples"
)

//go:embed luacheck.trace.gz
var embedded string

// config is what the flags say.
type config struct {
	limits  limits // nil: one, three quarters of the live peak while counting
	states  int
	shared  bool // one budget for all states
	rounds  int
	fail    float64
	seed    uint64
	samples string // a file; "": none
	json    bool
	traces  []source

	unchecked bool // in every mode as in unlimited: each state counts its own live bytes; no flag, for BenchmarkPlay
}

const maxStates = 4096 // times trace.MaxLive is impl.MaxSize

func main() {
	command.Main("replay", func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		p := program{stdout: stdout, stderr: stderr, newBudget: newRight}
		if info, err := os.Stderr.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			p.progress = 500 * time.Millisecond
		}
		return p.run(ctx, args)
	})
}

// A program is replay and what it touches; tests replace it.
type program struct {
	stdout, stderr io.Writer
	progress       time.Duration // how often to show it on stderr; 0: never
	newBudget      func() budget
}

// run returns a command.Failed if a promise is broken, after a line for each mode.
func (p program) run(ctx context.Context, args []string) error {
	cfg, err := p.parse(args)
	var runs []run
	if err == nil {
		runs, err = p.replay(ctx, cfg)
	}
	if err := command.Misuse(ctx, err); err != nil {
		return err
	}
	if err := report(p.stdout, cfg, runs); err != nil {
		return err
	}
	for _, r := range runs {
		if r.broken != nil {
			fmt.Fprintf(p.stderr, "replay: %s: %v\n", r.Mode, r.broken)
			err = command.Failed
		}
	}
	return err
}

const (
	usage = `Replays recorded allocator calls of Lua programs on many goroutines under one limit.

usage: replay [flags] [FILE.trace.gz ...]

State i plays file (i+round) modulo the number of files; without files, an embedded trace of the linter luacheck.
Files are plain text or gzip, of any length; each is read again for every state and round.

`
	exits = `
ns/call is the time of one call on its goroutine, with the check, without the reading of the trace.
calls/s is all calls over all time.
Exit status: 0 the books balance, 1 a promise is broken, 2 bad arguments or a malformed trace, 130 an interrupt.

`
)

func (p program) parse(args []string) (config, error) {
	var cfg config
	f := flag.NewFlagSet("replay", flag.ContinueOnError)
	f.Var(&cfg.limits, "limit", "enforce this `size`: 4194304, 500k (1000), 4MiB (1<<20); of several, as in 4MiB,1MiB, "+
		"each for an equal share of the traces (default 3/4 of the live peak while counting)")
	f.IntVar(&cfg.states, "states", 8, "`number` of Lua states, a goroutine each")
	f.BoolVar(&cfg.shared, "shared", false, "all states share one budget; otherwise each has a child of it")
	f.IntVar(&cfg.rounds, "rounds", 1, "`number` of traces that each state plays, one after another")
	f.Float64Var(&cfg.fail, "fail", 0, "`probability` that the backend fails a call that is not a free")
	f.Uint64Var(&cfg.seed, "seed", 1, "`seed` of these failures")
	f.StringVar(&cfg.samples, "samples", "", "write to `file`, as CSV, how full the budget is while it enforces")
	f.BoolVar(&cfg.json, "json", false, "print one JSON object")
	if err := command.ParseDefined(f, args, usage, exits+samples.Help, p.stderr); err != nil {
		return cfg, err
	}
	switch {
	case cfg.states < 1 || cfg.states > maxStates:
		return cfg, fmt.Errorf("-states %d: want 1 to %d", cfg.states, maxStates)
	case cfg.rounds < 1:
		return cfg, fmt.Errorf("-rounds %d: want 1 or more", cfg.rounds)
	case !(cfg.fail >= 0 && cfg.fail <= 1): // nor NaN
		return cfg, fmt.Errorf("-fail %v: want 0 to 1", cfg.fail)
	case int64(len(cfg.limits)) > int64(cfg.states)*int64(cfg.rounds):
		return cfg, fmt.Errorf("-limit: %d limits for %d states in %d rounds", len(cfg.limits), cfg.states, cfg.rounds)
	case f.NArg() > cfg.states+cfg.rounds-1:
		return cfg, fmt.Errorf("%d files, of which %d states in %d rounds would play only %d",
			f.NArg(), cfg.states, cfg.rounds, cfg.states+cfg.rounds-1)
	}
	var err error
	cfg.traces, err = sources(f.Args())
	return cfg, err
}
