package prove

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
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

// TestTheorem: each goal is proved. The goals are those that are pinned, and the paths that are
// never taken are the ones that are there for misuse.
func TestTheorem(t *testing.T) {
	reusable(t, "the proof of OneWord", []Theorem{oneWord}, Theorem.name, func(t *testing.T, th Theorem) {
		prove(t, "testdata", th, Options{Solver: proving(t, "the proof of OneWord", th)})
	})
}

// TestSeeds: both solvers prove the same, and leave the same open, whatever their random choices.
func TestSeeds(t *testing.T) {
	if !*full {
		t.Skip("hours; -full runs it")
	}
	npm, err := smt.FindNpm(modules)
	missing.Skip(t, err, "")
	for _, s := range []smt.Solver{z3(t), npm} {
		for seed := range 10 {
			o := Options{Solver: s, Seed: seed}
			t.Run(fmt.Sprintf("%s/%s/%d", oneWord.Name, s, seed), func(t *testing.T) { prove(t, "testdata", oneWord, o) })
			for _, th := range Rivals {
				t.Run(fmt.Sprintf("%s/%s/%d", th.Name, s, seed), func(t *testing.T) { prove(t, modules, th, o) })
			}
		}
	}
}

// prove insists on what is pinned: the accounts of the actions, and the open goals.
func prove(t *testing.T, dir string, th Theorem, o Options) {
	t.Helper()
	got := map[string]*Account{}
	var open []string
	problems := map[string]string{} // of the open goals, by name of file
	total := 0
	err := parsed(t, dir, th).Prove(t.Context(), o, func(r Result) {
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

// openGoals are the open goals of one action.
func openGoals(t *testing.T, th Statement, action string, s smt.Solver) []string {
	t.Helper()
	var open []string
	asked := 0
	for p, err := range th.obligations(action) {
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
		name, from, to, action string
		open                   []string
	}{
		{"CompareAndSwap", "IF Same(t)\n       THEN /\\ Move(t, held[t]", "IF TRUE\n       THEN /\\ Move(t, held[t]",
			"ReserveCAS", []string{"Exact", "LockInv.3", "LockInv.3.2 <=", "Refines"}},
		{"Rollback", `UNCHANGED memory /\ Reload(t, "RollbackLoad")`, `UNCHANGED memory /\ Return(t, "Idle")`,
			"BackendGrow", []string{"Exact"}},
		{"ReleaseAfter", `"ReserveLoad" ELSE Backend(t)`, `"ReserveLoad" ELSE "ReleaseLoad"`,
			"ResizeLoad", []string{"LocalOK.10"}},
		{"GrowthOnly", `IF Growth(t) THEN "ReserveLoad" ELSE Backend(t)`, `"ReserveLoad"`,
			"ResizeLoad", []string{"LocalOK.4", "LocalOK.4.2"}},
		{"Subtraction", `word.head < want[t] - held[t]`, `Wrap(Base - word.head + want[t] - held[t]) > Base`,
			"ReserveLoad", []string{"SeenOK.4"}},
		{"Generation", `SameGen(g, h) == g % Gens = h % Gens`, `SameGen(g, h) == TRUE`,
			"SetLimitBase", []string{"SeenOK.4"}},
		// An invariant that does not say that the base of a change that has begun is what its thread
		// wants.
		{"OldInvariant", `     /\ \A t \in Threads : pc[t] = "SetLimitWord" => other.bytes = want[t]` + "\n", "",
			"SetLimitWord", []string{"Exact"}},
		// A thread makes another lose its block, and its bytes stay charged. UNCHANGED held[t] is
		// no assignment of held.
		{"Leak", "\nStep(t) ==\n", `
Leak(t) ==
  /\ pc[t] = "Idle"
  /\ \E s \in Threads :
       /\ pc[s] = "Idle" /\ s # t
       /\ held' = [held EXCEPT ![s] = 0]
       /\ UNCHANGED held[t]
  /\ UNCHANGED <<word, base, locked, pc, want, seen, phys>>

Step(t) ==
  \/ Leak(t)
`, "Leak", []string{"Exact", "LocalOK.10"}},
	} {
		t.Run(wrong.name, func(t *testing.T) {
			dir := copied(t, "testdata", strings.NewReplacer(wrong.from, wrong.to))
			if n := occurrences(t, wrong.from, "testdata/OneWord.tla", "testdata/OneWordInv.tla"); n != 1 {
				t.Fatalf("the modules say %d times %q, want once", n, wrong.from)
			}
			open := openGoals(t, parsed(t, dir, oneWord), wrong.action, z3)
			if !slices.Equal(open, wrong.open) {
				t.Errorf("open goals %q, want %q", open, wrong.open)
			}
		})
	}
}

// occurrences is how often the files say it.
func occurrences(t *testing.T, it string, files ...string) (n int) {
	t.Helper()
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), it)
	}
	return n
}
