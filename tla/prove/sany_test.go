package prove

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A toy is a module of one variable, with a formula in the place of its step.
const toy = `---- MODULE Toy ----
EXTENDS Integers, FiniteSets, Sequences
CONSTANTS Threads, Sizes
VARIABLES x, held
ASSUME TRUE
Assumed == TRUE
TypeOK == x \in Int /\ held \in [Threads -> Int]
Inv == x >= 0
Init == x = 0 /\ held = [t \in Threads |-> 0]
Next == \E t \in Threads : STEP
====
`

// TestUnsupported: a construct that is not known is an error that names it, and the line.
func TestUnsupported(t *testing.T) {
	for _, test := range []struct{ step, says string }{
		{`x' = (CHOOSE n \in Sizes : n > x) /\ UNCHANGED held`, "$BoundedChoose at line 10"},
		{`x' = Len(<<1, x>>) /\ UNCHANGED held`, "Len of module Sequences at line 10"},
		{`x' = x ^ 2 /\ UNCHANGED held`, "^ of module"},
		{`x' = held'[t] /\ held' = held`, "held' at line 10, before it is assigned"},
		{`x' = x`, "Step does not say what held becomes"},
		{`x' = (CASE x > 0 -> 1) /\ UNCHANGED held`, "CASE without OTHER"},
		{`x' = Cardinality(DOMAIN held) /\ UNCHANGED held`, "DOMAIN at line 10"},
		{`(ENABLED (x' = 1)) /\ x' = 1 /\ UNCHANGED held`, "ENABLED at line 10"},
		{`(\A s \in Threads : Cardinality({u \in Threads : held[u] < held[s]}) < 2) /\ x' = x /\ UNCHANGED held`,
			"of what a quantifier around it binds"},
		{`x' \in Sizes /\ UNCHANGED held`, "x' at line 10, before it is assigned"},
	} {
		dir := t.TempDir()
		text := strings.Replace(toy, "STEP", test.step, 1)
		if strings.HasPrefix(test.says, "Step") {
			text = strings.Replace(toy, `\E t \in Threads : STEP`, "Step", 1)
			text = strings.Replace(text, "Next ==", "Step == "+test.step+"\nNext ==", 1)
		}
		if err := os.WriteFile(filepath.Join(dir, "Toy.tla"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		err := walk(t, dir)
		var unsupported unsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: error %v, want one that says %q", test.step, err, test.says)
		}
	}
}

// walk makes all that is to be proved of Toy.
func walk(t *testing.T, dir string) error {
	th := Theorem{Name: "Toy", Module: "Toy", Bytes: []string{"Sizes"}}
	for _, err := range th.obligations(parsed(t, dir, th), nil) {
		if err != nil {
			return err
		}
	}
	return nil
}
