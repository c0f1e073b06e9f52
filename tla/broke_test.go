package tla

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// brokenBy says of each promise what the line of a counterexample is, and when its numbers
// contradict the promise: these are the numbers of the line in their order, without the step.
var brokenBy = map[string]struct {
	line   string
	broken func(n []int) bool
}{
	"NeverOverLimit":     {"charged #, limit #", exceeds},
	"LiveWithinCharge":   {"phys #, counter #", exceeds},
	"NoFalseRefusal":     {"charged #, refused #, limit #", func(n []int) bool { return n[0]+n[1] <= n[2] }},
	"ShrinkNeverRefused": {"held #, refused #", exceeds},
	"Exact":              {"charged #, counter #", func(n []int) bool { return n[0] != n[1] }},
	"WrapSafe":           {"charged #, largest #", exceeds},
	"StrictLimit":        {"charged #, limit #", exceeds},
	// It took more than there was, or reported a release of what there was.
	"OverReleaseCaught": {"counter #, released #, then counter #, pc PC",
		func(n []int) bool { return n[1] > n[0] && n[2] != n[0] || n[1] <= n[0] && n[2] == n[0] }},
	// Of claims that are no promises, the line has the variables.
	"RestWithinLimit": {"limit #, pc (t1 :> PC @@ t2 :> PC), phys (t1 :> # @@ t2 :> #)",
		func(n []int) bool { return n[1]+n[2] > n[0] }},
	"AlwaysWithinLimit": {"counter #, limit #, mode Enforcing", exceeds},
	"NoWaiting":         {"call (t1 :> Resize @@ t2 :> Resize), pc (t1 :> PC @@ t2 :> PC)", nil},
	"WaitFree":          {"step # again, for ever", nil},
}

func exceeds(n []int) bool { return n[0] > n[1] }

var (
	number  = regexp.MustCompile(`-?\b\d+\b`)
	pcValue = regexp.MustCompile(`\b(?:Backend|Caught|DrainLock|Idle|Refill\w+)\b`)
)

// checkBroke returns an error unless the line of the counterexample of c says what it comes to.
func checkBroke(c Case, line string) error {
	want, known := brokenBy[c.Expect.Name]
	numbers, ok := strings.CutPrefix(line, fmt.Sprintf("%s: after step %d: ", c.Expect.Name, c.Length))
	var n []int
	for _, s := range number.FindAllString(numbers, -1) {
		i, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		n = append(n, i)
	}
	numbers = pcValue.ReplaceAllString(number.ReplaceAllString(numbers, "#"), "PC")
	if !known || !ok || numbers != want.line || want.broken != nil && !want.broken(n) {
		return fmt.Errorf("%s: %q, want %s after step %d with %q, and numbers that contradict it",
			c.Name, line, c.Expect.Name, c.Length, want.line)
	}
	return nil
}

// TestBroke: of a claim that is no promise, the line has what the counterexample has. TestCases has
// the lines of all counterexamples.
func TestBroke(t *testing.T) {
	for log, want := range map[string]string{
		"invariant": "NothingLost: after step 5: pc (t1 :> done @@ t2 :> done), word 1",
		"temporal":  "StaysZero: after step 3: step 3 again, for ever",
		"pass":      "",
	} {
		for _, version := range []string{"1.7.4", "today"} {
			c := rows[log]
			c.Module = "Toy"
			r, err := JudgeTLC(c, exitCodes[c.Expect.Kind], readLog(t, log+"-"+version))
			if err != nil {
				t.Fatal(err)
			}
			got, err := TLC("").Broke(t.Context(), toy, Counterexample{c, r})
			if err != nil || got[0] != want {
				t.Errorf("%s of %s: %q, %v; want %q", log, version, got, err, want)
			}
		}
	}
}
