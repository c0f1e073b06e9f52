// Package smt makes terms of SMT-LIB, writes problems of them and asks a solver. It knows of TLA+
// what a value is that is left open, and that threads are a sort and are summed over.
package smt

import (
	"casalloc/tla/prove/sany"
	"math/big"
	"slices"
	"strconv"
)

// A Term is an SMT term. Equal terms of a Builder are one pointer.
type Term struct {
	Op     string // of SMT-LIB; or const, bound, int, str, mk, get, member, lambda, sum, partial
	Name   string // of a const, bound, str, sum; the field of a get; the set of a member
	Value  int64  // of an int
	Args   []*Term
	Vars   []*Term // of a quantifier or a lambda
	Sort   *Sort
	ID     int    // no other term of a Builder has it
	height int    // quantifiers and lambdas inside of one another
	open   bool   // a term in it is partial
	place  string // of a sum
}

// True and False are terms of every Builder.
var (
	True  = &Term{Op: "true", Sort: BoolSort, ID: 0}
	False = &Term{Op: "false", Sort: BoolSort, ID: 1}
)

// A Builder makes terms, and simplifies them: what the text alone decides never reaches the solver.
// One goroutine uses it at a time.
type Builder struct {
	from   *Builder         // whose terms are terms of this one too
	terms  map[string]*Term // those that were made here
	next   int              // the id of the next term
	sorts  map[string]*Sort
	vars   int                     // fresh variables
	key    []byte                  // of the last term that was looked up
	at     map[hypothesisAt][]Goal // hypotheses, expanded
	forked bool
}

// NewBuilder has True and False alone.
func NewBuilder() *Builder {
	return &Builder{terms: map[string]*Term{}, next: 2, sorts: map[string]*Sort{}, at: map[hypothesisAt][]Goal{}}
}

// Fork is a Builder that has all terms of mk, which makes none any longer. The terms of the fork
// are garbage as soon as it is: those of all paths are hundreds of MB. No two forks have them
// in common, so no problem of one may have a term of another.
func (mk *Builder) Fork() *Builder {
	mk.forked = true
	return &Builder{from: mk, terms: map[string]*Term{}, next: mk.next, sorts: mk.sorts, vars: mk.vars,
		at: map[hypothesisAt][]Goal{}}
}

// known is the term that is equal to t, if there is one.
func (mk *Builder) known(t *Term) *Term {
	key := append(append(mk.key[:0], t.Op...), '|')
	if t.Op != "sum" { // a sum that a step leaves alone is the same sum
		key = append(key, t.Name...)
	}
	key = strconv.AppendInt(append(key, '|'), t.Value, 36)
	key = strconv.AppendInt(append(key, '|'), int64(t.Sort.id), 36)
	for _, v := range t.Vars {
		key = strconv.AppendInt(append(key, '!'), int64(v.ID), 36)
	}
	for _, a := range t.Args {
		key = strconv.AppendInt(append(key, ' '), int64(a.ID), 36)
	}
	mk.key = key
	for of := mk; of != nil; of = of.from {
		if known := of.terms[string(key)]; known != nil {
			return known
		}
	}
	return nil
}

// has says that t itself is a term of mk.
func (mk *Builder) has(t *Term) bool { return t == True || t == False || mk.known(t) == t }

func (mk *Builder) intern(t Term) *Term {
	if known := mk.known(&t); known != nil {
		return known
	}
	if mk.forked {
		panic("a term of a Builder that has a fork")
	}
	made := new(t) // here, so that a term that is known costs nothing
	made.ID = mk.next
	mk.next++
	made.open = made.Op == "partial"
	for _, a := range made.Args {
		made.height = max(made.height, a.height)
		made.open = made.open || a.open
	}
	made.height += len(made.Vars)
	mk.terms[string(mk.key)] = made
	return made
}

func truth(b bool) *Term {
	if b {
		return True
	}
	return False
}

// Number, Str and Const are an integer, a string, and a constant or a variable.
func (mk *Builder) Number(n int64) *Term { return mk.intern(Term{Op: "int", Value: n, Sort: IntSort}) }
func (mk *Builder) Str(s string) *Term {
	return mk.intern(Term{Op: "str", Name: s, Sort: StringSort})
}
func (mk *Builder) Const(s string, of *Sort) *Term {
	return mk.intern(Term{Op: "const", Name: s, Sort: of})
}

// Member says that v is in the set that is a constant.
func (mk *Builder) Member(set string, v *Term) *Term {
	return mk.intern(Term{Op: "member", Name: set, Args: []*Term{v}, Sort: BoolSort})
}

// FreshVar is a variable that a quantifier will bind.
func (mk *Builder) FreshVar(of *Sort) *Term {
	mk.vars++
	return mk.intern(Term{Op: "bound", Name: "?" + strconv.Itoa(mk.vars), Sort: of})
}

func (t *Term) literal() bool { return t.Op == "int" || t.Op == "str" || t == True || t == False }

func (mk *Builder) And(ts ...*Term) *Term { return mk.junction("and", True, False, ts) }
func (mk *Builder) Or(ts ...*Term) *Term  { return mk.junction("or", False, True, ts) }

func (mk *Builder) junction(op string, unit, zero *Term, ts []*Term) *Term {
	Need(BoolSort, ts...)
	var flat []*Term
	for _, t := range ts {
		inner := []*Term{t}
		if t.Op == op {
			inner = t.Args
		}
		for _, t := range inner {
			switch {
			case t == unit || slices.Contains(flat, t):
			case t == zero || slices.ContainsFunc(flat, t.contradicts):
				return mk.Strict(zero, flat...)
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
	return mk.intern(Term{Op: op, Args: flat, Sort: BoolSort})
}

// Conjuncts are those of a formula, or the formula.
func Conjuncts(t *Term) []*Term {
	if t.Op == "and" {
		return t.Args
	}
	return []*Term{t}
}

func (mk *Builder) Not(t *Term) *Term {
	Need(BoolSort, t)
	switch {
	case t == True:
		return False
	case t == False:
		return True
	case t.Op == "not":
		return t.Args[0]
	}
	return mk.intern(Term{Op: "not", Args: []*Term{t}, Sort: BoolSort})
}

// contradicts says that u is not(t), without making that.
func (t *Term) contradicts(u *Term) bool {
	return t.Op == "not" && t.Args[0] == u || u.Op == "not" && u.Args[0] == t
}

// Need insists on the sort of terms: TLA+ says nothing of 1 + TRUE, nor of 1 /\ TRUE.
func Need(of *Sort, ts ...*Term) {
	for _, t := range ts {
		if t.Sort != of {
			panic(sany.Refuse("a %s where a %s is needed", t.Sort, of))
		}
	}
}

func (mk *Builder) Implies(a, b *Term) *Term { return mk.Or(mk.Not(a), b) }

func (mk *Builder) Ite(c, a, b *Term) *Term {
	Need(BoolSort, c)
	Need(a.Sort, b)
	switch {
	case a == b:
		return mk.Strict(a, c)
	case c == True:
		return a
	case c == False:
		return b
	case c.Op == "not":
		return mk.Ite(c.Args[0], b, a)
	}
	a, b = mk.substitute(a, map[*Term]*Term{c: True}), mk.substitute(b, map[*Term]*Term{c: False})
	switch {
	case a == b:
		return a
	case a == True:
		return mk.Or(c, b)
	case a == False:
		return mk.And(mk.Not(c), b)
	case b == True:
		return mk.Or(mk.Not(c), a)
	case b == False:
		return mk.And(c, a)
	}
	return mk.intern(Term{Op: "ite", Args: []*Term{c, a, b}, Sort: a.Sort})
}

// Equal is a = b; of records, field by field.
func (mk *Builder) Equal(a, b *Term) *Term {
	switch {
	case a == b:
		return mk.Strict(True, a)
	case a.Sort != b.Sort:
		panic(sany.Refuse("equality of a %s and a %s", a.Sort, b.Sort))
	case a.literal() && b.literal():
		return False
	case a.Sort == BoolSort:
		return mk.Ite(a, b, mk.Not(b))
	}
	return mk.equalParts(a, b)
}

// equalParts is a = b of one sort, taken apart as far as the text allows.
func (mk *Builder) equalParts(a, b *Term) *Term {
	switch {
	case a.Op == "ite" && b.Op == "ite" && a.Args[0] == b.Args[0]:
		return mk.Ite(a.Args[0], mk.Equal(a.Args[1], b.Args[1]), mk.Equal(a.Args[2], b.Args[2]))
	case a.Sort.Fields != nil:
		var all []*Term
		for i := range a.Sort.Fields {
			all = append(all, mk.Equal(mk.Get(a, i), mk.Get(b, i)))
		}
		return mk.And(all...)
	case a.Sort.Domain != nil:
		var all []*Term
		for _, n := range a.Sort.Domain {
			all = append(all, mk.Equal(mk.Select(a, mk.Number(n)), mk.Select(b, mk.Number(n))))
		}
		return mk.And(all...)
	case a.Op == "ite" && b.literal():
		return mk.Ite(a.Args[0], mk.Equal(a.Args[1], b), mk.Equal(a.Args[2], b))
	case b.Op == "ite" && a.literal():
		return mk.Equal(b, a)
	case a.ID > b.ID:
		a, b = b, a
	}
	return mk.intern(Term{Op: "=", Args: []*Term{a, b}, Sort: BoolSort})
}

func (mk *Builder) Record(of *Sort, values []*Term) *Term {
	return mk.intern(Term{Op: "mk", Args: values, Sort: of})
}

func (mk *Builder) Get(r *Term, i int) *Term {
	switch r.Op {
	case "mk":
		return mk.Strict(r.Args[i], r.Args...)
	case "ite":
		return mk.Ite(r.Args[0], mk.Get(r.Args[1], i), mk.Get(r.Args[2], i))
	}
	f := r.Sort.Fields[i]
	return mk.intern(Term{Op: "get", Name: f.Name, Args: []*Term{r}, Sort: f.Sort})
}

// Select is array[index]. What was stored is told apart here, so that the solver finds the same
// few terms, array[index] of a variable, in the formulas of this state and of the next.
func (mk *Builder) Select(array, index *Term) *Term {
	Need(array.Sort.Index, index)
	if array.Op == "store" {
		at, value := array.Args[1], array.Args[2]
		return mk.Strict(mk.Ite(mk.Equal(index, at), value, mk.Select(array.Args[0], index)), value)
	}
	of := array.Sort.Elem
	if array.Sort.Set {
		of = BoolSort
	}
	return mk.intern(Term{Op: "select", Args: []*Term{array, index}, Sort: of})
}

func (mk *Builder) Store(array, index, value *Term) *Term {
	Need(array.Sort.Index, index)
	Need(array.Sort.Elem, value)
	if array.Op == "store" && array.Args[1] == index {
		array = array.Args[0]
	}
	return mk.intern(Term{Op: "store", Args: []*Term{array, index, value}, Sort: array.Sort})
}

// Arithmetic is op of integers: + - * <= < div mod.
func (mk *Builder) Arithmetic(op string, a, b *Term) *Term {
	Need(IntSort, a, b)
	if a.Op == "int" && b.Op == "int" {
		if t := mk.folded(op, big.NewInt(a.Value), big.NewInt(b.Value)); t != nil {
			return t
		}
	}
	// (x + 1) mod 2 is 1 - x mod 2: two slots take turns.
	if op == "mod" && b == mk.Number(2) && a.Op == "+" && a.Args[1] == mk.Number(1) {
		return mk.Arithmetic("-", mk.Number(1), mk.Arithmetic("mod", a.Args[0], b))
	}
	of := IntSort
	if op == "<=" || op == "<" {
		of = BoolSort
	}
	return mk.intern(Term{Op: op, Args: []*Term{a, b}, Sort: of})
}

// folded is op of two numbers, or nil: if it is no number of 64 bits, the solver reckons.
func (mk *Builder) folded(op string, x, y *big.Int) *Term {
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
	return mk.Number(z.Int64())
}

// quantified is op (forall, exists) or a lambda over vars. Alpha-equivalent ones are equal: the
// variables get names by how deep the quantifiers inside are.
func (mk *Builder) quantified(op string, vars []*Term, body *Term) *Term {
	if op != "lambda" {
		Need(BoolSort, body)
		if body == True || body == False {
			return body
		}
	}
	named := map[*Term]*Term{}
	var bound []*Term
	for i, v := range vars {
		b := mk.intern(Term{Op: "bound", Name: "b" + strconv.Itoa(body.height+i), Sort: v.Sort})
		named[v] = b
		bound = append(bound, b)
	}
	of := BoolSort
	if op == "lambda" {
		of = mk.arrayOf(vars[0].Sort, body.Sort)
	}
	return mk.intern(Term{Op: op, Vars: bound, Args: []*Term{mk.substitute(body, named)}, Sort: of})
}

// requantified is quantifier t over another body. Its variables may now have to be named anew.
func (mk *Builder) requantified(t *Term, body *Term) *Term {
	by := map[*Term]*Term{}
	var vars []*Term
	for _, v := range t.Vars {
		f := mk.FreshVar(v.Sort)
		by[v] = f
		vars = append(vars, f)
	}
	return mk.quantified(t.Op, vars, mk.substitute(body, by))
}

func (mk *Builder) Forall(vars []*Term, body *Term) *Term { return mk.quantified("forall", vars, body) }
func (mk *Builder) Exists(vars []*Term, body *Term) *Term { return mk.quantified("exists", vars, body) }

// substitute replaces terms, and simplifies what becomes of it.
func (mk *Builder) substitute(t *Term, by map[*Term]*Term) *Term {
	done := map[*Term]*Term{}
	var walk func(*Term) *Term
	walk = func(t *Term) *Term {
		if r, ok := by[t]; ok {
			return r
		}
		if len(by) == 0 {
			return t
		}
		if len(t.Args) == 0 {
			return t
		}
		if r, ok := done[t]; ok {
			return r
		}
		var args []*Term // if one is another
		for i, a := range t.Args {
			r := walk(a)
			if r != a && args == nil {
				args = slices.Clone(t.Args)
			}
			if args != nil {
				args[i] = r
			}
		}
		r := t
		if args != nil {
			r = mk.rebuild(t, args)
		}
		done[t] = r
		return r
	}
	return walk(t)
}

// rebuild is t with other arguments.
func (mk *Builder) rebuild(t *Term, args []*Term) *Term {
	switch t.Op {
	case "and":
		return mk.And(args...)
	case "or":
		return mk.Or(args...)
	case "not":
		return mk.Not(args[0])
	case "ite":
		return mk.Ite(args[0], args[1], args[2])
	case "=":
		return mk.Equal(args[0], args[1])
	case "forall", "exists", "lambda":
		return mk.requantified(t, args[0])
	case "mk":
		return mk.Record(t.Sort, args)
	case "get":
		return mk.Get(args[0], args[0].Sort.At(t.Name))
	case "select":
		return mk.Select(args[0], args[1])
	case "store":
		return mk.Store(args[0], args[1], args[2])
	case "+", "-", "*", "<=", "<", "div", "mod":
		return mk.Arithmetic(t.Op, args[0], args[1])
	case "partial":
		return mk.Partial(args[0], args[1])
	case "sum":
		return mk.sum(t.Name, t.place, args[0])
	}
	return mk.intern(Term{Op: t.Op, Name: t.Name, Value: t.Value, Args: args, Vars: t.Vars, Sort: t.Sort})
}

// Each visits t and all terms inside of it, once.
func Each(seen map[*Term]bool, t *Term, visit func(*Term)) {
	if seen[t] {
		return
	}
	seen[t] = true
	for _, a := range t.Args {
		Each(seen, a, visit)
	}
	for _, v := range t.Vars {
		Each(seen, v, visit)
	}
	visit(t)
}
