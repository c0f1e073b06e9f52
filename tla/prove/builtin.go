package prove

// A translation makes the value of an expression. One that is in neither table below has none,
// and is refused.
type translation func(ev *evaluator, x *expr, e *env, m mode) value

var (
	builtins map[string]translation // the operators of the language, by SANY's names
	library  map[string]translation // those of the standard modules
)

// of is a translation that looks at nothing but the values of the arguments.
func of(f func(args []value) value) translation {
	return func(ev *evaluator, x *expr, e *env, m mode) value {
		var args []value
		for _, a := range x.args {
			args = append(args, ev.eval(a, e, m.negative()))
		}
		return f(args)
	}
}

func init() { // the translations evaluate, and that looks them up
	builtins = map[string]translation{
		"TRUE":    of(func([]value) value { return yes }),
		"FALSE":   of(func([]value) value { return no }),
		"BOOLEAN": of(func([]value) value { return listed(yes, no) }),
		"STRING":  of(func([]value) value { return whole(stringSort) }),

		"$ConjList":      (*evaluator).conjunction,
		"\\land":         (*evaluator).conjunction,
		"$DisjList":      (*evaluator).disjunction,
		"\\lor":          (*evaluator).disjunction,
		"\\lnot":         of(func(a []value) value { return not(asTerm(a[0])) }),
		"=>":             (*evaluator).implication,
		"\\equiv":        of(equivalence),
		"=":              of(func(a []value) value { return same(a[0], a[1]) }),
		"/=":             of(func(a []value) value { return not(same(a[0], a[1])) }),
		"$IfThenElse":    (*evaluator).conditional,
		"$Case":          func(ev *evaluator, x *expr, e *env, m mode) value { return ev.arms(x.args, e, m) },
		"$BoundedForall": (*evaluator).forall,
		"$BoundedExists": (*evaluator).exists,

		"'":         func(ev *evaluator, x *expr, e *env, m mode) value { return ev.eval(x.args[0], e, m.inNext()) },
		"UNCHANGED": (*evaluator).stays,

		"$FcnApply":            of(func(a []value) value { return apply(a[0], a[1]) }),
		"$FcnConstructor":      (*evaluator).function,
		"$NonRecursiveFcnSpec": (*evaluator).function,
		"$Except":              (*evaluator).except,
		"DOMAIN":               of(func(a []value) value { return domainOf(a[0]) }),
		"$Tuple":               of(func(a []value) value { return tuple(a) }),
		"$RcdConstructor":      (*evaluator).record,
		"$RcdSelect": func(ev *evaluator, x *expr, e *env, m mode) value {
			return project(ev.eval(x.args[0], e, m.negative()), x.args[1].name)
		},

		"\\in": func(ev *evaluator, x *expr, e *env, m mode) value {
			return ev.set(x.args[1], e, m).hasIn(ev.eval(x.args[0], e, m.negative()), m.witnesses)
		},
		"\\notin":    of(func(a []value) value { return not(asSet(a[1]).has(a[0])) }),
		"\\subseteq": of(func(a []value) value { return asSet(a[0]).all(asSet(a[1]).has) }),
		"\\union":    of(func(a []value) value { return union(asSet(a[0]), asSet(a[1])) }),
		"\\intersect": of(func(a []value) value {
			return combined(asSet(a[0]), asSet(a[1]), func(a, b *term) *term { return and(a, b) })
		}),
		"\\": of(func(a []value) value {
			return combined(asSet(a[0]), asSet(a[1]), func(a, b *term) *term { return and(a, not(b)) })
		}),
		"SUBSET":        of(func(a []value) value { return subsets(asSet(a[0])) }),
		"$SetEnumerate": of(func(a []value) value { return listed(a...) }),
		"$SubsetOf":     (*evaluator).filtered,
		"$SetOfAll":     (*evaluator).image,
		"$SetOfFcns":    of(func(a []value) value { return functions(asSet(a[0]), asSet(a[1])) }),
		"$SetOfRcds":    (*evaluator).records,
	}
	library = map[string]translation{
		"Integers!Int": of(func([]value) value { return whole(intSort) }),
		"Integers!-.":  of(func(a []value) value { return arithmetic("-", number(0), asTerm(a[0])) }),
		"Naturals!Nat": of(func([]value) value {
			return predicate(intSort, func(v *term) *term { return arithmetic("<=", number(0), v) })
		}),
		"Naturals!+":     of(func(a []value) value { return arithmetic("+", asTerm(a[0]), asTerm(a[1])) }),
		"Naturals!-":     of(func(a []value) value { return arithmetic("-", asTerm(a[0]), asTerm(a[1])) }),
		"Naturals!*":     of(func(a []value) value { return arithmetic("*", asTerm(a[0]), asTerm(a[1])) }),
		"Naturals!\\div": quotient("div"),
		"Naturals!%":     quotient("mod"),
		"Naturals!<":     of(func(a []value) value { return arithmetic("<", asTerm(a[0]), asTerm(a[1])) }),
		"Naturals!\\leq": of(func(a []value) value { return arithmetic("<=", asTerm(a[0]), asTerm(a[1])) }),
		"Naturals!>":     of(func(a []value) value { return arithmetic("<", asTerm(a[1]), asTerm(a[0])) }),
		"Naturals!\\geq": of(func(a []value) value { return arithmetic("<=", asTerm(a[1]), asTerm(a[0])) }),
		"Naturals!..":    of(func(a []value) value { return interval(asTerm(a[0]), asTerm(a[1])) }),

		"FiniteSets!Cardinality": (*evaluator).cardinality,
		"FiniteSets!IsFiniteSet": of(finite),
	}
}

func (ev *evaluator) conjunction(x *expr, e *env, m mode) value { return ev.junction(x, e, m, and, no) }
func (ev *evaluator) disjunction(x *expr, e *env, m mode) value { return ev.junction(x, e, m, or, yes) }

func (ev *evaluator) junction(x *expr, e *env, m mode, join func(...*term) *term, decided *term) *term {
	var parts []*term
	for _, a := range x.args {
		t := ev.term(a, e, m)
		if parts = append(parts, t); t == decided {
			break // what follows need not be evaluated
		}
	}
	return join(parts...)
}

func (ev *evaluator) implication(x *expr, e *env, m mode) value {
	a := ev.term(x.args[0], e, m.negative())
	if a == no {
		return yes
	}
	return implies(a, ev.term(x.args[1], e, m))
}

func equivalence(a []value) value {
	p, q := asTerm(a[0]), asTerm(a[1])
	need(boolSort, p, q)
	return equal(p, q)
}

func (ev *evaluator) conditional(x *expr, e *env, m mode) value {
	switch c := ev.term(x.args[0], e, m.negative()); c {
	case yes:
		return ev.eval(x.args[1], e, m)
	case no:
		return ev.eval(x.args[2], e, m)
	default:
		return either(c, ev.eval(x.args[1], e, m), ev.eval(x.args[2], e, m))
	}
}

// stays is UNCHANGED, as a condition.
func (ev *evaluator) stays(x *expr, e *env, m mode) value {
	return same(ev.eval(x.args[0], e, m.inNext()), ev.eval(x.args[0], e, m.negative()))
}

func (ev *evaluator) function(x *expr, e *env, m mode) value {
	uid, domain := ev.over(x, e, m)
	return &function{domain, func(v value) value { return ev.eval(x.args[0], e.with(uid, v), m.negative()) }}
}

func (ev *evaluator) record(x *expr, e *env, m mode) value {
	fields := map[string]*term{}
	for _, p := range x.args {
		fields[p.args[0].name] = ev.term(p.args[1], e, m.negative())
	}
	return recordFrom(fields)
}

func (ev *evaluator) records(x *expr, e *env, m mode) value {
	fields := map[string]*set{}
	for _, p := range x.args {
		fields[p.args[0].name] = ev.set(p.args[1], e, m)
	}
	return records(fields)
}

// filtered is {identifier \in set : formula}.
func (ev *evaluator) filtered(x *expr, e *env, m mode) value {
	uid, in := ev.over(x, e, m)
	return &set{elem: in.elem, member: func(v value) *term {
		return and(in.has(v), ev.term(x.args[0], e.with(uid, v), m.negative()))
	}}
}

// quotient is \div or %. TLA+ leaves both open unless the divisor is above 0.
func quotient(op string) translation {
	return func(ev *evaluator, x *expr, e *env, m mode) value {
		a, b := ev.term(x.args[0], e, m.negative()), ev.term(x.args[1], e, m.negative())
		return partial(ev.above0(b), arithmetic(op, a, b))
	}
}

// above0 is 0 < b, if neither the text of b nor ASSUME says so already.
func (ev *evaluator) above0(b *term) *term {
	switch {
	case ev.positive[b]:
		return yes
	case b.op == "*":
		if ev.above0(b.args[0]) == yes {
			return ev.above0(b.args[1])
		} else if ev.above0(b.args[1]) == yes {
			return ev.above0(b.args[0])
		}
	}
	return arithmetic("<", number(0), b)
}

// assume notes what ASSUME says is above 0.
func (ev *evaluator) assume() {
	ev.positive = map[*term]bool{}
	for _, a := range ev.assumes {
		for _, c := range conjuncts(ev.term(a, nil, mode{})) {
			if least := map[string]int64{"<": 0, "<=": 1}; (c.op == "<" || c.op == "<=") &&
				c.args[0].op == "int" && c.args[0].value >= least[c.op] {
				ev.positive[c.args[1]] = true
			}
		}
	}
}

func interval(a, b *term) *set {
	need(intSort, a, b)
	if a.op == "int" && b.op == "int" && a.value <= b.value && uint64(b.value-a.value) < 8 {
		var items []value
		for i := range b.value - a.value + 1 {
			items = append(items, number(a.value+i))
		}
		return listed(items...)
	}
	return predicate(intSort, func(v *term) *term {
		return and(arithmetic("<=", a, v), arithmetic("<=", v, b))
	})
}

// finite is whether a set of threads is finite: that they are is assumed, see learnConstants.
func finite(a []value) value {
	if asSet(a[0]).elem != threadSort {
		panic(unsupported("IsFiniteSet of a set of other than threads"))
	}
	return yes
}

// cardinality is counted over all threads.
func (ev *evaluator) cardinality(x *expr, e *env, m mode) value {
	s := ev.set(x.args[0], e, m)
	if s.elem != threadSort {
		panic(unsupported("Cardinality of a set of other than threads"))
	}
	return x.sum("number", m.primed, func(v *term) *term { return ite(s.has(v), number(1), number(0)) })
}
