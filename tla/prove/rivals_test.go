package prove

import (
	"slices"
	"strings"
	"testing"

	"casalloc/tla"
)

// broken is testdata/rivals.tsv, of the theorem: each action with the promises that it is not
// proved to keep. A theorem that is not there has no open goals.
func broken(t *testing.T, theorem string) []string {
	var all []string
	for _, row := range rows(t, "rivals.tsv") {
		if row[0] == theorem {
			all = append(all, row[1]+"\t"+row[2])
		}
	}
	return all
}

// TestRivals: the open goals are the promises that TLC refutes, at the steps that break them,
// and no others.
func TestRivals(t *testing.T) {
	reusable(t, "what the rivals break", Rivals, Theorem.name, func(t *testing.T, th Theorem) {
		prove(t, modules, th, Options{Solver: proving(t, "what the rivals break", Rivals...)})
		if got, want := promises(t, th.Name), refuted(t, th.Name); !slices.Equal(got, want) {
			t.Errorf("open are %q, TLC refutes %q", got, want)
		}
	})
}

func (th Theorem) name() string { return th.Name }

// promises are those of the open goals.
func promises(t *testing.T, theorem string) []string {
	var all []string
	for _, o := range broken(t, theorem) {
		_, promise, _ := strings.Cut(o, "\t")
		all = append(all, promise)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// refuted are the promises that the protocol breaks by TLC's verdict.
func refuted(t *testing.T, protocol string) []string {
	t.Helper()
	cases, err := tla.Cases(tla.Modules)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range cases {
		if c.Protocol == protocol && c.Expect.Kind != "pass" {
			all = append(all, c.Promises...)
		}
	}
	slices.Sort(all)
	return all
}

// TestRepaired: a rival without its fault. The goals that were open for it are proved.
func TestRepaired(t *testing.T) {
	z3 := z3(t)
	for _, repair := range []struct {
		rival, action string
		by            *strings.Replacer
	}{
		// What does not fit is not added.
		{"AddUndo", "Take", strings.NewReplacer(
			`Add(t, -n, IF Read(left) >= n THEN "BackendGrow" ELSE "Undo")`,
			`IF Read(left) >= n THEN Add(t, -n, "BackendGrow") ELSE Go(t, "Refused") /\ UNCHANGED left`,
			`pc'[t] = "Undo"`, `pc'[t] = "Refused"`,
			"LocalInv(t) ==\n", "LocalInv(t) ==\n  /\\ pc[t] # \"Undo\"\n",
		)},
		// The limit and the counter are read in one step, and compared in one.
		{"TwoWord", "ReserveLoad", atOnce},
		{"TwoWord", "ReserveCAS", atOnce},
		// No shrink is checked.
		{"HAProxy", "LoadCounter", strings.NewReplacer(
			`\/ want[t] = 0 THEN`, `\/ want[t] < held[t] THEN`,
		)},
	} {
		t.Run(repair.rival+"/"+repair.action, func(t *testing.T) {
			s := parsed(t, copied(t, modules, repair.by), rival(t, repair.rival))
			if open := openGoals(t, s, repair.action, z3); open != nil {
				t.Errorf("open goals %q, want none", open)
			}
		})
	}
}

var atOnce = strings.NewReplacer(
	`want[t] - held[t] > lim[t] - counter`, `want[t] - held[t] > limit - counter`,
	`/\ UNCHANGED <<want, lim>>`, `/\ lim' = [lim EXCEPT ![t] = limit] /\ UNCHANGED want`,
	"IF counter = old[t]\n       THEN counter'", "IF counter = old[t] /\\ limit = lim[t]\n       THEN counter'",
)
