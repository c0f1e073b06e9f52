package prove

import (
	"math/big"
	"slices"
	"strconv"
)

// A term is an SMT term. Terms are interned, so equal terms are one pointer, and what builds
// them simplifies: whatever is decided by the text alone never reaches the solver.
type term struct {
	op     string // of SMT-LIB; or const, bound, int, str, mk, get, lambda, sum, partial
	name   string // of a const, bound, str, sum; the field of a get
	value  int64  // of an int
	args   []*term
	vars   []*term // of a quantifier or a lambda
	sort   *sort
	id     int
	height int    // quantifiers and lambdas inside of one another
	open   bool   // a term in it is partial
	place  string // of a sum
}

// All terms are made by one goroutine: terms, key and freshVars have no lock.
var terms = map[string]*term{}

var key []byte // of the last term that was interned

func intern(t term) *term {
	key = append(append(append(key[:0], t.op...), '|'), t.name...)
	key = strconv.AppendInt(append(key, '|'), t.value, 36)
	key = strconv.AppendInt(append(key, '|'), int64(t.sort.id), 36)
	for _, v := range t.vars {
		key = strconv.AppendInt(append(key, '!'), int64(v.id), 36)
	}
	for _, a := range t.args {
		key = strconv.AppendInt(append(key, ' '), int64(a.id), 36)
	}
	if known := terms[string(key)]; known != nil {
		return known
	}
	made := new(t) // here, so that a term that is known costs nothing
	made.id = len(terms)
	made.open = made.op == "partial"
	for _, a := range made.args {
		made.height = max(made.height, a.height)
		made.open = made.open || a.open
	}
	made.height += len(made.vars)
	terms[string(key)] = made
	return made
}

// remember returns a function that forgets all terms made since: those of all paths of Accounts are
// 700 MB. Nobody may have any of them by then.
func remember() (forget func()) {
	n := len(terms)
	return func() {
		kept := make(map[string]*term, 2*n) // a map never shrinks
		for key, t := range terms {
			if t.id < n {
				kept[key] = t
			}
		}
		terms = kept
		clear(expandedAt)
	}
}

var (
	yes = intern(term{op: "true", sort: boolSort})
	no  = intern(term{op: "false", sort: boolSort})
)

func truth(b bool) *term {
	if b {
		return yes
	}
	return no
}

func number(n int64) *term              { return intern(term{op: "int", value: n, sort: intSort}) }
func text(s string) *term               { return intern(term{op: "str", name: s, sort: stringSort}) }
func constant(s string, of *sort) *term { return intern(term{op: "const", name: s, sort: of}) }

var freshVars int

// fresh is a variable that a quantifier will bind.
func fresh(of *sort) *term {
	freshVars++
	return intern(term{op: "bound", name: "?" + strconv.Itoa(freshVars), sort: of})
}

func (t *term) literal() bool { return t.op == "int" || t.op == "str" || t == yes || t == no }

func and(ts ...*term) *term { return junction("and", yes, no, ts) }
func or(ts ...*term) *term  { return junction("or", no, yes, ts) }

func junction(op string, unit, zero *term, ts []*term) *term {
	need(boolSort, ts...)
	var flat []*term
	for _, t := range ts {
		inner := []*term{t}
		if t.op == op {
			inner = t.args
		}
		for _, t := range inner {
			switch {
			case t == unit || slices.Contains(flat, t):
			case t == zero || slices.ContainsFunc(flat, t.contradicts):
				return strict(zero, flat...)
			default:
				flat = append(flat, t)
			}
		}
	}
	switch len(flat) {
	case 0:
		return unit
	case 1:
		return flat[0]
	}
	return intern(term{op: op, args: flat, sort: boolSort})
}

// conjuncts are those of a formula, or the formula.
func conjuncts(t *term) []*term {
	if t.op == "and" {
		return t.args
	}
	return []*term{t}
}

func not(t *term) *term {
	need(boolSort, t)
	switch {
	case t == yes:
		return no
	case t == no:
		return yes
	case t.op == "not":
		return t.args[0]
	}
	return intern(term{op: "not", args: []*term{t}, sort: boolSort})
}

// contradicts says that u is not(t), without making that.
func (t *term) contradicts(u *term) bool {
	return t.op == "not" && t.args[0] == u || u.op == "not" && u.args[0] == t
}

// need insists on the sort of terms: TLA+ says nothing of 1 + TRUE, nor of 1 /\ TRUE.
func need(of *sort, ts ...*term) {
	for _, t := range ts {
		if t.sort != of {
			panic(unsupported("a %s where a %s is needed", t.sort, of))
		}
	}
}

func implies(a, b *term) *term { return or(not(a), b) }

func ite(c, a, b *term) *term {
	need(boolSort, c)
	need(a.sort, b)
	switch {
	case a == b:
		return strict(a, c)
	case c == yes:
		return a
	case c == no:
		return b
	case c.op == "not":
		return ite(c.args[0], b, a)
	}
	a, b = substitute(a, map[*term]*term{c: yes}), substitute(b, map[*term]*term{c: no})
	switch {
	case a == b:
		return a
	case a == yes:
		return or(c, b)
	case a == no:
		return and(not(c), b)
	case b == yes:
		return or(not(c), a)
	case b == no:
		return and(c, a)
	}
	return intern(term{op: "ite", args: []*term{c, a, b}, sort: a.sort})
}

// equal is a = b; of records, field by field.
func equal(a, b *term) *term {
	switch {
	case a == b:
		return strict(yes, a)
	case a.sort != b.sort:
		panic(unsupported("equality of a %s and a %s", a.sort, b.sort))
	case a.literal() && b.literal():
		return no
	case a.sort == boolSort:
		return ite(a, b, not(b))
	case a.op == "ite" && b.op == "ite" && a.args[0] == b.args[0]:
		return ite(a.args[0], equal(a.args[1], b.args[1]), equal(a.args[2], b.args[2]))
	case a.sort.fields != nil:
		var all []*term
		for i := range a.sort.fields {
			all = append(all, equal(get(a, i), get(b, i)))
		}
		return and(all...)
	case a.sort.domain != nil:
		var all []*term
		for _, n := range a.sort.domain {
			all = append(all, equal(sel(a, number(n)), sel(b, number(n))))
		}
		return and(all...)
	case a.op == "ite" && b.literal():
		return ite(a.args[0], equal(a.args[1], b), equal(a.args[2], b))
	case b.op == "ite" && a.literal():
		return equal(b, a)
	case a.id > b.id:
		a, b = b, a
	}
	return intern(term{op: "=", args: []*term{a, b}, sort: boolSort})
}

func record(of *sort, values []*term) *term {
	return intern(term{op: "mk", args: values, sort: of})
}

func get(r *term, i int) *term {
	switch r.op {
	case "mk":
		return strict(r.args[i], r.args...)
	case "ite":
		return ite(r.args[0], get(r.args[1], i), get(r.args[2], i))
	}
	f := r.sort.fields[i]
	return intern(term{op: "get", name: f.name, args: []*term{r}, sort: f.sort})
}

// sel is array[index]. What was stored is told apart here, so that the solver finds the same
// few terms, array[index] of a variable, in the formulas of this state and of the next.
func sel(array, index *term) *term {
	need(array.sort.index, index)
	if array.op == "store" {
		return strict(ite(equal(index, array.args[1]), array.args[2], sel(array.args[0], index)), array.args[2])
	}
	of := array.sort.elem
	if array.sort.set {
		of = boolSort
	}
	return intern(term{op: "select", args: []*term{array, index}, sort: of})
}

func store(array, index, value *term) *term {
	need(array.sort.index, index)
	need(array.sort.elem, value)
	if array.op == "store" && array.args[1] == index {
		array = array.args[0]
	}
	return intern(term{op: "store", args: []*term{array, index, value}, sort: array.sort})
}

// arithmetic is op of integers: + - * <= < div mod.
func arithmetic(op string, a, b *term) *term {
	need(intSort, a, b)
	if a.op == "int" && b.op == "int" {
		if t := folded(op, big.NewInt(a.value), big.NewInt(b.value)); t != nil {
			return t
		}
	}
	// (x + 1) mod 2 is 1 - x mod 2: two slots take turns.
	if op == "mod" && b == number(2) && a.op == "+" && a.args[1] == number(1) {
		return arithmetic("-", number(1), arithmetic("mod", a.args[0], b))
	}
	of := intSort
	if op == "<=" || op == "<" {
		of = boolSort
	}
	return intern(term{op: op, args: []*term{a, b}, sort: of})
}

// folded is op of two numbers, or nil: if it is no number of 64 bits, the solver reckons.
func folded(op string, x, y *big.Int) *term {
	var z big.Int
	switch op {
	case "+":
		z.Add(x, y)
	case "-":
		z.Sub(x, y)
	case "*":
		z.Mul(x, y)
	case "<=":
		return truth(x.Cmp(y) <= 0)
	case "<":
		return truth(x.Cmp(y) < 0)
	case "mod":
		if y.Sign() <= 0 {
			return nil
		}
		z.Mod(x, y)
	default:
		return nil
	}
	if !z.IsInt64() {
		return nil
	}
	return number(z.Int64())
}

// quantified is op (forall, exists) or a lambda over vars. Alpha-equivalent ones are equal: the
// variables get names by how deep the quantifiers inside are.
func quantified(op string, vars []*term, body *term) *term {
	if op != "lambda" {
		need(boolSort, body)
		if body == yes || body == no {
			return body
		}
	}
	named := map[*term]*term{}
	var bound []*term
	for i, v := range vars {
		b := intern(term{op: "bound", name: "b" + strconv.Itoa(body.height+i), sort: v.sort})
		named[v] = b
		bound = append(bound, b)
	}
	of := boolSort
	if op == "lambda" {
		of = arrayOf(vars[0].sort, body.sort)
	}
	return intern(term{op: op, vars: bound, args: []*term{substitute(body, named)}, sort: of})
}

// requantified is quantifier t over another body. Its variables may now have to be named anew.
func requantified(t *term, body *term) *term {
	by := map[*term]*term{}
	var vars []*term
	for _, v := range t.vars {
		f := fresh(v.sort)
		by[v] = f
		vars = append(vars, f)
	}
	return quantified(t.op, vars, substitute(body, by))
}

func forall(vars []*term, body *term) *term { return quantified("forall", vars, body) }
func exists(vars []*term, body *term) *term { return quantified("exists", vars, body) }

// substitute replaces terms, and simplifies what becomes of it.
func substitute(t *term, by map[*term]*term) *term {
	done := map[*term]*term{}
	var walk func(*term) *term
	walk = func(t *term) *term {
		if r, ok := by[t]; ok {
			return r
		}
		if len(by) == 0 {
			return t
		}
		if len(t.args) == 0 {
			return t
		}
		if r, ok := done[t]; ok {
			return r
		}
		var args []*term // if one is another
		for i, a := range t.args {
			r := walk(a)
			if r != a && args == nil {
				args = slices.Clone(t.args)
			}
			if args != nil {
				args[i] = r
			}
		}
		r := t
		if args != nil {
			r = rebuild(t, args)
		}
		done[t] = r
		return r
	}
	return walk(t)
}

// rebuild is t with other arguments.
func rebuild(t *term, args []*term) *term {
	switch t.op {
	case "and":
		return and(args...)
	case "or":
		return or(args...)
	case "not":
		return not(args[0])
	case "ite":
		return ite(args[0], args[1], args[2])
	case "=":
		return equal(args[0], args[1])
	case "forall", "exists", "lambda":
		return requantified(t, args[0])
	case "mk":
		return record(t.sort, args)
	case "get":
		return get(args[0], args[0].sort.at(t.name))
	case "select":
		return sel(args[0], args[1])
	case "store":
		return store(args[0], args[1], args[2])
	case "+", "-", "*", "<=", "<", "div", "mod":
		return arithmetic(t.op, args[0], args[1])
	case "partial":
		return partial(args[0], args[1])
	}
	if t.op == "sum" {
		s := intern(term{op: "sum", args: args, sort: t.sort})
		if s.name == "" {
			s.name, s.place = t.name, t.place
		}
		return s
	}
	return intern(term{op: t.op, name: t.name, value: t.value, args: args, vars: t.vars, sort: t.sort})
}

// each visits t and all terms inside of it, once.
func each(seen map[*term]bool, t *term, visit func(*term)) {
	if seen[t] {
		return
	}
	seen[t] = true
	for _, a := range t.args {
		each(seen, a, visit)
	}
	for _, v := range t.vars {
		each(seen, v, visit)
	}
	visit(t)
}
