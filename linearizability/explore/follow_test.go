//go:build interleave

package explore

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

// Scenarios of four threads that are too large to exhaust. They begin as BudgetCAS does: Counting,
// with nothing held.
var followScenarios = []string{
	"0:L6/L4*4:3/2/1/0*7:4/2/0*7:2/1/0*7",
	"0:L8.L5/L7*3:4e/2e/0e*6:3e/1e/0e*6:5x/2p/1/0*6",
	"0:L8/3.L2/1.E/L7.2/0*3:L5/2.E/4e.3/0*5:3e/1/0*6:E/2.1/0*6",
	"0:E/2.L4/1.3/0*4:2e/1.E/0.4/2*4:3/1/0*6:2e/0*6",
	"0:L8.c3/2.0/1.2.c4/0.1/0*3:L6/2.3/0*3.L3/L7.2/0*3:1/0*6:2e/0*6",
}

// TestFollow lets TLC follow random runs of the code on module BudgetCAS, step by step. The runs are
// the same every time. So that a wrong step would show, TLC also sees pieces of them in which one
// state was left out, so that two steps are one, or in which one variable was changed.
func TestFollow(t *testing.T) {
	tlc, err := tla.FindTLC()
	if errors.Is(err, tla.ErrNoTLC) {
		t.Skipf("not followed: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	runs := followedRuns(t)
	var traces, pieces []tla.Trace
	random := rand.New(rand.NewPCG(1, 3))
	steps, been := 0, make(map[string]bool) // where a thread was
	for _, r := range runs {
		traces = append(traces, r.trace(r.states...))
		steps += len(r.states) - 1
		for _, v := range r.states {
			for _, at := range strings.Split(strings.Trim(v[slices.Index(budgetVars, "pc")], "<>"), ", ") {
				been[strings.Trim(at, `"`)] = true
			}
		}
		for range 10 {
			i := 1 + random.IntN(len(r.states)-2)
			before, after := r.states[i-1], r.states[i+1]
			pieces = append(pieces, r.trace(before, after), r.trace(before, r.changed(random, i), after))
		}
	}
	for _, at := range append(slices.Collect(maps.Values(actions)), refused, caught, "BackendUnlimited",
		"BackendGrow", "BackendShrink", "BackendFree") {
		if !been[at] {
			t.Errorf("no thread is ever at %s", at)
		}
	}
	noStep, err := tlc.Follow(t.Context(), tla.Modules, len(runs[0].threads), slices.Concat(traces, pieces))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if len(noStep[i]) > 0 {
			t.Fatal(r.report(noStep[i][0]))
		}
	}
	for i, piece := range pieces {
		// That it does not begin as BudgetCAS does counts for nothing.
		if !slices.ContainsFunc(noStep[len(runs)+i], func(state int) bool { return state > 0 }) {
			t.Errorf("a state was dropped or changed, and yet each step is one of BudgetCAS:\n%s",
				strings.Join(piece.States, "\n"))
		}
	}
	if !t.Failed() {
		t.Logf("%d runs, %d steps: each is a step of BudgetCAS", len(runs), steps)
		t.Logf("%d pieces with a state dropped or changed: each has a step that is none", len(pieces))
	}
}

// followedRuns are some runs of each scenario.
func followedRuns(t *testing.T) (runs []*specRun) {
	for seed, text := range followScenarios {
		random := rand.New(rand.NewPCG(uint64(seed), 3))
		for range 5 {
			x, err := New(text)
			if err != nil {
				t.Fatal(err)
			}
			r, err := x.specRun(mostlyOne(random, x.engine.Threads()))
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, r)
		}
	}
	return runs
}

// A specRun is a run of the code in the terms of the specification.
type specRun struct {
	*Explorer
	schedule []engine.Step
	states   []specValues
	after    []int // how many steps of the schedule led to each state
}

// specValues are the values of the first of specVars, which are those of BudgetCAS.
type specValues [8]string

// valuesOf reads a state as specState writes it.
func valuesOf(state string) (v specValues) {
	copy(v[:], strings.Split(state, "; "))
	return v
}

// record is the state in TLA+.
func (v specValues) record() string {
	var fields []string
	for i, value := range v {
		fields = append(fields, budgetVars[i]+" |-> "+value)
	}
	return "[" + strings.Join(fields, ", ") + "]"
}

// specRun takes one run to its end.
func (x *Explorer) specRun(pick func(engine.State, []engine.Step) int) (*specRun, error) {
	s := x.engine.Initial()
	from := x.specState(s)
	r := &specRun{Explorer: x, states: []specValues{valuesOf(from)}, after: []int{0}}
	named := &specGraph{steps: make(map[specStep]bool)} // looks at the names of the steps
	for {
		possible := slices.DeleteFunc(x.engine.Steps(s), func(st engine.Step) bool { return x.notInSpec(s, st) })
		if len(possible) == 0 {
			return r, nil
		}
		st := possible[pick(s, possible)]
		r.schedule = append(r.schedule, st)
		next, err := x.engine.Take(s, st)
		to := ""
		if err == nil {
			to = x.specState(next)
			err = named.add(x, s, st, from, to)
		}
		if err != nil {
			return nil, errors.New(x.Report(&engine.Failure{Schedule: r.schedule, Err: err}))
		}
		if inSpec(x.action(x.engine.Point(s, int(st.Thread)), int64(st.Choice))) {
			r.states = append(r.states, valuesOf(to))
			r.after = append(r.after, len(r.schedule))
		}
		s, from = next, to
	}
}

// trace is some states of the run in TLA+.
func (r *specRun) trace(states ...specValues) tla.Trace {
	tr := tla.Trace{Misuse: strings.Contains(r.text, string(callClaim))}
	for _, v := range states {
		tr.States = append(tr.States, v.record())
	}
	return tr
}

// changed is state i with one variable as it is in another state.
func (r *specRun) changed(random *rand.Rand, i int) specValues {
	for {
		v, other := r.states[i], r.states[random.IntN(len(r.states))]
		at := random.IntN(len(v))
		if v[at] = other[at]; v != r.states[i] {
			return v
		}
	}
}

// report says that no step of BudgetCAS leads to state i.
func (r *specRun) report(i int) string {
	if i == 0 {
		return fmt.Sprintf("%s: BudgetCAS does not begin with\n%s", r.text, r.states[0].record())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: BudgetCAS has no step from\n", r.text)
	for v, value := range r.states[i-1] {
		fmt.Fprintf(&b, "  %-7s%s\n", r.module().vars[v], value)
	}
	b.WriteString("to the state with\n")
	for v, value := range r.states[i] {
		if value != r.states[i-1][v] {
			fmt.Fprintf(&b, "  %-7s%s\n", r.module().vars[v], value)
		}
	}
	fmt.Fprintf(&b, "It is the last step of this schedule:\ngo test -tags interleave ./linearizability/explore "+
		"-v -run TestReplaySchedule -schedule '%s'", r.Schedule(r.schedule[:r.after[i]]))
	return b.String()
}
