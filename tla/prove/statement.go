package prove

import "slices"

// A formula is an expression of a module, what its parameters stand for, and a title for its goals.
type formula struct {
	title string
	*expr
	env *env
}

// parts are a theorem, taken apart:
//
//	given => (init /\ [][next]_vars /\ fairness => initial /\ []states /\ [][a]_w for each of steps)
//
// Fairness is dropped: a theorem without a premise implies the one with it.
type parts struct {
	given   []formula // on constants
	init    []formula
	next    formula
	initial []formula
	states  []formula
	steps   []stepClaim
}

// A stepClaim is [][a]_w: each step is one of a, or leaves w as it is.
type stepClaim struct{ a, w formula }

// part takes the theorem apart, or refuses it.
func (s Statement) part() *parts {
	p := &parts{}
	f := formula{s.Name, s.body, nil}
	for ; f.is("=>"); f = f.arg(1) {
		p.premise(s.in, f.arg(0))
	}
	if p.next.expr == nil {
		panic(s.At.unsupported("%s, which is not Spec => claims, with [][Next]_vars in Spec", s.Name))
	}
	p.claim(f)
	return p
}

// is says that the expression is of one of the built-in operators.
func (x *expr) is(operators ...string) bool {
	return x.kind == builtin && slices.Contains(operators, x.name)
}

func (x *expr) isAnd() bool { return x.is("$ConjList", "\\land") }

func (f formula) arg(i int) formula { return formula{f.title, f.args[i], f.env} }

// opened is what the formula stands for, if it is a name, a LET, or of an instance.
func (f formula) opened() (in formula, isName bool) {
	switch {
	case f.kind == let:
		return f.arg(0), true
	case f.kind == substituted:
		return formula{f.title, f.args[0], bindAll(f.substs, f.env)}, true
	case f.kind == defined && f.def.body != nil && !f.def.recursive:
		var ev *evaluator // bind needs none
		return formula{f.def.name, f.def.body, ev.bind(f.def, f.args, f.env, f.env, mode{})}, true
	}
	return f, false
}

// conjuncts are those of the formula, whatever names they stand behind.
func (f formula) conjuncts() (all []formula) {
	if in, isName := f.opened(); isName {
		return in.conjuncts()
	}
	if !f.isAnd() {
		return []formula{f}
	}
	for i := range f.args {
		all = append(all, f.arg(i).conjuncts()...)
	}
	return all
}

// premise takes apart the left side of an implication.
func (p *parts) premise(m *module, f formula) {
	in, isName := f.opened()
	switch {
	case f.level == 0:
		p.given = append(p.given, f.conjuncts()...)
	case f.isAnd():
		for i := range f.args {
			p.premise(m, f.arg(i))
		}
	case f.level == 1:
		p.init = append(p.init, in)
	case isName:
		p.premise(m, in)
	case f.is("[]") && f.args[0].is("$SquareAct") && p.next.expr == nil:
		p.next = f.arg(0).arg(0)
		for in, ok := p.next.opened(); ok && in.kind == defined; in, ok = in.opened() {
			p.next = in // the last name is that of the action
		}
		covered := f.arg(0).arg(1).tuple()
		for _, v := range m.variables {
			if !slices.Contains(covered, v) {
				panic(f.unsupported("[][A]_v where v does not cover %s", v))
			}
		}
	case f.isFair():
	default:
		panic(f.unsupported("%s as a premise: only constants, Init, one [][Next]_vars and fairness are", f.name))
	}
}

// isFair says that the formula is WF_v(A) or SF_v(A), or says these of all elements of a set.
func (f formula) isFair() bool {
	if in, isName := f.opened(); isName {
		return in.isFair()
	}
	if f.is("$WF", "$SF") {
		return true
	}
	return (f.isAnd() || f.is("$BoundedForall")) &&
		!slices.ContainsFunc(f.args, func(x *expr) bool { return !formula{f.title, x, f.env}.isFair() })
}

// tuple is the names of the variables in a tuple of tuples.
func (f formula) tuple() (all []string) {
	in, isName := f.opened()
	switch {
	case isName:
		return in.tuple()
	case f.own() != "":
		return []string{f.own()}
	case !f.is("$Tuple"):
		panic(f.unsupported("%s in what is to be a tuple of variables", f.name))
	}
	for i := range f.args {
		all = append(all, f.arg(i).tuple()...)
	}
	return all
}

// claim takes apart a claim about a behavior: its first state, all of its states, or all of its steps.
func (p *parts) claim(f formula) {
	in, isName := f.opened()
	switch {
	case f.isAnd():
		for i := range f.args {
			p.claim(f.arg(i))
		}
	case f.level <= 1:
		p.initial = append(p.initial, in)
	case isName:
		p.claim(in)
	case f.is("[]"):
		p.always(f.arg(0))
	default:
		panic(noClaim(f))
	}
}

// always takes apart the claim []f.
func (p *parts) always(f formula) {
	in, isName := f.opened()
	switch {
	case f.isAnd():
		for i := range f.args {
			p.always(f.arg(i))
		}
	case f.level <= 1:
		p.states = append(p.states, in)
	case isName:
		p.always(in)
	case f.is("$SquareAct"):
		p.steps = append(p.steps, stepClaim{f.arg(0), f.arg(1)})
	default:
		panic(noClaim(f))
	}
}

func noClaim(f formula) error {
	return f.unsupported("%s as a claim: only P, []P and [][A]_v are, with P on states", f.name)
}

// by sorts the claims []P by how they are proved: by one induction, each conjunct by an induction of
// its own, and as what follows from the first.
func (p *parts) by() (induction, own, following []formula) {
	hasInv := slices.ContainsFunc(p.states, func(f formula) bool { return f.title == "Inv" })
	for _, f := range p.states {
		switch {
		case !hasInv || f.title == "Inv" || f.title == "TypeOK":
			induction = append(induction, f)
		case f.title == "Kept":
			own = append(own, f)
		default:
			following = append(following, f)
		}
	}
	return induction, own, following
}

// ofInstance says that the expression has a name of an instance in it, or in what its names stand for.
func (x *expr) ofInstance(seen map[*definition]bool) bool {
	if x.kind == substituted {
		return true
	}
	for _, y := range x.args {
		if y.ofInstance(seen) {
			return true
		}
	}
	for _, b := range x.bounds {
		if b.in != nil && b.in.ofInstance(seen) {
			return true
		}
	}
	if x.def == nil || x.def.body == nil || seen[x.def] {
		return false
	}
	seen[x.def] = true
	return x.def.body.ofInstance(seen)
}
