package smt

import "fmt"

// TLA+ leaves some values open: f[x] of an x outside of the domain of f, a \div 0, a CASE of which
// no arm holds. Each is some value, and nobody can say of which sort. Such an expression becomes a
// Partial term, which has a value under a condition. In a goal, the conditions are to be proved
// too, of all that its value depends on, from left to right as TLC evaluates: what follows a
// conjunct may take it for granted. What is known to hold in a hypothesis was a goal before; of a
// step and of an assumption, the conditions are goals of their own.

// Partial is t where cond holds, and open elsewhere.
func (mk *Builder) Partial(cond, t *Term) *Term {
	Need(BoolSort, cond)
	if cond == True {
		return t
	}
	return mk.intern(Term{Op: "partial", Args: []*Term{cond, t}, Sort: t.Sort})
}

// Strict is t, if the terms on which it does not depend any more have values.
func (mk *Builder) Strict(t *Term, dropped ...*Term) *Term {
	var all []*Term
	for _, d := range dropped {
		if d.open {
			all = append(all, mk.HasValue(d))
		}
	}
	if all == nil {
		return t
	}
	return mk.Partial(mk.And(all...), t)
}

// Total is the term with any value where it is open.
func (mk *Builder) Total(t *Term) *Term {
	switch {
	case !t.open:
		return t
	case t.Op == "partial":
		return mk.Total(t.Args[1])
	}
	args := make([]*Term, len(t.Args))
	for i, a := range t.Args {
		args[i] = mk.Total(a)
	}
	return mk.rebuild(t, args)
}

// HasValue says that the term has a value.
func (mk *Builder) HasValue(t *Term) *Term {
	if !t.open {
		return True
	}
	switch t.Op {
	case "partial":
		return mk.And(mk.HasValue(t.Args[0]), mk.Total(t.Args[0]), mk.HasValue(t.Args[1]))
	case "and", "or":
		all, before := True, True
		for _, a := range t.Args {
			all = mk.And(all, mk.Implies(before, mk.HasValue(a)))
			if t.Op == "or" {
				a = mk.Not(a)
			}
			before = mk.And(before, mk.Total(a))
		}
		return all
	case "ite":
		c := mk.Total(t.Args[0])
		return mk.And(mk.HasValue(t.Args[0]),
			mk.Implies(c, mk.HasValue(t.Args[1])), mk.Implies(mk.Not(c), mk.HasValue(t.Args[2])))
	case "forall", "exists", "lambda":
		vars, body := mk.opened(t)
		return mk.Forall(vars, mk.HasValue(body))
	}
	var all []*Term
	for _, a := range t.Args {
		all = append(all, mk.HasValue(a))
	}
	return mk.And(all...)
}

// opened is a quantifier's body, with fresh variables in it: what is made of the body may have
// quantifiers that the names of the old ones do not allow for.
func (mk *Builder) opened(t *Term) (vars []*Term, body *Term) {
	by := map[*Term]*Term{}
	for _, v := range t.Vars {
		by[v] = mk.FreshVar(v.Sort)
		vars = append(vars, by[v])
	}
	return vars, mk.substitute(t.Args[0], by)
}

// asked is what is to be proved of a formula: that it has a value, and holds.
func (mk *Builder) asked(f *Term) *Term {
	switch {
	case !f.open:
		return f
	case f.Op == "forall":
		vars, body := mk.opened(f)
		return mk.Forall(vars, mk.asked(body))
	}
	return mk.And(mk.HasValue(f), mk.Total(f))
}

// Total is the problem without partial terms.
func (p Problem) Total() Problem {
	var hypotheses, goals []Goal
	for _, h := range p.Hypotheses {
		hypotheses = append(hypotheses, Goal{h.Name, p.By.Total(h.Formula)})
	}
	for _, g := range p.Goals {
		goals = append(goals, Goal{g.Name, p.By.asked(g.Formula)})
	}
	p.Hypotheses, p.Goals = hypotheses, goals
	return p
}

// Evaluable are the goals that say that the formulas have values, each if those before it hold.
func (mk *Builder) Evaluable(formulas []Goal) (all []Goal) {
	var before []*Term
	for _, f := range formulas {
		if d := mk.HasValue(f.Formula); d != True {
			all = append(all, Goal{fmt.Sprintf("%s can be evaluated", f.Name), mk.Implies(mk.And(before...), d)})
		}
		before = append(before, mk.Total(f.Formula))
	}
	return all
}
