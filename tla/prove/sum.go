package prove

import (
	"fmt"
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
// Each follows for finitely many threads by induction; lemmas_test.go has the steps proved. A
// Cardinality is a sum of ones and zeros. The second and later lines of each pair are said only
// where a proof needs them: between a sum and itself in the next state, or between two sums of
// one state.
func (w *writer) lemmas(at []*term) {
	if len(w.sums) == 0 {
		return
	}
	w.WriteString("(declare-fun sum ((Array Thread Int)) Int)\n")
	for _, s := range w.sums {
		a, f := w.array(s), s.args[0]
		v := f.vars[0].name
		fmt.Fprintf(w, "(declare-const %s (Array Thread Int)) ; %s\n", a, s.name)
		fmt.Fprintf(w, "(assert (forall ((%s Thread)) (! (= (select %s %s) %s) :pattern ((select %s %s)))))\n",
			v, a, v, w.text(f.args[0]), a, v)
		for _, t := range at {
			fmt.Fprintf(w, "(assert (= (select %s %s) %s))\n", a, t.name, w.text(instance1(f, t)))
		}
		fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (= (select %s t) 0)) (= (sum %s) 0)))\n", a, a)
		fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (>= (select %[1]s t) 0)) (and (>= (sum %[1]s) 0) "+
			"(forall ((t Thread)) (! (<= (select %[1]s t) (sum %[1]s)) :pattern ((select %[1]s t))%[2]s)))))\n", a, triggers(f))
	}
	for i, f := range w.sums {
		for _, g := range w.sums[i+1:] {
			switch {
			case strings.TrimSuffix(f.name, "'") == strings.TrimSuffix(g.name, "'"):
				w.moved(w.array(f), w.array(g), at)
			case len(at) == 0 && strings.HasSuffix(f.name, "'") == strings.HasSuffix(g.name, "'"):
				w.atMost(w.array(f), w.array(g))
				w.atMost(w.array(g), w.array(f))
			}
		}
	}
}

// triggers are patterns for each variable that the summand reads: who speaks of a thread's
// variables is told of its summand.
func triggers(f *term) string {
	var all []string
	each(map[*term]bool{}, f.args[0], func(t *term) {
		if t.op == "select" && t.args[0].op == "const" && t.args[1] == f.vars[0] {
			all = append(all, fmt.Sprintf(" :pattern ((select %s t))", t.args[0].name))
		}
	})
	return strings.Join(all, "")
}

func (w *writer) atMost(f, g string) {
	fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (<= (select %[1]s t) (select %[2]s t))) (<= (sum %[1]s) (sum %[2]s))))\n", f, g)
}

func (w *writer) moved(f, g string, at []*term) {
	fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (= (select %[1]s t) (select %[2]s t))) (= (sum %[1]s) (sum %[2]s))))\n", f, g)
	for i, s := range at {
		fmt.Fprintf(w, "(assert (=> (forall ((t Thread)) (=> (not (= t %[3]s)) (= (select %[1]s t) (select %[2]s t)))) "+
			"(= (sum %[1]s) (+ (sum %[2]s) (- (select %[1]s %[3]s) (select %[2]s %[3]s))))))\n", f, g, s.name)
		for _, u := range at[i+1:] {
			fmt.Fprintf(w, "(assert (=> (and (not (= %[3]s %[4]s)) (forall ((t Thread)) (=> (not (or (= t %[3]s) (= t %[4]s))) (= (select %[1]s t) (select %[2]s t))))) "+
				"(= (sum %[1]s) (+ (sum %[2]s) (- (select %[1]s %[3]s) (select %[2]s %[3]s)) (- (select %[1]s %[4]s) (select %[2]s %[4]s))))))\n",
				f, g, s.name, u.name)
		}
	}
}
