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
	_, noZ3 := prove.FindZ3()
	missing.Skip(t, cmp.Or(noTLC, noZ3), "")
}

// TestUsage: -h says which name is which theorem.
func TestUsage(t *testing.T) {
	for _, th := range slices.Concat(prove.Theorems, prove.Rivals) {
		line := th.Name + strings.Repeat(" ", 18-len(th.Name)) + th.As + " in tla/" + th.Module + ".tla"
		if !strings.Contains(usage, "  "+line) {
			t.Errorf("the usage does not say %q", line)
		}
	}
}

// TestMisuse: a name that does not exist is wrong usage, and the names that do are printed.
func TestMisuse(t *testing.T) {
	for _, test := range []struct{ args, says string }{
		{"Nope", `no theorem and no module "Nope": a FILE.tla, or one of BudgetCAS, Accounts, AddUndo, `},
		{"BudgetCAS nope.tla", `no theorem and no module "nope.tla"`},
		{"-solver z4", `no solver "z4": z3 or z3-solver`},
		{"-without Nope BudgetCAS", `-without "Nope": there are CompareAndSwap, Rollback, `},
		{"-without generation", `-without "generation": there are CompareAndSwap, `},
		{"-without Draining BudgetCAS", `-without "Draining": there are CompareAndSwap, `},
		{"-without Generation,Nope", `-without "Nope": there are `},
		{"-without Generation HAProxy", `-without "Generation": there are none`},
	} {
		if strings.HasPrefix(test.args, "-without") {
			needed(t)
		}
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(test.args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.Contains(stderr.String(), test.says) || stdout.Len() > 0 {
			t.Errorf("%s: %v, %q and %q; want wrong usage and %q", test.args, err, &stdout, &stderr, test.says)
		}
	}
}

// TestSwitchOff: what is switched off is so where the name exists.
func TestSwitchOff(t *testing.T) {
	needed(t)
	wanted, err := find(nil)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := tla.FindTLC()
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := read(t.Context(), string(jar), wanted, &table{})
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%d theorems, %v; want BudgetCAS and Accounts", len(jobs), err)
	}
	if err := switchOff(jobs, []string{"Generation", "Lock"}); err != nil {
		t.Fatal(err)
	}
	if got := slices.Concat(jobs[0].without, jobs[1].without); !slices.Equal(got, []string{"Generation", "Lock"}) {
		t.Errorf("BudgetCAS is without %q, Accounts without %q", jobs[0].without, jobs[1].without)
	}
}

// TestProve: what is printed of modules that are none of this project's, and how it ends.
func TestProve(t *testing.T) {
	needed(t)
	const folder = "tla/prove/testdata/theorems/"
	for _, test := range []struct {
		file  string
		says  []string
		fails string
	}{
		{"Lock", []string{
			"Lock.tla:54:\nTHEOREM Exclusion  == Spec => [](TypeOK /\\ Inv) /\\ []AtMost\n",
			"proved: Exclusion\n", "proved: Refinement\n",
			"skipped: Lock.tla:58, a THEOREM without a name\n",
			"not proved: Live: Lock.tla:59: not supported: <> as a claim",
			"  open: Enter, path 1: Unlocked is ", "not proved: Always, open goals: 1\n",
			"not proved: None: vacuous: the ASSUMEs and the premises contradict each other\n",
		}, "not proved: 11 of 15 theorems"},
		{"Turns", nil, "nothing proved: no THEOREM with a name"},
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), []string{"-keep", t.TempDir(), folder + test.file + ".tla"}, &stdout, &stderr)
		if err == nil || err.Error() != test.fails || errors.Is(err, command.ErrUsage) {
			t.Errorf("%s: %v, want %s", test.file, err, test.fails)
		}
		for _, says := range test.says {
			if !strings.Contains(stdout.String(), says) {
				t.Errorf("%s: no %q in\n%s", test.file, says, &stdout)
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
