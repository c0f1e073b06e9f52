package tla

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

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
Next == word' = word /\ Has(1)' # Has(1) /\ Other' = 8
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
Next == word' = word /\ HasNext(1) # Has(1) /\ Other' = 8
====
`
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("flatten (-want +got):\n%s", d)
	}
}
