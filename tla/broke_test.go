package tla

import (
	"fmt"
	"regexp"
	"slices"
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
	"WrapSafe":           {"charged #, largest #", exceeds},
	"StrictLimit":        {"charged #, limit #", exceeds},
	"OverReleaseCaught":  {"counter #, released #, then counter #", func(n []int) bool { return n[1] > n[0] && n[2] != n[0] }},
	// Of a claim that is no promise, the line has the variables.
	"RestWithinLimit": {"limit #, pc (t1 :> Idle @@ t2 :> Idle), phys (t1 :> # @@ t2 :> #)",
		func(n []int) bool { return n[1]+n[2] > n[0] }},
}

func exceeds(n []int) bool { return n[0] > n[1] }

var number = regexp.MustCompile(`-?\b\d+\b`)

// checkBroke returns an error unless the line of the counterexample of c says what it comes to. Of a
// tree, and of what an instance must reach, it says so in variables.
func checkBroke(c Case, line string) error {
	numbers, ok := strings.CutPrefix(line, fmt.Sprintf("%s: after step %d: ", c.Expect.Name, c.Length))
	want, known := brokenBy[c.Expect.Name]
	if !known && ok && numbers != "" && !slices.Contains(promises, c.Expect.Name) {
		return nil
	}
	var n []int
	for _, s := range number.FindAllString(numbers, -1) {
		i, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		n = append(n, i)
	}
	if !known || !ok || number.ReplaceAllString(numbers, "#") != want.line || !want.broken(n) {
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
