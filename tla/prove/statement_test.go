package prove

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRefused: what is not understood is refused, by what it is and where it stands.
func TestRefused(t *testing.T) {
	text, err := os.ReadFile("testdata/theorems/Refused.tla")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	all := statements(t, "Refused")
	for _, want := range []struct{ theorem, says, line string }{
		{"NoSpec", "NoSpec, which is not Spec => claims", "THEOREM NoSpec"},
		{"NoNext", "NoNext, which is not Spec => claims", "THEOREM NoNext"},
		{"Unfolded", "Unfolded, which is not Spec => claims", "THEOREM Unfolded"},
		{"Assumed", "Assumed, which is not Spec => claims", "THEOREM Assumed"},
		{"Uncovered", "v does not cover s", "THEOREM Uncovered"},
		{"OfParts", "$FcnApply in what is to be a tuple of variables", "THEOREM OfParts"},
		{"Twice", "[] as a premise", "THEOREM Twice"},
		{"Sometime", "<> as a premise", "THEOREM Sometime"},
		{"Or", "\\lor as a premise", "THEOREM Or"},
		{"Eventually", "<> as a claim", "THEOREM Eventually"},
		{"LeadsTo", "~> as a claim", "THEOREM LeadsTo"},
		{"Fair", "$WF as a claim", "THEOREM Fair"},
		{"Often", "<> as a claim", "THEOREM Often"},
		{"Nested", "=> as a claim", "THEOREM Nested"},
		{"Quantified", "$BoundedForall as a claim", "THEOREM Quantified"},
		{"Empty", "the constant Threads", "  Threads,"},
		{"Infinite", "the constant Threads", "  Threads,"},
		{"Untyped", "the constant N", "  N"},
		{"Circular", "the constant N", "  N"},
		{"Compared", "the constant N", "  N"},
		{"TwoSorts", "the constant Others", "  Others,"},
		{"InitFree", "the variable s", "  s"},
		{"InitEither", "the variable x", "  x,"},
		{"InitItself", "x, which has no value and no sort", "Itself"},
		{"InitBound", "the variable x", "  x,"},
		{"InitPartly", "a function of other than all threads or listed numbers", "Partly"},
		{"NextString", "x' = a Str, where x is a Int", "ToString"},
		{"NextSet", "action ToSet gives x another sort than Int", "ToSet"},
		{"NextNumber", "action ToNumber gives s another sort than set of Str", "ToNumber"},
		{"NextLeaves", "action Leaves does not say what s becomes", "Leaves"},
		{"NoSum", "More, which is recursive and no sum", "THEOREM NoSum"},
		{"SomeSum", "Sum of other than an operator and all threads", "THEOREM SomeSum"},
	} {
		s := all[want.theorem]
		delete(all, want.theorem) // here, so that -run of one passes
		t.Run(want.theorem, func(t *testing.T) {
			err := refusal(s)
			if err == nil || !strings.Contains(err.Error(), want.says) {
				t.Fatalf("%v, want a refusal that says %q", err, want.says)
			}
			var line int
			if fmt.Sscanf(err.Error(), "Refused.tla:%d:", &line); line == 0 || !strings.HasPrefix(lines[line-1], want.line) {
				t.Errorf("%v, want the line %q", err, want.line)
			}
		})
	}
	for name := range all {
		if name != "" {
			t.Errorf("no refusal of %s is tested", name)
		}
	}
}

// refusal is the error that comes before any solver is asked.
func refusal(s Statement) error {
	for _, err := range s.obligations("") {
		if err != nil {
			return err
		}
	}
	return nil
}

// statements are the theorems of a module in testdata/theorems.
func statements(t *testing.T, module string) map[string]Statement {
	t.Helper()
	read, err := Read(t.Context(), jar(t), filepath.Join("testdata", "theorems", module+".tla"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Statement{}
	for _, s := range read {
		all[s.Name] = s
	}
	return all
}

// TestStatements: theorems of modules that are none of this project's, true and false.
func TestStatements(t *testing.T) {
	z3 := z3(t)
	for _, want := range []struct {
		module, theorem string
		open            []string
		err             string
	}{
		{"Lock", "Exclusion", nil, ""},
		{"Lock", "ByOne", nil, ""},
		{"Lock", "Kinds", nil, ""},
		{"Lock", "Refinement", nil, ""},
		{"Lock", "Live", nil, "<> as a claim"},
		{"Lock", "First", []string{"Init First"}, ""},
		{"Lock", "Always", []string{"Enter Unlocked"}, ""},
		{"Lock", "Follows", []string{"promises Unlocked"}, ""},
		{"Lock", "Steps", []string{"Leave Steps"}, ""},
		{"Lock", "OneSided", []string{"Leave OneSided"}, ""},
		{"Lock", "Backward", []string{"Enter Back!Spec"}, ""},
		{"Lock", "OnItsOwn", []string{"Enter Unlocked", "Leave Kept.2"}, ""},
		{"Lock", "None", nil, "vacuous: the ASSUMEs and the premises contradict each other"},
		{"Lock", "NoInit", nil, "vacuous: the ASSUMEs, the premises and Init contradict each other"},
		{"Lock", "NoState", []string{"Init Never.1.2"}, "vacuous: the ASSUMEs, the premises and the invariant contradict each other"},
		{"Fixed", "FixedCorrect", nil, ""},
		{"WrongSum", "WrongSumCorrect", []string{"Init WrongSumCorrect"}, ""},
		{"OtherSpec", "OtherSpecCorrect", []string{"Evil Inv"}, ""},
		{"Strings", "StringsCorrect", nil, "Strings.tla:6: not supported: the variable f"},
		{"Vacuous", "VacuousCorrect", nil, "vacuous: the ASSUMEs and the premises contradict each other"},
	} {
		t.Run(want.theorem, func(t *testing.T) {
			goals := 0
			var open []string
			err := statements(t, want.module)[want.theorem].Prove(t.Context(), Options{Solver: z3}, func(r Result) {
				goals += r.Goals
				for _, o := range r.Open {
					open = append(open, r.Action+" "+o.Goal)
				}
			})
			if err != nil && want.err == "" || want.err != "" && (err == nil || !strings.Contains(err.Error(), want.err)) {
				t.Errorf("error %v, want %q", err, want.err)
			}
			if diff := cmp.Diff(want.open, open); diff != "" || goals == 0 && err == nil {
				t.Errorf("%d goals; open (-want +got):\n%s", goals, diff)
			}
		})
	}
}
