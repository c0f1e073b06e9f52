package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
)

// A translation makes the value of an expression. One that is in neither table below has none,
// and is refused.
type translation func(ev *evaluator, x *sany.Expr, e *env, m mode) value

var (
	builtins map[string]translation // the operators of the language, by SANY's names
	library  map[string]translation // those of the standard modules
)

// of is a translation that looks at nothing but the values of the arguments.
func of(f func(ev *evaluator, args []value) value) translation {
	return func(ev *evaluator, x *sany.Expr, e *env, m mode) value {
		var args []value
		for _, a := range x.Args {
			args = append(args, ev.eval(a, e, m.negative()))
		}
		return f(ev, args)
	}
}

// integers is op of two arguments that are integers.
func integers(op string, first, second int) translation {
	return of(func(ev *evaluator, a []value) value {
		return ev.Arithmetic(op, ev.asTerm(a[first]), ev.asTerm(a[second]))
	})
}

func init() { // the translations evaluate, and that looks them up
	builtins = map[string]translation{
		"TRUE":    of(func(*evaluator, []value) value { return smt.True }),
		"FALSE":   of(func(*evaluator, []value) value { return smt.False }),
		"BOOLEAN": of(func(ev *evaluator, _ []value) value { return ev.listed(smt.True, smt.False) }),
		"STRING":  of(func(ev *evaluator, _ []value) value { return ev.whole(smt.StringSort) }),

		"$ConjList":      (*evaluator).conjunction,
		"\\land":         (*evaluator).conjunction,
		"$DisjList":      (*evaluator).disjunction,
		"\\lor":          (*evaluator).disjunction,
		"\\lnot":         of(func(ev *evaluator, a []value) value { return ev.Not(ev.asTerm(a[0])) }),
		"=>":             (*evaluator).implication,
		"\\equiv":        of((*evaluator).equivalence),
		"=":              of(func(ev *evaluator, a []value) value { return ev.same(a[0], a[1]) }),
		"/=":             of(func(ev *evaluator, a []value) value { return ev.Not(ev.same(a[0], a[1])) }),
		"$IfThenElse":    (*evaluator).conditional,
		"$Case":          func(ev *evaluator, x *sany.Expr, e *env, m mode) value { return ev.arms(x.Args, e, m) },
		"$BoundedForall": (*evaluator).forall,
		"$BoundedExists": (*evaluator).exists,

		"'":         func(ev *evaluator, x *sany.Expr, e *env, m mode) value { return ev.eval(x.Args[0], e, m.inNext()) },
		"UNCHANGED": (*evaluator).stays,

		"$FcnApply":            of(func(ev *evaluator, a []value) value { return ev.apply(a[0], a[1]) }),
		"$FcnConstructor":      (*evaluator).function,
		"$NonRecursiveFcnSpec": (*evaluator).function,
		"$Except":              (*evaluator).except,
		"DOMAIN":               of(func(ev *evaluator, a []value) value { return ev.domainOf(a[0]) }),
		"$Tuple":               of(func(ev *evaluator, a []value) value { return tuple(a) }),
		"$RcdConstructor":      (*evaluator).record,
		"$RcdSelect": func(ev *evaluator, x *sany.Expr, e *env, m mode) value {
			return ev.project(ev.eval(x.Args[0], e, m.negative()), x.Args[1].Name)
		},

		"\\in": func(ev *evaluator, x *sany.Expr, e *env, m mode) value {
			return ev.set(x.Args[1], e, m).hasIn(ev.eval(x.Args[0], e, m.negative()), m.witnesses)
		},
		"\\notin":    of(func(ev *evaluator, a []value) value { return ev.Not(ev.asSet(a[1]).has(a[0])) }),
		"\\subseteq": of(func(ev *evaluator, a []value) value { return ev.asSet(a[0]).all(ev.asSet(a[1]).has) }),
		"\\union":    of(func(ev *evaluator, a []value) value { return ev.union(ev.asSet(a[0]), ev.asSet(a[1])) }),
		"\\intersect": of(func(ev *evaluator, a []value) value {
			return ev.combined(ev.asSet(a[0]), ev.asSet(a[1]), func(a, b *smt.Term) *smt.Term { return ev.And(a, b) })
		}),
		"\\": of(func(ev *evaluator, a []value) value {
			butNot := func(a, b *smt.Term) *smt.Term { return ev.And(a, ev.Not(b)) }
			return ev.combined(ev.asSet(a[0]), ev.asSet(a[1]), butNot)
		}),
		"SUBSET":        of(func(ev *evaluator, a []value) value { return ev.subsets(ev.asSet(a[0])) }),
		"$SetEnumerate": of(func(ev *evaluator, a []value) value { return ev.listed(a...) }),
		"$SubsetOf":     (*evaluator).filtered,
		"$SetOfAll":     (*evaluator).image,
		"$SetOfFcns":    of(func(ev *evaluator, a []value) value { return ev.functions(ev.asSet(a[0]), ev.asSet(a[1])) }),
		"$SetOfRcds":    (*evaluator).records,
	}
	library = map[string]translation{
		"Integers!Int": of(func(ev *evaluator, _ []value) value { return ev.whole(smt.IntSort) }),
		"Integers!-.":  of(func(ev *evaluator, a []value) value { return ev.Arithmetic("-", ev.Number(0), ev.asTerm(a[0])) }),
		"Naturals!Nat": of(func(ev *evaluator, _ []value) value {
			return ev.predicate(smt.IntSort, func(v *smt.Term) *smt.Term { return ev.Arithmetic("<=", ev.Number(0), v) })
		}),
		"Naturals!+":     integers("+", 0, 1),
		"Naturals!-":     integers("-", 0, 1),
		"Naturals!*":     integers("*", 0, 1),
		"Naturals!\\div": quotient("div"),
		"Naturals!%":     quotient("mod"),
		"Naturals!<":     integers("<", 0, 1),
		"Naturals!\\leq": integers("<=", 0, 1),
		"Naturals!>":     integers("<", 1, 0),
		"Naturals!\\geq": integers("<=", 1, 0),
		"Naturals!..":    of(func(ev *evaluator, a []value) value { return ev.interval(ev.asTerm(a[0]), ev.asTerm(a[1])) }),

		"FiniteSets!Cardinality": (*evaluator).cardinality,
		"FiniteSets!IsFiniteSet": of((*evaluator).finite),
	}
}

func (ev *evaluator) conjunction(x *sany.Expr, e *env, m mode) value {
	return ev.junction(x, e, m, ev.And, smt.False)
}
func (ev *evaluator) disjunction(x *sany.Expr, e *env, m mode) value {
	return ev.junction(x, e, m, ev.Or, smt.True)
}

func (ev *evaluator) junction(x *sany.Expr, e *env, m mode,
	join func(...*smt.Term) *smt.Term, decided *smt.Term,
) *smt.Term {
	var parts []*smt.Term
	for _, a := range x.Args {
		t := ev.term(a, e, m)
		if parts = append(parts, t); t == decided {
			break // what follows need not be evaluated
		}
	}
	return join(parts...)
}

func (ev *evaluator) implication(x *sany.Expr, e *env, m mode) value {
	a := ev.term(x.Args[0], e, m.negative())
	if a == smt.False {
		return smt.True
	}
	return ev.Implies(a, ev.term(x.Args[1], e, m))
}

func (ev *evaluator) equivalence(a []value) value {
	p, q := ev.asTerm(a[0]), ev.asTerm(a[1])
	smt.Need(smt.BoolSort, p, q)
	return ev.Equal(p, q)
}

func (ev *evaluator) conditional(x *sany.Expr, e *env, m mode) value {
	switch c := ev.term(x.Args[0], e, m.negative()); c {
	case smt.True:
		return ev.eval(x.Args[1], e, m)
	case smt.False:
		return ev.eval(x.Args[2], e, m)
	default:
		return ev.either(c, ev.eval(x.Args[1], e, m), ev.eval(x.Args[2], e, m))
	}
}

// stays is UNCHANGED, as a condition.
func (ev *evaluator) stays(x *sany.Expr, e *env, m mode) value {
	return ev.same(ev.eval(x.Args[0], e, m.inNext()), ev.eval(x.Args[0], e, m.negative()))
}

func (ev *evaluator) function(x *sany.Expr, e *env, m mode) value {
	uid, domain := ev.over(x, e, m)
	return &function{domain, func(v value) value { return ev.eval(x.Args[0], e.with(uid, v), m.negative()) }}
}

func (ev *evaluator) record(x *sany.Expr, e *env, m mode) value {
	fields := map[string]*smt.Term{}
	for _, p := range x.Args {
		fields[p.Args[0].Name] = ev.term(p.Args[1], e, m.negative())
	}
	return ev.recordFrom(fields)
}

func (ev *evaluator) records(x *sany.Expr, e *env, m mode) value {
	fields := map[string]*set{}
	for _, p := range x.Args {
		fields[p.Args[0].Name] = ev.set(p.Args[1], e, m)
	}
	return ev.recordsOf(fields)
}

// filtered is {identifier \in set : formula}.
func (ev *evaluator) filtered(x *sany.Expr, e *env, m mode) value {
	uid, in := ev.over(x, e, m)
	return &set{ev: ev, elem: in.elem, member: func(v value) *smt.Term {
		return ev.And(in.has(v), ev.term(x.Args[0], e.with(uid, v), m.negative()))
	}}
}

// quotient is \div or %. TLA+ leaves both open unless the divisor is above 0.
func quotient(op string) translation {
	return func(ev *evaluator, x *sany.Expr, e *env, m mode) value {
		a, b := ev.term(x.Args[0], e, m.negative()), ev.term(x.Args[1], e, m.negative())
		return ev.Partial(ev.above0(b), ev.Arithmetic(op, a, b))
	}
}

// above0 is 0 < b, if neither the text of b nor ASSUME says so already.
func (ev *evaluator) above0(b *smt.Term) *smt.Term {
	switch {
	case ev.positive[b]:
		return smt.True
	case b.Op == "*":
		if ev.above0(b.Args[0]) == smt.True {
			return ev.above0(b.Args[1])
		} else if ev.above0(b.Args[1]) == smt.True {
			return ev.above0(b.Args[0])
		}
	}
	return ev.Arithmetic("<", ev.Number(0), b)
}

// assume notes what ASSUME says is above 0.
func (ev *evaluator) assume() {
	ev.positive = map[*smt.Term]bool{}
	for _, a := range ev.Assumes {
		for _, c := range smt.Conjuncts(ev.term(a, nil, mode{})) {
			if least := map[string]int64{"<": 0, "<=": 1}; (c.Op == "<" || c.Op == "<=") &&
				c.Args[0].Op == "int" && c.Args[0].Value >= least[c.Op] {
				ev.positive[c.Args[1]] = true
			}
		}
	}
}

func (ev *evaluator) interval(a, b *smt.Term) *set {
	smt.Need(smt.IntSort, a, b)
	if a.Op == "int" && b.Op == "int" && a.Value <= b.Value && uint64(b.Value-a.Value) < 8 {
		var items []value
		for i := range b.Value - a.Value + 1 {
			items = append(items, ev.Number(a.Value+i))
		}
		return ev.listed(items...)
	}
	return ev.predicate(smt.IntSort, func(v *smt.Term) *smt.Term {
		return ev.And(ev.Arithmetic("<=", a, v), ev.Arithmetic("<=", v, b))
	})
}

// finite is whether a set of threads is finite: that they are is assumed, see learnConstants.
func (ev *evaluator) finite(a []value) value {
	if ev.asSet(a[0]).elem != smt.ThreadSort {
		panic(sany.Refuse("IsFiniteSet of a set of other than threads"))
	}
	return smt.True
}

// cardinality is counted over all threads.
func (ev *evaluator) cardinality(x *sany.Expr, e *env, m mode) value {
	s := ev.set(x.Args[0], e, m)
	if s.elem != smt.ThreadSort {
		panic(sany.Refuse("Cardinality of a set of other than threads"))
	}
	return ev.sumOver(x, "number", m.primed, func(v *smt.Term) *smt.Term { return ev.Ite(s.has(v), ev.Number(1), ev.Number(0)) })
}
