package prove

import (
	"flag"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var agreeSeed = flag.Uint64("agree.seed", 1, "of the states that TestAgree draws")

// TestAgree: what the generated formulas say of states and steps of a small instance is what TLC
// says of them. The states are some that TLC meets and more that it does not, most of these
// outside of Inv, where a wrong operator has nowhere to hide.
func TestAgree(t *testing.T) {
	for _, i := range smalls {
		t.Run(i.theorem.Name, func(t *testing.T) { agree(t, i, *agreeSeed) })
	}
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
	th     Theorem
	ev     *evaluator
	claims []claim
	holds  []goal
	paths  []*path

	states  [][]any
	listed  map[string]bool // the states, and those skipped, as written
	skipped int
	said    []stateSaid // by TLC, of the states
	took    [][]taken   // by path: the ways to take it in the states
	wrong   int         // comparisons that failed

	// Steps that were compared in all that is said of them; of these, those from states outside
	// of Inv, and those that are no steps of Budget.
	deep, deepOutside, strangers int
}

// A claim is a definition on states: of the state, or of a thread in it.
type claim struct {
	*definition
	now   value  // what the generator makes of it
	goals []goal // and as goals, if it is a formula
}

// claimant is the thread that a claim is about.
var claimant = constant("claimant", threadSort)

func agree(t *testing.T, i small, seed uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // terms are never freed
	th := i.theorem
	m := parsed(t, i.dir, th)
	ev := th.evaluator(m, nil)
	a := &agreement{T: t, small: i, th: th, ev: ev, listed: map[string]bool{}}
	a.sampler = newSampler(seed, i.interpret(), ev, i.walks(t, m, int64(seed), 80, 100))
	a.holds = ev.conjuncts(invariant, mode{})
	a.claims = a.claimsOf(mode{})
	a.paths = ev.paths(ev.defs["Next"].body, nil, &path{next: map[string]value{}})
	for _, x := range terms {
		if x.op == "str" {
			a.strings = append(a.strings, x.name)
		}
	}
	a.strings = append(a.strings, strange)
	a.draw(200, 400)
	a.divided = false // TLC does not get the states where a formula of it would be
	var said []tupleOf
	for _, s := range a.states {
		said = append(said, a.text(s))
	}
	var names []string
	for _, c := range a.claims {
		names = append(names, c.tla())
	}
	a.said = i.ask(t, m, said, names, th.Steps)
	a.statesAgree()
	a.stepsAgree()
	if a.divided {
		t.Error("a formula divided by zero where TLC did not")
	}
	a.report(seed)
}

// report tells how much was compared, and fails if it was too little to say anything.
func (a *agreement) report(seed uint64) {
	outside, steps := 0, 0
	for _, s := range a.said {
		steps += len(s.steps)
		for i, c := range a.claims {
			if c.name == "Inv" && s.claims[i] == false {
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
	a.Logf("seed %d: %d claims in %d states, %d of these outside of Inv, %d more skipped; %d steps, "+
		"%d of these in all that is said of them (%d outside of Inv, %d not of Budget), by %d of %d actions on %d of %d paths",
		seed, len(a.claims), len(a.said), outside, a.skipped, steps, a.deep, a.deepOutside, a.strangers, len(actions), len(all), paths, len(a.paths))
	if outside < a.small.outside || len(a.said)-outside < 150 || a.deepOutside < 100 || a.deep-a.deepOutside < 100 || a.strangers == 0 {
		a.Error("too few states to say that the formulas agree with TLC")
	}
	if !slices.Equal(missing, a.small.never) {
		a.Errorf("paths of %q are not taken, want all to be but those of %q", missing, a.small.never)
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

// draw takes states that TLC met, and perturbed ones; and then, for each path that is taken in
// few of them, some more in which it is. TLC stops at an error, so it does not get those in which
// it would divide by the number of accounts when there is none.
func (a *agreement) draw(met, perturbed int) {
	for _, s := range a.reachable(met) {
		a.add(s)
	}
	labels := a.labels["pc"]
	for turn := range perturbed {
		a.add(a.perturbed(labels[turn%len(labels)], 3))
	}
	took := make([]int, len(a.paths))
	for n := range a.states {
		a.count(n, took)
	}
	for i, p := range a.paths {
		for try := 0; try < tries && took[i] < a.small.eachPath; try++ {
			var s []any
			if places := a.at[p.action]; try%2 == 0 && len(places) > 0 {
				s = a.met[places[a.IntN(len(places))].state]
			} else {
				s = a.perturbed(p.action, 1)
				a.climb(p, s)
			}
			a.enter(s)
			if len(a.takenIn(p, 0)) > 0 && a.add(s) {
				a.count(len(a.states)-1, took)
			}
		}
	}
}

// tries is how many states are looked at for one in which a path is taken.
const tries = 100

// climb changes the state until the path can be taken, or so many changes have not done it: a
// change stays if no fewer of the path's conditions hold after it.
func (a *agreement) climb(p *path, state []any) {
	for _, v := range p.vars {
		all := a.choices(v.sort)
		a.set(v, all[a.IntN(len(all))])
	}
	a.put(state, a.values[p.vars[0].id].(thread), p.action)
	holds := func() (n int) {
		a.enter(state)
		for _, c := range p.conds {
			if a.truth(c) {
				n++
			}
		}
		return n
	}
	best := holds()
	for range 100 {
		if best == len(p.conds) {
			return
		}
		old := slices.Clone(state)
		a.change(state)
		if n := holds(); n >= best {
			best = n
		} else {
			copy(state, old)
		}
	}
}

// add adds a state that is not there, and says whether it did.
func (a *agreement) add(state []any) bool {
	key := written(a.text(state))
	if a.listed[key] {
		return false
	}
	a.listed[key] = true
	if a.dividesByZero(state) {
		a.skipped++
		return false
	}
	a.states = append(a.states, state)
	return true
}

func (a *agreement) count(state int, took []int) {
	a.enter(a.states[state])
	for i, p := range a.paths {
		took[i] += len(a.takenIn(p, state))
	}
}

func (a *agreement) dividesByZero(state []any) bool {
	listed := slices.Index(a.variables, "listed")
	if listed < 0 || slices.Contains(state[listed].([]any), any(true)) {
		return false
	}
	return slices.ContainsFunc(state[slices.Index(a.variables, "pc")].([]any), func(label any) bool {
		return strings.HasPrefix(label.(string), "StockUp") || strings.HasPrefix(label.(string), "Refill")
	})
}

// claimsOf are the definitions on states that the theorem depends on, each as the generator has
// it in the mode.
func (a *agreement) claimsOf(m mode) (all []claim) {
	found := map[*definition]bool{}
	for _, name := range slices.Concat(invariant, a.th.Promises, a.th.Steps, []string{"Init", "Next"}) {
		a.reach(a.ev.defs[name], found)
	}
	for _, name := range []string{"Init", "Counted", "Reading", "Sized", "Fits", "vars"} {
		if d := a.ev.defs["Abstract!"+name]; d != nil {
			a.reach(d, found)
		}
	}
	for _, d := range slices.SortedFunc(maps.Keys(found), func(x, y *definition) int { return compare(x.name, y.name) }) {
		if d != a.ev.defs[d.name] || d.body.level != 1 || len(d.params) > 1 || standard[d.module] {
			continue
		}
		var e *env
		if len(d.params) == 1 {
			if a.ev.names[d.params[0]] != "t" {
				continue
			}
			e = e.with(d.params[0], claimant)
		}
		c := claim{definition: d, now: a.ev.eval(d.body, e, m)}
		if x, ok := c.now.(*term); ok && x.sort == boolSort {
			a.ev.split(d.body, e, m, d.name, yesIs, &c.goals)
		}
		all = append(all, c)
	}
	return all
}

// reach finds the definitions that d uses.
func (a *agreement) reach(d *definition, found map[*definition]bool) {
	if found[d] || d.body == nil {
		return
	}
	found[d] = true
	var walk func(*expr)
	walk = func(x *expr) {
		if x.def != nil {
			a.reach(x.def, found)
		}
		for _, y := range x.args {
			walk(y)
		}
		for _, b := range x.bounds {
			if b.in != nil {
				walk(b.in)
			}
		}
	}
	walk(d.body)
}

// tla is the claim as a TLA+ expression.
func (c claim) tla() string {
	if len(c.params) == 0 {
		return c.name
	}
	return fmt.Sprintf("[agreeT \\in Threads |-> %s(agreeT)]", c.name)
}

// value is what the generator says of the claim, in the form of tla.
func (a *agreement) value(c claim) any {
	if len(c.params) == 0 {
		return a.interpretation.said(c.now)
	}
	var all pairs
	for i, name := range a.threads {
		a.set(claimant, thread(i))
		all = append(all, pairOf{modelValue(name), a.interpretation.said(c.now)})
	}
	return all
}

// conjunction is whether all goals of the claim hold, in the form of tla.
func (a *agreement) conjunction(c claim) any {
	if len(c.params) == 0 {
		return a.hold(c.goals)
	}
	var all pairs
	for i, name := range a.threads {
		a.set(claimant, thread(i))
		all = append(all, pairOf{modelValue(name), a.hold(c.goals)})
	}
	return all
}

func (a *agreement) hold(goals []goal) bool {
	return !slices.ContainsFunc(goals, func(g goal) bool { return !a.truth(g.formula) })
}

// enter makes the state the one that terms are interpreted in.
func (a *agreement) enter(state []any) {
	for i, v := range a.variables {
		a.set(constant(v, a.sorts[v]), state[i])
	}
}

// claimsAgree compares all claims with what TLC says of them.
func (a *agreement) claimsAgree(where string, claims []claim, said tupleOf) {
	for i, c := range claims {
		tlc := written(said[i])
		if got := written(a.value(c)); got != tlc {
			a.differ("%s: %s is %s, of TLC %s", where, c.name, got, tlc)
		} else if c.goals != nil {
			if got := written(a.conjunction(c)); got != tlc {
				a.differ("%s: the goals of %s are %s, of TLC %s", where, c.name, got, tlc)
			}
		}
	}
}

func (a *agreement) statesAgree() {
	for n := range a.states {
		a.enter(a.states[n])
		a.claimsAgree("state "+written(a.text(a.states[n])), a.claims, a.said[n].claims)
	}
}
