//go:build lua54

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"casalloc/impl/bench/internal/price"
	"casalloc/impl/internal/bytesize"
)

// Exit statuses.
const (
	measured = 0
	failed   = 1 // a script failed, or printed something else, or left memory behind
	misused  = 2
)

// config is what the arguments say.
type config struct {
	rounds    int
	threads   []int
	limit     bytesize.Size
	dir       string
	chosen    []script
	crossings bool
	json      bool
	from      string // a file to read instead of measuring; "": none
}

func main() { os.Exit(command(os.Args[1:], os.Stdout, os.Stderr)) }

// command returns the exit status.
func command(args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return measured
	}
	if err != nil {
		fmt.Fprintln(stderr, "luaprice:", err)
		return misused
	}
	var r tabled
	p := newProgress(stderr, cfg.rounds)
	switch {
	case cfg.from != "":
		r, err = load(cfg.from, cfg.crossings)
	case cfg.crossings:
		r, err = crossings(cfg, p.at)
	default:
		r, err = measure(cfg, p.at)
	}
	p.done()
	if err == nil && cfg.json {
		e := json.NewEncoder(stdout)
		e.SetIndent("", "  ")
		err = e.Encode(r)
	} else if err == nil {
		err = r.WriteTable(stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "luaprice:", err)
		return failed
	}
	return measured
}

// tabled is a *price.Report or *price.Crossings.
type tabled interface {
	Judge() error
	WriteTable(io.Writer) error
}

// load reads what -json has written.
func load(file string, crossings bool) (tabled, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r tabled = new(price.Report)
	if crossings {
		r = new(price.Crossings)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // the two are not confused
	if err := d.Decode(r); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return r, r.Judge()
}

func parse(args []string, stderr io.Writer) (config, error) {
	cfg := config{limit: 1 << 30}
	var threads, names string
	f := flag.NewFlagSet("luaprice", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.BoolVar(&cfg.crossings, "crossings", false,
		"count instead how many calls go from C into Go near a limit, for 1 and 8 states with accounts")
	f.StringVar(&cfg.dir, "dir", "../lua54/testdata", "the `folder` with the scripts")
	f.StringVar(&cfg.from, "from", "", "measure nothing: read the output of -json from `file`")
	f.BoolVar(&cfg.json, "json", false, "print one JSON object, for machines and for ./plot")
	f.Var(&cfg.limit, "limit", "`size` all states of a run may have together; more than they need")
	f.IntVar(&cfg.rounds, "rounds", 9, "`number` of rounds; each runs everything once")
	f.StringVar(&names, "scripts", "",
		"`names` of scripts, with commas between: "+strings.Join(allScripts(), ",")+" (default all)")
	f.StringVar(&threads, "threads", "1,2", "`numbers` of threads, a state on each, with commas between")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, "Measures what Lua scripts cost under several allocators, with a limit and without.\n\n"+
				"usage, in impl/bench: go run -tags lua54 ./luaprice [flags]\n\n")
			f.SetOutput(stderr)
			f.PrintDefaults()
			fmt.Fprint(stderr, "\nProgress goes to stderr. "+
				"Exit status: 0 measured, 1 failed, 2 bad arguments.\n")
			return cfg, err
		}
		return cfg, fmt.Errorf("%w; see -h", err)
	}
	switch {
	case f.NArg() > 0:
		return cfg, fmt.Errorf("what is %q? There are only flags; see -h", f.Arg(0))
	case cfg.rounds < 1:
		return cfg, fmt.Errorf("-rounds %d: want 1 or more", cfg.rounds)
	}
	var err error
	if cfg.threads, err = numbers(threads); err != nil {
		return cfg, fmt.Errorf("-threads %s: %w", threads, err)
	}
	if cfg.from != "" {
		return cfg, nil
	}
	chosen := allScripts()
	if names != "" {
		chosen = strings.Split(names, ",")
	}
	cfg.chosen, err = read(cfg.dir, chosen)
	return cfg, err
}

const maxThreads = 64

func numbers(list string) ([]int, error) {
	var ns []int
	for _, text := range strings.Split(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxThreads {
			return nil, fmt.Errorf("want numbers from 1 to %d with commas between", maxThreads)
		}
		ns = append(ns, n)
	}
	return ns, nil
}

// A progress says on w what runs now. On a terminal it rewrites one line; elsewhere it writes one
// line per round.
type progress struct {
	w        io.Writer
	rounds   int
	terminal bool
	last     int // round that it spoke of; -1: none
}

func newProgress(w io.Writer, rounds int) *progress {
	p := &progress{w: w, rounds: rounds, last: -1}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// at says that a script of a round begins; round 0 warms up.
func (p *progress) at(round int, script string) {
	text := "warming up"
	if round > 0 {
		text = fmt.Sprintf("round %d of %d", round, p.rounds)
	}
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K%s: %s", text, script)
	case round != p.last:
		fmt.Fprintln(p.w, text)
	}
	p.last = round
}

// done clears the line.
func (p *progress) done() {
	if p.terminal && p.last >= 0 {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func machine() price.Machine {
	cpu := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.Trim(name, " \t:\n")
				break
			}
		}
	}
	return price.Machine{Go: runtime.Version(), Lua: luaRelease, CPU: fmt.Sprintf("%d x %s", runtime.NumCPU(), cpu)}
}
