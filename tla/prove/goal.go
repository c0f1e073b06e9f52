package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"strings"
)

// goals are the conjuncts of the formulas, one by one.
func (ev *evaluator) goals(of []formula, m mode) (all []smt.Goal) {
	for _, f := range of {
		ev.split(f.Expr, f.env, m, f.title, identity, &all)
	}
	return all
}

// A wrapper puts back around a conjunct what stood around it.
type wrapper func(*smt.Term) *smt.Term

func identity(t *smt.Term) *smt.Term { return t }

func (ev *evaluator) split(x *sany.Expr, e *env, m mode, name string, wrap wrapper, all *[]smt.Goal) {
	defer x.Placed()
	switch {
	case x.Kind == sany.Let:
		ev.split(x.Args[0], e, m, name, wrap, all)
		return
	case x.Kind == sany.Defined && !sany.Standard[x.Def.Module] && x.Def.Module == ev.Module.Name:
		ev.split(x.Def.Text(), bind(x.Def, x.Args, e, e, m), m, x.Def.Name, wrap, all)
		return
	case ev.splitBuiltin(x, e, m, name, wrap, all):
		return
	}
	if x.Kind == sany.Defined && !sany.Standard[x.Def.Module] {
		name = x.Def.Name
	}
	t := ev.term(x, e, m)
	smt.Need(smt.BoolSort, t)
	*all = append(*all, smt.Goal{Name: strings.TrimSuffix(name, ".1"), Formula: wrap(t)})
}

// splitBuiltin goes into an operator of the language, if that makes several goals of it.
func (ev *evaluator) splitBuiltin(x *sany.Expr, e *env, m mode, name string, wrap wrapper, all *[]smt.Goal) bool {
	if x.Kind != sany.Builtin {
		return false
	}
	switch x.Name {
	case "$ConjList", "\\land":
		for i, a := range x.Args {
			ev.split(a, e, m, fmt.Sprintf("%s.%d", name, i+1), wrap, all)
		}
		return true
	case "\\equiv":
		a, b := ev.term(x.Args[0], e, m), ev.term(x.Args[1], e, m)
		smt.Need(smt.BoolSort, a, b)
		*all = append(*all, smt.Goal{Name: name + " =>", Formula: wrap(ev.Implies(a, b))},
			smt.Goal{Name: name + " <=", Formula: wrap(ev.Implies(b, a))})
		return true
	case "$Case":
		ev.splitCase(x.Args, e, m, name, wrap, all)
		return true
	case "$IfThenElse":
		c := ev.term(x.Args[0], e, m)
		for i, arm := range []*smt.Term{c, ev.Not(c)} {
			if arm != smt.False {
				ev.split(x.Args[i+1], e, m, name, func(t *smt.Term) *smt.Term { return wrap(ev.Implies(arm, t)) }, all)
			}
		}
		return true
	case "=>":
		if a := ev.term(x.Args[0], e, m); a != smt.False {
			ev.split(x.Args[1], e, m, name, func(t *smt.Term) *smt.Term { return wrap(ev.Implies(a, t)) }, all)
		}
		return true
	case "$BoundedForall":
		uids, in := ev.identifiers(x, e, m)
		ev.splitAll(x, uids, in, e, m, name, wrap, all)
		return true
	}
	return false
}

// splitCase goes into CASE: each arm, where those before do not hold. One of them must hold.
func (ev *evaluator) splitCase(arms []*sany.Expr, e *env, m mode, name string, wrap wrapper, all *[]smt.Goal) {
	for _, arm := range arms {
		c := smt.True
		if arm.Args[0].Kind != sany.Other {
			c = ev.term(arm.Args[0], e, m)
		}
		if c != smt.False {
			ev.split(arm.Args[1], e, m, name, func(t *smt.Term) *smt.Term { return wrap(ev.Implies(c, t)) }, all)
		}
		before := wrap
		wrap = func(t *smt.Term) *smt.Term { return before(ev.Or(c, t)) }
	}
	if none := wrap(smt.False); none != smt.True {
		*all = append(*all, smt.Goal{Name: name + " some arm", Formula: none})
	}
}

// splitAll goes into \A: for a listed set, with each element.
func (ev *evaluator) splitAll(
	x *sany.Expr, uids []int, in []*set, e *env, m mode, name string, wrap wrapper, all *[]smt.Goal,
) {
	if len(uids) == 0 {
		ev.split(x.Args[0], e, m, name, wrap, all)
		return
	}
	if in[0].listed {
		for _, item := range in[0].items {
			ev.splitAll(x, uids[1:], in[1:], e.with(uids[0], item), m, name, wrap, all)
		}
		return
	}
	v := in[0].variable()
	ev.splitAll(x, uids[1:], in[1:], e.with(uids[0], v), m, name, func(t *smt.Term) *smt.Term {
		return wrap(ev.Forall([]*smt.Term{v}, ev.Implies(in[0].has(v), t)))
	}, all)
}
