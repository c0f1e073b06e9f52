package prove

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
func known(conds []*term) map[*term]*term {
	by := map[*term]*term{}
	for _, c := range conds {
		for _, c := range conjuncts(c) {
			if c.op == "=" && c.args[0].op == "str" {
				by[c.args[1]] = c.args[0]
			} else if c.op == "=" && c.args[1].op == "str" {
				by[c.args[0]] = c.args[1]
			} else if c.op == "not" {
				by[c.args[0]] = no
			} else {
				by[c] = yes
			}
		}
	}
	return by
}

// alternatives are the conditions with one of several strings that a term may be.
func alternatives(conds []*term) [][]*term {
	for i, c := range conds {
		if c.op != "or" || !slices.ContainsFunc(c.args, isString) || slices.ContainsFunc(c.args, func(t *term) bool { return !isString(t) }) {
			continue
		}
		var all [][]*term
		for _, a := range c.args {
			rest := slices.Concat(conds[:i:i], []*term{a}, conds[i+1:])
			all = append(all, alternatives(rest)...)
		}
		return all
	}
	return [][]*term{conds}
}

func isString(t *term) bool {
	return t.op == "=" && (t.args[0].op == "str" || t.args[1].op == "str")
}

// cases are the goals that together say f, each about one of the threads at, or about others.
func cases(name string, f *term, at []*term, by map[*term]*term, depth int) []goal {
	if f.op != "forall" || len(f.vars) != 1 || f.vars[0].sort != threadSort {
		if f = substitute(expand(f, at), by); f == yes {
			return nil
		}
		return []goal{{name, f}}
	}
	var all []goal
	for _, t := range at {
		all = append(all, cases(name, instance(f, t), at, by, depth)...)
	}
	g := other(depth)
	distinct := map[*term]*term{}
	var differs []*term
	for _, t := range at {
		distinct[equal(g, t)] = no
		differs = append(differs, not(equal(g, t)))
	}
	for _, c := range cases(name, substitute(instance(f, g), distinct), at, by, depth+1) {
		all = append(all, goal{c.name, implies(and(differs...), c.formula)})
	}
	return all
}

// expand says of the threads at, one by one, what a quantifier inside of f says of all.
func expand(f *term, at []*term) *term {
	done := map[*term]*term{}
	var walk func(*term) *term
	walk = func(t *term) *term {
		if r, ok := done[t]; ok || len(t.args) == 0 {
			if ok {
				return r
			}
			return t
		}
		args := make([]*term, len(t.args))
		for i, a := range t.args {
			args[i] = walk(a)
		}
		r := rebuild(t, args)
		if (r.op == "forall" || r.op == "exists") && len(r.vars) == 1 && r.vars[0].sort == threadSort {
			r = expanded(r, at)
		}
		done[t] = r
		return r
	}
	return walk(f)
}

func expanded(f *term, at []*term) *term {
	x := fresh(threadSort)
	distinct := map[*term]*term{}
	var parts, is []*term
	for _, t := range at {
		distinct[equal(x, t)] = no
		is = append(is, equal(x, t))
		parts = append(parts, instance(f, t))
	}
	rest := substitute(instance(f, x), distinct)
	if f.op == "forall" {
		return and(append(parts, forall([]*term{x}, or(append(is, rest)...)))...)
	}
	return or(append(parts, exists([]*term{x}, and(not(or(is...)), rest)))...)
}

// other is a thread that goals speak of: any.
func other(depth int) *term { return constant(fmt.Sprintf(".other%d", depth), threadSort) }

func instance(f, t *term) *term { return substitute(f.args[0], map[*term]*term{f.vars[0]: t}) }

// instances are the hypothesis, and what it says of the threads.
func instances(h goal, threads []*term) []goal {
	all := []goal{h}
	if h.formula.op != "forall" || len(h.formula.vars) != 1 || h.formula.vars[0].sort != threadSort {
		return all
	}
	for _, t := range threads {
		all = append(all, instances(goal{h.name, instance(h.formula, t)}, threads)...)
	}
	return all
}

type hypothesisAt struct {
	formula *term
	at      string
}

// Like all terms, these are made by one goroutine.
var expandedAt = map[hypothesisAt][]goal{}

// expandedInstances are the same for all problems of a path: made once.
func expandedInstances(h goal, threads, at []*term) []goal {
	key := hypothesisAt{h.formula, ""}
	for _, t := range at {
		key.at += t.name + " "
	}
	all, ok := expandedAt[key]
	if !ok {
		for _, i := range instances(h, threads) {
			all = append(all, goal{i.name, expand(i.formula, at)})
		}
		expandedAt[key] = all
	}
	return slices.Clone(all)
}

// simplified is the problem with what its conditions know put in.
func (p problem) simplified(conds []*term) problem {
	p = p.total()
	by := known(conds)
	threads := append(slices.Clip(p.at), other(0))
	out := problem{action: p.action, refines: p.refines, at: p.at}
	for _, h := range p.hypotheses {
		for _, i := range expandedInstances(h, threads, p.at) {
			if i.formula = substitute(i.formula, by); i.formula != yes {
				out.hypotheses = append(out.hypotheses, i)
			}
		}
	}
	for _, c := range conds {
		out.hypotheses = append(out.hypotheses, instances(goal{"condition", c}, threads)...)
	}
	for _, g := range p.goals {
		out.goals = append(out.goals, cases(g.name, g.formula, p.at, by, 0)...)
	}
	return out
}
