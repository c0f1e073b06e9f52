package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"maps"
	"slices"
)

// A claim is a definition on states: of the state, or of a thread in it.
type claim struct {
	*sany.Definition
	now   value      // what the generator makes of it
	goals []smt.Goal // and as goals, if it is a formula
}

// claimant is the thread that a claim is about.
func (a *agreement) claimant() *smt.Term { return a.ev.Const("claimant", smt.ThreadSort) }

// claimsOf are the definitions on states that the theorem depends on, each as the generator has
// it in the mode.
func (a *agreement) claimsOf(m mode) (all []claim) {
	found := map[*sany.Definition]bool{}
	names := append(a.properties(), "Init", "Next")
	for _, s := range a.proof.states {
		names = append(names, s.title)
	}
	for _, name := range names {
		reach(a.ev.Defs[name], found)
	}
	for _, name := range []string{"Init", "Counted", "Fits", "vars"} {
		if d := a.ev.Defs["Abstract!"+name]; d != nil {
			reach(d, found)
		}
	}
	byName := func(x, y *sany.Definition) int { return compare(x.Name, y.Name) }
	for _, d := range slices.SortedFunc(maps.Keys(found), byName) {
		if d != a.ev.Defs[d.Name] || d.Body.Level != 1 || len(d.Params) > 1 || sany.Standard[d.Module] {
			continue
		}
		var e *env
		if len(d.Params) == 1 {
			if a.ev.Names[d.Params[0]] != "t" {
				continue
			}
			e = e.with(d.Params[0], a.claimant())
		}
		c := claim{Definition: d, now: a.ev.eval(d.Body, e, m)}
		if x, ok := c.now.(*smt.Term); ok && x.Sort == smt.BoolSort {
			a.ev.split(d.Body, e, m, d.Name, identity, &c.goals)
		}
		all = append(all, c)
	}
	return all
}

// reach finds the definitions that d uses.
func reach(d *sany.Definition, found map[*sany.Definition]bool) {
	if found[d] || d.Body == nil {
		return
	}
	found[d] = true
	each(d.Body, func(x *sany.Expr) {
		if x.Def != nil {
			reach(x.Def, found)
		}
	})
}

// each visits all parts of an expression, and it.
func each(x *sany.Expr, visit func(*sany.Expr)) {
	visit(x)
	for _, y := range x.Args {
		each(y, visit)
	}
	for _, b := range x.Bounds {
		if b.In != nil {
			each(b.In, visit)
		}
	}
}

// tla is the claim as a TLA+ expression.
func (c claim) tla() string {
	if len(c.Params) == 0 {
		return c.Name
	}
	return fmt.Sprintf("[agreeT \\in Threads |-> %s(agreeT)]", c.Name)
}

// inForm is what one says of the claim, in the form of tla: once, or of each thread.
func (a *agreement) inForm(c claim, say func() any) any {
	if len(c.Params) == 0 {
		return say()
	}
	var all pairs
	for i, name := range a.threads {
		a.set(a.claimant(), thread(i))
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

func (a *agreement) hold(goals []smt.Goal) bool {
	return !slices.ContainsFunc(goals, func(g smt.Goal) bool { return !a.truth(g.Formula) })
}

// enter makes the state the one that terms are interpreted in.
func (a *agreement) enter(state []any) {
	for i, v := range a.variables {
		a.set(a.ev.Const(v, a.sorts[v]), state[i])
	}
}

// claimsAgree compares all claims with what TLC says of them.
func (a *agreement) claimsAgree(where string, claims []claim, said tupleOf) {
	for i, c := range claims {
		tlc := written(said[i])
		if got := written(a.value(c)); got != tlc {
			a.differ("%s: %s is %s, of TLC %s", where, c.Name, got, tlc)
		} else if c.goals != nil {
			if got := written(a.conjunction(c)); got != tlc {
				a.differ("%s: the goals of %s are %s, of TLC %s", where, c.Name, got, tlc)
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
