package smt

import (
	"fmt"
	"slices"
)

// Most of a step's formulas are decided by what its path says: that pc[t] is this string, that
// a condition holds. What the path knows is put into them before the solver sees them, and
// what is to hold for all threads is asked of the threads that the step names one by one, and
// of any other. That makes hard goals easy, and weakens nothing: a formula is replaced by one
// that is equal to it under the path's conditions, which stay hypotheses.

// known is what the conditions say of terms.
func known(conds []*Term) map[*Term]*Term {
	by := map[*Term]*Term{}
	for _, c := range conds {
		for _, c := range Conjuncts(c) {
			if c.Op == "=" && c.Args[0].Op == "str" {
				by[c.Args[1]] = c.Args[0]
			} else if c.Op == "=" && c.Args[1].Op == "str" {
				by[c.Args[0]] = c.Args[1]
			} else if c.Op == "not" {
				by[c.Args[0]] = False
			} else {
				by[c] = True
			}
		}
	}
	return by
}

// Alternatives are the conditions with one of several strings that a term may be.
func Alternatives(conds []*Term) [][]*Term {
	for i, c := range conds {
		if c.Op != "or" || !slices.ContainsFunc(c.Args, isString) || slices.ContainsFunc(c.Args, func(t *Term) bool { return !isString(t) }) {
			continue
		}
		var all [][]*Term
		for _, a := range c.Args {
			rest := slices.Concat(conds[:i:i], []*Term{a}, conds[i+1:])
			all = append(all, Alternatives(rest)...)
		}
		return all
	}
	return [][]*Term{conds}
}

func isString(t *Term) bool {
	return t.Op == "=" && (t.Args[0].Op == "str" || t.Args[1].Op == "str")
}

// cases are the goals that together say f, each about one of the threads at, or about others.
func (mk *Builder) cases(name string, f *Term, at []*Term, by map[*Term]*Term, depth int) []Goal {
	if f.Op != "forall" || len(f.Vars) != 1 || f.Vars[0].Sort != ThreadSort {
		if f = mk.substitute(mk.expand(f, at), by); f == True {
			return nil
		}
		return []Goal{{name, f}}
	}
	var all []Goal
	for _, t := range at {
		all = append(all, mk.cases(name, mk.Instance(f, t), at, by, depth)...)
	}
	g := mk.other(depth)
	distinct := map[*Term]*Term{}
	var differs []*Term
	for _, t := range at {
		distinct[mk.Equal(g, t)] = False
		differs = append(differs, mk.Not(mk.Equal(g, t)))
	}
	for _, c := range mk.cases(name, mk.substitute(mk.Instance(f, g), distinct), at, by, depth+1) {
		all = append(all, Goal{c.Name, mk.Implies(mk.And(differs...), c.Formula)})
	}
	return all
}

// expand says of the threads at, one by one, what a quantifier inside of f says of all.
func (mk *Builder) expand(f *Term, at []*Term) *Term {
	done := map[*Term]*Term{}
	var walk func(*Term) *Term
	walk = func(t *Term) *Term {
		if r, ok := done[t]; ok || len(t.Args) == 0 {
			if ok {
				return r
			}
			return t
		}
		args := make([]*Term, len(t.Args))
		for i, a := range t.Args {
			args[i] = walk(a)
		}
		r := mk.rebuild(t, args)
		if (r.Op == "forall" || r.Op == "exists") && len(r.Vars) == 1 && r.Vars[0].Sort == ThreadSort {
			r = mk.expanded(r, at)
		}
		done[t] = r
		return r
	}
	return walk(f)
}

func (mk *Builder) expanded(f *Term, at []*Term) *Term {
	x := mk.FreshVar(ThreadSort)
	distinct := map[*Term]*Term{}
	var parts, is []*Term
	for _, t := range at {
		distinct[mk.Equal(x, t)] = False
		is = append(is, mk.Equal(x, t))
		parts = append(parts, mk.Instance(f, t))
	}
	rest := mk.substitute(mk.Instance(f, x), distinct)
	if f.Op == "forall" {
		return mk.And(append(parts, mk.Forall([]*Term{x}, mk.Or(append(is, rest)...)))...)
	}
	return mk.Or(append(parts, mk.Exists([]*Term{x}, mk.And(mk.Not(mk.Or(is...)), rest)))...)
}

// other is a thread that goals speak of: any.
func (mk *Builder) other(depth int) *Term {
	return mk.Const(fmt.Sprintf(".other%d", depth), ThreadSort)
}

// Instance is the body of a quantifier or a lambda, of one variable, with t in its place.
func (mk *Builder) Instance(f, t *Term) *Term {
	return mk.substitute(f.Args[0], map[*Term]*Term{f.Vars[0]: t})
}

// instances are the hypothesis, and what it says of the threads.
func (mk *Builder) instances(h Goal, threads []*Term) []Goal {
	all := []Goal{h}
	if h.Formula.Op != "forall" || len(h.Formula.Vars) != 1 || h.Formula.Vars[0].Sort != ThreadSort {
		return all
	}
	for _, t := range threads {
		all = append(all, mk.instances(Goal{h.Name, mk.Instance(h.Formula, t)}, threads)...)
	}
	return all
}

type hypothesisAt struct {
	formula *Term
	at      string
}

// expandedInstances are the same for all problems of a path: made once.
func (mk *Builder) expandedInstances(h Goal, threads, at []*Term) []Goal {
	key := hypothesisAt{h.Formula, ""}
	for _, t := range at {
		key.at += t.Name + " "
	}
	all, ok := mk.at[key]
	if !ok {
		for _, i := range mk.instances(h, threads) {
			all = append(all, Goal{i.Name, mk.expand(i.Formula, at)})
		}
		mk.at[key] = all
	}
	return slices.Clone(all)
}

// Simplified is the problem with what its conditions know put in.
func (p Problem) Simplified(conds []*Term) Problem {
	p = p.Total()
	by := known(conds)
	threads := append(slices.Clip(p.At), p.By.other(0))
	out := Problem{By: p.By, Action: p.Action, Refines: p.Refines, At: p.At}
	for _, h := range p.Hypotheses {
		for _, i := range p.By.expandedInstances(h, threads, p.At) {
			if i.Formula = p.By.substitute(i.Formula, by); i.Formula != True {
				out.Hypotheses = append(out.Hypotheses, i)
			}
		}
	}
	for _, c := range conds {
		out.Hypotheses = append(out.Hypotheses, p.By.instances(Goal{"condition", c}, threads)...)
	}
	for _, g := range p.Goals {
		out.Goals = append(out.Goals, p.By.cases(g.Name, g.Formula, p.At, by, 0)...)
	}
	return out
}
