package prove

import "fmt"

// TLA+ leaves some values open: f[x] of an x outside of the domain of f, a \div 0, a CASE of which
// no arm holds. Each is some value, and nobody can say of which sort. Such an expression becomes a
// partial term, which has a value under a condition. In a goal, the conditions are to be proved
// too, of all that its value depends on, from left to right as TLC evaluates: what follows a
// conjunct may take it for granted. What is known to hold in a hypothesis was a goal before; of a
// step and of an assumption, the conditions are goals of their own.

// partial is t where cond holds, and open elsewhere.
func partial(cond, t *term) *term {
	need(boolSort, cond)
	if cond == yes {
		return t
	}
	return intern(term{op: "partial", args: []*term{cond, t}, sort: t.sort})
}

// strict is t, if the terms on which it does not depend any more have values.
func strict(t *term, dropped ...*term) *term {
	var all []*term
	for _, d := range dropped {
		if d.open {
			all = append(all, hasValue(d))
		}
	}
	if all == nil {
		return t
	}
	return partial(and(all...), t)
}

// total is the term with any value where it is open.
func total(t *term) *term {
	switch {
	case !t.open:
		return t
	case t.op == "partial":
		return total(t.args[1])
	}
	args := make([]*term, len(t.args))
	for i, a := range t.args {
		args[i] = total(a)
	}
	return rebuild(t, args)
}

// hasValue says that the term has a value.
func hasValue(t *term) *term {
	if !t.open {
		return yes
	}
	switch t.op {
	case "partial":
		return and(hasValue(t.args[0]), total(t.args[0]), hasValue(t.args[1]))
	case "and", "or":
		all, before := yes, yes
		for _, a := range t.args {
			all = and(all, implies(before, hasValue(a)))
			if t.op == "or" {
				a = not(a)
			}
			before = and(before, total(a))
		}
		return all
	case "ite":
		c := total(t.args[0])
		return and(hasValue(t.args[0]), implies(c, hasValue(t.args[1])), implies(not(c), hasValue(t.args[2])))
	case "forall", "exists", "lambda":
		vars, body := opened(t)
		return forall(vars, hasValue(body))
	}
	var all []*term
	for _, a := range t.args {
		all = append(all, hasValue(a))
	}
	return and(all...)
}

// opened is a quantifier's body, with fresh variables in it: what is made of the body may have
// quantifiers that the names of the old ones do not allow for.
func opened(t *term) (vars []*term, body *term) {
	by := map[*term]*term{}
	for _, v := range t.vars {
		by[v] = fresh(v.sort)
		vars = append(vars, by[v])
	}
	return vars, substitute(t.args[0], by)
}

// asked is what is to be proved of a formula: that it has a value, and holds.
func asked(f *term) *term {
	switch {
	case !f.open:
		return f
	case f.op == "forall":
		vars, body := opened(f)
		return forall(vars, asked(body))
	}
	return and(hasValue(f), total(f))
}

// total is the problem without partial terms.
func (p problem) total() problem {
	var hypotheses, goals []goal
	for _, h := range p.hypotheses {
		hypotheses = append(hypotheses, goal{h.name, total(h.formula)})
	}
	for _, g := range p.goals {
		goals = append(goals, goal{g.name, asked(g.formula)})
	}
	p.hypotheses, p.goals = hypotheses, goals
	return p
}

// evaluable are the goals that say that the formulas have values, each if those before it hold.
func evaluable(formulas []goal) (all []goal) {
	var before []*term
	for _, f := range formulas {
		if d := hasValue(f.formula); d != yes {
			all = append(all, goal{fmt.Sprintf("%s can be evaluated", f.name), implies(and(before...), d)})
		}
		before = append(before, total(f.formula))
	}
	return all
}
