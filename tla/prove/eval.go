package prove

// An env binds parameters and bound identifiers: to values, or to expressions that are
// evaluated where they are used, as in F(x)', which speaks of x in the next state.
type env struct {
	up     *env
	uid    int
	value  value
	thunk  *expr
	in     *env // of thunk, or of def
	primed bool // thunk, or @, is of the next state
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
	witnesses witnesses
}

type witnesses map[*sort][]*term

func (m mode) negative() mode { return mode{primed: m.primed, next: m.next} }

func (m mode) inNext() mode { return mode{primed: true, next: m.next} }

// An evaluator turns expressions into formulas.
type evaluator struct {
	*module
	constant map[string]value
	sorts    map[string]*sort // of variables
	positive map[*term]bool   // what ASSUME says is above 0
}

func (ev *evaluator) term(x *expr, e *env, m mode) *term { return asTerm(ev.eval(x, e, m)) }
func (ev *evaluator) set(x *expr, e *env, m mode) *set   { return asSet(ev.eval(x, e, m.negative())) }

func (ev *evaluator) eval(x *expr, e *env, m mode) value {
	defer x.placed()
	switch x.kind {
	case numeral:
		return number(x.value)
	case stringOf:
		return text(x.name)
	case let:
		return ev.eval(x.args[0], e, m)
	case at:
		b := e.lookup(atUID)
		if b.primed != m.primed {
			panic(unsupported("@ with a prime of its own"))
		}
		return b.value
	case substituted:
		return ev.eval(x.args[0], bindAll(x.substs, e), m)
	case declared:
		return ev.name(x, e, m)
	case param:
		return ev.param(x, e, m)
	case defined:
		return ev.defined(x, e, m)
	case builtin:
		if translate := builtins[x.name]; translate != nil {
			return translate(ev, x, e, m)
		}
	}
	panic(unsupported("%s", x.name))
}

func bindAll(substs []substitution, e *env) *env {
	in := e
	for _, s := range substs {
		in = &env{up: in, uid: s.uid, thunk: s.by, in: e}
	}
	return in
}

func (ev *evaluator) name(x *expr, e *env, m mode) value {
	if len(x.args) > 0 {
		panic(unsupported("%s, a constant that is an operator", x.name))
	}
	if b := e.lookup(x.uid); b != nil {
		return ev.bound(b, m)
	}
	if v, ok := ev.constant[x.name]; ok {
		return v
	}
	of, ok := ev.sorts[x.name]
	switch {
	case !ok:
		panic(unsupported("%s, which has no value and no sort", x.name))
	case !m.primed:
		return constant(x.name, of)
	}
	v, ok := m.next[x.name]
	if !ok {
		panic(unsupported("%s' before it is assigned", x.name))
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
		panic(unsupported("the parameter %s, which is not bound", x.name))
	}
	if b.def != nil {
		return ev.call(b.def, x.args, e, b.in, m)
	}
	return ev.bound(b, m)
}

// call evaluates the definition, with arguments of env e.
func (ev *evaluator) call(d *definition, args []*expr, e, in *env, m mode) value {
	return ev.eval(d.text(), ev.bind(d, args, e, in, m), m)
}

// text is what stands for the name of the definition.
func (d *definition) text() *expr {
	switch {
	case d.body == nil:
		panic(unsupported("%s of module %s", d.name, d.module))
	case d.recursive:
		panic(unsupported("%s, which is recursive", d.name))
	}
	return d.body
}

func (ev *evaluator) bind(d *definition, args []*expr, e, in *env, m mode) *env {
	for i, uid := range d.params {
		b := &env{up: in, uid: uid, thunk: args[i], in: e, primed: m.primed}
		if args[i].kind == operator {
			b = &env{up: in, uid: uid, def: args[i].def, in: in}
			if b.def == nil { // a parameter that is an operator
				known := e.lookup(args[i].uid)
				if known == nil {
					panic(unsupported("%s as an argument", args[i].name))
				}
				b.def, b.in = known.def, known.in
			}
			b.def.text()
		}
		in = b
	}
	return in
}

func (ev *evaluator) defined(x *expr, e *env, m mode) value {
	switch {
	case x.def.recursive:
		return ev.sum(x, e, m)
	case standard[x.def.module]:
		if translate := library[x.def.module+"!"+x.def.name]; translate != nil {
			return translate(ev, x, e, m)
		}
	}
	return ev.call(x.def, x.args, e, e, m)
}

// sumText is what a sum says: Sum(F, S) == IF S = {} THEN 0 ELSE LET t == CHOOSE t \in S : TRUE
// IN F(t) + Sum(F, S \ {t}).
const sumText = "($IfThenElse(=($1)($SetEnumerate))0(+($0($BoundedChoose in($1)(TRUE)))" +
	"(self($0)(\\($1)($SetEnumerate($BoundedChoose in($1)(TRUE)))))))"

// sum is Sum(F, Threads), of whatever name: the text decides what a recursive operator is.
func (ev *evaluator) sum(x *expr, e *env, m mode) value {
	if x.def.canonical() != sumText {
		panic(unsupported("%s, which is recursive and no sum", x.def.name))
	}
	if of := ev.set(x.args[1], e, m); of.elem != threadSort || of.has(fresh(threadSort)) != yes ||
		x.args[0].kind != operator || x.args[0].def == nil {
		panic(unsupported("%s of other than an operator and all threads", x.def.name))
	}
	f := x.args[0].def
	return x.sum(f.name, m.primed, func(v *term) *term {
		return ev.term(f.text(), e.with(f.params[0], v), m.negative())
	})
}

func (x *expr) sum(name string, primed bool, of func(*term) *term) *term {
	v := fresh(threadSort)
	f := quantified("lambda", []*term{v}, of(v))
	if primed {
		name += "'"
	}
	s := intern(term{op: "sum", args: []*term{f}, sort: intSort})
	if s.name == "" {
		s.name, s.place = name, x.position.String() // not of its identity: a sum that a step leaves alone is the same sum
	}
	return s
}

// arms are those of a CASE. Of several that hold, TLC takes the first.
func (ev *evaluator) arms(arms []*expr, e *env, m mode) value {
	when, then := arms[0].args[0], arms[0].args[1]
	if when.kind == otherwise {
		return ev.eval(then, e, m)
	}
	c := ev.term(when, e, m.negative())
	switch {
	case len(arms) == 1:
		return given(c, ev.eval(then, e, m))
	case c == yes:
		return ev.eval(then, e, m)
	case c == no:
		return ev.arms(arms[1:], e, m)
	}
	return either(c, ev.eval(then, e, m), ev.arms(arms[1:], e, m))
}

// over is the one identifier that a set or a function is over.
func (ev *evaluator) over(x *expr, e *env, m mode) (int, *set) {
	uids, in := ev.identifiers(x, e, m)
	if len(uids) != 1 {
		panic(unsupported("%s over more than one identifier", x.name))
	}
	return uids[0], in[0]
}

// identifiers are those that a quantifier binds, each with its set.
func (ev *evaluator) identifiers(x *expr, e *env, m mode) (uids []int, in []*set) {
	for _, b := range x.bounds {
		if b.in == nil || b.tuple {
			panic(unsupported("%s over a tuple of identifiers, or over one of no set", x.name))
		}
		s := ev.set(b.in, e, m)
		for _, uid := range b.uids {
			uids, in = append(uids, uid), append(in, s)
		}
	}
	return uids, in
}

func (ev *evaluator) forall(x *expr, e *env, m mode) value {
	uids, in := ev.identifiers(x, e, m)
	return ev.all(uids, in, e, func(e *env) *term { return ev.term(x.args[0], e, m) })
}

func (ev *evaluator) all(uids []int, in []*set, e *env, body func(*env) *term) *term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].all(func(v value) *term { return ev.all(uids[1:], in[1:], e.with(uids[0], v), body) })
}

func (ev *evaluator) exists(x *expr, e *env, m mode) value {
	uids, in := ev.identifiers(x, e, m)
	return some(uids, in, e, m.witnesses, func(e *env) *term { return ev.term(x.args[0], e, m) })
}

func some(uids []int, in []*set, e *env, by witnesses, body func(*env) *term) *term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].some(by, func(v value) *term { return some(uids[1:], in[1:], e.with(uids[0], v), by, body) })
}

// some says that an element is such that p: of all, or in a goal of the witnesses.
func (s *set) some(by witnesses, p func(value) *term) *term {
	var any []*term
	switch {
	case s.listed:
		for _, item := range s.items {
			any = append(any, p(item))
		}
		return or(any...)
	case by != nil:
		for _, w := range by[s.elem] {
			any = append(any, and(s.hasIn(w, by), p(w)))
		}
		return or(any...)
	}
	x := s.variable()
	return exists([]*term{x}, and(s.has(x), p(x)))
}

// image is {body : identifiers}.
func (ev *evaluator) image(x *expr, e *env, m mode) value {
	m = m.negative()
	uids, in := ev.identifiers(x, e, m)
	any := e
	for i, s := range in {
		switch {
		case !s.listed:
			any = any.with(uids[i], s.variable())
		case len(s.items) == 0:
			return listed()
		default:
			any = any.with(uids[i], s.items[0])
		}
	}
	body := func(e *env) value { return ev.eval(x.args[0], e, m) }
	s := &set{elem: sortOf(body(any))}
	s.witnessed = func(v value, by witnesses) *term {
		return some(uids, in, e, by, func(e *env) *term { return same(v, body(e)) })
	}
	return s
}

// except is [f EXCEPT !path = by, ...].
func (ev *evaluator) except(x *expr, e *env, m mode) value {
	m = m.negative()
	f := ev.eval(x.args[0], e, m)
	for _, p := range x.args[1:] {
		f = ev.update(f, p.args[0].args, p.args[1], e, m)
	}
	return f
}

// update is [f EXCEPT !path = by]. Outside of its domain, f stays as it is.
func (ev *evaluator) update(f value, path []*expr, by *expr, e *env, m mode) value {
	if len(path) == 0 {
		return ev.eval(by, &env{up: e, uid: atUID, value: f, primed: m.primed}, m)
	}
	t, isTerm := f.(*term)
	if isTerm && t.sort.fields != nil {
		return ev.updateField(t, path, by, e, m)
	}
	k := ev.eval(path[0], e, m)
	v := ev.update(apply(f, k), path[1:], by, e, m)
	if isTerm {
		return ite(within(domainOf(t), k), store(t, asTerm(k), asTerm(v)), t)
	}
	old, ok := f.(*function)
	if !ok {
		panic(unsupported("EXCEPT of a %s", called(f)))
	}
	return &function{old.domain, func(x value) value { return either(same(x, k), v, old.at(x)) }}
}

func (ev *evaluator) updateField(r *term, path []*expr, by *expr, e *env, m mode) value {
	if path[0].kind != stringOf || r.sort.at(path[0].name) < 0 {
		panic(unsupported("EXCEPT of a %s at what is none of its fields", r.sort))
	}
	fields := make([]*term, len(r.sort.fields))
	for i, f := range r.sort.fields {
		fields[i] = get(r, i)
		if f.name == path[0].name {
			v := asTerm(ev.update(fields[i], path[1:], by, e, m))
			need(f.sort, v)
			fields[i] = v
		}
	}
	return record(r.sort, fields)
}
