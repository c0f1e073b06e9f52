package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"slices"
)

// A value is what an expression of TLA+ evaluates to: a *smt.Term where a sort holds all there is
// to say, else one of the types below, which exist only while formulas are made.
type value any

// A set is known by who is in it.
type set struct {
	ev     *evaluator
	elem   *smt.Sort // nil if no element is known, or none is a term
	listed bool      // items are all there are
	items  []value
	member func(value) *smt.Term
	// witnessed is member with witnesses: of a set whose elements are given by a quantifier.
	witnessed func(value, witnesses) *smt.Term
}

func (s *set) has(v value) *smt.Term { return s.hasIn(v, nil) }

// hasIn insists on the sort of v, and that v has a value: all that is said of v may be its sort.
func (s *set) hasIn(v value, by witnesses) *smt.Term {
	t, isTerm := v.(*smt.Term)
	if isTerm && s.elem != nil && t.Sort != s.elem {
		panic(sany.Refuse("a %s as a member of a set of %s", t.Sort, s.elem))
	}
	in := s.member
	if s.witnessed != nil {
		in = func(v value) *smt.Term { return s.witnessed(v, by) }
	}
	if isTerm {
		return s.ev.Strict(in(v), t)
	}
	return in(v)
}

// variable is any element.
func (s *set) variable() *smt.Term {
	if s.elem == nil {
		panic(sany.Refuse("any element of a set whose elements are of no one sort"))
	}
	return s.ev.FreshVar(s.elem)
}

// A function, of a set.
type function struct {
	domain *set
	at     func(value) value
}

// A tuple, of any length.
type tuple []value

// A choice is a or b where these have no common sort.
type choice struct {
	cond *smt.Term
	a, b value
}

func (ev *evaluator) listed(items ...value) *set {
	s := &set{ev: ev, listed: true, items: items}
	if len(items) > 0 {
		s.elem = sortOf(items[0])
	}
	for _, item := range items {
		if sortOf(item) != s.elem {
			panic(sany.Refuse("a set of a %s and a %s", called(items[0]), called(item)))
		}
	}
	s.member = func(v value) *smt.Term {
		var any []*smt.Term
		for _, item := range items {
			any = append(any, ev.same(v, item))
		}
		return ev.Or(any...)
	}
	return s
}

func (ev *evaluator) predicate(elem *smt.Sort, has func(*smt.Term) *smt.Term) *set {
	return &set{ev: ev, elem: elem, member: func(v value) *smt.Term { return has(ev.asTerm(v)) }}
}

// whole is the set of all of the sort.
func (ev *evaluator) whole(of *smt.Sort) *set {
	return ev.predicate(of, func(*smt.Term) *smt.Term { return smt.True })
}

func sortOf(v value) *smt.Sort {
	if t, ok := v.(*smt.Term); ok {
		return t.Sort
	}
	return nil
}

func (ev *evaluator) asTerm(v value) *smt.Term {
	switch v := v.(type) {
	case *smt.Term:
		return v
	case *choice:
		return ev.Ite(v.cond, ev.asTerm(v.a), ev.asTerm(v.b))
	}
	panic(sany.Refuse("a %s where a value of one sort is needed", called(v)))
}

func (ev *evaluator) asSet(v value) *set {
	switch v := v.(type) {
	case *set:
		return v
	case *smt.Term:
		if v.Sort.Set {
			return ev.predicate(v.Sort.Elem, func(x *smt.Term) *smt.Term { return ev.Select(v, x) })
		}
	case *choice:
		return ev.combined(ev.asSet(v.a), ev.asSet(v.b), func(a, b *smt.Term) *smt.Term { return ev.Ite(v.cond, a, b) })
	}
	panic(sany.Refuse("a %s as a set", called(v)))
}

// called is what a value is, as an error shows it.
func called(v value) string {
	switch v := v.(type) {
	case *smt.Term:
		return v.Sort.String()
	case *set:
		return "set"
	case *function:
		return "function"
	case tuple:
		return "tuple"
	}
	return "choice between values of two sorts"
}

// combined has the elements of which in says that they are, given whether a and b have them.
func (ev *evaluator) combined(a, b *set, in func(a, b *smt.Term) *smt.Term) *set {
	elem := a.elem
	switch {
	case elem == nil:
		elem = b.elem
	case b.elem != nil && b.elem != elem:
		panic(sany.Refuse("a set of %s with one of %s", a.elem, b.elem))
	}
	return &set{ev: ev, elem: elem, member: func(v value) *smt.Term { return in(a.has(v), b.has(v)) }}
}

// either is IF c THEN a ELSE b.
func (ev *evaluator) either(c *smt.Term, a, b value) value {
	ta, aTerm := a.(*smt.Term)
	tb, bTerm := b.(*smt.Term)
	switch {
	case c == smt.True:
		return a
	case c == smt.False:
		return b
	case aTerm && bTerm && ta.Sort == tb.Sort:
		return ev.Ite(c, ta, tb)
	}
	return &choice{c, a, b}
}

// where is v where cond holds, and open elsewhere.
func (ev *evaluator) where(cond *smt.Term, v value) value {
	if t, ok := v.(*smt.Term); ok {
		return ev.Partial(cond, t)
	} else if cond != smt.True {
		panic(sany.Refuse("a %s that is not given everywhere", called(v)))
	}
	return v
}

// same is a = b.
func (ev *evaluator) same(a, b value) *smt.Term {
	if c, ok := a.(*choice); ok {
		return ev.Ite(c.cond, ev.same(c.a, b), ev.same(c.b, b))
	}
	if _, ok := b.(*choice); ok {
		return ev.same(b, a)
	}
	switch a := a.(type) {
	case *smt.Term:
		if b, ok := b.(*smt.Term); ok {
			return ev.Equal(a, b)
		}
		return ev.same(b, a)
	case tuple:
		if f, ok := b.(*function); ok {
			return ev.same(f, a)
		}
		return ev.sameTuples(a, b)
	case *function:
		domains := ev.same(a.domain, ev.domainOf(b))
		if domains == smt.False {
			return smt.False
		}
		return ev.And(domains, a.domain.all(func(x value) *smt.Term { return ev.same(a.at(x), ev.apply(b, x)) }))
	case *set:
		other := ev.asSet(b)
		if a.listed && len(a.items) == 0 || !a.listed {
			a, other = other, a
		}
		in := a.all(func(x value) *smt.Term { return other.has(x) })
		if other.listed && len(other.items) == 0 {
			return in
		}
		return ev.And(in, other.all(func(x value) *smt.Term { return a.has(x) }))
	}
	panic(sany.Refuse("equality of a %s and a %s", called(a), called(b)))
}

func (ev *evaluator) sameTuples(a tuple, b value) *smt.Term {
	other, ok := b.(tuple)
	if !ok {
		panic(sany.Refuse("equality of a tuple and a %s", called(b)))
	}
	if len(a) != len(other) {
		return smt.False
	}
	var all []*smt.Term
	for i := range a {
		all = append(all, ev.same(a[i], other[i]))
	}
	return ev.And(all...)
}

// all says that all elements are such that p.
func (s *set) all(p func(value) *smt.Term) *smt.Term {
	if s.listed {
		var all []*smt.Term
		for _, item := range s.items {
			all = append(all, p(item))
		}
		return s.ev.And(all...)
	}
	x := s.variable()
	return s.ev.Forall([]*smt.Term{x}, s.ev.Implies(s.has(x), p(x)))
}

// domainOf is DOMAIN f.
func (ev *evaluator) domainOf(f value) *set {
	switch f := f.(type) {
	case *function:
		return f.domain
	case tuple:
		var items []value
		for i := range f {
			items = append(items, ev.Number(int64(i+1)))
		}
		return ev.listed(items...)
	case *choice:
		return ev.asSet(ev.either(f.cond, ev.domainOf(f.a), ev.domainOf(f.b)))
	case *smt.Term:
		if of := f.Sort; of.Index != nil && !of.Set && of.Domain == nil {
			return ev.whole(of.Index)
		} else if of.Domain != nil {
			var items []value
			for _, n := range of.Domain {
				items = append(items, ev.Number(n))
			}
			return ev.listed(items...)
		}
	}
	panic(sany.Refuse("a %s as a function", called(f)))
}

// within is x \in domain, if the text does not say so already.
func (ev *evaluator) within(domain *set, x value) *smt.Term {
	t, ok := x.(*smt.Term)
	if !ok || !domain.listed || t.Sort != smt.IntSort {
		return domain.has(x)
	}
	low, high, bounded := bounds(t)
	for n := low; bounded && n <= high; n++ { // as far as all are in it
		bounded = slices.Contains(domain.items, value(ev.Number(n)))
	}
	if bounded {
		return smt.True
	}
	return domain.has(x)
}

// bounds are those that the text of a number gives it. What is far away is not looked at.
func bounds(t *smt.Term) (low, high int64, ok bool) {
	const far = 1 << 31
	switch {
	case t.Op == "int":
		low, high, ok = t.Value, t.Value, true
	case t.Op == "mod" && t.Args[1].Op == "int":
		low, high, ok = 0, t.Args[1].Value-1, true
	case t.Op == "-" && t.Args[0].Op == "int" && max(t.Args[0].Value, -t.Args[0].Value) < far:
		low, high, ok = bounds(t.Args[1])
		low, high = t.Args[0].Value-high, t.Args[0].Value-low
	}
	return low, high, ok && -far < low && low <= high && high < far
}

// apply is f[x].
func (ev *evaluator) apply(f, x value) value {
	switch f := f.(type) {
	case *function:
		return ev.where(ev.within(f.domain, x), f.at(x))
	case *smt.Term:
		return ev.where(ev.within(ev.domainOf(f), x), ev.Select(f, ev.asTerm(x)))
	case tuple:
		if i := ev.asTerm(x); i.Op == "int" && 1 <= i.Value && int(i.Value) <= len(f) {
			return f[i.Value-1]
		}
	case *choice:
		return ev.either(f.cond, ev.apply(f.a, x), ev.apply(f.b, x))
	}
	panic(sany.Refuse("a %s as a function of a %s", called(f), called(x)))
}

// project is r.name.
func (ev *evaluator) project(r value, name string) value {
	t := ev.asTerm(r)
	i := t.Sort.At(name)
	if i < 0 {
		panic(sany.Refuse("the field %s of a %s", name, t.Sort))
	}
	return ev.Get(t, i)
}

func (ev *evaluator) recordFrom(values map[string]*smt.Term) *smt.Term {
	var fields []smt.Field
	for name, t := range values {
		fields = append(fields, smt.Field{Name: name, Sort: t.Sort})
	}
	slices.SortFunc(fields, func(a, b smt.Field) int { return compare(a.Name, b.Name) })
	var in []*smt.Term
	for _, f := range fields {
		in = append(in, values[f.Name])
	}
	return ev.Record(ev.RecordOf(fields), in)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (ev *evaluator) union(a, b *set) *set {
	u := ev.combined(a, b, func(a, b *smt.Term) *smt.Term { return ev.Or(a, b) })
	u.witnessed = func(v value, by witnesses) *smt.Term { return ev.Or(a.hasIn(v, by), b.hasIn(v, by)) }
	if a.listed && b.listed {
		u.listed, u.items = true, append(slices.Clip(a.items), b.items...)
	}
	return u
}

// functions is [from -> to].
func (ev *evaluator) functions(from, to *set) *set {
	s := &set{ev: ev, member: func(f value) *smt.Term {
		return ev.And(ev.same(from, ev.domainOf(f)), from.all(func(x value) *smt.Term {
			return to.has(ev.apply(f, x))
		}))
	}}
	if domain, ok := from.numbers(); to.elem != nil && ok {
		s.elem = ev.FunctionOf(from.elem, domain, to.elem)
	}
	return s
}

// numbers are the elements as the domain of a sort has them: nil if they are all of theirs.
func (s *set) numbers() (all []int64, ok bool) {
	switch {
	case s.elem == nil:
		return nil, false
	case s.has(s.ev.FreshVar(s.elem)) == smt.True:
		return nil, true
	}
	for _, item := range s.items {
		n, ok := item.(*smt.Term)
		if !ok || n.Op != "int" {
			return nil, false
		}
		all = append(all, n.Value)
	}
	slices.Sort(all)
	return slices.Compact(all), s.listed
}

func (ev *evaluator) subsets(of *set) *set {
	s := &set{ev: ev, member: func(v value) *smt.Term {
		return ev.asSet(v).all(func(x value) *smt.Term { return of.has(x) })
	}}
	if of.elem != nil {
		s.elem = ev.SetOf(of.elem)
	}
	return s
}

func (ev *evaluator) recordsOf(fields map[string]*set) *set {
	var of []smt.Field
	for name, s := range fields {
		if s.elem == nil {
			panic(sany.Refuse("records whose field %s is of no one sort", name))
		}
		of = append(of, smt.Field{Name: name, Sort: s.elem})
	}
	slices.SortFunc(of, func(a, b smt.Field) int { return compare(a.Name, b.Name) })
	return &set{ev: ev, elem: ev.RecordOf(of), member: func(v value) *smt.Term {
		var all []*smt.Term
		for _, f := range of {
			all = append(all, fields[f.Name].has(ev.project(v, f.Name)))
		}
		return ev.And(all...)
	}}
}
