package tla

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"casalloc/impl/cmd/missing"
)

// findTLC returns TLC, or skips what needs it: the check, or the test if that is "".
func findTLC(t *testing.T, check string) TLC {
	t.Helper()
	tlc, err := FindTLC()
	missing.Skip(t, err, check)
	return tlc
}

// toy are the modules of the tests that run an engine for its own sake. Those come before
// TestCases, which may use up all of go test's time.
var toy = os.DirFS("testdata/toy")

// A case that does not finish is a failure, and its process is ended.
func TestTimeout(t *testing.T) {
	tlc := findTLC(t, "")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c := Case{Name: "endless", Module: "Toy", Cfg: "timed-out.cfg", Expect: Verdict{Kind: "pass"}, Lane: "full"}
	_, err := tlc.Run(ctx, toy, c, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "endless: timed out") {
		t.Errorf("Run of an endless case = %v, want it timed out", err)
	}
}

// A dump has each state and each step that TLC counts. There is none of a case that is not as its
// row says.
func TestDump(t *testing.T) {
	tlc := findTLC(t, "")
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
