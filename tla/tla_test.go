package tla

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"casalloc/tla/readme"
)

var full = flag.Bool("full", false, "run the cases of the full lane too")

// quickStates is how many states a case of tla-checker may have in the quick lane: it sees some
// hundred a second.
const quickStates = 1700

type engine interface {
	Run(context.Context, fs.FS, Case) (Report, error)
}

// quiet is TLC without its progress lines.
type quiet struct{ TLC }

func (q quiet) Run(ctx context.Context, dir fs.FS, c Case) (Report, error) {
	return q.TLC.Run(ctx, dir, c, nil)
}

// summary says what TestCases did, in one line. It is the last line of the package's output.
var summary string

func TestMain(m *testing.M) {
	code := m.Run()
	if summary != "" {
		fmt.Println("tla:", summary)
	}
	os.Exit(code)
}

// findEngines returns the engines that are there, and why others are not.
func findEngines(t *testing.T) (map[string]engine, error) {
	engines := make(map[string]engine)
	tlc, noTLC := FindTLC()
	if noTLC == nil {
		t.Logf("tlc is %s", tlc)
		engines[tlcEngine] = quiet{tlc}
	} else if !errors.Is(noTLC, ErrNoTLC) {
		t.Error(noTLC)
	}
	checker, noChecker := FindChecker(".")
	if noChecker == nil {
		engines[checkerEngine] = checker
	}
	return engines, errors.Join(noTLC, noChecker)
}

// A tally counts the cases that engines judged as their rows say.
type tally struct {
	mu     sync.Mutex
	by     map[string]int // of an engine
	judged map[string]bool
}

func (y *tally) add(engine, name string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.by[engine]++
	y.judged[name] = true
}

func (y *tally) String() string {
	return fmt.Sprintf("%s judged %d, %s judged %d", tlcEngine, y.by[tlcEngine], checkerEngine, y.by[checkerEngine])
}

// TestCases runs every case of the lane on every engine that is there.
func TestCases(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	lane := "quick lane"
	if *full {
		lane = "quick and full lanes"
	} else {
		cases = slices.DeleteFunc(cases, func(c Case) bool { return c.Lane == "full" })
	}
	engines, missing := findEngines(t)
	if len(engines) == 0 {
		summary = fmt.Sprintf("no engine for the %d cases of the %s: "+
			"go run ./tla/cmd/tlc -download, or npm ci --prefix tla", len(cases), lane)
		if os.Getenv("CI") == "true" {
			t.Fatal(summary)
		}
		t.Skip(summary)
	} else if missing != nil {
		t.Log(missing)
	}
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		// Before go test ends the process: that would leave a java behind.
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-10*time.Second))
		t.Cleanup(cancel)
	}
	done := tally{by: make(map[string]int), judged: make(map[string]bool)}
	t.Cleanup(func() { // after the parallel subtests
		summary = fmt.Sprintf("%d cases of the %s: %s, no engine %d",
			len(cases), lane, &done, len(cases)-len(done.judged))
	})
	for _, c := range cases {
		given := false
		for _, name := range c.Engines {
			e, ok := engines[name]
			if !ok || name == checkerEngine && c.Counts.Distinct > quickStates && !*full {
				continue
			}
			given = true
			t.Run(c.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				r, err := e.Run(ctx, Modules, c)
				if err != nil {
					t.Fatal(err)
				}
				done.add(name, c.Name)
				t.Logf("%s: %s, %d distinct states, judged by %s", c.Name, r.Verdict, r.Counts.Distinct, r.Engine)
			})
		}
		if !given {
			t.Logf("%s: not judged, no engine for it here and in this lane", c.Name)
		}
	}
}

// A case that does not finish is a failure, and its process is ended.
func TestTimeout(t *testing.T) {
	tlc, err := FindTLC()
	if err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c := Case{Name: "endless", Module: "Toy", Cfg: "timed-out.cfg", Expect: Verdict{Kind: "pass"}, Lane: "full"}
	_, err = tlc.Run(ctx, os.DirFS("testdata/toy"), c, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "endless: timed out") {
		t.Errorf("Run of an endless case = %v, want it timed out", err)
	}
}

// A dump has each state and each step that TLC counts. There is none of a case that is not as its
// row says.
func TestDump(t *testing.T) {
	tlc, err := FindTLC()
	if err != nil {
		t.Skip(err)
	}
	toy := os.DirFS("testdata/toy")
	c := Case{Name: "pass", Module: "Toy", Cfg: "pass.cfg", Expect: Verdict{Kind: "pass"}, Counts: Counts{4, 6},
		Lane: "quick"}
	dot, err := tlc.Dump(t.Context(), toy, c)
	if err != nil {
		t.Fatal(err)
	}
	states, steps := make(map[string]bool), 0
	for line := range strings.Lines(string(dot)) {
		if node, _, ok := strings.Cut(line, " [label="); ok && strings.Contains(node, " -> ") {
			steps++
		} else if ok {
			states[node] = true
		}
	}
	// One of the generated states is the initial one: no step leads to it.
	if len(states) != 4 || steps != 5 {
		t.Errorf("%d states and %d steps, want 4 and 5:\n%s", len(states), steps, dot)
	}
	c.Counts.Generated++
	if _, err := tlc.Dump(t.Context(), toy, c); err == nil || !strings.Contains(err.Error(), "want 4 of 7") {
		t.Errorf("Dump of a case with another count = %v, want it refused", err)
	}
	c.Cfg = "no-such-name.cfg"
	if _, err := tlc.Dump(t.Context(), toy, c); err == nil || !strings.Contains(err.Error(), "Nope") {
		t.Errorf("Dump of a case that TLC cannot read = %v, want it refused", err)
	}
}

func TestVerdictTableStrict(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == "HAProxy-StrictLimit" })
	for _, tt := range []struct {
		name   string
		change func(c *Case)
		why    string
	}{
		{"no cell", func(c *Case) { c.Protocol = "-" }, "a note on HAProxy-StrictLimit"},
		{"kept", func(c *Case) { c.Expect = Verdict{Kind: "pass"} }, "a note on HAProxy-StrictLimit"},
		{"renamed", func(c *Case) { c.Name = "HAProxy-Strict" }, "a note on HAProxy-StrictLimit"},
		{"twice", func(c *Case) { c.Promise = "Exact" }, "HAProxy-StrictLimit are the same cell"},
		{"unknown promise", func(c *Case) { c.Promise = "Fast" }, `"Fast" is no promise`},
		{"hole", func(c *Case) { c.Protocol = "Other" }, "no case for"},
	} {
		changed := slices.Clone(cases)
		tt.change(&changed[i])
		if _, err := VerdictTable(changed); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: VerdictTable = %v, want it to say %q", tt.name, err, tt.why)
		}
	}
}

// TestVerdictTable fails when a README does not show what cases.tsv says.
func TestVerdictTable(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	table, err := VerdictTable(cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../README.md", "README.md"} {
		if text, err := readme.Read(name, VerdictsSection); err != nil {
			t.Error(err)
		} else if text != table {
			t.Errorf("%s is stale: go run ./tla/cmd/tlc -verdicts", name)
		}
	}
}
