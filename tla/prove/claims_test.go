package prove

import (
	"fmt"
	"maps"
	"slices"
)

// A claim is a definition on states: of the state, or of a thread in it.
type claim struct {
	*definition
	now   value  // what the generator makes of it
	goals []goal // and as goals, if it is a formula
}

// claimant is the thread that a claim is about.
var claimant = constant("claimant", threadSort)

// claimsOf are the definitions on states that the theorem depends on, each as the generator has
// it in the mode.
func (a *agreement) claimsOf(m mode) (all []claim) {
	found := map[*definition]bool{}
	names := append(a.properties(), "Init", "Next")
	for _, s := range a.proof.states {
		names = append(names, s.title)
	}
	for _, name := range names {
		a.reach(a.ev.defs[name], found)
	}
	for _, name := range []string{"Init", "Counted", "Reading", "Sized", "Fits", "vars"} {
		if d := a.ev.defs["Abstract!"+name]; d != nil {
			a.reach(d, found)
		}
	}
	byName := func(x, y *definition) int { return compare(x.name, y.name) }
	for _, d := range slices.SortedFunc(maps.Keys(found), byName) {
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

// inForm is what one says of the claim, in the form of tla: once, or of each thread.
func (a *agreement) inForm(c claim, say func() any) any {
	if len(c.params) == 0 {
		return say()
	}
	var all pairs
	for i, name := range a.threads {
		a.set(claimant, thread(i))
		all = append(all, pairOf{modelValue(name), say()})
	}
	return all
}

// value is what the generator says of the claim, and conjunction whether all its goals hold.
func (a *agreement) value(c claim) any {
	return a.inForm(c, func() any { return a.interpretation.said(c.now) })
}

func (a *agreement) conjunction(c claim) any {
	return a.inForm(c, func() any { return a.hold(c.goals) })
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
