package prove

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/tla"
	"casalloc/tla/prove/smt"

	"github.com/google/go-cmp/cmp"
)

// pinned is testdata/goals.tsv, of the theorem: a path or a goal that gets lost is a change.
func pinned(t *testing.T, theorem string) map[string]string {
	want := map[string]string{}
	for _, row := range rows(t, "goals.tsv") {
		if row[0] == theorem {
			want[row[1]] = strings.Join(row[2:], "\t")
		}
	}
	return want
}

// TestTheorems: each goal is proved. The goals are those that are pinned, and the paths that
// are never taken are the ones that are there for misuse and for what is switched off.
func TestTheorems(t *testing.T) {
	theorems := Theorems
	if testing.Short() { // the other takes over a minute
		theorems = []Theorem{theorem(t, "BudgetCAS")}
	}
	reusable(t, "proof", theorems, Theorem.name, func(t *testing.T, th Theorem) {
		prove(t, th, Options{Solver: proving(t, "proof", theorems...)})
	})
}

// TestSeeds: both solvers prove the same, and leave the same open, whatever their random choices.
func TestSeeds(t *testing.T) {
	if !*full {
		t.Skip("hours; -full runs it")
	}
	npm, err := smt.FindNpm(modules)
	missing.Skip(t, err, "")
	for _, th := range slices.Concat(Theorems, Rivals) {
		for _, s := range []smt.Solver{z3(t), npm} {
			for seed := range 10 {
				t.Run(fmt.Sprintf("%s/%s/%d", th.Name, s, seed), func(t *testing.T) {
					prove(t, th, Options{Solver: s, Seed: seed})
				})
			}
		}
	}
}

// prove insists on what is pinned: the accounts of the actions, and the open goals.
func prove(t *testing.T, th Theorem, o Options) {
	t.Helper()
	got := map[string]*Account{}
	var open []string
	problems := map[string]string{} // of the open goals, by name of file
	total := 0
	err := parsed(t, modules, th).Prove(t.Context(), o, func(r Result) {
		if got[r.Action] == nil {
			got[r.Action] = &Account{}
		}
		got[r.Action].Add(r)
		total += r.Goals
		for _, o := range r.Open {
			open = append(open, r.Action+"\t"+o.Goal)
			problems[fmt.Sprintf("%s-%d.smt2", r.Action, r.Path)] = o.SMT
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	for action, a := range got {
		table[action] = fmt.Sprintf("%d\t%d\t%d", len(a.Paths), len(a.Dead), a.Goals)
	}
	if diff := cmp.Diff(pinned(t, th.Name), table); diff != "" {
		t.Errorf("action: paths, dead paths, goals (-pinned +got):\n%s", diff)
	}
	if diff := cmp.Diff(broken(t, th.Name), open); diff != "" {
		t.Errorf("open goals (-pinned +got):\n%s", diff)
		for name, smt := range problems {
			if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), []byte(smt), 0o644); err != nil {
				t.Error(err)
			}
		}
		t.Logf("their problems are in %s (go test -artifacts keeps it)", t.ArtifactDir())
	}
	t.Logf("%s: %d of %d goals proved by %s", th.Name, total-len(open), total, o.Solver)
}

// TestWithout: with a defence or a rule switched off, or with the invariant as it was before a
// hole in it was found, the goals stay open that testdata/open.tsv names.
func TestWithout(t *testing.T) {
	z3 := z3(t)
	statements := map[string]Statement{} // by theorem
	for _, row := range rows(t, "open.tsv") {
		name, without, action, goal := row[0], row[1], row[2], row[3]
		if _, ok := statements[name]; !ok {
			statements[name] = parsed(t, modules, theorem(t, name))
		}
		t.Run(name+"/"+without, func(t *testing.T) {
			open := openGoals(t, statements[name], []string{without}, action, z3)
			if !slices.Contains(open, goal) {
				t.Errorf("without %s, %s leaves open %q, want %s among them", without, action, open, goal)
			}
		})
	}
}

// openGoals are the open goals of one action.
func openGoals(t *testing.T, th Statement, without []string, action string, s smt.Solver) []string {
	t.Helper()
	var open []string
	asked := 0
	for p, err := range th.obligations(without, action) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Action != action {
			continue
		}
		asked++
		r := ask(t.Context(), s, p, p.SMT(0, smt.GoalLimit/50))
		if r.err != nil {
			t.Fatal(r.err)
		}
		for _, o := range r.Open {
			open = append(open, o.Goal)
		}
	}
	if asked == 0 {
		t.Fatalf("%s has no action %s", th.Name, action)
	}
	return open
}

// A fake solver gives the same answer to all questions, or to fewer than there are.
type fake struct {
	answer string
	short  int
}

func (fake) String() string { return "fake" }
func (f fake) Ask(_ context.Context, smt string) ([]string, error) {
	return slices.Repeat([]string{f.answer}, strings.Count(smt, "(check-sat)")-f.short), nil
}

// step is a problem with goals that are not known to hold.
func step(goals ...string) smt.Problem {
	p := smt.Problem{By: smt.NewBuilder(), Action: "Step"}
	for _, g := range goals {
		p.Goals = append(p.Goals, smt.Goal{Name: g, Formula: p.By.Const(g, smt.BoolSort)})
	}
	return p
}

// TestOpen: only unsat proves. A solver that says less is an error, and never a pass.
func TestOpen(t *testing.T) {
	p := step("A", "B")
	for _, answer := range []string{"sat", "unknown", "timeout", "unsat"} {
		r := ask(t.Context(), fake{answer: answer}, p, p.SMT(0, smt.GoalLimit))
		want := len(p.Goals)
		if answer == "unsat" {
			want = 0
		}
		if r.err != nil || len(r.Open) != want || r.Goals != len(p.Goals) {
			t.Errorf("answers %s: %d goals, %d open, error %v; want %d open", answer, r.Goals, len(r.Open), r.err, want)
		}
	}
	if r := ask(t.Context(), fake{"unsat", 1}, p, p.SMT(0, smt.GoalLimit)); r.err == nil {
		t.Error("an answer is missing, and nothing is said")
	}
}

// TestResources: the limit is the solver's own count, so that time proves nothing and hides
// nothing.
func TestResources(t *testing.T) {
	text := step("A").SMT(0, smt.GoalLimit)
	if !strings.Contains(text, "(set-option :rlimit "+strconv.Itoa(smt.GoalLimit)+")") || strings.Contains(text, "timeout") {
		t.Errorf("no resource limit, or one of time, in\n%s", text)
	}
}

// TestWrongSpecifications: of a protocol or an invariant with a bug, goals stay open.
func TestWrongSpecifications(t *testing.T) {
	z3 := z3(t)
	for _, wrong := range []struct {
		name, file, from, to string
		action               string
		open                 []string
	}{
		// Inv once did not say that the base of a change that has begun is what its thread wants.
		// TLC, with one limit, did not notice.
		{"OldInvariant", "BudgetCASInv.tla",
			`     /\ \A t \in Threads : pc[t] = "SetLimitWord" => other.bytes = want[t]` + "\n", "",
			"SetLimitWord", []string{"Exact"}},
		// A thread makes another lose its block, and its bytes stay charged. UNCHANGED held[t] is
		// no assignment of held.
		{"Leak", "BudgetCAS.tla", "\nStep(t) ==\n", `
Leak(t) ==
  /\ pc[t] = "Idle"
  /\ \E s \in Threads :
       /\ pc[s] = "Idle" /\ s # t
       /\ held' = [held EXCEPT ![s] = 0]
       /\ UNCHANGED held[t]
  /\ UNCHANGED <<word, base, locked, pc, want, seen, phys>>
  /\ Watch

Step(t) ==
  \/ Leak(t)
`, "Leak", []string{"Exact", "LocalOK.10"}},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			text, err := fs.ReadFile(tla.Modules, wrong.file)
			if err != nil || strings.Count(string(text), wrong.from) != 1 {
				t.Fatalf("%v, or %s does not say %q once", err, wrong.file, wrong.from)
			}
			dir := copied(t, modules, strings.NewReplacer(wrong.from, wrong.to))
			open := openGoals(t, parsed(t, dir, theorem(t, "BudgetCAS")), nil, wrong.action, z3)
			if !slices.Equal(open, wrong.open) {
				t.Errorf("open goals %q, want %q", open, wrong.open)
			}
		})
	}
}
