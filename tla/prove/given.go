package prove

import "slices"

// The sort of a constant comes from an assumption: an ASSUME of the module, or a premise of the
// theorem. The sort of a variable comes from Init, and each step is checked to keep it.

// learnConstants gives each constant a value or a sort. An assumption about C has one of these forms:
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
	for _, c := range ev.constants {
		if ev.constant[c] == nil && says(facts, c, isFinite) && says(facts, c, isFilled) {
			ev.constant[c] = whole(threadSort)
			break
		}
	}
	ev.learnSorts(facts)
	for _, c := range ev.constants {
		if ev.constant[c] == nil {
			panic(ev.positions[c].unsupported("the constant %s, of which no assumption says what it is", c))
		}
	}
}

// learnValue learns the value of a constant, from an assumption that names no other.
func (ev *evaluator) learnValue(f formula) {
	if !f.is("=") || f.arg(0).own() == "" {
		return
	}
	fixed := &evaluator{module: ev.module} // knows no constants
	if v, ok := fixed.try(f.args[1], f.env); ok {
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
		c, is := f.own(), yes
		if f.is("\\lnot") {
			c, is = f.arg(0).own(), no
		}
		if v := ev.constant[c]; v == constant(c, boolSort) {
			ev.constant[c] = is
		}
	}
}

func (ev *evaluator) learnSort(f formula) {
	switch {
	case f.is("\\in"):
		if elem := ev.elements(f.arg(1)); elem != nil {
			ev.learn(f.arg(0).own(), constant(f.arg(0).own(), elem))
		}
	case f.is("\\subseteq"):
		ev.learnSet(f.arg(0), ev.elements(f.arg(1)))
	case f.is("$BoundedForall") && len(f.bounds) == 1 && len(f.bounds[0].uids) == 1:
		for _, c := range f.arg(0).conjuncts() {
			if c.is("\\in") && c.args[0].kind == param && c.args[0].uid == f.bounds[0].uids[0] {
				ev.learnSet(formula{f.title, f.bounds[0].in, f.env}, ev.elements(c.arg(1)))
			}
		}
	}
}

// learnSet learns that the set, or those of which it is the union, has elements of the sort.
func (ev *evaluator) learnSet(f formula, elem *sort) {
	if f.is("\\union") {
		ev.learnSet(f.arg(0), elem)
		ev.learnSet(f.arg(1), elem)
	} else if elem != nil {
		ev.learn(f.own(), predicate(elem, memberOf(f.own())))
	}
}

func (ev *evaluator) learn(c string, v value) {
	if slices.Contains(ev.constants, c) && ev.constant[c] == nil {
		ev.constant[c] = v
	}
}

func memberOf(set string) func(*term) *term {
	return func(v *term) *term { return intern(term{op: "member", name: set, args: []*term{v}, sort: boolSort}) }
}

// own is the name of a constant or a variable of the module, "" of anything else: of one of an instance,
// of an operator or a function of one.
func (f formula) own() string {
	if f.kind == declared && len(f.args) == 0 && f.env.lookup(f.uid) == nil {
		return f.name
	}
	return ""
}

// says says that one of the facts says it of the constant.
func says(facts []formula, c string, it func(formula) bool) bool {
	return slices.ContainsFunc(facts, func(f formula) bool { return it(f) && f.arg(0).own() == c })
}

// isFinite says that the formula is IsFiniteSet(C).
func isFinite(f formula) bool {
	return f.kind == defined && f.def.module == "FiniteSets" && f.def.name == "IsFiniteSet"
}

// isFilled says that the formula is C # {}.
func isFilled(f formula) bool {
	return f.is("/=") && f.args[1].is("$SetEnumerate") && f.args[1].args == nil
}

// try is the value of the expression, if it has one as long as some constants or variables have none.
func (ev *evaluator) try(x *expr, e *env) (v value, ok bool) {
	var err error
	func() {
		defer recoverUnsupported(&err)
		v = ev.eval(x, e, mode{})
	}()
	return v, err == nil
}

// elements is the sort of the set's elements, nil if that is not known.
func (ev *evaluator) elements(f formula) *sort {
	if v, ok := ev.try(f.expr, f.env); ok {
		switch v := v.(type) {
		case *set:
			return v.elem
		case *term:
			if v.sort.set {
				return v.sort.elem
			}
		}
	}
	return nil
}

// learnVariables takes the sort of each variable from the conjunct x = value or x \in set of Init,
// which may speak of the variables before it. Of a set that is empty at first, a conjunct x \in set of
// TypeOK says what its elements are, or else they are strings. That is a guess: a step that makes it
// another set is refused.
func (ev *evaluator) learnVariables(p *parts) {
	empty := map[string]bool{}
	for _, c := range parted(p.init) {
		if !c.is("=", "\\in") {
			continue
		}
		x := c.arg(0).own()
		if !slices.Contains(ev.variables, x) || ev.sorts[x] != nil || empty[x] {
			continue
		}
		if of := ev.initially(c); of != nil {
			ev.sorts[x] = of
		} else {
			empty[x] = true
		}
	}
	for _, x := range ev.variables {
		switch {
		case empty[x]:
			ev.sorts[x] = ev.typed(x)
		case ev.sorts[x] == nil:
			panic(ev.positions[x].unsupported("the variable %s, of which no conjunct %[1]s = value or %[1]s \\in set of Init says what it is", x))
		}
	}
}

// initially is the sort of x in a conjunct x = value or x \in set, nil for the empty set.
func (ev *evaluator) initially(c formula) *sort {
	defer c.placed()
	if c.is("=") {
		return shape(ev.eval(c.args[1], c.env, mode{}))
	}
	if elem := ev.set(c.args[1], c.env, mode{}).elem; elem != nil {
		return elem
	}
	panic(unsupported("%s in a set whose elements are of no one sort", c.args[0].name))
}

// typed is the sort that TypeOK gives a set variable.
func (ev *evaluator) typed(x string) *sort {
	if d := ev.defs["TypeOK"]; d != nil && d.body != nil {
		for _, c := range (formula{d.name, d.body, nil}).conjuncts() {
			if c.is("\\in") && c.arg(0).own() == x {
				if of := ev.elements(c.arg(1)); of != nil && of.set {
					return of
				}
			}
		}
	}
	return setOf(stringSort)
}

func parted(of []formula) (all []formula) {
	for _, f := range of {
		all = append(all, f.conjuncts()...)
	}
	return all
}

// shape is the sort of the value, nil for the empty set.
func shape(v value) *sort {
	switch v := v.(type) {
	case *term:
		return v.sort
	case *choice:
		return shape(asTerm(v))
	case *set:
		if v.elem == nil {
			return nil
		}
		return setOf(v.elem)
	case *function:
		domain, ok := v.domain.numbers()
		if !ok {
			panic(unsupported("a function of other than all threads or listed numbers"))
		}
		if elem := shape(v.at(v.domain.variable())); elem != nil {
			return functionOf(v.domain.elem, domain, elem)
		}
	}
	panic(unsupported("a %s as the value of a variable", called(v)))
}

// checkShapes insists that the step leaves each variable of its sort.
func (ev *evaluator) checkShapes(p *path) {
	if p.from != nil {
		defer p.from.placed()
	}
	for _, x := range ev.variables {
		of, is := ev.sorts[x], shape(p.next[x])
		if is != of && (is != nil || !of.set) { // nil fits each set
			panic(unsupported("action %s gives %s another sort than %s, which Init gives it", p.action, x, of))
		}
	}
}
