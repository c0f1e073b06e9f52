package prove

import (
	"fmt"
	"reflect"
	"slices"
)

// An interpretation says what a term is in one state of a small instance. It knows nothing of
// how terms come to be and simplifies nothing. An Int is an int64, a Str a string, a Thread a
// thread; a record is a []any, field by field; an array of the threads is a []any too, one of
// the integers a map[int64]any; a set of strings is a map[string]any. The other sets are arrays
// to bool.
type interpretation struct {
	threads []string                // their names
	ints    []int64                 // the integers as far as the instance's sets have any
	far     []int64                 // integers that no set has
	strings []string                // and one over strings
	members map[string]map[any]bool // the constants that are sets
	values  []any                   // of constants, variables and bound variables, by id
	byZero  int64                   // what a number divided by zero is
	divided bool                    // what TLA+ leaves open was evaluated

	known []any // by id: the value of a term without free variables
	made  []int // by id: in which round it was found
	round int
	free  [][]*term // by id: the free variables of a term
	freed []bool    // by id: whether free says so
}

type thread int

func grown[T any](s []T, id int) []T {
	if id >= len(s) {
		s = append(s, make([]T, id+1000-len(s))...)
	}
	return s
}

// set gives a constant or a variable its value.
func (in *interpretation) set(t *term, v any) {
	in.bind(t, v)
	in.round++
}

func (in *interpretation) bind(t *term, v any) (old any) {
	in.values = grown(in.values, t.id)
	old = in.values[t.id]
	in.values[t.id] = v
	return old
}

// freeIn are the free variables of t.
func (in *interpretation) freeIn(t *term) []*term {
	if t.op == "bound" {
		return []*term{t}
	}
	if len(t.args) == 0 {
		return nil
	}
	in.free, in.freed = grown(in.free, t.id), grown(in.freed, t.id)
	if in.freed[t.id] {
		return in.free[t.id]
	}
	var free []*term
	for _, a := range t.args {
		for _, v := range in.freeIn(a) {
			if !slices.Contains(t.vars, v) && !slices.Contains(free, v) {
				free = append(free, v)
			}
		}
	}
	in.free, in.freed = grown(in.free, t.id), grown(in.freed, t.id)
	in.free[t.id], in.freed[t.id] = free, true
	return free
}

// truncate forgets the values of all terms but the first n.
func (in *interpretation) truncate(n int) {
	in.values = in.values[:min(n, len(in.values))]
	in.known, in.made = in.known[:min(n, len(in.known))], in.made[:min(n, len(in.made))]
	in.free, in.freed = in.free[:min(n, len(in.free))], in.freed[:min(n, len(in.freed))]
}

func (in *interpretation) truth(t *term) bool { return in.eval(t).(bool) }
func (in *interpretation) int(t *term) int64  { return in.eval(t).(int64) }

func (in *interpretation) eval(t *term) any {
	switch t.op {
	case "true":
		return true
	case "false":
		return false
	case "int":
		return t.value
	case "str":
		return t.name
	case "const", "bound":
		if t.id < len(in.values) && in.values[t.id] != nil {
			return in.values[t.id]
		}
		panic("no value for " + t.name)
	}
	if len(in.freeIn(t)) > 0 {
		return in.found(t)
	}
	in.known, in.made = grown(in.known, t.id), grown(in.made, t.id)
	if in.made[t.id] != in.round {
		v := in.found(t)
		in.known[t.id], in.made[t.id] = v, in.round
	}
	return in.known[t.id]
}

func (in *interpretation) found(t *term) any {
	switch t.op {
	case "and", "or":
		for _, a := range t.args {
			if in.truth(a) == (t.op == "or") {
				return t.op == "or"
			}
		}
		return t.op == "and"
	case "not":
		return !in.truth(t.args[0])
	case "ite":
		if in.truth(t.args[0]) {
			return in.eval(t.args[1])
		}
		return in.eval(t.args[2])
	case "=":
		return equalValues(in.eval(t.args[0]), in.eval(t.args[1]))
	case "mk":
		var r []any
		for _, a := range t.args {
			r = append(r, in.eval(a))
		}
		return r
	case "get":
		return in.eval(t.args[0]).([]any)[t.args[0].sort.at(t.name)]
	case "select":
		return in.at(in.eval(t.args[0]), in.eval(t.args[1]))
	case "store":
		return stored(in.eval(t.args[0]), in.eval(t.args[1]), in.eval(t.args[2]))
	case "partial":
		if !in.truth(t.args[0]) {
			in.divided = true
		}
		return in.eval(t.args[1])
	case "member":
		return in.members[t.name][in.eval(t.args[0])]
	case "sum":
		return in.sum(t.args[0])
	case "forall", "exists":
		return in.quantified(t, t.vars) == (t.op == "exists")
	case "+", "-", "*", "<=", "<", "div", "mod":
		return in.arithmetic(t.op, in.int(t.args[0]), in.int(t.args[1]))
	}
	panic("no meaning for " + t.op)
}

func equalValues(a, b any) bool {
	switch a.(type) {
	case []any, map[int64]any, map[string]any:
		return reflect.DeepEqual(a, b)
	}
	return a == b
}

func (in *interpretation) at(array, index any) any {
	switch array := array.(type) {
	case []any:
		return array[index.(thread)]
	case map[int64]any:
		if v, ok := array[index.(int64)]; ok {
			return v
		}
	case map[string]any:
		return array[index.(string)] == true
	}
	panic(fmt.Sprintf("%v is not in the domain of %v", index, array))
}

func stored(array, index, value any) any {
	switch array := array.(type) {
	case []any:
		array = slices.Clone(array)
		array[index.(thread)] = value
		return array
	case map[int64]any:
		by := map[int64]any{index.(int64): value}
		for i, v := range array {
			if i != index {
				by[i] = v
			}
		}
		return by
	}
	panic(fmt.Sprintf("%T is no array", array))
}

// sum is of the lambda, over all threads.
func (in *interpretation) sum(f *term) int64 {
	sum, v := int64(0), f.vars[0]
	before := in.bind(v, nil)
	for i := range in.threads {
		in.bind(v, thread(i))
		sum += in.int(f.args[0])
	}
	in.bind(v, before)
	return sum
}

// quantified says that some values of vars make the body true, of \E, or false, of \A.
func (in *interpretation) quantified(t *term, vars []*term) (found bool) {
	if len(vars) == 0 {
		return in.truth(t.args[0]) == (t.op == "exists")
	}
	v := vars[0]
	defer in.bind(v, in.bind(v, nil)) // an inner variable hides an outer one of its name
	holds := func(x any) bool {
		in.bind(v, x)
		return in.quantified(t, vars[1:])
	}
	switch v.sort {
	case threadSort:
		for i := range in.threads {
			if holds(thread(i)) {
				return true
			}
		}
	case intSort:
		// With a bound, it says nothing of integers that are in no set.
		if slices.ContainsFunc(in.far, func(n int64) bool { return holds(n) }) {
			panic("a quantifier over integers that is not bounded: " + described(t))
		}
		return slices.ContainsFunc(in.ints, func(n int64) bool { return holds(n) })
	case stringSort:
		return slices.ContainsFunc(in.strings, func(s string) bool { return holds(s) })
	case boolSort:
		return holds(false) || holds(true)
	default:
		panic("a quantifier over " + v.sort.name)
	}
	return false
}

// arithmetic is that of TLA+: a \div b rounds down, and a % b is what remains then.
func (in *interpretation) arithmetic(op string, a, b int64) any {
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "<=":
		return a <= b
	case "<":
		return a < b
	}
	if b == 0 {
		in.divided = true
		return in.byZero
	}
	q, r := a/b, a%b
	if r != 0 && (r < 0) != (b < 0) {
		q, r = q-1, r+b
	}
	if op == "div" {
		return q
	}
	return r
}

// described is the formula as a failure shows it.
func described(t *term) string {
	w := &writer{parts: map[*term]bool{}}
	each(w.parts, t, func(t *term) {
		if t.op == "sum" {
			w.sums = append(w.sums, t)
		}
	})
	return fmt.Sprintf("%.600s", w.text(t))
}

// from is the value of the sort that TLC writes as v.
func (in *interpretation) from(v any, s *sort) any {
	switch {
	case s == threadSort:
		return thread(slices.Index(in.threads, string(v.(modelValue))))
	case s == intSort, s == boolSort, s == stringSort:
		return v
	case s.fields != nil:
		var r []any
		for _, f := range s.fields {
			r = append(r, in.from(v.(recordOfs)[f.name], f.sort))
		}
		return r
	case s.set && s.elem == threadSort:
		r := slices.Repeat([]any{false}, len(in.threads))
		for _, x := range v.(setOfAny) {
			r[in.from(x, threadSort).(thread)] = true
		}
		return r
	case s.set && s.elem == stringSort:
		r := map[string]any{}
		for _, x := range v.(setOfAny) {
			r[x.(string)] = true
		}
		return r
	case s.index == threadSort:
		r := make([]any, len(in.threads))
		for _, p := range v.(pairs) {
			r[in.from(p.x, threadSort).(thread)] = in.from(p.fx, s.elem)
		}
		return r
	case s.index == intSort:
		r := map[int64]any{}
		for _, p := range v.(pairs) {
			r[p.x.(int64)] = in.from(p.fx, s.elem)
		}
		return r
	}
	panic("no value of sort " + s.name)
}

// to is the value as TLC would write it.
func (in *interpretation) to(v any, s *sort) any {
	switch {
	case s == threadSort:
		return modelValue(in.threads[v.(thread)])
	case s == intSort, s == boolSort, s == stringSort:
		return v
	case s.fields != nil:
		r := recordOfs{}
		for i, f := range s.fields {
			r[f.name] = in.to(v.([]any)[i], f.sort)
		}
		return r
	case s.set && s.elem == threadSort:
		r := setOfAny{}
		for i, is := range v.([]any) {
			if is.(bool) {
				r = append(r, modelValue(in.threads[i]))
			}
		}
		return r
	case s.set && s.elem == stringSort:
		r := setOfAny{}
		for x := range v.(map[string]any) {
			r = append(r, x)
		}
		return r
	case s.index == threadSort:
		var r pairs
		for i, fx := range v.([]any) {
			r = append(r, pairOf{modelValue(in.threads[i]), in.to(fx, s.elem)})
		}
		return r
	case s.index == intSort:
		var r pairs
		for x, fx := range v.(map[int64]any) {
			r = append(r, pairOf{x, in.to(fx, s.elem)})
		}
		return r
	}
	panic("no value of sort " + s.name)
}

// all are the values of the sort that a set of the instance may have.
func (in *interpretation) all(s *sort) (all []any) {
	switch s {
	case threadSort:
		for i := range in.threads {
			all = append(all, thread(i))
		}
	case intSort:
		for _, n := range in.ints {
			all = append(all, n)
		}
	case stringSort:
		for _, x := range in.strings {
			all = append(all, x)
		}
	case boolSort:
		all = []any{false, true}
	default:
		panic("a set of " + s.name)
	}
	return all
}

// element is the sort's value as a term.
func (in *interpretation) element(v any, s *sort) *term {
	x := constant("element of "+s.name, s)
	in.set(x, v)
	return x
}

// said is what the generator's value is in this state, as TLC would write it.
func (in *interpretation) said(v value) any {
	switch v := v.(type) {
	case *term:
		return in.to(in.eval(v), v.sort)
	case *choice:
		if in.truth(v.cond) {
			return in.said(v.a)
		}
		return in.said(v.b)
	case tuple:
		all := tupleOf{}
		for _, x := range v {
			all = append(all, in.said(x))
		}
		return all
	case *set:
		return in.elements(v)
	case *function:
		var all pairs
		for _, x := range in.elements(v.domain) {
			s := threadSort
			if _, isInt := x.(int64); isInt {
				s = intSort
			}
			all = append(all, pairOf{x, in.said(v.at(in.element(in.from(x, s), s)))})
		}
		return all
	}
	panic(fmt.Sprintf("%T as a value", v))
}

func (in *interpretation) elements(s *set) setOfAny {
	all := setOfAny{}
	if s.listed {
		for _, item := range s.items {
			all = append(all, in.said(item))
		}
		return all
	}
	for _, x := range in.all(s.elem) {
		if in.truth(s.has(in.element(x, s.elem))) {
			all = append(all, in.to(x, s.elem))
		}
	}
	return all
}
