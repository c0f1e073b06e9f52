package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/command"
	"casalloc/impl/cmd/missing"
	"casalloc/tla"
	"casalloc/tla/prove"
	"casalloc/tla/prove/smt"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../../.."); err != nil { // the command runs in the root of the checkout
		panic(err)
	}
	os.Exit(missing.Report(m.Run()))
}

// needed skips the test if TLC's jar or z3 is missing.
func needed(t *testing.T) {
	t.Helper()
	_, noTLC := tla.FindTLC()
	_, noZ3 := smt.FindZ3()
	missing.Skip(t, cmp.Or(noTLC, noZ3), "")
}

// TestUsage: -h says which name is which theorem.
func TestUsage(t *testing.T) {
	for _, th := range prove.Rivals {
		line := th.Name + strings.Repeat(" ", 18-len(th.Name)) + th.As + " in tla/" + th.Module + ".tla"
		if !strings.Contains(usage, "  "+line) {
			t.Errorf("the usage does not say %q", line)
		}
	}
}

// TestMisuse: a name that does not exist is wrong usage, and the names that do are printed.
func TestMisuse(t *testing.T) {
	for _, test := range []struct{ args, says string }{
		{"", "nothing to prove: a FILE.tla, or one of AddUndo, "},
		{"Nope", `no rival and no module "Nope": a FILE.tla, or one of AddUndo, `},
		{"HAProxy nope.tla", `no rival and no module "nope.tla"`},
		{"-solver z4 HAProxy", `no solver "z4": there are z3, z3-solver`},
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(test.args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.Contains(err.Error(), test.says) || stdout.Len() > 0 {
			t.Errorf("%s: %v, and %q; want wrong usage, and %q", test.args, err, &stdout, test.says)
		}
	}
}

// TestProve: what is printed of modules that are none of this project's, and how it ends.
func TestProve(t *testing.T) {
	needed(t)
	for _, test := range []struct{ files, fails, says string }{
		{"Nameless.tla", "nothing proved: no THEOREM with a name", "skipped: Nameless.tla:7, a THEOREM without a name\n"},
		{"Turns.tla OtherSpec.tla Strings.tla Vacuous.tla", "not proved: 3 of 4 theorems", `
Turns.tla:10:
THEOREM Two == Spec => [](turn \in 0..1)

proved: Two
skipped: Turns.tla:11, a THEOREM without a name
  open: Evil, path 2: Inv is
not proved: OtherSpecCorrect, open goals: 1
not proved: StringsCorrect: Strings.tla:6: not supported: the variable f
not proved: VacuousCorrect: vacuous: the ASSUMEs and the premises contradict each other
`},
	} {
		args := []string{"-keep", t.TempDir()}
		for _, f := range strings.Fields(test.files) {
			args = append(args, "tla/prove/testdata/theorems/"+f)
		}
		var stdout, stderr strings.Builder
		err := run(t.Context(), args, &stdout, &stderr)
		if err == nil || err.Error() != test.fails || errors.Is(err, command.ErrUsage) {
			t.Errorf("%s: %v, want %s", test.files, err, test.fails)
		}
		for says := range strings.Lines(test.says) {
			if !strings.Contains(stdout.String(), strings.TrimSuffix(says, "\n")) {
				t.Errorf("%s: no %q in\n%s", test.files, says, &stdout)
			}
		}
	}
}

// TestJSON: the lines say the same.
func TestJSON(t *testing.T) {
	needed(t)
	var stdout, stderr strings.Builder
	err := run(t.Context(), []string{"-json", "tla/prove/testdata/theorems/Vacuous.tla"}, &stdout, &stderr)
	if err == nil {
		t.Error("a false theorem, and no error")
	}
	type line struct {
		Theorem, Text, Error string
		Proved               bool
	}
	var got []line
	for text := range strings.Lines(stdout.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got = append(got, l)
	}
	want := []line{
		{Theorem: "VacuousCorrect", Text: `THEOREM VacuousCorrect == Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promise)`},
		{Theorem: "VacuousCorrect", Error: "vacuous: the ASSUMEs and the premises contradict each other"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}
