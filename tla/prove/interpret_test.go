package prove

import (
	"casalloc/tla/prove/smt"
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
	ev      *evaluator              // whose terms they are
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
	free  [][]*smt.Term // by id: the free variables of a term
	freed []bool        // by id: whether free says so
}

type thread int

func grown[T any](s []T, id int) []T {
	if id >= len(s) {
		s = append(s, make([]T, id+1000-len(s))...)
	}
	return s
}

// set gives a constant or a variable its value.
func (in *interpretation) set(t *smt.Term, v any) {
	in.bind(t, v)
	in.round++
}

func (in *interpretation) bind(t *smt.Term, v any) (old any) {
	in.values = grown(in.values, t.ID)
	old = in.values[t.ID]
	in.values[t.ID] = v
	return old
}

// freeIn are the free variables of t.
func (in *interpretation) freeIn(t *smt.Term) []*smt.Term {
	if t.Op == "bound" {
		return []*smt.Term{t}
	}
	if len(t.Args) == 0 {
		return nil
	}
	in.free, in.freed = grown(in.free, t.ID), grown(in.freed, t.ID)
	if in.freed[t.ID] {
		return in.free[t.ID]
	}
	var free []*smt.Term
	for _, a := range t.Args {
		for _, v := range in.freeIn(a) {
			if !slices.Contains(t.Vars, v) && !slices.Contains(free, v) {
				free = append(free, v)
			}
		}
	}
	in.free, in.freed = grown(in.free, t.ID), grown(in.freed, t.ID)
	in.free[t.ID], in.freed[t.ID] = free, true
	return free
}

// truncate forgets the values of all terms but the first n.
func (in *interpretation) truncate(n int) {
	in.values = in.values[:min(n, len(in.values))]
	in.known, in.made = in.known[:min(n, len(in.known))], in.made[:min(n, len(in.made))]
	in.free, in.freed = in.free[:min(n, len(in.free))], in.freed[:min(n, len(in.freed))]
}

func (in *interpretation) truth(t *smt.Term) bool { return in.eval(t).(bool) }
func (in *interpretation) int(t *smt.Term) int64  { return in.eval(t).(int64) }

func (in *interpretation) eval(t *smt.Term) any {
	switch t.Op {
	case "true":
		return true
	case "false":
		return false
	case "int":
		return t.Value
	case "str":
		return t.Name
	case "const", "bound":
		if t.ID < len(in.values) && in.values[t.ID] != nil {
			return in.values[t.ID]
		}
		panic("no value for " + t.Name)
	}
	if len(in.freeIn(t)) > 0 {
		return in.found(t)
	}
	in.known, in.made = grown(in.known, t.ID), grown(in.made, t.ID)
	if in.made[t.ID] != in.round {
		v := in.found(t)
		in.known[t.ID], in.made[t.ID] = v, in.round
	}
	return in.known[t.ID]
}

// each is the values of all terms.
func (in *interpretation) each(ts []*smt.Term) (all []any) {
	for _, t := range ts {
		all = append(all, in.eval(t))
	}
	return all
}

// needs notes that TLA+ leaves open what depends on the condition.
func (in *interpretation) needs(cond *smt.Term) {
	if !in.truth(cond) {
		in.divided = true
	}
}

func (in *interpretation) found(t *smt.Term) any {
	switch t.Op {
	case "and", "or":
		or := t.Op == "or"
		return slices.ContainsFunc(t.Args, func(a *smt.Term) bool { return in.truth(a) == or }) == or
	case "not":
		return !in.truth(t.Args[0])
	case "ite":
		if in.truth(t.Args[0]) {
			return in.eval(t.Args[1])
		}
		return in.eval(t.Args[2])
	case "=":
		return equalValues(in.eval(t.Args[0]), in.eval(t.Args[1]))
	case "mk":
		return in.each(t.Args)
	case "get":
		return in.eval(t.Args[0]).([]any)[t.Args[0].Sort.At(t.Name)]
	case "select":
		return in.at(in.eval(t.Args[0]), in.eval(t.Args[1]))
	case "store":
		return stored(in.eval(t.Args[0]), in.eval(t.Args[1]), in.eval(t.Args[2]))
	case "partial":
		in.needs(t.Args[0])
		return in.eval(t.Args[1])
	case "member":
		return in.members[t.Name][in.eval(t.Args[0])]
	case "sum":
		return in.sum(t.Args[0])
	case "forall", "exists":
		return in.quantified(t, t.Vars) == (t.Op == "exists")
	case "+", "-", "*", "<=", "<", "div", "mod":
		return in.arithmetic(t.Op, in.int(t.Args[0]), in.int(t.Args[1]))
	}
	panic("no meaning for " + t.Op)
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
func (in *interpretation) sum(f *smt.Term) int64 {
	sum, v := int64(0), f.Vars[0]
	before := in.bind(v, nil)
	for i := range in.threads {
		in.bind(v, thread(i))
		sum += in.int(f.Args[0])
	}
	in.bind(v, before)
	return sum
}

// quantified says that some values of vars make the body true, of \E, or false, of \A.
func (in *interpretation) quantified(t *smt.Term, vars []*smt.Term) (found bool) {
	if len(vars) == 0 {
		return in.truth(t.Args[0]) == (t.Op == "exists")
	}
	v := vars[0]
	defer in.bind(v, in.bind(v, nil)) // an inner variable hides an outer one of its name
	holds := func(x any) bool {
		in.bind(v, x)
		return in.quantified(t, vars[1:])
	}
	switch v.Sort {
	case smt.ThreadSort:
		for i := range in.threads {
			if holds(thread(i)) {
				return true
			}
		}
	case smt.IntSort:
		// With a bound, it says nothing of integers that are in no set.
		if slices.ContainsFunc(in.far, func(n int64) bool { return holds(n) }) {
			panic("a quantifier over integers that is not bounded: " + t.Op)
		}
		return slices.ContainsFunc(in.ints, func(n int64) bool { return holds(n) })
	case smt.StringSort:
		return slices.ContainsFunc(in.strings, func(s string) bool { return holds(s) })
	case smt.BoolSort:
		return holds(false) || holds(true)
	default:
		panic("a quantifier over " + v.Sort.Name)
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

// from is the value of the sort that TLC writes as v.
func (in *interpretation) from(v any, s *smt.Sort) any {
	switch {
	case s == smt.ThreadSort:
		return thread(slices.Index(in.threads, string(v.(modelValue))))
	case s == smt.IntSort, s == smt.BoolSort, s == smt.StringSort:
		return v
	case s.Fields != nil:
		var r []any
		for _, f := range s.Fields {
			r = append(r, in.from(v.(recordOfs)[f.Name], f.Sort))
		}
		return r
	case s.Set && s.Elem == smt.ThreadSort:
		r := slices.Repeat([]any{false}, len(in.threads))
		for _, x := range v.(setOfAny) {
			r[in.from(x, smt.ThreadSort).(thread)] = true
		}
		return r
	case s.Set && s.Elem == smt.StringSort:
		r := map[string]any{}
		for _, x := range v.(setOfAny) {
			r[x.(string)] = true
		}
		return r
	case s.Index == smt.ThreadSort:
		r := make([]any, len(in.threads))
		for _, p := range v.(pairs) {
			r[in.from(p.x, smt.ThreadSort).(thread)] = in.from(p.fx, s.Elem)
		}
		return r
	case s.Index == smt.IntSort:
		r := map[int64]any{}
		for _, p := range v.(pairs) {
			r[p.x.(int64)] = in.from(p.fx, s.Elem)
		}
		return r
	}
	panic("no value of sort " + s.Name)
}

// to is the value as TLC would write it.
func (in *interpretation) to(v any, s *smt.Sort) any {
	switch {
	case s == smt.ThreadSort:
		return modelValue(in.threads[v.(thread)])
	case s == smt.IntSort, s == smt.BoolSort, s == smt.StringSort:
		return v
	case s.Fields != nil:
		r := recordOfs{}
		for i, f := range s.Fields {
			r[f.Name] = in.to(v.([]any)[i], f.Sort)
		}
		return r
	case s.Set:
		return in.toSet(v)
	case s.Index == smt.ThreadSort:
		var r pairs
		for i, fx := range v.([]any) {
			r = append(r, pairOf{modelValue(in.threads[i]), in.to(fx, s.Elem)})
		}
		return r
	case s.Index == smt.IntSort:
		var r pairs
		for x, fx := range v.(map[int64]any) {
			r = append(r, pairOf{x, in.to(fx, s.Elem)})
		}
		return r
	}
	panic("no value of sort " + s.Name)
}

func (in *interpretation) toSet(v any) setOfAny {
	r := setOfAny{}
	switch v := v.(type) {
	case []any: // of threads
		for i, is := range v {
			if is.(bool) {
				r = append(r, modelValue(in.threads[i]))
			}
		}
	case map[string]any:
		for x := range v {
			r = append(r, x)
		}
	}
	return r
}

// all are the values of the sort that a set of the instance may have.
func (in *interpretation) all(s *smt.Sort) (all []any) {
	switch s {
	case smt.ThreadSort:
		for i := range in.threads {
			all = append(all, thread(i))
		}
	case smt.IntSort:
		for _, n := range in.ints {
			all = append(all, n)
		}
	case smt.StringSort:
		for _, x := range in.strings {
			all = append(all, x)
		}
	case smt.BoolSort:
		all = []any{false, true}
	default:
		panic("a set of " + s.Name)
	}
	return all
}

// element is the sort's value as a term.
func (in *interpretation) element(v any, s *smt.Sort) *smt.Term {
	x := in.ev.Const("element of "+s.Name, s)
	in.set(x, v)
	return x
}

// said is what the generator's value is in this state, as TLC would write it.
func (in *interpretation) said(v value) any {
	switch v := v.(type) {
	case *smt.Term:
		return in.to(in.eval(v), v.Sort)
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
			s := smt.ThreadSort
			if _, isInt := x.(int64); isInt {
				s = smt.IntSort
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
