package prove

import (
	"fmt"
	"maps"
	"slices"
)

// A path is one way through an action: under its conditions, each variable gets one value.
// x' = e is an assignment here and no equation, so that formulas on the next state are
// formulas on this state.
type path struct {
	action string // the action's name, with what a listed set has chosen
	from   *expr  // its definition
	vars   []*term
	conds  []*term
	next   map[string]value
	needs  []*term // that what was evaluated on the way has values
}

func (p *path) clone() *path {
	return &path{p.action, p.from, slices.Clone(p.vars), slices.Clone(p.conds), maps.Clone(p.next), slices.Clone(p.needs)}
}

// paths are the ways through the step formula x, each going on from p.
func (ev *evaluator) paths(x *expr, e *env, p *path) []*path {
	defer x.placed()
	m := mode{next: p.next}
	switch {
	case x.level < 2:
		return p.when(ev.term(x, e, m))
	case x.kind == let:
		return ev.paths(x.args[0], e, p)
	case x.kind == defined:
		return ev.pathsOf(x, e, p)
	case x.kind != builtin:
		return p.when(ev.term(x, e, m))
	}
	switch x.name {
	case "$ConjList", "\\land":
		all := []*path{p}
		for _, a := range x.args {
			var longer []*path
			for _, p := range all {
				longer = append(longer, ev.paths(a, e, p)...)
			}
			all = longer
		}
		return all
	case "$DisjList", "\\lor":
		var all []*path
		for _, a := range x.args {
			all = append(all, ev.paths(a, e, p.clone())...)
		}
		return all
	case "$IfThenElse":
		c := ev.term(x.args[0], e, m)
		var all []*path
		for _, then := range p.clone().when(c) {
			all = append(all, ev.paths(x.args[1], e, then)...)
		}
		for _, otherwise := range p.clone().when(not(c)) {
			all = append(all, ev.paths(x.args[2], e, otherwise)...)
		}
		return all
	case "=":
		if l := x.args[0]; l.kind == builtin && l.name == "'" && ev.isVariable(l.args[0], e) {
			v := ev.eval(x.args[1], e, m)
			if of, t := ev.sorts[l.args[0].name], sortOf(v); of != nil && t != nil && t != of {
				panic(unsupported("%s' = a %s, where %s is a %s", l.args[0].name, t, l.args[0].name, of))
			}
			return p.assign(l.args[0].name, v)
		}
	case "UNCHANGED":
		return ev.unchanged(x.args[0], e, p)
	case "$BoundedExists":
		return ev.choose(x, e, p)
	}
	return p.when(ev.term(x, e, m))
}

// isVariable says that x is a variable of the module, which a step may assign.
func (ev *evaluator) isVariable(x *expr, e *env) bool {
	return x.kind == declared && e.lookup(x.uid) == nil && slices.Contains(ev.variables, x.name)
}

// threads are those that the path names.
func (p *path) threads() []*term {
	var all []*term
	for _, v := range p.vars {
		if v.sort == threadSort {
			all = append(all, v)
		}
	}
	return all
}

// when is the path on which the condition holds too.
func (p *path) when(cond *term) []*path {
	need(boolSort, cond)
	p.evaluate(cond)
	cond = total(cond)
	if cond == no || slices.Contains(p.conds, not(cond)) {
		return nil
	}
	if cond != yes {
		p.conds = append(p.conds, conjuncts(cond)...)
	}
	return []*path{p}
}

// evaluate notes what must hold for the term to have a value.
func (p *path) evaluate(t *term) {
	if d := hasValue(t); d != yes {
		p.needs = append(p.needs, implies(and(p.conds...), d))
	}
}

func (p *path) assign(name string, v value) []*path {
	if old, ok := p.next[name]; ok {
		return p.when(same(old, v))
	}
	if c, ok := v.(*choice); ok {
		v = asTerm(c)
	}
	if t, ok := v.(*term); ok {
		p.evaluate(t)
		v = total(t)
	}
	p.next[name] = v
	return []*path{p}
}

// unchanged is UNCHANGED: an assignment of variables, and a condition on all else.
func (ev *evaluator) unchanged(x *expr, e *env, p *path) []*path {
	switch {
	case ev.isVariable(x, e):
		return p.assign(x.name, ev.eval(x, e, mode{}))
	case x.kind == defined && len(x.args) == 0:
		return ev.unchanged(x.def.text(), e, p)
	case x.kind != builtin || x.name != "$Tuple":
		return p.when(same(ev.eval(x, e, mode{primed: true, next: p.next}), ev.eval(x, e, mode{})))
	}
	all := []*path{p}
	for _, a := range x.args {
		if len(all) == 0 {
			return nil
		}
		all = ev.unchanged(a, e, all[0])
	}
	return all
}

// complete insists that the path says what each variable becomes.
func (p *path) complete(variables map[string]*sort) {
	if p.from != nil {
		defer p.from.placed()
	}
	for _, v := range slices.Sorted(maps.Keys(variables)) {
		if _, ok := p.next[v]; !ok {
			panic(unsupported("action %s does not say what %s becomes", p.action, v))
		}
	}
}

// pathsOf goes into a definition. The first that is no mere choice names the action.
func (ev *evaluator) pathsOf(x *expr, e *env, p *path) []*path {
	body := x.def.text()
	if p.action == "" && !isChoice(body) {
		p.action, p.from = x.def.name, body
	}
	return ev.paths(body, ev.bind(x.def, x.args, e, e, mode{next: p.next}), p)
}

func isChoice(x *expr) bool {
	return x.kind == builtin && slices.Contains([]string{"$DisjList", "\\lor", "$BoundedExists"}, x.name)
}

// choose goes into \E: of a listed set with each element, else with any one.
func (ev *evaluator) choose(x *expr, e *env, p *path) []*path {
	uids, in := ev.identifiers(x, e, mode{next: p.next})
	return ev.chosen(x.args[0], uids, in, e, p)
}

func (ev *evaluator) chosen(body *expr, uids []int, in []*set, e *env, p *path) []*path {
	if len(uids) == 0 {
		return ev.paths(body, e, p)
	}
	if !in[0].listed {
		v := constant(fmt.Sprintf("%s.%d", ev.names[uids[0]], len(p.vars)), in[0].variable().sort)
		p.vars = append(p.vars, v)
		if p.when(in[0].has(v)) == nil {
			return nil
		}
		return ev.chosen(body, uids[1:], in[1:], e.with(uids[0], v), p)
	}
	var all []*path
	for _, item := range in[0].items {
		all = append(all, ev.chosen(body, uids[1:], in[1:], e.with(uids[0], item), p.clone())...)
	}
	return all
}
