//go:build lua54

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"casalloc/impl/internal/bytesize"
)

// Exit statuses.
const (
	finished   = 0
	failed     = 1
	misused    = 2
	unbalanced = 3
)

// config is what the arguments say.
type config struct {
	limit    bytesize.Size // 0: none
	states   int
	accounts bool
	timeout  time.Duration // 0: none
	trace    string
	json     bool
	script   string
	args     []string
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return finished
	}
	var r *report
	if err == nil {
		out := stdout
		if cfg.json {
			out = stderr
		}
		r, err = runStates(cfg, out)
	}
	if err != nil {
		fmt.Fprintln(stderr, "luarun:", err)
		return misused
	}
	for _, s := range r.States {
		if s.detail != "" {
			fmt.Fprintf(stderr, "luarun: state %d: %s\n", s.State, s.detail)
		}
	}
	if err := r.write(stdout, cfg.json); err != nil {
		fmt.Fprintln(stderr, "luarun:", err)
		return misused
	}
	return r.status()
}

func parse(args []string, stderr io.Writer) (config, error) {
	var cfg config
	f := flag.NewFlagSet("luarun", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, "Runs a Lua script in many states at once, under one limit.\n\n"+
			"usage: luarun [flags] script.lua [args]\n\n")
		f.PrintDefaults()
	}
	f.Var(&cfg.limit, "limit", "`size` all states may have together, such as 8MiB (default none)")
	f.IntVar(&cfg.states, "states", 8, "`number` of states")
	f.BoolVar(&cfg.accounts, "accounts", true, "give each state an account of the budget; false: all share its word")
	f.DurationVar(&cfg.timeout, "timeout", 0, "stop the scripts after this `time` (default never)")
	f.StringVar(&cfg.trace, "trace", "",
		"write the allocator calls of state 1 to `file`, compressed if it ends in .gz, for replay")
	f.BoolVar(&cfg.json, "json", false, "print the table as JSON; the scripts' output goes to stderr")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return cfg, err
		}
		return cfg, errors.New("wrong arguments")
	}
	switch {
	case f.NArg() == 0:
		return cfg, errors.New("no script")
	case cfg.states < 1 || cfg.states > maxStates:
		return cfg, fmt.Errorf("-states %d: want 1 to %d", cfg.states, maxStates)
	case cfg.timeout < 0:
		return cfg, fmt.Errorf("-timeout %v: want more than 0", cfg.timeout)
	}
	cfg.script, cfg.args = f.Arg(0), f.Args()[1:]
	return cfg, nil
}

const maxStates = 4096
