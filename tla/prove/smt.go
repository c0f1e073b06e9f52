package prove

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A problem is a list of goals under common hypotheses.
type problem struct {
	action     string // of the step, or what else is proved
	path       int    // among the paths through all actions
	refines    bool   // the goals are about the step, not about the state after it
	hypotheses []goal
	goals      []goal
	at         []*term // the threads that the step names: where sums may change
	search     bool    // for a model of the hypotheses
}

// What SMT-LIB has no decidable word for, as functions of which only this is known. Each line
// is a fact about integers; facts_test.go has them proved.
var facts = map[string]string{
	"times": `(declare-fun times (Int Int) Int)
(assert (forall ((a Int) (b Int)) (! (=> (and (< 0 a) (< 0 b)) (and (<= a (times a b)) (<= b (times a b)))) :pattern ((times a b)))))`,
	"share": `(assert (forall ((a Int) (n Int) (s Int) (w Int) (m Int)) (! (=> (and (<= 0 a) (< 0 n) (< 0 s) (< 0 w) (< 0 m) (<= (times (times s w) m) (over a n))) (<= m (over a (times s n)))) :pattern ((over a n) (times (times s w) m)))))`,
	"over": `(declare-fun over (Int Int) Int)
(assert (forall ((a Int) (b Int)) (! (=> (and (<= 0 a) (< 0 b)) (and (<= 0 (over a b)) (<= (over a b) a))) :pattern ((over a b)))))`,
	"modulo": `(declare-fun modulo (Int Int) Int)
(assert (forall ((a Int) (b Int)) (! (=> (< 0 b) (and (<= 0 (modulo a b)) (< (modulo a b) b))) :pattern ((modulo a b)))))
(assert (forall ((a Int) (b Int)) (! (=> (and (<= 0 a) (< a b)) (= (modulo a b) a)) :pattern ((modulo a b)))))
(assert (forall ((a Int) (b Int)) (! (=> (and (<= (* 2 b) a) (< a (* 3 b))) (= (modulo a b) (- a (* 2 b)))) :pattern ((modulo a b)))))
(assert (forall ((a Int) (b Int)) (! (=> (and (<= b a) (< a (* 2 b))) (= (modulo a b) (- a b))) :pattern ((modulo a b)))))
(assert (forall ((a Int) (b Int) (c Int)) (! (=> (and (= (modulo a b) (modulo c b)) (<= 0 (- a c)) (< (- a c) b)) (= a c)) :pattern ((modulo a b) (modulo c b)))))`,
}

// A writer writes a problem as SMT-LIB.
type writer struct {
	strings.Builder
	sums  []*term
	parts map[*term]bool // all terms of the problem
	sorts []*sort
}

// The resources that z3 may use: enough for four times the hardest goal. A number of its own
// steps, and no time, so that a busy machine proves what an idle one does.
const (
	goalLimit  = 100_000_000
	aliveLimit = 400_000
)

// write puts a problem as SMT-LIB. The first question is whether the hypotheses contradict each
// other; then one for each goal, which is a hypothesis for those after it.
func write(p problem, seed, limit int) string {
	p = p.total()
	w := &writer{parts: map[*term]bool{}}
	for _, f := range slices.Concat(p.hypotheses, p.goals) {
		each(w.parts, f.formula, func(t *term) {
			if t.op == "sum" {
				w.sums = append(w.sums, t)
			}
		})
	}
	fmt.Fprintf(w, "(set-option :smt.mbqi %t)\n(set-option :smt.arith.solver 2)\n(set-option :smt.random_seed %d)\n", p.search, seed)
	w.declare()
	w.slots()
	w.lemmas(p.at)
	for _, h := range p.hypotheses {
		if h.formula != yes {
			fmt.Fprintf(w, "(assert %s) ; %s\n", w.text(h.formula), h.name)
		}
	}
	fmt.Fprintf(w, "(set-option :rlimit %d)\n(push)\n(check-sat)\n(pop)\n(set-option :rlimit %d)\n", aliveLimit, limit)
	for _, g := range p.goals {
		f := w.text(g.formula)
		fmt.Fprintf(w, "(push) ; %s\n(assert (not %s))\n(check-sat)\n(pop)\n(assert %s)\n", g.name, f, f)
	}
	return w.String()
}

func (w *writer) ordered() []*term {
	var all []*term
	for t := range w.parts {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *term) int { return a.id - b.id })
	return all
}

func (w *writer) declare() {
	w.WriteString("(declare-sort Thread 0)\n")
	var literals, functions []string
	var constants []*term
	for _, t := range w.ordered() {
		w.use(t.sort)
		switch t.op {
		case "str":
			literals = append(literals, "("+quote(t.name)+")")
		case "const":
			constants = append(constants, t)
		case "*", "div", "mod":
			if f := w.operator(t); facts[f] != "" && !slices.Contains(functions, facts[f]) {
				functions = append(functions, facts[f])
			}
		case "member":
			if f := fmt.Sprintf("(declare-fun %s (%s) Bool)", symbol(t.name), t.args[0].sort.name); !slices.Contains(functions, f) {
				functions = append(functions, f)
			}
		}
	}
	literals = append(literals, "(unnamed (number Int))") // there are strings that the problem does not name
	fmt.Fprintf(w, "(declare-datatypes ((Str 0)) ((%s)))\n", strings.Join(literals, " "))
	for _, s := range w.sorts {
		fmt.Fprintf(w, "(declare-datatypes ((%s 0)) (((mk%s", s.name, s.name)
		for _, f := range s.fields {
			fmt.Fprintf(w, " (%s/%s %s)", s.name, f.name, f.sort.name)
		}
		w.WriteString("))))\n")
	}
	for _, c := range constants {
		fmt.Fprintf(w, "(declare-const %s %s)\n", symbol(c.name), c.sort.name)
	}
	for _, f := range functions {
		w.WriteString(f + "\n")
	}
	if slices.Contains(functions, facts["times"]) && slices.Contains(functions, facts["over"]) {
		w.WriteString(facts["share"] + "\n")
	}
}

// slots says that a number is even or odd.
func (w *writer) slots() {
	for _, t := range w.ordered() {
		if t.op == "mod" && t.args[1] == number(2) && closed(t) {
			fmt.Fprintf(w, "(assert (or (= %[1]s 0) (= %[1]s 1)))\n", w.text(t))
		}
	}
}

// closed says that each variable in t is bound in it, or is one of those inside of which t stands.
func closed(t *term, inside ...*term) bool {
	if t.op == "bound" {
		return slices.Contains(inside, t)
	}
	inside = append(slices.Clip(inside), t.vars...)
	return !slices.ContainsFunc(t.args, func(a *term) bool { return !closed(a, inside...) })
}

// use declares the records inside of a sort before those that have them.
func (w *writer) use(s *sort) {
	if s == nil || slices.Contains(w.sorts, s) {
		return
	}
	w.use(s.index)
	w.use(s.elem)
	for _, f := range s.fields {
		w.use(f.sort)
	}
	if s.fields != nil && !slices.Contains(w.sorts, s) {
		w.sorts = append(w.sorts, s)
	}
}

// symbol is the name of a constant or a variable in SMT-LIB. No word of SMT-LIB and no other name here
// begins with $, and TLA+ has neither $ nor . in a name: those that the generator chooses have a dot.
func symbol(name string) string { return "$" + name }

// quote is the name of a string, and of no other: what is no letter and no digit is its number.
func quote(s string) string {
	var b strings.Builder
	b.WriteString("s.")
	for _, c := range []byte(s) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, ".%02x", c)
		}
	}
	return b.String()
}

// operator is the word for t's operator: one of the solver's, or a function with facts.
func (w *writer) operator(t *term) string {
	literal := t.args[1].op == "int"
	switch {
	case t.op == "*" && !literal && t.args[0].op != "int":
		return "times"
	case t.op == "div" && !literal:
		return "over"
	case t.op == "mod" && !literal:
		return "modulo"
	}
	return t.op
}

func (w *writer) text(t *term) string {
	switch t.op {
	case "true", "false":
		return t.op
	case "int":
		if n, negative := strings.CutPrefix(strconv.FormatInt(t.value, 10), "-"); negative {
			return "(- " + n + ")"
		} else {
			return n
		}
	case "str":
		return quote(t.name)
	case "const":
		return symbol(t.name)
	case "bound":
		return t.name
	case "mk":
		return w.list("mk"+t.sort.name, t.args)
	case "get":
		return w.list(t.args[0].sort.name+"/"+t.name, t.args)
	case "member":
		return w.list(symbol(t.name), t.args)
	case "sum":
		return fmt.Sprintf("(sum %s)", w.array(t))
	case "forall", "exists":
		return fmt.Sprintf("(%s (%s) %s)", t.op, w.bound(t), w.text(t.args[0]))
	case "*", "div", "mod":
		return w.list(w.operator(t), t.args)
	}
	return w.list(t.op, t.args)
}

func (w *writer) list(head string, args []*term) string {
	parts := []string{head}
	for _, a := range args {
		parts = append(parts, w.text(a))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (w *writer) bound(t *term) string {
	var vars []string
	for _, v := range t.vars {
		vars = append(vars, fmt.Sprintf("(%s %s)", v.name, v.sort.name))
	}
	return strings.Join(vars, " ")
}

// array is the name of the array that a sum is of.
func (w *writer) array(sum *term) string { return "summand_" + strconv.Itoa(slices.Index(w.sums, sum)) }
