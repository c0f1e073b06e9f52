package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
)

// An env binds parameters and bound identifiers: to values, or to expressions that are
// evaluated where they are used, as in F(x)', which speaks of x in the next state.
type env struct {
	up     *env
	uid    int
	value  value
	thunk  *sany.Expr
	in     *env // of thunk, or of def
	primed bool // thunk, or @, is of the next state
	def    *sany.Definition
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

type witnesses map[*smt.Sort][]*smt.Term

func (m mode) negative() mode { return mode{primed: m.primed, next: m.next} }

func (m mode) inNext() mode { return mode{primed: true, next: m.next} }

// An evaluator turns expressions into formulas. What it has evaluated to may ask it for more later.
type evaluator struct {
	*sany.Module
	*smt.Builder // of the theorem; of a path, as long as its problems are made
	constant     map[string]value
	sorts        map[string]*smt.Sort // of variables
	positive     map[*smt.Term]bool   // what ASSUME says is above 0
}

func newEvaluator(m *sany.Module) *evaluator {
	return &evaluator{Module: m, Builder: smt.NewBuilder(), constant: map[string]value{}, sorts: map[string]*smt.Sort{}}
}

func (ev *evaluator) term(x *sany.Expr, e *env, m mode) *smt.Term { return ev.asTerm(ev.eval(x, e, m)) }
func (ev *evaluator) set(x *sany.Expr, e *env, m mode) *set {
	return ev.asSet(ev.eval(x, e, m.negative()))
}

func (ev *evaluator) eval(x *sany.Expr, e *env, m mode) value {
	defer x.Placed()
	switch x.Kind {
	case sany.Numeral:
		return ev.Number(x.Value)
	case sany.String:
		return ev.Str(x.Name)
	case sany.Let:
		return ev.eval(x.Args[0], e, m)
	case sany.At:
		b := e.lookup(atUID)
		if b.primed != m.primed {
			panic(sany.Refuse("@ with a prime of its own"))
		}
		return b.value
	case sany.Substituted:
		return ev.eval(x.Args[0], bindAll(x.Substs, e), m)
	case sany.Declared:
		return ev.name(x, e, m)
	case sany.Param:
		return ev.param(x, e, m)
	case sany.Defined:
		return ev.defined(x, e, m)
	case sany.Builtin:
		if translate := builtins[x.Name]; translate != nil {
			return translate(ev, x, e, m)
		}
	}
	panic(sany.Refuse("%s", x.Name))
}

func bindAll(substs []sany.Substitution, e *env) *env {
	in := e
	for _, s := range substs {
		in = &env{up: in, uid: s.UID, thunk: s.By, in: e}
	}
	return in
}

func (ev *evaluator) name(x *sany.Expr, e *env, m mode) value {
	if len(x.Args) > 0 {
		panic(sany.Refuse("%s, a constant that is an operator", x.Name))
	}
	if b := e.lookup(x.UID); b != nil {
		return ev.bound(b, m)
	}
	if v, ok := ev.constant[x.Name]; ok {
		return v
	}
	of, ok := ev.sorts[x.Name]
	switch {
	case !ok:
		panic(sany.Refuse("%s, which has no value and no sort", x.Name))
	case !m.primed:
		return ev.Const(x.Name, of)
	}
	v, ok := m.next[x.Name]
	if !ok {
		panic(sany.Refuse("%s' before it is assigned", x.Name))
	}
	return v
}

func (ev *evaluator) bound(b *env, m mode) value {
	if b.thunk == nil {
		return b.value
	}
	return ev.eval(b.thunk, b.in, mode{primed: m.primed || b.primed, next: m.next})
}

func (ev *evaluator) param(x *sany.Expr, e *env, m mode) value {
	b := e.lookup(x.UID)
	if b == nil {
		panic(sany.Refuse("the parameter %s, which is not bound", x.Name))
	}
	if b.def != nil {
		return ev.call(b.def, x.Args, e, b.in, m)
	}
	return ev.bound(b, m)
}

// call evaluates the definition, with arguments of env e.
func (ev *evaluator) call(d *sany.Definition, args []*sany.Expr, e, in *env, m mode) value {
	return ev.eval(d.Text(), bind(d, args, e, in, m), m)
}

func bind(d *sany.Definition, args []*sany.Expr, e, in *env, m mode) *env {
	for i, uid := range d.Params {
		b := &env{up: in, uid: uid, thunk: args[i], in: e, primed: m.primed}
		if args[i].Kind == sany.Operator {
			b = &env{up: in, uid: uid, def: args[i].Def, in: in}
			if b.def == nil { // a parameter that is an operator
				known := e.lookup(args[i].UID)
				if known == nil {
					panic(sany.Refuse("%s as an argument", args[i].Name))
				}
				b.def, b.in = known.def, known.in
			}
			b.def.Text()
		}
		in = b
	}
	return in
}

func (ev *evaluator) defined(x *sany.Expr, e *env, m mode) value {
	switch {
	case x.Def.Recursive:
		return ev.sum(x, e, m)
	case sany.Standard[x.Def.Module]:
		if translate := library[x.Def.Module+"!"+x.Def.Name]; translate != nil {
			return translate(ev, x, e, m)
		}
	}
	return ev.call(x.Def, x.Args, e, e, m)
}

// sum is Sum(F, Threads), of whatever name: the text decides what a recursive operator is.
func (ev *evaluator) sum(x *sany.Expr, e *env, m mode) value {
	if !x.Def.IsSum() {
		panic(sany.Refuse("%s, which is recursive and no sum", x.Def.Name))
	}
	if of := ev.set(x.Args[1], e, m); of.elem != smt.ThreadSort || of.has(ev.FreshVar(smt.ThreadSort)) != smt.True ||
		x.Args[0].Kind != sany.Operator || x.Args[0].Def == nil {
		panic(sany.Refuse("%s of other than an operator and all threads", x.Def.Name))
	}
	f := x.Args[0].Def
	return ev.sumOver(x, f.Name, m.primed, func(v *smt.Term) *smt.Term {
		return ev.term(f.Text(), e.with(f.Params[0], v), m.negative())
	})
}

// sumOver is a sum over all threads, at x.
func (ev *evaluator) sumOver(x *sany.Expr, name string, primed bool, summand func(*smt.Term) *smt.Term) *smt.Term {
	if primed {
		name += "'"
	}
	return ev.Sum(name, x.Position.String(), summand)
}

// arms are those of a CASE. Of several that hold, TLC takes the first.
func (ev *evaluator) arms(arms []*sany.Expr, e *env, m mode) value {
	when, then := arms[0].Args[0], arms[0].Args[1]
	if when.Kind == sany.Other {
		return ev.eval(then, e, m)
	}
	c := ev.term(when, e, m.negative())
	switch {
	case len(arms) == 1:
		return ev.where(c, ev.eval(then, e, m))
	case c == smt.True:
		return ev.eval(then, e, m)
	case c == smt.False:
		return ev.arms(arms[1:], e, m)
	}
	return ev.either(c, ev.eval(then, e, m), ev.arms(arms[1:], e, m))
}

// over is the one identifier that a set or a function is over.
func (ev *evaluator) over(x *sany.Expr, e *env, m mode) (int, *set) {
	uids, in := ev.identifiers(x, e, m)
	if len(uids) != 1 {
		panic(sany.Refuse("%s over more than one identifier", x.Name))
	}
	return uids[0], in[0]
}

// identifiers are those that a quantifier binds, each with its set.
func (ev *evaluator) identifiers(x *sany.Expr, e *env, m mode) (uids []int, in []*set) {
	for _, b := range x.Bounds {
		if b.In == nil || b.Tuple {
			panic(sany.Refuse("%s over a tuple of identifiers, or over one of no set", x.Name))
		}
		s := ev.set(b.In, e, m)
		for _, uid := range b.UIDs {
			uids, in = append(uids, uid), append(in, s)
		}
	}
	return uids, in
}

func (ev *evaluator) forall(x *sany.Expr, e *env, m mode) value {
	uids, in := ev.identifiers(x, e, m)
	return ev.all(uids, in, e, func(e *env) *smt.Term { return ev.term(x.Args[0], e, m) })
}

func (ev *evaluator) all(uids []int, in []*set, e *env, body func(*env) *smt.Term) *smt.Term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].all(func(v value) *smt.Term { return ev.all(uids[1:], in[1:], e.with(uids[0], v), body) })
}

func (ev *evaluator) exists(x *sany.Expr, e *env, m mode) value {
	uids, in := ev.identifiers(x, e, m)
	return ev.some(uids, in, e, m.witnesses, func(e *env) *smt.Term { return ev.term(x.Args[0], e, m) })
}

func (ev *evaluator) some(uids []int, in []*set, e *env, by witnesses, body func(*env) *smt.Term) *smt.Term {
	if len(uids) == 0 {
		return body(e)
	}
	return in[0].some(by, func(v value) *smt.Term { return ev.some(uids[1:], in[1:], e.with(uids[0], v), by, body) })
}

// some says that an element is such that p: of all, or in a goal of the witnesses.
func (s *set) some(by witnesses, p func(value) *smt.Term) *smt.Term {
	var any []*smt.Term
	switch {
	case s.listed:
		for _, item := range s.items {
			any = append(any, p(item))
		}
		return s.ev.Or(any...)
	case by != nil:
		for _, w := range by[s.elem] {
			any = append(any, s.ev.And(s.hasIn(w, by), p(w)))
		}
		return s.ev.Or(any...)
	}
	x := s.variable()
	return s.ev.Exists([]*smt.Term{x}, s.ev.And(s.has(x), p(x)))
}

// image is {body : identifiers}.
func (ev *evaluator) image(x *sany.Expr, e *env, m mode) value {
	m = m.negative()
	uids, in := ev.identifiers(x, e, m)
	any := e
	for i, s := range in {
		switch {
		case !s.listed:
			any = any.with(uids[i], s.variable())
		case len(s.items) == 0:
			return ev.listed()
		default:
			any = any.with(uids[i], s.items[0])
		}
	}
	body := func(e *env) value { return ev.eval(x.Args[0], e, m) }
	s := &set{ev: ev, elem: sortOf(body(any))}
	s.witnessed = func(v value, by witnesses) *smt.Term {
		return ev.some(uids, in, e, by, func(e *env) *smt.Term { return ev.same(v, body(e)) })
	}
	return s
}

// except is [f EXCEPT !path = by, ...].
func (ev *evaluator) except(x *sany.Expr, e *env, m mode) value {
	m = m.negative()
	f := ev.eval(x.Args[0], e, m)
	for _, p := range x.Args[1:] {
		f = ev.update(f, p.Args[0].Args, p.Args[1], e, m)
	}
	return f
}

// update is [f EXCEPT !path = by]. Outside of its domain, f stays as it is.
func (ev *evaluator) update(f value, path []*sany.Expr, by *sany.Expr, e *env, m mode) value {
	if len(path) == 0 {
		return ev.eval(by, &env{up: e, uid: atUID, value: f, primed: m.primed}, m)
	}
	t, isTerm := f.(*smt.Term)
	if isTerm && t.Sort.Fields != nil {
		return ev.updateField(t, path, by, e, m)
	}
	k := ev.eval(path[0], e, m)
	v := ev.update(ev.apply(f, k), path[1:], by, e, m)
	if isTerm {
		return ev.Ite(ev.within(ev.domainOf(t), k), ev.Store(t, ev.asTerm(k), ev.asTerm(v)), t)
	}
	old, ok := f.(*function)
	if !ok {
		panic(sany.Refuse("EXCEPT of a %s", called(f)))
	}
	return &function{old.domain, func(x value) value { return ev.either(ev.same(x, k), v, old.at(x)) }}
}

func (ev *evaluator) updateField(r *smt.Term, path []*sany.Expr, by *sany.Expr, e *env, m mode) value {
	if path[0].Kind != sany.String || r.Sort.At(path[0].Name) < 0 {
		panic(sany.Refuse("EXCEPT of a %s at what is none of its fields", r.Sort))
	}
	fields := make([]*smt.Term, len(r.Sort.Fields))
	for i, f := range r.Sort.Fields {
		fields[i] = ev.Get(r, i)
		if f.Name == path[0].Name {
			v := ev.asTerm(ev.update(fields[i], path[1:], by, e, m))
			smt.Need(f.Sort, v)
			fields[i] = v
		}
	}
	return ev.Record(r.Sort, fields)
}
