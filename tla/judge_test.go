package tla

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The logs are of TLC 1.7.4 and of today's on testdata/toy, one configuration a log.

var rows = map[string]Case{
	"pass":      {Expect: Verdict{Kind: "pass"}, Counts: Counts{4, 6}},
	"invariant": {Expect: Verdict{"invariant", "NothingLost"}, Counts: Counts{12, 13}, Length: 5},
	"action":    {Expect: Verdict{"property", "Shrinks"}, Counts: Counts{4, 4}, Length: 3},
	"temporal":  {Expect: Verdict{"property", "StaysZero"}, Counts: Counts{4, 6}, Length: 3},
	"refines":   {Expect: Verdict{"property", "RefinesSquare"}, Counts: Counts{4, 4}, Length: 3},
	"deadlock":  {Expect: Verdict{Kind: "deadlock"}, Counts: Counts{4, 5}, Length: 3},
}

func readLog(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "logs", name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestJudgeAccepts(t *testing.T) {
	for name, c := range rows {
		for _, version := range []string{"1.7.4", "today"} {
			r, err := JudgeTLC(c, exitCodes[c.Expect.Kind], readLog(t, name+"-"+version))
			if err != nil {
				t.Errorf("%s of %s: %v", name, version, err)
			}
			if !strings.HasPrefix(r.Engine, "TLC2 Version ") {
				t.Errorf("%s of %s: engine %q", name, version, r.Engine)
			}
		}
	}
}

// Every rejection names its reason, so that no log is rejected for another one.
func TestJudgeRejects(t *testing.T) {
	other := func(c Case, change func(*Case)) Case { change(&c); return c }
	cut := func(log, at string) string { head, _, _ := strings.Cut(log, at); return head }
	for _, tt := range []struct {
		name string
		c    Case
		exit int
		log  string
		why  string
	}{
		{"other invariant", other(rows["invariant"], func(c *Case) { c.Expect.Name = "TypeOK" }), 12,
			readLog(t, "invariant-1.7.4"), `verdict "invariant NothingLost", want "invariant TypeOK"`},
		{"other action property", other(rows["action"], func(c *Case) { c.Expect.Name = "Grows" }), 13,
			readLog(t, "action-1.7.4"), `verdict "property Shrinks", want "property Grows"`},
		{"other temporal property", other(rows["temporal"], func(c *Case) { c.Expect.Name = "Grows" }), 13,
			readLog(t, "temporal-today"), `verdict "property StaysZero", want "property Grows"`},
		{"invariant for property", other(rows["action"], func(c *Case) { c.Expect.Kind = "invariant" }), 13,
			readLog(t, "action-today"), `verdict "property Shrinks", want "invariant Shrinks"`},
		{"property for invariant", other(rows["invariant"], func(c *Case) { c.Expect.Kind = "property" }), 12,
			readLog(t, "invariant-today"), `verdict "invariant NothingLost", want "property NothingLost"`},
		{"deadlock for pass", other(rows["pass"], func(c *Case) { c.Counts = rows["deadlock"].Counts }), 11,
			readLog(t, "deadlock-today"), `verdict "deadlock", want "pass"`},
		{"pass for deadlock", rows["deadlock"], 0, readLog(t, "pass-1.7.4"), `verdict "pass", want "deadlock"`},
		{"pass for refutation", rows["invariant"], 0, readLog(t, "pass-today"), `verdict "pass"`},
		{"refutation for pass", rows["pass"], 12, readLog(t, "invariant-1.7.4"), `want "pass"`},
		{"exit code of another kind", rows["invariant"], 13, readLog(t, "invariant-1.7.4"), "exit code 13, want 12"},
		{"fewer distinct", other(rows["pass"], func(c *Case) { c.Counts.Distinct++ }), 0,
			readLog(t, "pass-1.7.4"), "4 distinct of 6 generated states, want 5 of 6"},
		{"more generated", other(rows["pass"], func(c *Case) { c.Counts.Generated-- }), 0,
			readLog(t, "pass-today"), "4 distinct of 6 generated states, want 4 of 5"},
		{"longer counterexample", other(rows["invariant"], func(c *Case) { c.Length-- }), 12,
			readLog(t, "invariant-today"), "counterexample of 5 states, want 4"},
		{"no counterexample", rows["invariant"], 12,
			strings.ReplaceAll(readLog(t, "invariant-1.7.4"), "MSG 2217", "MSG 0"),
			"counterexample of 0 states, want 5"},
		{"states left on queue", other(rows["pass"], func(c *Case) { c.Counts = Counts{11, 12} }), 0,
			readLog(t, "gives-up-1.7.4"), "4 states left on queue, want 0"},
		{"truncated before the end", rows["pass"], 0,
			cut(readLog(t, "pass-1.7.4"), "@!@!@STARTMSG 2186"), "did not finish"},
		{"truncated before the counts", rows["invariant"], 12,
			cut(readLog(t, "invariant-today"), "@!@!@STARTMSG 2199"), "no final counts"},
		{"empty", rows["pass"], 0, "", "0 verdicts"},
		{"timed out", rows["pass"], -1, readLog(t, "timed-out-1.7.4"), "did not finish"},
		{"killed after the last word", rows["pass"], -1, readLog(t, "pass-1.7.4"), "did not finish"},
		{"parse error", rows["pass"], 150, readLog(t, "parse-error-1.7.4"), "Parsing or semantic analysis failed"},
		{"claim that is not there", rows["invariant"], 151, readLog(t, "no-such-name-1.7.4"), "The invariant Nope"},
		{"evaluation error", other(rows["invariant"], func(c *Case) { c.Expect.Name = "Asserts" }), 76,
			readLog(t, "assert-1.7.4"), "Evaluating invariant Asserts failed"},
		{"refuted before it started", other(rows["invariant"], func(c *Case) { c.Expect.Name = "Positive" }), 12,
			readLog(t, "initial-1.7.4"), "no final counts"},
		{"two verdicts", rows["pass"], 0, readLog(t, "invariant-1.7.4") + readLog(t, "pass-1.7.4"), "2 verdicts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := JudgeTLC(tt.c, tt.exit, tt.log)
			if err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("judge said %v, want it to say %s", err, tt.why)
			}
		})
	}
}

// That a set of one has no symmetry is no problem. Any other warning is.
func TestOneSymmetric(t *testing.T) {
	const warning = "@!@!@STARTMSG 2300:3 @!@!@\nless than two elements\n@!@!@ENDMSG 2300 @!@!@\n"
	log := warning + readLog(t, "pass-1.7.4")
	if _, err := JudgeTLC(rows["pass"], 0, log); err != nil {
		t.Error(err)
	}
	if _, err := JudgeTLC(rows["pass"], 0, strings.ReplaceAll(log, "2300", "2301")); err == nil {
		t.Error("another warning passes")
	}
}

// The schedule of a tree has the value of each word, and of each what else changed.
func TestScheduleOfTree(t *testing.T) {
	state := func(r, a, pc string) State {
		return State{"Step", map[string]string{"word": "[r |-> " + r + ", a |-> " + a + "]", "pc": "(t1 :> " + pc + ")"}}
	}
	const root = "[val |-> 3, stocked |-> FALSE]"
	steps := Schedule([]State{state(root, "[val |-> -1, drained |-> TRUE]", `"Down"`),
		state(root, "[val |-> 2, drained |-> FALSE]", `"Idle"`)})
	want := Step{2, "t1", "Step", "a 2, r 3",
		[]string{"pc: Down -> Idle", "word[a].drained: TRUE -> FALSE", "word[a].val: -1 -> 2"}}
	if d := cmp.Diff(want, steps[1]); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Only the violation of the claim refutes it, and only a whole search keeps it.
func TestJudgeClaim(t *testing.T) {
	lost, stays := Verdict{"invariant", "NothingLost"}, Verdict{"property", "StaysZero"}
	for _, tt := range []struct {
		log    string
		exit   int
		expect Verdict
		fell   bool
		why    string // the error, "" when it is judged
	}{
		{"invariant-1.7.4", 12, lost, true, ""},
		{"invariant-today", 12, lost, true, ""},
		{"initial-1.7.4", 12, Verdict{"invariant", "Positive"}, true, ""},
		{"action-1.7.4", 13, Verdict{"property", "Shrinks"}, true, ""},
		{"temporal-1.7.4", 13, stays, true, ""}, // it has no name in the log
		{"temporal-today", 13, stays, true, ""},
		{"refines-1.7.4", 13, Verdict{"property", "RefinesSquare"}, true, ""},
		{"pass-1.7.4", 0, lost, false, ""},
		{"pass-today", 0, lost, false, ""},
		{"invariant-1.7.4", 12, Verdict{"invariant", "TypeOK"}, false, `verdict "invariant NothingLost"`},
		{"invariant-1.7.4", 12, Verdict{"property", "NothingLost"}, false, `verdict "invariant NothingLost"`},
		{"deadlock-1.7.4", 11, lost, false, `verdict "deadlock"`},
		{"assert-1.7.4", 76, lost, false, "Evaluating invariant Asserts failed"},
		{"parse-error-1.7.4", 150, lost, false, "Parsing or semantic analysis failed"},
		{"no-such-name-1.7.4", 151, lost, false, "The invariant Nope"},
		{"gives-up-1.7.4", 0, lost, false, "4 states left on queue"},
		{"timed-out-1.7.4", -1, lost, false, "did not finish"},
		{"pass-1.7.4", -1, lost, false, "did not finish"},
		{"pass-1.7.4", 12, lost, false, "exit code 12, want 0"},
	} {
		r, err := judgeClaim()(Case{Expect: tt.expect}, tt.exit, readLog(t, tt.log))
		if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s of %s: %v, want %q", tt.expect, tt.log, err, tt.why)
		} else if fell := r.Verdict == tt.expect; err == nil && fell != tt.fell {
			t.Errorf("%s of %s: fell %t, want %t", tt.expect, tt.log, fell, tt.fell)
		}
	}
	uncounted := strings.ReplaceAll(readLog(t, "pass-1.7.4"), "MSG 2199", "MSG 0")
	if _, err := judgeClaim()(Case{Expect: lost}, 0, uncounted); err == nil || err.Error() != "no final counts" {
		t.Errorf("a pass without counts: %v", err)
	}
}

func TestJudgeChecker(t *testing.T) {
	refuted := checkerResult{Type: "InvariantViolation", Message: "Invariant 0 violated", States: 12,
		Trace: []string{"State 0\n  word = 0\nState 1\nState 2\nState 3\nState 4\n"}}
	for _, tt := range []struct {
		name string
		c    Case
		res  checkerResult
		ok   bool
	}{
		{"pass", rows["pass"], checkerResult{Success: true, States: 4}, true},
		{"refuted", rows["invariant"], refuted, true},
		{"other count", rows["pass"], checkerResult{Success: true, States: 3}, false},
		{"warned", rows["pass"], checkerResult{Success: true, States: 4, Warning: []string{"ignored"}}, false},
		{"gave up", rows["pass"], checkerResult{Type: "MaxStatesExceeded", States: 4}, false},
		{"pass for refutation", rows["invariant"], checkerResult{Success: true, States: 12}, false},
		{"error for refutation", rows["invariant"], checkerResult{Type: "InvariantError", States: 12}, false},
		{"refutation for pass", rows["pass"], refuted, false},
	} {
		if _, err := judgeChecker(tt.c, tt.res, []string{"NothingLost"}); (err == nil) != tt.ok {
			t.Errorf("%s: judge said %v", tt.name, err)
		}
	}
}

func TestSchedule(t *testing.T) {
	want := `step  thread  action             word  what changed
1             Initial predicate  0     pc = (t1 :> load @@ t2 :> load)
                                       seen = (t1 :> 0 @@ t2 :> 0)
2     t1      Load               0     pc: load -> store
3     t2      Load               0     pc: load -> store
4     t1      Store              1     pc: store -> done
5     t2      Store              1     pc: store -> done
`
	for _, version := range []string{"1.7.4", "today"} {
		var got strings.Builder
		if err := WriteSchedule(&got, ReadLog(readLog(t, "invariant-"+version)).Trace); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", version, d)
		}
	}
}

func TestFunction(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  map[string]string
	}{
		{`(t1 :> 0 @@ t2 :> -1)`, map[string]string{"t1": "0", "t2": "-1"}},
		{`(t1 :> "Idle" @@ t2 :> {1, 2})`, map[string]string{"t1": `"Idle"`, "t2": "{1, 2}"}},
		{`(0 :> [bytes |-> 2, gen |-> 0] @@ 1 :> [bytes |-> 1, gen |-> 1])`,
			map[string]string{"0": "[bytes |-> 2, gen |-> 0]", "1": "[bytes |-> 1, gen |-> 1]"}},
		{`<<0, <<1, 2>>, (3 :> 4)>>`, map[string]string{"1": "0", "2": "<<1, 2>>", "3": "(3 :> 4)"}},
		{`[head |-> 2, gen |-> 0]`, map[string]string{"head": "2", "gen": "0"}},
		{`{t1, t2}`, nil},
		{`"Idle"`, nil},
		{`-1`, nil},
		{`(t1)`, nil},
		{``, nil},
	} {
		if d := cmp.Diff(tt.want, Function(tt.value)); d != "" {
			t.Errorf("Function(%s) (-want +got):\n%s", tt.value, d)
		}
	}
}
