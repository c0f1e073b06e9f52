package prove

import (
	"fmt"
	"strings"
)

// A goal is a formula that must be valid. Its name leads to the conjunct of the module.
type goal struct {
	name    string
	formula *term
}

// goals are the conjuncts of the formulas, one by one.
func (ev *evaluator) goals(of []formula, m mode) (all []goal) {
	for _, f := range of {
		ev.split(f.expr, f.env, m, f.title, yesIs, &all)
	}
	return all
}

// A wrapper puts back around a conjunct what stood around it.
type wrapper func(*term) *term

func yesIs(t *term) *term { return t }

func (ev *evaluator) split(x *expr, e *env, m mode, name string, wrap wrapper, all *[]goal) {
	defer x.placed()
	switch {
	case x.kind == let:
		ev.split(x.args[0], e, m, name, wrap, all)
		return
	case x.kind == defined && !standard[x.def.module] && x.def.module == ev.module.name:
		ev.split(x.def.text(), ev.bind(x.def, x.args, e, e, m), m, x.def.name, wrap, all)
		return
	case x.kind == builtin:
		switch x.name {
		case "$ConjList", "\\land":
			for i, a := range x.args {
				ev.split(a, e, m, fmt.Sprintf("%s.%d", name, i+1), wrap, all)
			}
			return
		case "\\equiv":
			a, b := ev.term(x.args[0], e, m), ev.term(x.args[1], e, m)
			need(boolSort, a, b)
			*all = append(*all, goal{name + " =>", wrap(implies(a, b))}, goal{name + " <=", wrap(implies(b, a))})
			return
		case "$Case":
			ev.splitCase(x.args, e, m, name, wrap, all)
			return
		case "$IfThenElse":
			c := ev.term(x.args[0], e, m)
			for i, arm := range []*term{c, not(c)} {
				if arm != no {
					ev.split(x.args[i+1], e, m, name, func(t *term) *term { return wrap(implies(arm, t)) }, all)
				}
			}
			return
		case "=>":
			if a := ev.term(x.args[0], e, m); a != no {
				ev.split(x.args[1], e, m, name, func(t *term) *term { return wrap(implies(a, t)) }, all)
			}
			return
		case "$BoundedForall":
			uids, in := ev.identifiers(x, e, m)
			ev.splitAll(x, uids, in, e, m, name, wrap, all)
			return
		}
	}
	if x.kind == defined && !standard[x.def.module] {
		name = x.def.name
	}
	t := ev.term(x, e, m)
	need(boolSort, t)
	*all = append(*all, goal{strings.TrimSuffix(name, ".1"), wrap(t)})
}

// splitCase goes into CASE: each arm, where those before do not hold. One of them must hold.
func (ev *evaluator) splitCase(arms []*expr, e *env, m mode, name string, wrap wrapper, all *[]goal) {
	for _, arm := range arms {
		c := yes
		if arm.args[0].kind != otherwise {
			c = ev.term(arm.args[0], e, m)
		}
		if c != no {
			ev.split(arm.args[1], e, m, name, func(t *term) *term { return wrap(implies(c, t)) }, all)
		}
		before := wrap
		wrap = func(t *term) *term { return before(or(c, t)) }
	}
	if none := wrap(no); none != yes {
		*all = append(*all, goal{name + " some arm", none})
	}
}

// splitAll goes into \A: for a listed set, with each element.
func (ev *evaluator) splitAll(x *expr, uids []int, in []*set, e *env, m mode, name string, wrap wrapper, all *[]goal) {
	if len(uids) == 0 {
		ev.split(x.args[0], e, m, name, wrap, all)
		return
	}
	if in[0].listed {
		for _, item := range in[0].items {
			ev.splitAll(x, uids[1:], in[1:], e.with(uids[0], item), m, name, wrap, all)
		}
		return
	}
	v := in[0].variable()
	ev.splitAll(x, uids[1:], in[1:], e.with(uids[0], v), m, name, func(t *term) *term {
		return wrap(forall([]*term{v}, implies(in[0].has(v), t)))
	}, all)
}
