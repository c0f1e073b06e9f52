package smt

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Goal is a formula that must be valid. Its name leads to the conjunct of the module.
type Goal struct {
	Name    string
	Formula *Term
}

// A Problem is a list of goals under common hypotheses.
type Problem struct {
	By         *Builder // of its terms
	Action     string   // of the step, or what else is proved
	Path       int      // among the paths through all actions
	Refines    bool     // the goals are about the step, not about the state after it
	Hypotheses []Goal
	Goals      []Goal
	At         []*Term // the threads that the step names: where sums may change
	Search     bool    // for a model of the hypotheses
}

// What SMT-LIB has no decidable word for, as functions of which only this is known. Each line
// is a fact about integers; TestFacts has them proved.
var facts = map[string]string{
	"times": `(declare-fun times (Int Int) Int)
(assert (forall ((a Int) (b Int)) (! (=> (and (< 0 a) (< 0 b)) (and (<= a (times a b)) (<= b (times a b)))) :pattern ((times a b)))))`,
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
	mk    *Builder
	sums  []*Term
	parts map[*Term]bool // all terms of the problem
	sorts []*Sort
}

// GoalLimit and AliveLimit are the resources that z3 may use: enough for four times the hardest
// goal. A number of its own steps, and no time, so that a busy machine proves what an idle one
// does.
const (
	GoalLimit  = 100_000_000
	AliveLimit = 400_000
)

// SMT is the problem as SMT-LIB. The first question is whether the hypotheses contradict each
// other; then one for each goal, which is a hypothesis for those after it. It panics at a term of
// another Builder.
func (p Problem) SMT(seed, limit int) string {
	p = p.Total()
	w := &writer{mk: p.By, parts: map[*Term]bool{}}
	for _, f := range slices.Concat(p.Hypotheses, p.Goals) {
		Each(w.parts, f.Formula, func(t *Term) {
			if t.Op == "sum" {
				w.sums = append(w.sums, t)
			}
		})
	}
	for t := range w.parts {
		if !p.By.has(t) {
			panic("a term of another path: " + t.Op)
		}
	}
	fmt.Fprintf(w, "(set-option :smt.mbqi %t)\n(set-option :smt.arith.solver 2)\n(set-option :smt.random_seed %d)\n", p.Search, seed)
	w.declare()
	w.slots()
	w.lemmas(p.At)
	for _, h := range p.Hypotheses {
		if h.Formula != True {
			fmt.Fprintf(w, "(assert %s) ; %s\n", w.text(h.Formula), h.Name)
		}
	}
	fmt.Fprintf(w, "(set-option :rlimit %d)\n(push)\n(check-sat)\n(pop)\n(set-option :rlimit %d)\n", AliveLimit, limit)
	for _, g := range p.Goals {
		f := w.text(g.Formula)
		fmt.Fprintf(w, "(push) ; %s\n(assert (not %s))\n(check-sat)\n(pop)\n(assert %s)\n", g.Name, f, f)
	}
	return w.String()
}

func (w *writer) ordered() []*Term {
	var all []*Term
	for t := range w.parts {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *Term) int { return a.ID - b.ID })
	return all
}

func (w *writer) declare() {
	w.WriteString("(declare-sort Thread 0)\n")
	var literals, functions []string
	var constants []*Term
	for _, t := range w.ordered() {
		w.use(t.Sort)
		switch t.Op {
		case "str":
			literals = append(literals, "("+Quote(t.Name)+")")
		case "const":
			constants = append(constants, t)
		case "*", "div", "mod":
			if f := w.operator(t); facts[f] != "" && !slices.Contains(functions, facts[f]) {
				functions = append(functions, facts[f])
			}
		case "member":
			if f := fmt.Sprintf("(declare-fun %s (%s) Bool)", Symbol(t.Name), t.Args[0].Sort.Name); !slices.Contains(functions, f) {
				functions = append(functions, f)
			}
		}
	}
	literals = append(literals, "(unnamed (number Int))") // there are strings that the problem does not name
	fmt.Fprintf(w, "(declare-datatypes ((Str 0)) ((%s)))\n", strings.Join(literals, " "))
	for _, s := range w.sorts {
		fmt.Fprintf(w, "(declare-datatypes ((%s 0)) (((mk%s", s.Name, s.Name)
		for _, f := range s.Fields {
			fmt.Fprintf(w, " (%s/%s %s)", s.Name, f.Name, f.Sort.Name)
		}
		w.WriteString("))))\n")
	}
	for _, c := range constants {
		fmt.Fprintf(w, "(declare-const %s %s)\n", Symbol(c.Name), c.Sort.Name)
	}
	for _, f := range functions {
		w.WriteString(f + "\n")
	}
}

// slots says that a number is even or odd.
func (w *writer) slots() {
	for _, t := range w.ordered() {
		if t.Op == "mod" && t.Args[1] == w.mk.Number(2) && closed(t) {
			fmt.Fprintf(w, "(assert (or (= %[1]s 0) (= %[1]s 1)))\n", w.text(t))
		}
	}
}

// closed says that each variable in t is bound in it, or is one of those inside of which t stands.
func closed(t *Term, inside ...*Term) bool {
	if t.Op == "bound" {
		return slices.Contains(inside, t)
	}
	inside = append(slices.Clip(inside), t.Vars...)
	return !slices.ContainsFunc(t.Args, func(a *Term) bool { return !closed(a, inside...) })
}

// use declares the records inside of a sort before those that have them.
func (w *writer) use(s *Sort) {
	if s == nil || slices.Contains(w.sorts, s) {
		return
	}
	w.use(s.Index)
	w.use(s.Elem)
	for _, f := range s.Fields {
		w.use(f.Sort)
	}
	if s.Fields != nil && !slices.Contains(w.sorts, s) {
		w.sorts = append(w.sorts, s)
	}
}

// Symbol is the name of a constant or a variable in SMT-LIB. No word of SMT-LIB and no other name
// here begins with $, and TLA+ has neither $ nor . in a name: those that the generator chooses have
// a dot.
func Symbol(name string) string { return "$" + name }

// Quote is the name of a string, and of no other: what is no letter and no digit is its number.
func Quote(s string) string {
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
func (w *writer) operator(t *Term) string {
	literal := t.Args[1].Op == "int"
	switch {
	case t.Op == "*" && !literal && t.Args[0].Op != "int":
		return "times"
	case t.Op == "div" && !literal:
		return "over"
	case t.Op == "mod" && !literal:
		return "modulo"
	}
	return t.Op
}

func (w *writer) text(t *Term) string {
	switch t.Op {
	case "true", "false":
		return t.Op
	case "int":
		if n, negative := strings.CutPrefix(strconv.FormatInt(t.Value, 10), "-"); negative {
			return "(- " + n + ")"
		} else {
			return n
		}
	case "str":
		return Quote(t.Name)
	case "const":
		return Symbol(t.Name)
	case "bound":
		return t.Name
	case "mk":
		return w.list("mk"+t.Sort.Name, t.Args)
	case "get":
		return w.list(t.Args[0].Sort.Name+"/"+t.Name, t.Args)
	case "member":
		return w.list(Symbol(t.Name), t.Args)
	case "sum":
		return fmt.Sprintf("(sum %s)", w.array(t))
	case "forall", "exists":
		return fmt.Sprintf("(%s (%s) %s)", t.Op, w.bound(t), w.text(t.Args[0]))
	case "*", "div", "mod":
		return w.list(w.operator(t), t.Args)
	}
	return w.list(t.Op, t.Args)
}

func (w *writer) list(head string, args []*Term) string {
	parts := []string{head}
	for _, a := range args {
		parts = append(parts, w.text(a))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (w *writer) bound(t *Term) string {
	var vars []string
	for _, v := range t.Vars {
		vars = append(vars, fmt.Sprintf("(%s %s)", v.Name, v.Sort.Name))
	}
	return strings.Join(vars, " ")
}

// array is the name of the array that a sum is of.
func (w *writer) array(sum *Term) string { return "summand_" + strconv.Itoa(slices.Index(w.sums, sum)) }
