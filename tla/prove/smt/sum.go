package smt

import (
	"casalloc/tla/prove/sany"
	"fmt"
	"slices"
	"strings"
)

// What is known of a sum over all threads, of integers f[t], g[t]:
//
//   - it is 0 if each f[t] is 0;
//   - it is at least 0, and at least each f[t], if each f[t] is at least 0;
//   - it is at most the sum of g if each f[t] is at most g[t];
//   - it is that of g with the difference at one thread, or at two, if f and g are equal at all
//     other threads.
//
// Each follows for finitely many threads by induction; TestSums has the steps proved. A
// Cardinality is a sum of ones and zeros. The second and later lines of each pair are said only
// where a proof needs them: between a sum and itself in the next state, or between two sums of
// one state.
func (w *writer) lemmas(at []*Term) {
	if len(w.sums) == 0 {
		return
	}
	w.WriteString("(declare-fun sum ((Array Thread Int)) Int)\n")
	for _, s := range w.sums {
		a, f := w.array(s), s.Args[0]
		v := f.Vars[0].Name
		fmt.Fprintf(w, "(declare-const %s (Array Thread Int)) ; %s\n", a, s.Name)
		fmt.Fprintf(w, "(assert (forall ((%s Thread)) (! (= (select %s %s) %s) :pattern ((select %s %s)))))\n",
			v, a, v, w.text(f.Args[0]), a, v)
		for _, t := range at {
			fmt.Fprintf(w, "(assert (= (select %s %s) %s))\n", a, w.text(t), w.text(w.mk.Instance(f, t)))
		}
		fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (= (select %s t) 0)) (= (sum %s) 0)))\n", a, a)
		fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (>= (select %[1]s t) 0)) (and (>= (sum %[1]s) 0) "+
			"(forall ((t Thread)) (! (<= (select %[1]s t) (sum %[1]s)) :pattern ((select %[1]s t))%[2]s)))))\n", a, triggers(f))
	}
	for i, f := range w.sums {
		for _, g := range w.sums[i+1:] {
			switch then := primed(f) != primed(g); {
			case then && strings.TrimSuffix(f.Name, "'") == strings.TrimSuffix(g.Name, "'"):
				w.moved(f, g, at)
			case !then && len(at) == 0:
				w.atMost(w.array(f), w.array(g))
				w.atMost(w.array(g), w.array(f))
			}
		}
	}
}

// Sum is the sum over all threads. Its name, which ends in ' if it is one in the next state, is not
// of its identity.
func (mk *Builder) Sum(name, place string, summand func(thread *Term) *Term) *Term {
	v := mk.FreshVar(ThreadSort)
	return mk.sum(name, place, mk.quantified("lambda", []*Term{v}, summand(v)))
}

func (mk *Builder) sum(name, place string, f *Term) *Term {
	return mk.intern(Term{Op: "sum", Name: name, place: place, Args: []*Term{f}, Sort: IntSort})
}

// CheckSums insists that each sum is one number: SMT-LIB has no sums, and no functions of them.
func (p Problem) CheckSums() {
	seen := map[*Term]bool{}
	for _, f := range slices.Concat(p.Hypotheses, p.Goals) {
		Each(seen, f.Formula, func(t *Term) {
			if t.Op == "sum" && !closed(t) {
				panic(sany.Unsupported{Place: t.place, What: "a sum or a Cardinality of what a quantifier around it binds"})
			}
		})
	}
}

func primed(sum *Term) bool { return strings.HasSuffix(sum.Name, "'") }

// triggers are patterns for each variable that the summand reads: who speaks of a thread's
// variables is told of its summand.
func triggers(f *Term) string {
	var all []string
	Each(map[*Term]bool{}, f.Args[0], func(t *Term) {
		if t.Op == "select" && t.Args[0].Op == "const" && t.Args[1] == f.Vars[0] {
			all = append(all, fmt.Sprintf(" :pattern ((select %s t))", Symbol(t.Args[0].Name)))
		}
	})
	return strings.Join(all, "")
}

func (w *writer) atMost(f, g string) {
	fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (<= (select %[1]s t) (select %[2]s t))) (<= (sum %[1]s) (sum %[2]s))))\n", f, g)
}

// moved relates a sum and what it is in the next state. That f and g are equal at other threads
// is often plain from their text; else it is for the solver to find out.
func (w *writer) moved(f, g *Term, at []*Term) {
	a, b := w.array(f), w.array(g)
	fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (= (select %[1]s t) (select %[2]s t))) (= (sum %[1]s) (sum %[2]s))))\n", a, b)
	for i, s := range at {
		w.movedAt(f, g, []*Term{s})
		for _, u := range at[i+1:] {
			w.movedAt(f, g, []*Term{s, u})
		}
	}
}

func (w *writer) movedAt(f, g *Term, at []*Term) {
	a, b := w.array(f), w.array(g)
	sum, elsewhere := "(sum "+b+")", []string{}
	for _, s := range at {
		sum = fmt.Sprintf("(+ %s (- (select %s %s) (select %s %s)))", sum, a, w.text(s), b, w.text(s))
		elsewhere = append(elsewhere, fmt.Sprintf("(= t %s)", w.text(s)))
	}
	fact := fmt.Sprintf("(= (sum %s) %s)", a, sum)
	if len(at) == 2 {
		fact = fmt.Sprintf("(=> (not (= %s %s)) %s)", w.text(at[0]), w.text(at[1]), fact)
	}
	if !w.mk.SameElsewhere(f.Args[0], g.Args[0], at) {
		fact = fmt.Sprintf("(=> (forall ((t Thread)) (or %s (= (select %s t) (select %s t)))) %s)",
			strings.Join(elsewhere, " "), a, b, fact)
	}
	fmt.Fprintf(w, "(assert %s)\n", fact)
}

// SameElsewhere says that two summands have the same text for any thread that is not at.
func (mk *Builder) SameElsewhere(f, g *Term, at []*Term) bool {
	v := mk.FreshVar(ThreadSort)
	distinct := map[*Term]*Term{}
	for _, t := range at {
		distinct[mk.Equal(v, t)] = False
	}
	return mk.substitute(mk.Instance(f, v), distinct) == mk.substitute(mk.Instance(g, v), distinct)
}
