package tla

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestFlattened: flatten rewrites a module by regular expressions, so TLC judges what comes of it.
// It must say of the rewritten module what it says of the module, in each case that tla-checker
// judges: the verdict, the number of states, the length of the counterexample. Without -full, that
// is one case of each module.
func TestFlattened(t *testing.T) {
	tlc, err := FindTLC()
	if err != nil {
		t.Skip(err)
	}
	cases, err := Cases(Modules)
	if err != nil {
		t.Fatal(err)
	}
	judged := make(map[string]bool)
	for _, c := range cases {
		if !slices.Contains(c.Engines, checkerEngine) || judged[c.Module] && !*full {
			continue
		}
		judged[c.Module] = true
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			text, err := flatten(Modules, c.Module)
			if err != nil {
				t.Fatal(err)
			}
			dir, err := Overlay(Modules, map[string]string{c.Module + ".tla": text})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tlc.Run(t.Context(), dir, c, nil); err != nil {
				t.Error(err)
			}
		})
	}
	if len(judged) == 0 {
		t.Error("tla-checker judges no case")
	}
}

func TestFlatten(t *testing.T) {
	got, err := flatten(fstest.MapFS{
		"Base.tla": {Data: []byte(`---- MODULE Base ----
EXTENDS Integers
VARIABLES word, \* of all
          held
Half == 8
====
`)},
		"Top.tla": {Data: []byte(`---- MODULE Top ----
(* A comment with word' in it. *)
EXTENDS Base, Sequences
Head == word.head + Half
Has(t) == [word |-> Head - held[t], name |-> "word"]
Other == Half
RECURSIVE Sum(_, _)
Sum(F(_), S) == IF S = {} THEN 0 ELSE LET t == CHOOSE t \in S : TRUE IN F(t) + Sum(F, S \ {t})
Held(t) == held[t]
All == Sum(Held, 1..2)
Next == word' = word /\ Has(word.head)' # Has(1) /\ Other' = 8
Step ==
  /\ IF All = 0 THEN word' = 1 /\ held' = held
     ELSE
       /\ word' = 2 /\ UNCHANGED held
====
`)}}, "Top")
	if err != nil {
		t.Fatal(err)
	}
	want := `---- MODULE Top ----
EXTENDS Integers, Sequences
VARIABLES word, 
          held
Half == 8


Head == word.head + Half
HeadNext == word'.head + Half
Has(t) == [word |-> Head - held[t], name |-> "word"]
HasNext(t) == [word |-> HeadNext - held'[t], name |-> "word"]
Other == Half
Held(t) == held[t]
RECURSIVE SumHeld(_)
SumHeld(S) == IF S = {} THEN 0 ELSE LET t == CHOOSE t \in S : TRUE IN Held(t) + SumHeld(S \ {t})
All == SumHeld(1..2)
Next == word' = word /\ HasNext(word'.head) # Has(1) /\ Other = 8
Step ==
  /\ IF All = 0 THEN word' = 1 /\ held' = held
     ELSE
       /\ word' = 2
       /\ UNCHANGED held
====
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flatten (-want +got):\n%s", d)
	}
	for _, refused := range []string{"Step == [word]_held'", "Step == (word + 1)'", "Step == LET w == word IN w' = 1",
		"Each(F(_), G(_), S) == \\A t \\in S : F(t) = G(t)"} {
		module := "---- MODULE Top ----\nVARIABLES word\n" + refused + "\n====\n"
		if got, err := flatten(fstest.MapFS{"Top.tla": {Data: []byte(module)}}, "Top"); err == nil {
			t.Errorf("flatten of %s =\n%s, want it refused", refused, got)
		}
	}
}
