package prove

import "slices"

// A value is what an expression of TLA+ evaluates to: a *term where a sort holds all there is
// to say, else one of the types below, which exist only while formulas are made.
type value any

// A set is known by who is in it.
type set struct {
	elem   *sort // nil if no element is known, or none is a term
	listed bool  // items are all there are
	items  []value
	member func(value) *term
	// witnessed is member with witnesses: of a set whose elements are given by a quantifier.
	witnessed func(value, witnesses) *term
}

func (s *set) has(v value) *term { return s.hasIn(v, nil) }

// hasIn insists on the sort of v, and that v has a value: all that is said of v may be its sort.
func (s *set) hasIn(v value, by witnesses) *term {
	t, isTerm := v.(*term)
	if isTerm && s.elem != nil && t.sort != s.elem {
		panic(unsupported("a %s as a member of a set of %s", t.sort, s.elem))
	}
	in := s.member
	if s.witnessed != nil {
		in = func(v value) *term { return s.witnessed(v, by) }
	}
	if isTerm {
		return strict(in(v), t)
	}
	return in(v)
}

// variable is any element.
func (s *set) variable() *term {
	if s.elem == nil {
		panic(unsupported("any element of a set whose elements are of no one sort"))
	}
	return fresh(s.elem)
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
	cond *term
	a, b value
}

func listed(items ...value) *set {
	s := &set{listed: true, items: items}
	if len(items) > 0 {
		s.elem = sortOf(items[0])
	}
	for _, item := range items {
		if sortOf(item) != s.elem {
			panic(unsupported("a set of a %s and a %s", called(items[0]), called(item)))
		}
	}
	s.member = func(v value) *term {
		var any []*term
		for _, item := range items {
			any = append(any, same(v, item))
		}
		return or(any...)
	}
	return s
}

func predicate(elem *sort, has func(*term) *term) *set {
	return &set{elem: elem, member: func(v value) *term { return has(asTerm(v)) }}
}

// whole is the set of all of the sort.
func whole(of *sort) *set { return predicate(of, func(*term) *term { return yes }) }

func sortOf(v value) *sort {
	if t, ok := v.(*term); ok {
		return t.sort
	}
	return nil
}

func asTerm(v value) *term {
	switch v := v.(type) {
	case *term:
		return v
	case *choice:
		return ite(v.cond, asTerm(v.a), asTerm(v.b))
	}
	panic(unsupported("a %s where a value of one sort is needed", called(v)))
}

func asSet(v value) *set {
	switch v := v.(type) {
	case *set:
		return v
	case *term:
		if v.sort.set {
			return predicate(v.sort.elem, func(x *term) *term { return sel(v, x) })
		}
	case *choice:
		return combined(asSet(v.a), asSet(v.b), func(a, b *term) *term { return ite(v.cond, a, b) })
	}
	panic(unsupported("a %s as a set", called(v)))
}

// called is what a value is, as an error shows it.
func called(v value) string {
	switch v := v.(type) {
	case *term:
		return v.sort.String()
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
func combined(a, b *set, in func(a, b *term) *term) *set {
	elem := a.elem
	switch {
	case elem == nil:
		elem = b.elem
	case b.elem != nil && b.elem != elem:
		panic(unsupported("a set of %s with one of %s", a.elem, b.elem))
	}
	return &set{elem: elem, member: func(v value) *term { return in(a.has(v), b.has(v)) }}
}

// either is IF c THEN a ELSE b.
func either(c *term, a, b value) value {
	ta, aTerm := a.(*term)
	tb, bTerm := b.(*term)
	switch {
	case c == yes:
		return a
	case c == no:
		return b
	case aTerm && bTerm && ta.sort == tb.sort:
		return ite(c, ta, tb)
	}
	return &choice{c, a, b}
}

// given is v where cond holds, and open elsewhere.
func given(cond *term, v value) value {
	if t, ok := v.(*term); ok {
		return partial(cond, t)
	} else if cond != yes {
		panic(unsupported("a %s that is not given everywhere", called(v)))
	}
	return v
}

// same is a = b.
func same(a, b value) *term {
	if c, ok := a.(*choice); ok {
		return ite(c.cond, same(c.a, b), same(c.b, b))
	}
	if _, ok := b.(*choice); ok {
		return same(b, a)
	}
	switch a := a.(type) {
	case *term:
		if b, ok := b.(*term); ok {
			return equal(a, b)
		}
		return same(b, a)
	case tuple:
		if f, ok := b.(*function); ok {
			return same(f, a)
		}
		return sameTuples(a, b)
	case *function:
		domains := same(a.domain, domainOf(b))
		if domains == no {
			return no
		}
		return and(domains, a.domain.all(func(x value) *term { return same(a.at(x), apply(b, x)) }))
	case *set:
		other := asSet(b)
		if a.listed && len(a.items) == 0 || !a.listed {
			a, other = other, a
		}
		in := a.all(func(x value) *term { return other.has(x) })
		if other.listed && len(other.items) == 0 {
			return in
		}
		return and(in, other.all(func(x value) *term { return a.has(x) }))
	}
	panic(unsupported("equality of a %s and a %s", called(a), called(b)))
}

func sameTuples(a tuple, b value) *term {
	other, ok := b.(tuple)
	if !ok {
		panic(unsupported("equality of a tuple and a %s", called(b)))
	}
	if len(a) != len(other) {
		return no
	}
	var all []*term
	for i := range a {
		all = append(all, same(a[i], other[i]))
	}
	return and(all...)
}

// all says that all elements are such that p.
func (s *set) all(p func(value) *term) *term {
	if s.listed {
		var all []*term
		for _, item := range s.items {
			all = append(all, p(item))
		}
		return and(all...)
	}
	x := s.variable()
	return forall([]*term{x}, implies(s.has(x), p(x)))
}

// domainOf is DOMAIN f.
func domainOf(f value) *set {
	switch f := f.(type) {
	case *function:
		return f.domain
	case tuple:
		var items []value
		for i := range f {
			items = append(items, number(int64(i+1)))
		}
		return listed(items...)
	case *choice:
		return asSet(either(f.cond, domainOf(f.a), domainOf(f.b)))
	case *term:
		if of := f.sort; of.index != nil && !of.set && of.domain == nil {
			return whole(of.index)
		} else if of.domain != nil {
			var items []value
			for _, n := range of.domain {
				items = append(items, number(n))
			}
			return listed(items...)
		}
	}
	panic(unsupported("a %s as a function", called(f)))
}

// within is x \in domain, if the text does not say so already.
func within(domain *set, x value) *term {
	t, ok := x.(*term)
	if !ok || !domain.listed || t.sort != intSort {
		return domain.has(x)
	}
	low, high, bounded := bounds(t)
	for n := low; bounded && n <= high; n++ { // as far as all are in it
		bounded = slices.Contains(domain.items, value(number(n)))
	}
	if bounded {
		return yes
	}
	return domain.has(x)
}

// bounds are those that the text of a number gives it. What is far away is not looked at.
func bounds(t *term) (low, high int64, ok bool) {
	const far = 1 << 31
	switch {
	case t.op == "int":
		low, high, ok = t.value, t.value, true
	case t.op == "mod" && t.args[1].op == "int":
		low, high, ok = 0, t.args[1].value-1, true
	case t.op == "-" && t.args[0].op == "int" && max(t.args[0].value, -t.args[0].value) < far:
		low, high, ok = bounds(t.args[1])
		low, high = t.args[0].value-high, t.args[0].value-low
	}
	return low, high, ok && -far < low && low <= high && high < far
}

// apply is f[x].
func apply(f, x value) value {
	switch f := f.(type) {
	case *function:
		return given(within(f.domain, x), f.at(x))
	case *term:
		return given(within(domainOf(f), x), sel(f, asTerm(x)))
	case tuple:
		if i := asTerm(x); i.op == "int" && 1 <= i.value && int(i.value) <= len(f) {
			return f[i.value-1]
		}
	case *choice:
		return either(f.cond, apply(f.a, x), apply(f.b, x))
	}
	panic(unsupported("a %s as a function of a %s", called(f), called(x)))
}

// project is r.name.
func project(r value, name string) value {
	t := asTerm(r)
	i := t.sort.at(name)
	if i < 0 {
		panic(unsupported("the field %s of a %s", name, t.sort))
	}
	return get(t, i)
}

func recordFrom(values map[string]*term) *term {
	var fields []field
	for name, t := range values {
		fields = append(fields, field{name, t.sort})
	}
	slices.SortFunc(fields, func(a, b field) int { return compare(a.name, b.name) })
	var in []*term
	for _, f := range fields {
		in = append(in, values[f.name])
	}
	return record(recordOf(fields), in)
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

func union(a, b *set) *set {
	u := combined(a, b, func(a, b *term) *term { return or(a, b) })
	u.witnessed = func(v value, by witnesses) *term { return or(a.hasIn(v, by), b.hasIn(v, by)) }
	if a.listed && b.listed {
		u.listed, u.items = true, append(slices.Clip(a.items), b.items...)
	}
	return u
}

// functions is [from -> to].
func functions(from, to *set) *set {
	s := &set{member: func(f value) *term {
		return and(same(from, domainOf(f)), from.all(func(x value) *term { return to.has(apply(f, x)) }))
	}}
	if domain, ok := from.numbers(); to.elem != nil && ok {
		s.elem = functionOf(from.elem, domain, to.elem)
	}
	return s
}

// numbers are the elements as the domain of a sort has them: nil if they are all of theirs.
func (s *set) numbers() (all []int64, ok bool) {
	switch {
	case s.elem == nil:
		return nil, false
	case s.has(fresh(s.elem)) == yes:
		return nil, true
	}
	for _, item := range s.items {
		n, ok := item.(*term)
		if !ok || n.op != "int" {
			return nil, false
		}
		all = append(all, n.value)
	}
	slices.Sort(all)
	return slices.Compact(all), s.listed
}

func subsets(of *set) *set {
	s := &set{member: func(v value) *term {
		return asSet(v).all(func(x value) *term { return of.has(x) })
	}}
	if of.elem != nil {
		s.elem = setOf(of.elem)
	}
	return s
}

func records(fields map[string]*set) *set {
	var of []field
	for name, s := range fields {
		if s.elem == nil {
			panic(unsupported("records whose field %s is of no one sort", name))
		}
		of = append(of, field{name, s.elem})
	}
	slices.SortFunc(of, func(a, b field) int { return compare(a.name, b.name) })
	return &set{elem: recordOf(of), member: func(v value) *term {
		var all []*term
		for _, f := range of {
			all = append(all, fields[f.name].has(project(v, f.name)))
		}
		return and(all...)
	}}
}
