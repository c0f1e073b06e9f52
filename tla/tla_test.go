package tla

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casalloc/impl/cmd/missing"
)

var full = flag.Bool("full", false, "run the cases of the full lane too")

// quickStates is how many states a case of tla-checker may have in the quick lane: it sees some
// hundred a second.
const quickStates = 1700

// summary says how many cases each engine judged. It is one line, at the end of the package's
// output.
var summary []string

func TestMain(m *testing.M) {
	code := m.Run()
	if len(summary) > 0 {
		fmt.Println("tla:", strings.Join(summary, "; "))
	}
	os.Exit(missing.Report(code))
}

// laneCases returns the cases of the lane, and its name.
func laneCases(t *testing.T) ([]Case, string) {
	t.Helper()
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	if *full {
		return cases, "quick and full lanes"
	}
	return slices.DeleteFunc(cases, func(c Case) bool { return c.Lane == "full" }), "quick lane"
}

// margin is what the engines leave of go test's time. At the end of it, go test ends the process,
// which would leave a java behind.
const margin = 10 * time.Second

// untilDeadline returns a context for the subtests of t, and for what t cleans up after them.
func untilDeadline(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	if deadline, ok := t.Deadline(); ok {
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		t.Cleanup(cancel)
	}
	return ctx
}

// TestCases has TLC judge every case of the lane. What a counterexample comes to, in numbers,
// contradicts the claim.
func TestCases(t *testing.T) {
	cases, lane := laneCases(t)
	tlc := findTLC(t, fmt.Sprintf("%d cases", len(cases)))
	ctx := untilDeadline(t)
	searches, err := searchesOf(cases)
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu      sync.Mutex
		judged  int
		refuted []Counterexample
		covered []map[string]int64 // what fired in each search with coverage
		unmade  int                // searches with coverage that were not made
	)
	t.Cleanup(func() { // after the parallel subtests
		summary = append(summary, fmt.Sprintf("%s judged %d of %d cases of the %s", tlcEngine, judged, len(cases), lane))
		lines, err := tlc.Broke(ctx, Modules, refuted...)
		for i, line := range lines {
			err = errors.Join(err, checkBroke(refuted[i].Case, line))
		}
		if unmade > 0 {
			t.Logf("coverage is not judged: %d searches that show it were not made", unmade)
		} else {
			err = errors.Join(err, checkFired(covered))
		}
		if err != nil {
			t.Error(err)
		}
	})
	for _, s := range searches {
		if s.coverage {
			unmade++
		}
		t.Run(s.name(), func(t *testing.T) {
			t.Parallel()
			exit, log, err := s.run(ctx, tlc)
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			var fired map[string]int64 // the same for each of the cases
			for _, c := range s.cases {
				r, err := JudgeTLC(c, exit, log)
				fired = r.Fired
				if err != nil {
					t.Errorf("%s: %v\n%s", c.Name, err, evidence(r, log))
					continue
				}
				t.Logf("%s: %s, %d distinct states, judged by %s", c.Name, r.Verdict, r.Counts.Distinct, r.Engine)
				judged++
				if !c.Expect.passes() {
					refuted = append(refuted, Counterexample{c, r})
				}
			}
			if s.coverage {
				unmade--
				covered = append(covered, fired)
				if fired == nil {
					t.Error("no coverage")
				}
			}
		})
	}
}

// TestSecondEngine has tla-checker judge the cases that it can read. Without -full, these are those
// of up to quickStates.
func TestSecondEngine(t *testing.T) {
	cases, lane := laneCases(t)
	cases = slices.DeleteFunc(cases, func(c Case) bool {
		return !c.runs(checkerEngine) || c.Counts.Distinct > quickStates && !*full
	})
	checker, err := FindChecker(".")
	missing.Skip(t, err, fmt.Sprintf("%d cases by the second engine", len(cases)))
	ctx := untilDeadline(t)
	var judged atomic.Int32
	t.Cleanup(func() {
		summary = append(summary, fmt.Sprintf("%s judged %d of %d cases of the %s", checkerEngine, judged.Load(), len(cases), lane))
	})
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			r, err := checker.Run(ctx, Modules, c)
			if err != nil {
				t.Fatal(err)
			}
			judged.Add(1)
			t.Logf("%s: %s, %d distinct states, judged by %s", c.Name, r.Verdict, r.Counts.Distinct, r.Engine)
		})
	}
}

// TestVerdictTable fails when the README does not show what cases.tsv says, and when it is not
// strict.
func TestVerdictTable(t *testing.T) {
	cases, _ := laneCases(t)
	table, err := VerdictTable(cases)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("README.md")
	if !strings.Contains(string(page), "<!-- verdicts:begin -->\n"+table+"<!-- verdicts:end -->\n") || err != nil {
		t.Errorf("README.md is stale, %v: go run ./tla/cmd/tlc -verdicts", err)
	}

	shared := Case{Name: "Shared", Protocol: "P", Promises: promises, Expect: Verdict{Kind: "pass"}}
	table, err = VerdictTable(append(cases, shared))
	if n := strings.Count(table, " kept<br>`Shared` |\n"); n != len(promises) || err != nil {
		t.Errorf("%d rows, %v, end with the case that is %d cells", n, err, len(promises))
	}

	i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == "HAProxy-StrictLimit" })
	for _, tt := range []struct {
		name   string
		change func(c *Case)
		why    string
	}{
		{"no cell", func(c *Case) { c.Protocol = "-" }, "a note on HAProxy-StrictLimit"},
		{"kept", func(c *Case) { c.Expect = Verdict{Kind: "pass"} }, "a note on HAProxy-StrictLimit"},
		{"renamed", func(c *Case) { c.Name = "HAProxy-Strict" }, "HAProxy-StrictLimit has the name HAProxy-Strict"},
		{"twice", func(c *Case) { c.Protocol, c.Name = "TwoWord", "TwoWord-StrictLimit" }, "are the same cell"},
		{"unknown promise", func(c *Case) { c.Promises = []string{"Fast"} }, `"Fast" is no promise`},
		{"hole", func(c *Case) { c.Promises = nil }, "no case for StrictLimit of HAProxy"},
	} {
		changed := slices.Clone(cases)
		tt.change(&changed[i])
		if _, err := VerdictTable(changed); err == nil || !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: VerdictTable = %v, want it to say %q", tt.name, err, tt.why)
		}
	}
}
