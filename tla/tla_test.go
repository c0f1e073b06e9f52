package tla

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"casalloc/impl/cmd/missing"
)

var full = flag.Bool("full", false, "run the cases of the full lane too")

// quickStates is how many states a case of tla-checker may have in the quick lane: it sees some
// hundred a second.
const quickStates = 1700

// summary says what the engines did. It is one line, at the end of the package's output.
var summary []string

func TestMain(m *testing.M) {
	code := m.Run()
	if len(summary) > 0 {
		fmt.Println("tla:", strings.Join(summary, "; "))
	}
	os.Exit(missing.Report(code))
}

// A tally counts the cases that each engine judged as their rows say.
type tally struct {
	mu      sync.Mutex
	by      map[string]int
	covered []map[string]int64 // of the cases with coverage: what fired
}

func (y *tally) add(engine string, r Report) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.by[engine]++
	if r.Fired != nil {
		y.covered = append(y.covered, r.Fired)
	}
}

func (y *tally) String() string {
	return fmt.Sprintf("%s judged %d, %s judged %d", tlcEngine, y.by[tlcEngine], checkerEngine, y.by[checkerEngine])
}

// TestCases runs every case of the lane on every engine that is there. What a counterexample comes to,
// in numbers, contradicts the claim.
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
	engines, need := findEngines(t)
	clock := startClock(t)
	done, noEngine := tally{by: make(map[string]int)}, 0
	t.Cleanup(func() { // after the parallel subtests
		summary = append(summary, fmt.Sprintf("%d cases of the %s: %s, no engine %d, out of time %d",
			len(cases), lane, &done, noEngine, len(clock.left)))
		show := 0
		for _, c := range cases {
			if covers(c) {
				show++
			}
		}
		if n := show - len(done.covered); n > 0 {
			t.Logf("coverage is not judged: %d of %d cases that show it were not", n, show)
		} else if err := checkFired(done.covered); err != nil {
			t.Error(err)
		}
	})
	lost := make(map[string]int) // cases of each engine that is not there
	for _, c := range cases {
		given := false
		for _, name := range c.Engines {
			e, ok := engines[name]
			if name == checkerEngine && c.Counts.Distinct > quickStates && !*full {
				continue
			}
			if !ok {
				lost[name]++
				continue
			}
			given = true
			t.Run(c.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				clock.judge(t, c.Name, func(ctx context.Context) error {
					r, err := e.Run(ctx, Modules, c)
					if tlc, ok := e.(quiet); ok && err == nil && !c.Expect.passes() {
						err = broke(ctx, tlc.TLC, c, r)
					}
					if err == nil {
						done.add(name, r)
						t.Logf("%s: %s, %d distinct states, judged by %s",
							c.Name, r.Verdict, r.Counts.Distinct, r.Engine)
					}
					return err
				})
			})
		}
		if !given {
			noEngine++
			t.Logf("%s: not judged, no engine for it here and in this lane", c.Name)
		}
	}
	if tool, ok := need[tlcEngine]; ok {
		what := fmt.Sprintf("%d of %d cases", noEngine, len(cases))
		if alone := lost[tlcEngine] - noEngine; alone > 0 {
			what += fmt.Sprintf(" (%d by the second engine alone)", alone)
		}
		missing.Note(tool, what)
	}
	if tool, ok := need[checkerEngine]; ok {
		missing.Note(tool, fmt.Sprintf("%d of %d cases by the second engine", lost[checkerEngine], len(cases)))
	}
	if len(engines) == 0 {
		t.Skip("no engine")
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
		{"twice", func(c *Case) { c.Promises = []string{"Exact"} }, "are the same cell"},
		{"unknown promise", func(c *Case) { c.Promises = []string{"Fast"} }, `"Fast" is no promise`},
		{"hole", func(c *Case) { c.Protocol = "Other" }, "no case for"},
	} {
		changed := slices.Clone(cases)
		tt.change(&changed[i])
		if _, err := VerdictTable(changed); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: VerdictTable = %v, want it to say %q", tt.name, err, tt.why)
		}
	}
}

// One case may be several cells.
func TestVerdictTableSharedCase(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, Case{Name: "Shared", Protocol: "P", Promises: promises, Expect: Verdict{Kind: "pass"}})
	table, err := VerdictTable(cases)
	if err != nil {
		t.Fatal(err)
	}
	for _, promise := range promises {
		i := strings.Index(table, "| `"+promise+"` |")
		row, _, _ := strings.Cut(table[max(i, 0):], "\n")
		if i < 0 || !strings.HasSuffix(row, " kept<br>`Shared` |") {
			t.Errorf("the row of %s does not end with the case: %s", promise, row)
		}
	}
}

// TestVerdictTable fails when the README does not show what cases.tsv says.
func TestVerdictTable(t *testing.T) {
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	table, err := VerdictTable(cases)
	if err != nil {
		t.Fatal(err)
	}
	if section(t, "verdicts") != table {
		t.Error("README.md is stale: go run ./tla/cmd/tlc -verdicts")
	}
}

// section returns the text between the two markers of a section of README.md.
func section(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "<!-- "+name+":begin -->\n")
	text, _, ok := strings.Cut(rest, "<!-- "+name+":end -->\n")
	if !ok {
		t.Fatalf("README.md has no section %s", name)
	}
	return text
}
