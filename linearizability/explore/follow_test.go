//go:build interleave

package explore

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

// Scenarios of four threads that are too large to exhaust. They begin as BudgetCAS and Accounts do:
// Counting, with nothing held.
var followScenarios = []struct {
	seed uint64
	text string
}{
	{0, "0:L6/L4*4:3/2/1/0*7:4/2/0*7:2/1/0*7"},
	{1, "0:L8.L5/L7*3:4e/2e/0e*6:3e/1e/0e*6:5x/2p/1/0*6"},
	{2, "0:L8/3.L2/1.E/L7.2/0*3:L5/2.E/4e.3/0*5:3e/1/0*6:E/2.1/0*6"},
	{3, "0:E/2.L4/1.3/0*4:2e/1.E/0.4/2*4:3/1/0*6:2e/0*6"},
	{4, "0:L8.c3/2.0/1.2.c4/0.1/0*3:L6/2.3/0*3.L3/L7.2/0*3:1/0*6:2e/0*6"},

	// The seeds of the first two are of runs in which StockUpUnlock and GiveBackUnlock occur.
	{1, "0:L400:@1/120/3/0*9:@2/150/1/0e*9:350/190/0*6"},
	{30, "0:L400.S*6:@1/150/0*9:@1/150/0e*9:350/190/0*5"},
	{7, "0:L500.S/L450/L600*3:@l300.3/1e/200/l100/0*6:@1.2/90/0*4.K.1/0*2:150e/300/0*6"},
	{8, "0:S.L200/E/S.E.L300:@1/90000/2/0*6:@3e/1/80000/0*5:200/0*4"},
	{9, "0:L300.S*2.L250/S*2:S.N.1/2.40/0*2.D.0/1.S*2:@1/3e/0*3.D.0/2.S:S.2/0*3.S"},
	{10, "0:L500.L450/S*2:@1/2/0*2.c900.D.0/1*2:@1/3e/c90/0*5:120/2/0*5"},
}

// unreached are the steps of a module that no run takes, and why.
var unreached = map[string]string{
	"RefillBit":   "is no step of the protocol",
	"ReserveBase": "is no step of the protocol",
}

// TestFollow lets TLC follow random runs of the code on their modules, step by step. The runs are
// the same every time. So that a wrong step would show, TLC also sees pieces of them in which one
// state was left out, so that two steps are one, or in which one variable was changed.
func TestFollow(t *testing.T) {
	runs := followedRuns(t)
	sameSteps(t, runs)
	tlc, err := tla.FindTLC()
	missing.Skip(t, err, fmt.Sprintf("%d runs followed by TLC", followed*len(followScenarios)))
	var traces, pieces []tla.Trace
	random := rand.New(rand.NewPCG(1, 3))
	count, steps := make(map[string]int), make(map[string]int)
	for _, r := range runs {
		traces = append(traces, r.trace(r.states...))
		count[r.module.of]++
		steps[r.module.of] += len(r.states) - 1
		for range 10 {
			i := r.pieceAt(random)
			before, after := r.states[i-1], r.states[i+1]
			pieces = append(pieces, r.trace(before, after), r.trace(before, r.changed(random, i), after))
		}
	}
	noStep, err := tlc.Follow(t.Context(), tla.Modules, len(runs[0].Clients), slices.Concat(traces, pieces))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range runs {
		if len(noStep[i]) > 0 {
			t.Fatal(r.report(noStep[i][0]))
		}
	}
	for i, piece := range pieces {
		// That it does not begin as the module does counts for nothing.
		if !slices.ContainsFunc(noStep[len(runs)+i], func(state int) bool { return state > 0 }) {
			t.Errorf("a state was dropped or changed, and yet each step is one of %s:\n%q", piece.Of, piece.States)
		}
	}
	if !t.Failed() {
		for _, of := range slices.Sorted(maps.Keys(count)) {
			t.Logf("%d runs, %d steps: each is a step of %s", count[of], steps[of], of)
		}
		t.Logf("%d pieces with a state dropped or changed: each has a step that is none", len(pieces))
	}
}

// sameSteps fails if a thread is never at a step that its module has, or is at one that is said to
// be unreached. A thread that is at a step takes it before the run ends.
func sameSteps(t *testing.T, runs []*specRun) {
	been := make(map[string]map[string]bool) // of each module: where a thread was
	for _, r := range runs {
		m := r.module
		if been[m.of] == nil {
			been[m.of] = make(map[string]bool)
		}
		for _, v := range r.states {
			for _, at := range quoted.FindAllString(v[slices.Index(m.vars, "pc")], -1) {
				been[m.of][at] = true
			}
		}
	}
	for of, been := range been {
		module, err := fs.ReadFile(tla.Modules, of+".tla")
		if err != nil {
			t.Fatal(err)
		}
		_, text, ok := strings.Cut(string(module), "\nAtRest ")
		text, _, ok2 := strings.Cut(text, "\n\n")
		text, _, _ = strings.Cut(text, "\nCalls ")
		if !ok || !ok2 {
			t.Fatalf("module %s does not say which steps there are", of)
		}
		for _, at := range quoted.FindAllString(text, -1) {
			why, never := unreached[strings.Trim(at, `"`)]
			switch {
			case been[at] && never:
				t.Errorf("%s: a thread is at %s, which %s", of, at, why)
			case !been[at] && !never:
				t.Errorf("%s: no thread is ever at %s", of, at)
			}
		}
	}
}

var quoted = regexp.MustCompile(`"\w+"`)

// followed is how many runs there are of each scenario.
const followed = 5

func followedRuns(t *testing.T) (runs []*specRun) {
	for _, s := range followScenarios {
		random := rand.New(rand.NewPCG(s.seed, 3))
		for range followed {
			x, err := New(s.text)
			if err != nil {
				t.Fatal(err)
			}
			r, err := specRunOf(x, mostlyOne(random, x.engine.Threads()))
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
	*spec
	schedule []engine.Step
	states   []specValues
	after    []int  // how many steps of the schedule led to each state
	between  []bool // whether the step to each state is all of a call: Claim, SetAccountLimit
}

// specValues are the values of the first variables of a specModule, which are those of the module
// whose steps it takes.
type specValues []string

// valuesOf reads a state as specState writes it. The last two values are begun and ends.
func valuesOf(state string) specValues {
	v := strings.Split(state, "; ")
	return v[:len(v)-2]
}

// record is a state in TLA+.
func (r *specRun) record(v specValues) string {
	var fields []string
	for i, value := range v {
		fields = append(fields, r.module.vars[i]+" |-> "+value)
	}
	return "[" + strings.Join(fields, ", ") + "]"
}

// specRunOf takes one run to its end.
func specRunOf(x *Explorer, pick func(engine.State, []engine.Step) int) (*specRun, error) {
	r := &specRun{spec: newSpec(x), after: []int{0}, between: []bool{false}}
	st := x.engine.Initial()
	from := r.module.state(r.spec, st)
	r.states = append(r.states, valuesOf(from))
	for {
		possible := slices.DeleteFunc(x.engine.Steps(st), func(step engine.Step) bool { return r.leavesOut(st, step) })
		if len(possible) == 0 {
			return r, nil
		}
		step := possible[pick(st, possible)]
		r.schedule = append(r.schedule, step)
		next, err := x.engine.Take(st, step)
		to, has := "", false
		if err == nil {
			to = r.module.state(r.spec, next)
			has, err = r.check(st, step, from, to)
		}
		if err != nil {
			return nil, errors.New(x.Report(&engine.Failure{Schedule: r.schedule, Err: err}))
		}
		if has {
			name := r.action(x.engine.Point(st, int(step.Thread)), int64(step.Choice))
			r.states = append(r.states, valuesOf(to))
			r.after = append(r.after, len(r.schedule))
			r.between = append(r.between,
				strings.HasPrefix(name, "Claim") || strings.HasPrefix(name, "SetAccountLimit"))
		}
		st, from = next, to
	}
}

// trace is some states of the run in TLA+.
func (r *specRun) trace(states ...specValues) tla.Trace {
	module := r.module
	tr := tla.Trace{Of: module.of, Vars: module.vars[:len(r.states[0])],
		Misuse: strings.Contains(r.text, "c")}
	for _, v := range states {
		tr.States = append(tr.States, v)
	}
	return tr
}

// pieceAt is the number of a state, neither the first nor the last, for a piece. The steps to it
// and from it are not those that are all of a call: two of these may be one.
func (r *specRun) pieceAt(random *rand.Rand) int {
	for {
		if i := 1 + random.IntN(len(r.states)-2); !r.between[i] && !r.between[i+1] {
			return i
		}
	}
}

// changed is state i with one variable as it is in another state.
func (r *specRun) changed(random *rand.Rand, i int) specValues {
	for {
		v, other := slices.Clone(r.states[i]), r.states[random.IntN(len(r.states))]
		at := random.IntN(len(v))
		if v[at] = other[at]; v[at] != r.states[i][at] {
			return v
		}
	}
}

// report says that no step of its module leads to state i.
func (r *specRun) report(i int) string {
	if i == 0 {
		return fmt.Sprintf("%s: %s does not begin with\n%s", r.text, r.module.of, r.record(r.states[0]))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s has no step from\n", r.text, r.module.of)
	for v, value := range r.states[i-1] {
		fmt.Fprintf(&b, "  %-7s%s\n", r.module.vars[v], value)
	}
	b.WriteString("to the state with\n")
	for v, value := range r.states[i] {
		if value != r.states[i-1][v] {
			fmt.Fprintf(&b, "  %-7s%s\n", r.module.vars[v], value)
		}
	}
	fmt.Fprintf(&b, "It is the last step of this schedule:\ngo test -tags interleave ./linearizability/explore "+
		"-v -run TestReplaySchedule -schedule '%s'", r.text+"~"+engine.FormatSchedule(r.schedule[:r.after[i]]))
	return b.String()
}
