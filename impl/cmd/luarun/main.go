//go:build lua54

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"casalloc/impl"
	"casalloc/impl/internal/bytesize"
	"casalloc/impl/lua54"
	"casalloc/impl/trace"
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

// runStates is the boot sequence and the run.
func runStates(cfg config, stdout io.Writer) (*report, error) {
	budget := impl.NewBudget()
	out := &lines{w: stdout}
	states := make([]*lua54.State, cfg.states)
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
	for i := range states {
		opts := lua54.Options{ID: i + 1, Output: out.of(i + 1), Shared: !cfg.accounts}
		if i == 0 && rec != nil {
			opts.Trace = rec.Writer
		}
		var err error
		if states[i], err = lua54.Open(budget, opts); err != nil {
			return nil, err
		}
		if err := states[i].LoadFile(cfg.script); err != nil {
			return nil, err
		}
	}
	if cfg.limit != 0 {
		if err := budget.SetLimit(int64(cfg.limit)); err != nil {
			return nil, err
		}
	}
	atBoot := budget.Stats().Allocated
	budget.EndBoot()

	ctx := context.Background()
	if cfg.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.timeout)
		defer cancel()
	}
	r := &report{States: make([]stateReport, len(states))}
	var wg sync.WaitGroup
	for i, s := range states {
		wg.Go(func() {
			err := s.Run(ctx, cfg.args...)
			closeErr := s.Close() // at once: others may need its memory
			if err == nil {
				err = closeErr
			}
			r.States[i] = newStateReport(i+1, err, s.Stats())
		})
	}
	wg.Wait()
	out.flush()
	r.total(budget.Stats(), atBoot)
	if rec != nil {
		if err := rec.close(); err != nil {
			return nil, fmt.Errorf("%s: %w", cfg.trace, err)
		}
	}
	return r, nil
}

// A recording is the trace file while it is written.
type recording struct {
	*trace.Writer
	zip  *gzip.Writer // nil: not compressed
	file *os.File
}

func record(path string) (*recording, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	r := &recording{file: f}
	if strings.HasSuffix(path, ".gz") {
		r.zip = gzip.NewWriter(f)
		r.Writer = trace.NewWriter(r.zip)
	} else {
		r.Writer = trace.NewWriter(f)
	}
	return r, nil
}

func (r *recording) close() error {
	err := r.Writer.Close()
	if r.zip != nil {
		err = errors.Join(err, r.zip.Close())
	}
	return errors.Join(err, r.file.Close())
}

// lines writes what many states print, one line at a time.
type lines struct {
	mu     sync.Mutex
	w      io.Writer
	states []*stateLines
}

// stateLines is what one state prints.
type stateLines struct {
	*lines
	prefix string
	rest   []byte // the last line, whose end the state has not printed
}

func (l *lines) of(state int) io.Writer {
	s := &stateLines{lines: l, prefix: fmt.Sprintf("[%d] ", state)}
	l.states = append(l.states, s)
	return s
}

func (s *stateLines) Write(p []byte) (int, error) {
	s.rest = append(s.rest, p...)
	for {
		i := bytes.IndexByte(s.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		if err := s.write(s.rest[:i]); err != nil {
			return 0, err
		}
		s.rest = s.rest[i+1:]
	}
}

func (s *stateLines) write(line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := fmt.Fprintf(s.w, "%s%s\n", s.prefix, line)
	return err
}

// flush writes the lines whose end was never printed.
func (l *lines) flush() {
	for _, s := range l.states {
		if len(s.rest) > 0 {
			s.write(s.rest)
		}
	}
}
