package prove

import "slices"

// A value is what an expression of TLA+ evaluates to: a *term where a sort holds all there is
// to say, else one of the types below, which exist only while formulas are made.
type value any

// A set is known by who is in it.
type set struct {
	elem   *sort // nil if no element is known
	listed bool  // items are all there are
	items  []value
	has    func(value) *term
	// witnessed is has in a mode: of a set whose elements are given by a quantifier.
	witnessed func(value, mode) *term
}

func (s *set) hasIn(v value, m mode) *term {
	if s.witnessed != nil {
		return s.witnessed(v, m)
	}
	return s.has(v)
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
	s.has = func(v value) *term {
		var any []*term
		for _, item := range items {
			any = append(any, same(v, item))
		}
		return or(any...)
	}
	return s
}

func predicate(elem *sort, has func(*term) *term) *set {
	return &set{elem: elem, has: func(v value) *term { return has(asTerm(v)) }}
}

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
	panic(unsupported("%T where a value of one sort is needed", v))
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
		a, b := asSet(v.a), asSet(v.b)
		return &set{elem: elemOf(a, b), has: func(x value) *term { return ite(v.cond, a.has(x), b.has(x)) }}
	}
	panic(unsupported("%T as a set", v))
}

func elemOf(sets ...*set) *sort {
	for _, s := range sets {
		if s.elem != nil {
			return s.elem
		}
	}
	return nil
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
		return sameTuples(a, b)
	case *function:
		return a.domain.all(func(x value) *term { return same(a.at(x), apply(b, x)) })
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
	panic(unsupported("equality of %T and %T", a, b))
}

func sameTuples(a tuple, b value) *term {
	other, ok := b.(tuple)
	if !ok {
		panic(unsupported("equality of a tuple and %T", b))
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
	x := fresh(s.elem)
	return forall([]*term{x}, implies(s.has(x), p(x)))
}

// apply is f[x].
func apply(f, x value) value {
	switch f := f.(type) {
	case *function:
		return f.at(x)
	case *term:
		return sel(f, asTerm(x))
	case tuple:
		if i := asTerm(x); i.op == "int" && 1 <= i.value && int(i.value) <= len(f) {
			return f[i.value-1]
		}
	case *choice:
		return either(f.cond, apply(f.a, x), apply(f.b, x))
	}
	panic(unsupported("%T as a function", f))
}

// project is r.name.
func project(r value, name string) value {
	t := asTerm(r)
	i := t.sort.at(name)
	if i < 0 {
		panic(unsupported("field %s of %s", name, t.sort.name))
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
	u := &set{elem: elemOf(a, b), has: func(v value) *term { return or(a.has(v), b.has(v)) }}
	u.witnessed = func(v value, m mode) *term { return or(a.hasIn(v, m), b.hasIn(v, m)) }
	if a.listed && b.listed {
		u.listed, u.items = true, append(slices.Clip(a.items), b.items...)
	}
	return u
}

// functions is [from -> to].
func functions(from, to *set) *set {
	s := &set{has: func(f value) *term {
		return from.all(func(x value) *term { return to.has(apply(f, x)) })
	}}
	if to.elem != nil {
		s.elem = arrayOf(from.elem, to.elem)
	}
	return s
}

func subsets(of *set) *set {
	return &set{elem: setOf(of.elem), has: func(v value) *term {
		return asSet(v).all(func(x value) *term { return of.has(x) })
	}}
}

func records(fields map[string]*set) *set {
	var of []field
	for name, s := range fields {
		of = append(of, field{name, s.elem})
	}
	slices.SortFunc(of, func(a, b field) int { return compare(a.name, b.name) })
	return &set{elem: recordOf(of), has: func(v value) *term {
		var all []*term
		for _, f := range of {
			all = append(all, fields[f.name].has(project(v, f.name)))
		}
		return and(all...)
	}}
}
