package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"maps"
	"slices"
)

// A path is one way through an action: under its conditions, each variable gets one value.
// x' = e is an assignment here and no equation, so that formulas on the next state are
// formulas on this state.
type path struct {
	ev     *evaluator
	action string     // the action's name, with what a listed set has chosen
	from   *sany.Expr // its definition
	vars   []*smt.Term
	conds  []*smt.Term
	next   map[string]value
	needs  []*smt.Term // that what was evaluated on the way has values
}

func (p *path) clone() *path {
	return &path{p.ev, p.action, p.from, slices.Clone(p.vars), slices.Clone(p.conds),
		maps.Clone(p.next), slices.Clone(p.needs)}
}

// paths are the ways through the step formula x, each going on from p.
func (ev *evaluator) paths(x *sany.Expr, e *env, p *path) []*path {
	defer x.Placed()
	m := mode{next: p.next}
	switch {
	case x.Level < 2:
		return p.when(ev.term(x, e, m))
	case x.Kind == sany.Let:
		return ev.paths(x.Args[0], e, p)
	case x.Kind == sany.Defined:
		return ev.pathsOf(x, e, p)
	case x.Kind != sany.Builtin:
		return p.when(ev.term(x, e, m))
	}
	switch x.Name {
	case "$ConjList", "\\land":
		return ev.inTurn(x.Args, e, p)
	case "$DisjList", "\\lor":
		var all []*path
		for _, a := range x.Args {
			all = append(all, ev.paths(a, e, p.clone())...)
		}
		return all
	case "$IfThenElse":
		c := ev.term(x.Args[0], e, m)
		then := ev.inTurn(x.Args[1:2], e, p.clone().when(c)...)
		return append(then, ev.inTurn(x.Args[2:], e, p.clone().when(ev.Not(c))...)...)
	case "=":
		if l := x.Args[0]; l.Is("'") && ev.isVariable(l.Args[0], e) {
			return ev.becomes(l.Args[0].Name, ev.eval(x.Args[1], e, m), p)
		}
	case "UNCHANGED":
		return ev.unchanged(x.Args[0], e, p)
	case "$BoundedExists":
		return ev.choose(x, e, p)
	}
	return p.when(ev.term(x, e, m))
}

// inTurn are the ways through all of the formulas, each going on from one of the paths.
func (ev *evaluator) inTurn(xs []*sany.Expr, e *env, all ...*path) []*path {
	for _, x := range xs {
		var longer []*path
		for _, p := range all {
			longer = append(longer, ev.paths(x, e, p)...)
		}
		all = longer
	}
	return all
}

// becomes is x' = v.
func (ev *evaluator) becomes(x string, v value, p *path) []*path {
	if of, t := ev.sorts[x], sortOf(v); of != nil && t != nil && t != of {
		panic(sany.Refuse("%s' = a %s, where %[1]s is a %[3]s", x, t, of))
	}
	return p.assign(x, v)
}

// isVariable says that x is a variable of the module, which a step may assign.
func (ev *evaluator) isVariable(x *sany.Expr, e *env) bool {
	return x.Kind == sany.Declared && e.lookup(x.UID) == nil && slices.Contains(ev.Variables, x.Name)
}

// threads are those that the path names.
func (p *path) threads() []*smt.Term {
	var all []*smt.Term
	for _, v := range p.vars {
		if v.Sort == smt.ThreadSort {
			all = append(all, v)
		}
	}
	return all
}

// when is the path on which the condition holds too.
func (p *path) when(cond *smt.Term) []*path {
	smt.Need(smt.BoolSort, cond)
	p.evaluate(cond)
	cond = p.ev.Total(cond)
	if cond == smt.False || slices.Contains(p.conds, p.ev.Not(cond)) {
		return nil
	}
	if cond != smt.True {
		p.conds = append(p.conds, smt.Conjuncts(cond)...)
	}
	return []*path{p}
}

// evaluate notes what must hold for the term to have a value.
func (p *path) evaluate(t *smt.Term) {
	if d := p.ev.HasValue(t); d != smt.True {
		p.needs = append(p.needs, p.ev.Implies(p.ev.And(p.conds...), d))
	}
}

func (p *path) assign(name string, v value) []*path {
	if old, ok := p.next[name]; ok {
		return p.when(p.ev.same(old, v))
	}
	if c, ok := v.(*choice); ok {
		v = p.ev.asTerm(c)
	}
	if t, ok := v.(*smt.Term); ok {
		p.evaluate(t)
		v = p.ev.Total(t)
	}
	p.next[name] = v
	return []*path{p}
}

// unchanged is UNCHANGED: an assignment of variables, and a condition on all else.
func (ev *evaluator) unchanged(x *sany.Expr, e *env, p *path) []*path {
	switch {
	case ev.isVariable(x, e):
		return p.assign(x.Name, ev.eval(x, e, mode{}))
	case x.Kind == sany.Defined && len(x.Args) == 0:
		return ev.unchanged(x.Def.Text(), e, p)
	case x.Kind != sany.Builtin || x.Name != "$Tuple":
		return p.when(ev.same(ev.eval(x, e, mode{primed: true, next: p.next}), ev.eval(x, e, mode{})))
	}
	all := []*path{p}
	for _, a := range x.Args {
		if len(all) == 0 {
			return nil
		}
		all = ev.unchanged(a, e, all[0])
	}
	return all
}

// complete insists that the path says what each variable becomes.
func (p *path) complete(variables map[string]*smt.Sort) {
	if p.from != nil {
		defer p.from.Placed()
	}
	for _, v := range slices.Sorted(maps.Keys(variables)) {
		if _, ok := p.next[v]; !ok {
			panic(sany.Refuse("action %s does not say what %s becomes", p.action, v))
		}
	}
}

// pathsOf goes into a definition. The first that is no mere choice names the action.
func (ev *evaluator) pathsOf(x *sany.Expr, e *env, p *path) []*path {
	body := x.Def.Text()
	if p.action == "" && !isChoice(body) {
		p.action, p.from = x.Def.Name, body
	}
	return ev.paths(body, bind(x.Def, x.Args, e, e, mode{next: p.next}), p)
}

func isChoice(x *sany.Expr) bool {
	return x.Kind == sany.Builtin && slices.Contains([]string{"$DisjList", "\\lor", "$BoundedExists"}, x.Name)
}

// choose goes into \E: of a listed set with each element, else with any one.
func (ev *evaluator) choose(x *sany.Expr, e *env, p *path) []*path {
	uids, in := ev.identifiers(x, e, mode{next: p.next})
	return ev.chosen(x.Args[0], uids, in, e, p)
}

func (ev *evaluator) chosen(body *sany.Expr, uids []int, in []*set, e *env, p *path) []*path {
	if len(uids) == 0 {
		return ev.paths(body, e, p)
	}
	if !in[0].listed {
		v := ev.Const(fmt.Sprintf("%s.%d", ev.Names[uids[0]], len(p.vars)), in[0].variable().Sort)
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
