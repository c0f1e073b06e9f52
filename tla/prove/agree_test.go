package prove

import (
	"casalloc/tla/prove/smt"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"testing"
)

// TestAgree: what the generated formulas say of states and steps of a small instance is what TLC
// says of them. The states are some that TLC meets and more that it does not, most of these
// outside of Inv, where a wrong operator has nowhere to hide.
func TestAgree(t *testing.T) {
	reusable(t, "what the formulas say, and TLC", smalls, func(i small) string { return i.theorem.Name },
		func(t *testing.T, i small) { agree(t, i, 1) })
}

// TestAgreeSeeds: it is no matter of luck.
func TestAgreeSeeds(t *testing.T) {
	if !*full {
		t.Skip("minutes; -full runs it")
	}
	for _, i := range smalls {
		for seed := range uint64(10) {
			t.Run(fmt.Sprintf("%s/%d", i.theorem.Name, seed), func(t *testing.T) { agree(t, i, seed) })
		}
	}
}

// An agreement compares what the generator says of one theorem with what TLC says.
type agreement struct {
	*testing.T
	*sampler
	small  small
	proof  *proof
	ev     *evaluator
	claims []claim
	holds  []smt.Goal
	paths  []*path

	states [][]any
	listed map[string]bool // the states, as written
	said   []stateSaid     // by TLC, of the states
	took   [][]taken       // by path: the ways to take it in the states
	wrong  int             // comparisons that failed

	// Steps that were compared in all that is said of them; of these, those from states outside
	// of Inv, and those that are no steps of the abstract module.
	deep, deepOutside, strangers int
}

func agree(t *testing.T, i small, seed uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(200)) // most terms are not garbage
	p := parsed(t, "testdata", i.theorem).proof()
	a := &agreement{T: t, small: i, proof: p, ev: p.evaluator, listed: map[string]bool{}}
	a.sampler = newSampler(seed, i.interpret(p.evaluator), p.evaluator, i.walks(t, p.Module, int64(seed), 80, 100))
	a.holds = p.goals(p.induction, mode{})
	a.claims = a.claimsOf(mode{})
	a.paths = p.paths(p.next.Expr, p.next.env, &path{ev: p.evaluator, next: map[string]value{}})
	a.strings = append(stringsIn(slices.Collect(maps.Values(p.Defs))...), strange)
	a.draw(200, 400)
	var said []tupleOf
	for _, s := range a.states {
		said = append(said, a.text(s))
	}
	var names []string
	for _, c := range a.claims {
		names = append(names, c.tla())
	}
	a.said = i.ask(t, p.Module, said, names, a.properties())
	a.statesAgree()
	a.stepsAgree()
	if a.divided {
		t.Error("a formula divided by zero where TLC did not")
	}
	a.report(seed)
}

// properties are the names of the step properties.
func (a *agreement) properties() (names []string) {
	for _, s := range a.proof.steps {
		if s.a.title != "Refines" {
			names = append(names, s.a.title)
		}
	}
	return names
}

// report tells how much was compared, and fails if it was too little to say anything.
func (a *agreement) report(seed uint64) {
	outside, steps := 0, 0
	for _, s := range a.said {
		steps += len(s.steps)
		for i, c := range a.claims {
			if c.Name == "Inv" && s.claims[i] == false {
				outside++
			}
		}
	}
	actions, all, paths := map[string]bool{}, map[string]bool{}, 0
	var missing []string
	for i, p := range a.paths {
		all[p.action] = true
		if len(a.took[i]) > 0 {
			actions[p.action] = true
			paths++
		} else {
			missing = append(missing, p.action)
		}
	}
	a.Logf("seed %d: %d claims in %d states, %d of these outside of Inv",
		seed, len(a.claims), len(a.said), outside)
	a.Logf("%d steps, %d of these in all that is said of them (%d outside of Inv, %d not abstract)",
		steps, a.deep, a.deepOutside, a.strangers)
	a.Logf("%d of %d actions on %d of %d paths", len(actions), len(all), paths, len(a.paths))
	if outside < a.small.outside || len(a.said)-outside < 150 ||
		a.deepOutside < 100 || a.deep-a.deepOutside < 100 || a.strangers == 0 {
		a.Error("too few states to say that the formulas agree with TLC")
	}
	if missing != nil {
		a.Errorf("paths of %q are not taken, want all to be", missing)
	}
}

// differ tells a difference; of many, only the first ones.
func (a *agreement) differ(format string, args ...any) {
	a.Helper()
	if a.wrong++; a.wrong > 10 {
		a.FailNow()
	}
	a.Errorf(format, args...)
}
