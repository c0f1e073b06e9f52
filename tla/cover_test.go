package tla

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// In the log, a thread adds to the word in one step, so Store never fires.
func TestCoverageOfLog(t *testing.T) {
	log := readLog(t, "coverage-1.7.4")
	want := map[string]int64{"Toy!Init": 1, "Toy!Load": 4, "Toy!Store": 0, "Toy!Rest": 1}
	begin := strings.Index(log, "@!@!@STARTMSG 2201")
	for name, log := range map[string]string{
		"as it is":        log,
		"twice":           log[:begin] + log[begin:strings.Index(log, "@!@!@STARTMSG 2202")] + log[begin:],
		"in two branches": strings.Replace(log, "module Toy>: 3:4", "module Toy (12 14 13 40)>: 3:4", 1),
	} {
		r, err := JudgeTLC(rows["pass"], 0, log)
		if d := cmp.Diff(want, r.Fired); d != "" || err != nil {
			t.Errorf("%s: %v, fired (-want +got):\n%s", name, err, d)
		}
	}
	if r := ReadLog(readLog(t, "pass-1.7.4")); r.Fired != nil {
		t.Errorf("without coverage, fired = %v", r.Fired)
	}
	strange := strings.Replace(log, "<Store line", "<Store of line", 1)
	if _, err := JudgeTLC(rows["pass"], 0, strange); err == nil || !strings.Contains(err.Error(), "<Store of line") {
		t.Errorf("JudgeTLC of an action that cannot be read = %v", err)
	}
}

func TestCheckFired(t *testing.T) {
	runs := []map[string]int64{{"A!Init": 1, "A!Load": 4, "A!Store": 0}, {"A!Load": 0, "A!Store": 2, "B!Store": 0}}
	for _, tt := range []struct {
		name string
		runs []map[string]int64
		why  string // "" when there is no error
	}{
		{"one run", runs[:1], "no passing case fires A!Store"},
		{"of another module", runs, "no passing case fires B!Store"},
		{"all", append(runs, map[string]int64{"B!Store": 1}), ""},
	} {
		err := checkFired(tt.runs)
		if (err == nil) != (tt.why == "") || err != nil && !strings.HasSuffix(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.why)
		}
	}
}

// TestWantsCoverage: passing cases of each module are run with coverage.
func TestWantsCoverage(t *testing.T) {
	cases, _ := laneCases(t)
	covered := make(map[string]bool)
	for _, c := range cases {
		wants := wantsCoverage(c)
		if wants && !c.Expect.passes() {
			t.Errorf("%s is run with coverage", c.Name)
		}
		if c.Lane == "quick" {
			covered[c.of()] = covered[c.of()] || wants
		}
	}
	for module, ok := range covered {
		if !ok {
			t.Errorf("no case of module %s is run with coverage", module)
		}
	}
}
