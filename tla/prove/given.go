package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"slices"
)

// The sort of a constant comes from an assumption: an ASSUME of the module, or a premise of the
// theorem. The sort of a variable comes from Init, and each step is checked to keep it.

// learnConstants gives each constant a value or a sort. An assumption about C has one of these
// forms:
//
//	C = value, or C or ~C for C \in BOOLEAN    it is that
//	C \in S                                    an element of S
//	C \subseteq S, \A x \in C : x \in S        a set of such
//	IsFiniteSet(C) /\ C # {}                   a set of anything
//
// One constant can be of the last kind, which no other form gives a sort: its elements are the sort
// Thread.
func (ev *evaluator) learnConstants(facts []formula) {
	for _, f := range facts {
		ev.learnValue(f)
	}
	ev.learnSorts(facts)
	for _, c := range ev.Constants {
		if ev.constant[c] == nil && says(facts, c, isFinite) && says(facts, c, isFilled) {
			ev.constant[c] = ev.whole(smt.ThreadSort)
			break
		}
	}
	ev.learnSorts(facts)
	for _, c := range ev.Constants {
		if ev.constant[c] == nil {
			panic(ev.Positions[c].Refuse("the constant %s, of which no assumption says what it is", c))
		}
	}
}

// learnValue learns the value of a constant, from an assumption that names no other.
func (ev *evaluator) learnValue(f formula) {
	if !f.Is("=") || f.arg(0).own() == "" {
		return
	}
	fixed := &evaluator{Module: ev.Module, Builder: ev.Builder} // knows no constants
	if v, ok := fixed.try(f.Args[1], f.env); ok {
		ev.constant[f.arg(0).own()] = v
	}
}

// learnSorts learns sorts until no assumption gives another one: C \subseteq D does once D has one.
func (ev *evaluator) learnSorts(facts []formula) {
	for known := -1; known != len(ev.constant); {
		known = len(ev.constant)
		for _, f := range facts {
			ev.learnSort(f)
		}
	}
	for _, f := range facts {
		c, is := f.own(), smt.True
		if f.Is("\\lnot") {
			c, is = f.arg(0).own(), smt.False
		}
		if v := ev.constant[c]; v == ev.Const(c, smt.BoolSort) {
			ev.constant[c] = is
		}
	}
}

func (ev *evaluator) learnSort(f formula) {
	switch {
	case f.Is("\\in"):
		if elem := ev.elements(f.arg(1)); elem != nil {
			ev.learn(f.arg(0).own(), ev.Const(f.arg(0).own(), elem))
		}
	case f.Is("\\subseteq"):
		ev.learnSet(f.arg(0), ev.elements(f.arg(1)))
	case f.Is("$BoundedForall") && len(f.Bounds) == 1 && len(f.Bounds[0].UIDs) == 1:
		for _, c := range f.arg(0).conjuncts() {
			if c.Is("\\in") && c.Args[0].Kind == sany.Param && c.Args[0].UID == f.Bounds[0].UIDs[0] {
				ev.learnSet(formula{f.title, f.Bounds[0].In, f.env}, ev.elements(c.arg(1)))
			}
		}
	}
}

// learnSet learns that the set has elements of the sort.
func (ev *evaluator) learnSet(f formula, elem *smt.Sort) {
	if elem != nil {
		ev.learn(f.own(), ev.predicate(elem, func(v *smt.Term) *smt.Term { return ev.Member(f.own(), v) }))
	}
}

func (ev *evaluator) learn(c string, v value) {
	if slices.Contains(ev.Constants, c) && ev.constant[c] == nil {
		ev.constant[c] = v
	}
}

// own is the name of a constant or a variable of the module, "" of anything else: of one of an
// instance, of an operator or a function of one.
func (f formula) own() string {
	if f.Kind == sany.Declared && len(f.Args) == 0 && f.env.lookup(f.UID) == nil {
		return f.Name
	}
	return ""
}

// says says that one of the facts says it of the constant.
func says(facts []formula, c string, it func(formula) bool) bool {
	return slices.ContainsFunc(facts, func(f formula) bool { return it(f) && f.arg(0).own() == c })
}

// isFinite says that the formula is IsFiniteSet(C).
func isFinite(f formula) bool {
	return f.Kind == sany.Defined && f.Def.Module == "FiniteSets" && f.Def.Name == "IsFiniteSet"
}

// isFilled says that the formula is C # {}.
func isFilled(f formula) bool {
	return f.Is("/=") && f.Args[1].Is("$SetEnumerate") && f.Args[1].Args == nil
}

// try is the value of the expression, if it has one as long as some constants or variables have
// none.
func (ev *evaluator) try(x *sany.Expr, e *env) (v value, ok bool) {
	var err error
	func() {
		defer sany.Recover(&err)
		v = ev.eval(x, e, mode{})
	}()
	return v, err == nil
}

// elements is the sort of the set's elements, nil if that is not known.
func (ev *evaluator) elements(f formula) *smt.Sort {
	if v, ok := ev.try(f.Expr, f.env); ok {
		switch v := v.(type) {
		case *set:
			return v.elem
		case *smt.Term:
			if v.Sort.Set {
				return v.Sort.Elem
			}
		}
	}
	return nil
}

// learnVariables takes the sort of each variable from the conjunct x = value or x \in set of Init,
// which may speak of the variables before it. Of a set that is empty at first, a conjunct x \in set
// of TypeOK says what its elements are, or else they are strings. That is a guess: a step that
// makes it another set is refused.
func (ev *evaluator) learnVariables(p *parts) {
	empty := map[string]bool{}
	for _, c := range parted(p.init) {
		if !c.Is("=", "\\in") {
			continue
		}
		x := c.arg(0).own()
		if !slices.Contains(ev.Variables, x) || ev.sorts[x] != nil || empty[x] {
			continue
		}
		if of := ev.initially(c); of != nil {
			ev.sorts[x] = of
		} else {
			empty[x] = true
		}
	}
	for _, x := range ev.Variables {
		switch {
		case empty[x]:
			ev.sorts[x] = ev.typed(x)
		case ev.sorts[x] == nil:
			panic(ev.Positions[x].Refuse("the variable %s, of which no conjunct %[1]s = value or %[1]s \\in set of Init says what it is", x))
		}
	}
}

// initially is the sort of x in a conjunct x = value or x \in set, nil for the empty set.
func (ev *evaluator) initially(c formula) *smt.Sort {
	defer c.Placed()
	if c.Is("=") {
		return ev.shape(ev.eval(c.Args[1], c.env, mode{}))
	}
	if elem := ev.set(c.Args[1], c.env, mode{}).elem; elem != nil {
		return elem
	}
	panic(sany.Refuse("%s in a set whose elements are of no one sort", c.Args[0].Name))
}

// typed is the sort that TypeOK gives a set variable.
func (ev *evaluator) typed(x string) *smt.Sort {
	if d := ev.Defs["TypeOK"]; d != nil && d.Body != nil {
		for _, c := range (formula{d.Name, d.Body, nil}).conjuncts() {
			if c.Is("\\in") && c.arg(0).own() == x {
				if of := ev.elements(c.arg(1)); of != nil && of.Set {
					return of
				}
			}
		}
	}
	return ev.SetOf(smt.StringSort)
}

func parted(of []formula) (all []formula) {
	for _, f := range of {
		all = append(all, f.conjuncts()...)
	}
	return all
}

// shape is the sort of the value, nil for the empty set.
func (ev *evaluator) shape(v value) *smt.Sort {
	switch v := v.(type) {
	case *smt.Term:
		return v.Sort
	case *choice:
		return ev.shape(ev.asTerm(v))
	case *set:
		if v.elem == nil {
			return nil
		}
		return ev.SetOf(v.elem)
	case *function:
		domain, ok := v.domain.numbers()
		if !ok {
			panic(sany.Refuse("a function of other than all threads or listed numbers"))
		}
		if elem := ev.shape(v.at(v.domain.variable())); elem != nil {
			return ev.FunctionOf(v.domain.elem, domain, elem)
		}
	}
	panic(sany.Refuse("a %s as the value of a variable", called(v)))
}

// checkShapes insists that the step leaves each variable of its sort.
func (ev *evaluator) checkShapes(p *path) {
	if p.from != nil {
		defer p.from.Placed()
	}
	for _, x := range ev.Variables {
		of, is := ev.sorts[x], ev.shape(p.next[x])
		if is != of && (is != nil || !of.Set) { // nil fits each set
			panic(sany.Refuse("action %s gives %s another sort than %s, which Init gives it", p.action, x, of))
		}
	}
}
