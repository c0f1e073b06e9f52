package prove

import (
	"fmt"
	"strings"
	"testing"

	"casalloc/tla/prove/smt"
)

// TestFacts: z3 proves what the problems take for granted of products, quotients and
// remainders. A quotient q and a remainder r of a and b are what the division theorem says:
// a = b*q + r with 0 <= r < b.
func TestFacts(t *testing.T) {
	proves(t, "times", `(and (< 0 a) (< 0 b))`, `(and (<= a (* a b)) (<= b (* a b)))`)
	proves(t, "over", `(and (<= 0 a) (< 0 b) (= a (+ (* b q) r)) (<= 0 r) (< r b))`, `(and (<= 0 q) (<= q a))`)
	proves(t, "modulo, once around", `(and (<= b a) (< a (* 2 b)) (= a (+ (* b q) r)) (<= 0 r) (< r b))`, `(= r (- a b))`)
	const divided = `(= a (+ (* b q) r)) (<= 0 r) (< r b)`
	proves(t, "modulo, not around", `(and (<= 0 a) (< a b) `+divided+`)`, `(= r a)`)
	proves(t, "modulo, twice around", `(and (<= (* 2 b) a) (< a (* 3 b)) `+divided+`)`, `(= r (- a (* 2 b)))`)
	// a = b*q + r and c = b*p + r: the difference is a multiple of b, of a factor that is 0.
	proves(t, "modulo, two alike", `(and (< 0 b) (= a (* b q)) (<= 0 a) (< a b))`, `(<= q 0)`)
	proves(t, "modulo, two alike", `(and (< 0 b) (= a (* b q)) (<= 0 a) (< a b))`, `(<= 0 q)`)
	proves(t, "two slots", `true`, `(= (mod (+ a 1) 2) (- 1 (mod a 2)))`)
	proves(t, "even or odd", `true`, `(or (= (mod a 2) 0) (= (mod a 2) 1))`)
}

// TestSums: z3 proves the steps of the inductions over the number of threads. Threads are 1..k in
// some order; P(k) is the sum of f over them, Q(k) that of g.
func TestSums(t *testing.T) {
	sums := `(>= k 0) (= (P 0) 0) (= (Q 0) 0) (= (P (+ k 1)) (+ (P k) (f (+ k 1)))) (= (Q (+ k 1)) (+ (Q k) (g (+ k 1))))`
	for _, s := range []struct{ name, given, kept string }{
		{"nothing", `(forall ((i Int)) (= (f i) 0))`, `(= (P K) 0)`},
		{"each at most", `(forall ((i Int)) (>= (f i) 0))`, `(and (>= (P K) 0) (forall ((i Int)) (=> (and (<= 1 i) (<= i K)) (<= (f i) (P K)))))`},
		{"the lesser", `(forall ((i Int)) (<= (f i) (g i)))`, `(<= (P K) (Q K))`},
		{"moved at one", `(and (>= a 1) (forall ((i Int)) (=> (not (= i a)) (= (f i) (g i)))))`,
			`(= (P K) (+ (Q K) (ite (<= a K) (- (f a) (g a)) 0)))`},
		{"moved at two", `(and (>= a 1) (>= b 1) (not (= a b)) (forall ((i Int)) (=> (not (or (= i a) (= i b))) (= (f i) (g i)))))`,
			`(= (P K) (+ (Q K) (ite (<= a K) (- (f a) (g a)) 0) (ite (<= b K) (- (f b) (g b)) 0)))`},
	} {
		at := func(k string) string { return strings.ReplaceAll(s.kept, "K", k) }
		proves(t, s.name+", none", "(and "+sums+s.given+")", at("0"))
		proves(t, s.name+", one more", "(and "+sums+s.given+at("k")+")", at("(+ k 1)"))
	}
}

// proves lets z3 prove one fact, and not its contrary.
func proves(t *testing.T, name, given, then string) {
	t.Helper()
	var text strings.Builder
	for _, c := range strings.Fields("a b c k p q r") {
		fmt.Fprintf(&text, "(declare-const %s Int)", c)
	}
	text.WriteString("(declare-fun f (Int) Int)(declare-fun g (Int) Int)(declare-fun P (Int) Int)(declare-fun Q (Int) Int)\n")
	fmt.Fprintf(&text, "(set-option :rlimit %d)\n(assert %s)\n(push)(assert (not %s))(check-sat)(pop)\n(assert %[3]s)(check-sat)\n", smt.GoalLimit, given, then)
	said, err := z3(t).Ask(t.Context(), text.String())
	if err != nil || len(said) != 2 || said[0] != "unsat" || said[1] == "unsat" {
		t.Errorf("%s: %q, %v; want it proved, and what is given not contradictory", name, said, err)
	}
}
