package prove

import "slices"

// An env binds parameters and bound identifiers: to values, or to expressions that are
// evaluated where they are used, as in F(x)', which speaks of x in the next state.
type env struct {
	up     *env
	uid    int
	value  value
	thunk  *expr
	in     *env // of thunk, or of def
	primed bool // thunk is of the next state
	def    *definition
}

const atUID = -1 // of @

func (e *env) lookup(uid int) *env {
	for ; e != nil; e = e.up {
		if e.uid == uid {
			return e
		}
	}
	return nil
}

func (e *env) with(uid int, v value) *env { return &env{up: e, uid: uid, value: v} }

// A mode says in which state an expression is evaluated, and for what.
type mode struct {
	primed bool
	next   map[string]value // the variables in the next state, as far as assigned
	// In a positive position of a goal, where a stronger formula is sound: an existential
	// quantifier is replaced by the witnesses.
	witnesses map[*sort][]*term
}

func (m mode) negative() mode { return mode{primed: m.primed, next: m.next} }

func (m mode) inNext() mode { return mode{primed: true, next: m.next} }

// An evaluator turns expressions into formulas.
type evaluator struct {
	*module
	constant map[string]value
	sorts    map[string]*sort // of variables
}

func (ev *evaluator) term(x *expr, e *env, m mode) *term { return asTerm(ev.eval(x, e, m)) }
func (ev *evaluator) set(x *expr, e *env, m mode) *set   { return asSet(ev.eval(x, e, m.negative())) }

func (ev *evaluator) eval(x *expr, e *env, m mode) value {
	switch x.kind {
	case numeral:
		return number(x.value)
	case stringOf:
		return text(x.name)
	case let:
		return ev.eval(x.args[0], e, m)
	case at:
		return e.lookup(atUID).value
	case substituted:
		return ev.eval(x.args[0], bindAll(x.substs, e), m)
	case declared:
		return ev.name(x, e, m)
	case param:
		return ev.param(x, e, m)
	case defined:
		return ev.defined(x, e, m)
	case builtin:
		return ev.builtin(x, e, m)
	}
	panic(unsupported("expression of kind %d at line %d", x.kind, x.line))
}

func bindAll(substs []substitution, e *env) *env {
	in := e
	for _, s := range substs {
		in = &env{up: in, uid: s.uid, thunk: s.by, in: e}
	}
	return in
}

func (ev *evaluator) name(x *expr, e *env, m mode) value {
	if b := e.lookup(x.uid); b != nil {
		return ev.bound(b, m)
	}
	if v, ok := ev.constant[x.name]; ok {
		return v
	}
	of, ok := ev.sorts[x.name]
	switch {
	case !ok:
		panic(unsupported("%s at line %d: no value and no sort", x.name, x.line))
	case !m.primed:
		return constant(x.name, of)
	}
	v, ok := m.next[x.name]
	if !ok {
		panic(unsupported("%s' at line %d, before it is assigned", x.name, x.line))
	}
	return v
}

func (ev *evaluator) bound(b *env, m mode) value {
	if b.thunk == nil {
		return b.value
	}
	return ev.eval(b.thunk, b.in, mode{primed: m.primed || b.primed, next: m.next})
}

func (ev *evaluator) param(x *expr, e *env, m mode) value {
	b := e.lookup(x.uid)
	if b == nil {
		panic(unsupported("parameter %s at line %d: not bound", x.name, x.line))
	}
	if b.def != nil {
		return ev.call(b.def, x.args, e, b.in, m)
	}
	return ev.bound(b, m)
}

// call evaluates the definition, with arguments of env e.
func (ev *evaluator) call(d *definition, args []*expr, e, in *env, m mode) value {
	return ev.eval(d.body, ev.bind(d, args, e, in, m), m)
}

func (ev *evaluator) bind(d *definition, args []*expr, e, in *env, m mode) *env {
	for i, uid := range d.params {
		b := &env{up: in, uid: uid, thunk: args[i], in: e, primed: m.primed}
		if args[i].kind == operator {
			b = &env{up: in, uid: uid, def: args[i].def, in: in}
			if b.def == nil { // a parameter that is an operator
				known := e.lookup(args[i].uid)
				b.def, b.in = known.def, known.in
			}
		}
		in = b
	}
	return in
}

func (ev *evaluator) defined(x *expr, e *env, m mode) value {
	switch {
	case x.def.name == "Sum":
		return ev.sum(x, e, m)
	case x.def.name == "Cardinality" && standard[x.def.module]:
		s := ev.set(x.args[0], e, m)
		return sum("number", m.primed,
			func(v *term) *term { return ite(s.has(v), number(1), number(0)) })
	case standard[x.def.module]:
		return ev.arithmetic(x, e, m)
	}
	if v, ok := ev.constant[x.def.name]; ok && len(x.args) == 0 {
		return v
	}
	return ev.call(x.def, x.args, e, e, m)
}

// sum is Sum(F, Threads).
func (ev *evaluator) sum(x *expr, e *env, m mode) value {
	if x.args[1].name != "Threads" || x.args[0].kind != operator || x.args[0].def == nil {
		panic(unsupported("Sum at line %d, of other than an operator and Threads", x.line))
	}
	f := x.args[0].def
	return sum(f.name, m.primed, func(v *term) *term {
		return ev.term(f.body, e.with(f.params[0], v), m.negative())
	})
}

func sum(name string, primed bool, of func(*term) *term) *term {
	v := fresh(threadSort)
	f := quantified("lambda", []*term{v}, of(v))
	if primed {
		name += "'"
	}
	s := intern(term{op: "sum", args: []*term{f}, sort: intSort})
	if s.name == "" {
		s.name = name // not of its identity: a sum that a step leaves alone is the same sum
	}
	return s
}

// binary are the operators of the standard modules that are known, beside Int, Nat and -.
var binary = []string{"+", "-", "*", "\\div", "%", "<", "\\leq", ">", "\\geq", ".."}

var relations = map[string]string{"<": "<", ">": "<", "\\leq": "<=", "\\geq": "<="}

func (ev *evaluator) arithmetic(x *expr, e *env, m mode) value {
	m = m.negative()
	switch x.def.name {
	case "Int":
		return predicate(intSort, func(*term) *term { return yes })
	case "Nat":
		return predicate(intSort, func(v *term) *term { return arithmetic("<=", number(0), v) })
	case "-.":
		return arithmetic("-", number(0), ev.term(x.args[0], e, m))
	}
	if !slices.Contains(binary, x.def.name) {
		panic(unsupported("%s of module %s at line %d", x.def.name, x.def.module, x.line))
	}
	a, b := ev.term(x.args[0], e, m), ev.term(x.args[1], e, m)
	switch op := x.def.name; op {
	case "+", "-", "*":
		return arithmetic(op, a, b)
	case "\\div":
		return arithmetic("div", a, b)
	case "%":
		return arithmetic("mod", a, b)
	case "<", "\\leq":
		return arithmetic(relations[op], a, b)
	case ">", "\\geq":
		return arithmetic(relations[op], b, a)
	case "..":
		if a.op == "int" && b.op == "int" && b.value-a.value < 8 {
			var items []value
			for i := a.value; i <= b.value; i++ {
				items = append(items, number(i))
			}
			return listed(items...)
		}
		return predicate(intSort, func(v *term) *term {
			return and(arithmetic("<=", a, v), arithmetic("<=", v, b))
		})
	}
	panic(x.def.name)
}

func (ev *evaluator) builtin(x *expr, e *env, m mode) value {
	arg := func(i int) value { return ev.eval(x.args[i], e, m.negative()) }
	switch x.name {
	case "TRUE":
		return yes
	case "FALSE":
		return no
	case "BOOLEAN":
		return listed(yes, no)
	case "$ConjList", "\\land":
		return ev.junction(x, e, m, and, no)
	case "$DisjList", "\\lor":
		return ev.junction(x, e, m, or, yes)
	case "\\lnot":
		return not(asTerm(arg(0)))
	case "=>":
		if a := asTerm(arg(0)); a != no {
			return implies(a, ev.term(x.args[1], e, m))
		}
		return yes
	case "\\equiv", "=":
		return same(arg(0), arg(1))
	case "/=":
		return not(same(arg(0), arg(1)))
	case "'":
		return ev.eval(x.args[0], e, m.inNext())
	case "UNCHANGED":
		return same(ev.eval(x.args[0], e, m.inNext()), ev.eval(x.args[0], e, m.negative()))
	case "$Tuple":
		var t tuple
		for i := range x.args {
			t = append(t, arg(i))
		}
		return t
	case "$IfThenElse":
		switch c := asTerm(arg(0)); c {
		case yes:
			return ev.eval(x.args[1], e, m)
		case no:
			return ev.eval(x.args[2], e, m)
		default:
			return either(c, ev.eval(x.args[1], e, m), ev.eval(x.args[2], e, m))
		}
	case "$Case":
		return ev.cases(x.args, e, m)
	case "$FcnApply":
		return apply(arg(0), arg(1))
	case "$RcdSelect":
		return project(arg(0), x.args[1].name)
	case "$RcdConstructor":
		fields := map[string]*term{}
		for _, p := range x.args {
			fields[p.args[0].name] = ev.term(p.args[1], e, m.negative())
		}
		return recordFrom(fields)
	case "$SetOfRcds":
		fields := map[string]*set{}
		for _, p := range x.args {
			fields[p.args[0].name] = ev.set(p.args[1], e, m)
		}
		return records(fields)
	case "$Except":
		f := arg(0)
		for _, p := range x.args[1:] {
			f = ev.update(f, p.args[0].args, p.args[1], e, m.negative())
		}
		return f
	case "$FcnConstructor":
		uid, domain := ev.over(x, e, m)
		return &function{domain, func(v value) value { return ev.eval(x.args[0], e.with(uid, v), m.negative()) }}
	case "\\in":
		return asSet(arg(1)).hasIn(arg(0), m)
	case "\\notin":
		return not(asSet(arg(1)).has(arg(0)))
	case "\\union":
		return union(asSet(arg(0)), asSet(arg(1)))
	case "\\":
		a, b := asSet(arg(0)), asSet(arg(1))
		return &set{elem: a.elem, has: func(v value) *term { return and(a.has(v), not(b.has(v))) }}
	case "\\subseteq":
		a, b := asSet(arg(0)), asSet(arg(1))
		return a.all(b.has)
	case "$SetEnumerate":
		var items []value
		for i := range x.args {
			items = append(items, arg(i))
		}
		return listed(items...)
	case "$SubsetOf":
		uid, in := ev.over(x, e, m)
		return &set{elem: in.elem, has: func(v value) *term {
			return and(in.has(v), ev.term(x.args[0], e.with(uid, v), m.negative()))
		}}
	case "$SetOfAll":
		return ev.image(x, e, m)
	case "$SetOfFcns":
		return functions(asSet(arg(0)), asSet(arg(1)))
	case "SUBSET":
		return subsets(asSet(arg(0)))
	case "$BoundedForall":
		return ev.forall(x, e, m)
	case "$BoundedExists":
		return ev.exists(x, e, m)
	}
	panic(unsupported("%s at line %d", x.name, x.line))
}

func (ev *evaluator) junction(x *expr, e *env, m mode, join func(...*term) *term, decided *term) *term {
	var parts []*term
	for _, a := range x.args {
		t := ev.term(a, e, m)
		if t == decided {
			return t
		}
		parts = append(parts, t)
	}
	return join(parts...)
}

func (ev *evaluator) cases(arms []*expr, e *env, m mode) value {
	if len(arms) == 0 {
		panic(unsupported("CASE without OTHER"))
	}
	if arms[0].args[0].name == "$Other" || arms[0].args[0] == nil {
		return ev.eval(arms[0].args[1], e, m)
	}
	switch c := ev.term(arms[0].args[0], e, m.negative()); c {
	case yes:
		return ev.eval(arms[0].args[1], e, m)
	case no:
		return ev.cases(arms[1:], e, m)
	default:
		return either(c, ev.eval(arms[0].args[1], e, m), ev.cases(arms[1:], e, m))
	}
}

// over is the one identifier that a set or a function is over.
func (ev *evaluator) over(x *expr, e *env, m mode) (int, *set) {
	if len(x.bounds) != 1 || len(x.bounds[0].uids) != 1 {
		panic(unsupported("%s at line %d over more than one identifier", x.name, x.line))
	}
	return x.bounds[0].uids[0], ev.set(x.bounds[0].in, e, m)
}

// identifiers are those that a quantifier binds, each with its set.
func (ev *evaluator) identifiers(x *expr, e *env, m mode) (uids []int, in []*set) {
	for _, b := range x.bounds {
		if b.in == nil {
			panic(unsupported("%s at line %d without a bound", x.name, x.line))
		}
		s := ev.set(b.in, e, m)
		for _, uid := range b.uids {
			uids, in = append(uids, uid), append(in, s)
		}
	}
	return uids, in
}

func (ev *evaluator) forall(x *expr, e *env, m mode) *term {
	uids, in := ev.identifiers(x, e, m)
	return ev.all(uids, in, e, func(e *env) *term { return ev.term(x.args[0], e, m) })
}

func (ev *evaluator) all(uids []int, in []*set, e *env, body func(*env) *term) *term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].all(func(v value) *term { return ev.all(uids[1:], in[1:], e.with(uids[0], v), body) })
}

func (ev *evaluator) exists(x *expr, e *env, m mode) *term {
	uids, in := ev.identifiers(x, e, m)
	return some(uids, in, e, m, func(e *env) *term { return ev.term(x.args[0], e, m) })
}

func some(uids []int, in []*set, e *env, m mode, body func(*env) *term) *term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].some(m, func(v value) *term { return some(uids[1:], in[1:], e.with(uids[0], v), m, body) })
}

// some says that an element is such that p: of all, or in a goal of the witnesses.
func (s *set) some(m mode, p func(value) *term) *term {
	var any []*term
	switch witnesses := m.witnesses[s.elem]; {
	case s.listed:
		for _, item := range s.items {
			any = append(any, p(item))
		}
		return or(any...)
	case m.witnesses != nil:
		for _, w := range witnesses {
			any = append(any, and(s.hasIn(w, m), p(w)))
		}
		return or(any...)
	}
	x := fresh(s.elem)
	return exists([]*term{x}, and(s.has(x), p(x)))
}

// image is {body : identifiers}.
func (ev *evaluator) image(x *expr, e *env, m mode) *set {
	uids, in := ev.identifiers(x, e, m)
	member := func(v value, m mode) *term {
		return some(uids, in, e, m, func(e *env) *term { return same(v, ev.eval(x.args[0], e, m.negative())) })
	}
	s := &set{elem: intSort, has: func(v value) *term { return member(v, m.negative()) }}
	s.witnessed = member
	return s
}

// update is [f EXCEPT !path = by].
func (ev *evaluator) update(f value, path []*expr, by *expr, e *env, m mode) value {
	if len(path) == 0 {
		return ev.eval(by, e.with(atUID, f), m)
	}
	if path[0].kind == stringOf {
		return ev.updateField(asTerm(f), path, by, e, m)
	}
	k := ev.eval(path[0], e, m)
	v := ev.update(apply(f, k), path[1:], by, e, m)
	if t, ok := f.(*term); ok {
		return store(t, asTerm(k), asTerm(v))
	}
	old, ok := f.(*function)
	if !ok {
		panic(unsupported("EXCEPT of %T", f))
	}
	return &function{old.domain, func(x value) value { return either(same(x, k), v, old.at(x)) }}
}

func (ev *evaluator) updateField(r *term, path []*expr, by *expr, e *env, m mode) value {
	fields := make([]*term, len(r.sort.fields))
	for i, f := range r.sort.fields {
		fields[i] = get(r, i)
		if f.name == path[0].name {
			fields[i] = asTerm(ev.update(fields[i], path[1:], by, e, m))
		}
	}
	return record(r.sort, fields)
}
