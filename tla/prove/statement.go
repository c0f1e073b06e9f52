package prove

import (
	"casalloc/tla/prove/sany"
	"slices"
)

// A formula is an expression of a module, what its parameters stand for, and a title for its goals.
type formula struct {
	title string
	*sany.Expr
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
	f := formula{s.Name, s.Body, nil}
	for ; f.Is("=>"); f = f.arg(1) {
		p.premise(s.in, f.arg(0))
	}
	if p.next.Expr == nil {
		panic(s.At.Refuse("%s, which is not Spec => claims, with [][Next]_vars in Spec", s.Name))
	}
	p.claim(f)
	return p
}

func (f formula) arg(i int) formula { return formula{f.title, f.Args[i], f.env} }

// opened is what the formula stands for, if it is a name, a LET, or of an instance.
func (f formula) opened() (in formula, isName bool) {
	switch {
	case f.Kind == sany.Let:
		return f.arg(0), true
	case f.Kind == sany.Substituted:
		return formula{f.title, f.Args[0], bindAll(f.Substs, f.env)}, true
	case f.Kind == sany.Defined && f.Def.Body != nil && !f.Def.Recursive:
		return formula{f.Def.Name, f.Def.Body, bind(f.Def, f.Args, f.env, f.env, mode{})}, true
	}
	return f, false
}

// conjuncts are those of the formula, whatever names they stand behind.
func (f formula) conjuncts() (all []formula) {
	if in, isName := f.opened(); isName {
		return in.conjuncts()
	}
	if !f.IsAnd() {
		return []formula{f}
	}
	for i := range f.Args {
		all = append(all, f.arg(i).conjuncts()...)
	}
	return all
}

// premise takes apart the left side of an implication.
func (p *parts) premise(m *sany.Module, f formula) {
	in, isName := f.opened()
	switch {
	case f.Level == 0:
		p.given = append(p.given, f.conjuncts()...)
	case f.IsAnd():
		for i := range f.Args {
			p.premise(m, f.arg(i))
		}
	case f.Level == 1:
		p.init = append(p.init, in)
	case isName:
		p.premise(m, in)
	case f.Is("[]") && f.Args[0].Is("$SquareAct") && p.next.Expr == nil:
		p.next = f.arg(0).arg(0)
		for in, ok := p.next.opened(); ok && in.Kind == sany.Defined; in, ok = in.opened() {
			p.next = in // the last name is that of the action
		}
		covered := f.arg(0).arg(1).tuple()
		for _, v := range m.Variables {
			if !slices.Contains(covered, v) {
				panic(f.Refuse("[][A]_v where v does not cover %s", v))
			}
		}
	case f.isFair():
	default:
		panic(f.Refuse("%s as a premise: only constants, Init, one [][Next]_vars and fairness are", f.Name))
	}
}

// isFair says that the formula is WF_v(A) or SF_v(A), or says these of all elements of a set.
func (f formula) isFair() bool {
	if in, isName := f.opened(); isName {
		return in.isFair()
	}
	if f.Is("$WF", "$SF") {
		return true
	}
	return (f.IsAnd() || f.Is("$BoundedForall")) &&
		!slices.ContainsFunc(f.Args, func(x *sany.Expr) bool { return !formula{f.title, x, f.env}.isFair() })
}

// tuple is the names of the variables in a tuple of tuples.
func (f formula) tuple() (all []string) {
	in, isName := f.opened()
	switch {
	case isName:
		return in.tuple()
	case f.own() != "":
		return []string{f.own()}
	case !f.Is("$Tuple"):
		panic(f.Refuse("%s in what is to be a tuple of variables", f.Name))
	}
	for i := range f.Args {
		all = append(all, f.arg(i).tuple()...)
	}
	return all
}

// claim takes apart a claim about a behavior: its first state, all of its states, or all of its
// steps.
func (p *parts) claim(f formula) {
	in, isName := f.opened()
	switch {
	case f.IsAnd():
		for i := range f.Args {
			p.claim(f.arg(i))
		}
	case f.Level <= 1:
		p.initial = append(p.initial, in)
	case isName:
		p.claim(in)
	case f.Is("[]"):
		p.always(f.arg(0))
	default:
		panic(noClaim(f))
	}
}

// always takes apart the claim []f.
func (p *parts) always(f formula) {
	in, isName := f.opened()
	switch {
	case f.IsAnd():
		for i := range f.Args {
			p.always(f.arg(i))
		}
	case f.Level <= 1:
		p.states = append(p.states, in)
	case isName:
		p.always(in)
	case f.Is("$SquareAct"):
		p.steps = append(p.steps, stepClaim{f.arg(0), f.arg(1)})
	default:
		panic(noClaim(f))
	}
}

func noClaim(f formula) error {
	return f.Refuse("%s as a claim: only P, []P and [][A]_v are, with P on states", f.Name)
}

// by sorts the claims []P by how they are proved: by one induction, each conjunct by an induction
// of its own, and as what follows from the first.
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
