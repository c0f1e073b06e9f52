//go:build lua54

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"casalloc/impl/cmd/command"
	"casalloc/impl/internal/bytesize"
	"casalloc/impl/internal/samples"
)

// unbalanced is the exit status of books that do not balance. Failed is that of a script that
// fails.
const unbalanced command.Status = 3

// config is what the arguments say.
type config struct {
	limit   bytesize.Size // of all states together; 0: none
	each    bytesize.Size // of each; 0: none
	states  int
	timeout time.Duration // 0: none
	grace   time.Duration
	trace   string
	samples string // a file; "": none
	json    bool
	script  string // a file; -: standard input
	args    []string

	name, source string // of the script, for Load
}

func main() {
	command.Main("luarun", func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		return run(ctx, args, os.Stdin, stdout, stderr)
	})
}

// run returns a command.Status if a script has failed or the books do not balance.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	cfg, err := parse(args, stderr)
	if err == nil {
		err = cfg.read(stdin)
	}
	var r *report
	if err == nil {
		out := stdout
		if cfg.json {
			out = stderr
		}
		r, err = runStates(ctx, cfg, out)
	}
	if err := command.Misuse(ctx, err); err != nil {
		return err
	}
	for _, s := range r.States {
		if s.detail != "" {
			fmt.Fprintf(stderr, "luarun: state %d: %s\n", s.State, s.detail)
		}
	}
	if err := r.write(stdout, cfg.json); err != nil {
		return err
	}
	return r.status()
}

const usage = `Runs a Lua script in many states at once, under limits.

usage: luarun [flags] [--] script.lua [args]

The script - is standard input.

luarun is no sandbox. A script can read and write files and run programs (io, os), and load binary
chunks, which can crash the process. Run only scripts that you trust.

`

// parse returns what the arguments say, or the error to print; of flag.ErrHelp it has printed the
// help.
func parse(args []string, stderr io.Writer) (config, error) {
	var cfg config
	f := flag.NewFlagSet("luarun", flag.ContinueOnError)
	f.Var(&cfg.limit, "limit", "`size` all states may have together, such as 8MiB (default none)")
	f.Var(&cfg.each, "each", "`size` that each state may have (default none)")
	f.IntVar(&cfg.states, "states", 8, "`number` of states")
	f.DurationVar(&cfg.timeout, "timeout", 0, "stop the scripts after this `time` (default never)")
	f.DurationVar(&cfg.grace, "grace", 5*time.Second,
		"end without the states that have not stopped this `time` after -timeout")
	f.StringVar(&cfg.trace, "trace", "",
		"write the allocator calls of state 1 to `file`, compressed if it ends in .gz, for replay")
	f.StringVar(&cfg.samples, "samples", "",
		"write to `file`, as CSV, how full the budget is, from the end of the boot on; needs -limit")
	f.BoolVar(&cfg.json, "json", false, "print the table as JSON; the scripts' output goes to stderr")
	if err := command.ParseDefined(f, args, usage, "\n"+samples.Help, stderr); err != nil {
		return cfg, err
	}
	switch {
	case f.NArg() == 0:
		return cfg, errors.New("no script; see -h")
	case cfg.states < 1 || cfg.states > maxStates:
		return cfg, fmt.Errorf("-states %d: want 1 to %d", cfg.states, maxStates)
	case cfg.timeout < 0:
		return cfg, fmt.Errorf("-timeout %v: want more than 0", cfg.timeout)
	case cfg.samples != "" && cfg.limit == 0:
		return cfg, errors.New("-samples without -limit")
	case cfg.grace < 0:
		return cfg, fmt.Errorf("-grace %v: want 0 or more", cfg.grace)
	}
	cfg.script, cfg.args = f.Arg(0), f.Args()[1:]
	if before := len(args) - f.NArg(); before == 0 || args[before-1] != "--" {
		for _, name := range flagsAmong(cfg.args, f) {
			fmt.Fprintf(stderr, "luarun: warning: -%s goes to the script, as all arguments after it; "+
				"flags of luarun go before it, and -- before or after it silences this\n", name)
		}
	}
	return cfg, nil
}

// flagsAmong returns the names of the flags of f that args look like, up to a --.
func flagsAmong(args []string, f *flag.FlagSet) (names []string) {
	for _, arg := range args {
		if arg == "--" {
			break
		}
		name, dashed := strings.CutPrefix(arg, "-")
		name, _, _ = strings.Cut(strings.TrimPrefix(name, "-"), "=")
		if dashed && f.Lookup(name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// read reads the script.
func (c *config) read(stdin io.Reader) error {
	var source []byte
	var err error
	if c.script == "-" {
		c.name = "=stdin"
		source, err = io.ReadAll(stdin)
	} else {
		c.name = "@" + c.script
		source, err = os.ReadFile(c.script)
	}
	c.source = string(source)
	return err
}

const maxStates = 4096
