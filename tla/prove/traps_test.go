package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	proved = "proved"
	open   = "open"
)

// traps are formulas that follow from TypeOK and Inv of rowsModule and steps that keep them, and
// their twins: those are false, or say what TLC cannot evaluate, and stay open or are refused.
var traps = []row{
	// UNCHANGED assigns variables. Of anything else it is a condition.
	{`\E t \in Threads : f' = [f EXCEPT ![t] = 0] /\ UNCHANGED <<x, g, r, s, c, names, f[t]>>`, proved},
	{`\E t, u \in Threads : t # u /\ f' = [f EXCEPT ![t] = 1] /\ UNCHANGED f[u] /\ UNCHANGED <<x, g, r, s, c, names>>`, open},
	{`\E t, u \in Threads : t # u /\ UNCHANGED f[u] /\ f' = [f EXCEPT ![t] = 1] /\ UNCHANGED <<x, g, r, s, c, names>>`, "f' before it is assigned"},
	{`r' = [r EXCEPT !.b = 1] /\ UNCHANGED r.a /\ UNCHANGED <<x, f, g, s, c, names>>`, open},
	{`r' = [r EXCEPT !.b = 1] /\ UNCHANGED r.b /\ UNCHANGED <<x, f, g, s, c, names>>`, proved},
	{`N' = 5 /\ x' = N - 5 /\ UNCHANGED rest`, proved}, // constants are not assigned
	{`N' = 5 /\ x' = N - 4 /\ UNCHANGED rest`, open},

	// A name of the module is none of the generator's, nor of SMT-LIB.
	{`\E t \in Threads, n \in Sizes : n = n_1 /\ x' = n - n_1 /\ UNCHANGED rest`, proved},
	{`\E t \in Threads, n \in Sizes : x' = n - n_1 /\ UNCHANGED rest`, open},
	{`\A t \in Threads : f[t] = f[other_0]`, proved},
	{`\A t \in Threads : t = other_0`, open},
	{`times * and + b0 = b0 + times * and`, proved},
	{`times * and + b0 = and + times * b0`, open},

	// A function has a domain, and is its values there.
	{`[t \in Threads |-> 0] = f`, proved},
	{`[t \in Some |-> 0] = f`, open},
	{`f' = [t \in Threads |-> f[t]] /\ UNCHANGED <<x, g, r, s, c, names>>`, proved},
	{`f' = [t \in Some |-> f[t]] /\ UNCHANGED <<x, g, r, s, c, names>>`, "a function of other than all threads"},
	{`f \in [Some -> Int] => Some = Threads`, proved},
	{`f \in [Some -> Int]`, open},
	{`[i \in 1..2 |-> x] = <<0, 0>>`, proved},
	{`[i \in 0..1 |-> x] = <<0, 0>>`, open},
	{`[i \in 0..1 |-> x] = [i \in 0..2 |-> x]`, open},
	{`[g EXCEPT ![5] = 1] = g`, proved},
	{`[g EXCEPT ![x] = @ + 1] # g`, proved},
	{`[g EXCEPT ![x + 5] = 1] # g`, open},
	{`DOMAIN g = {0, 1}`, proved},
	{`DOMAIN [t \in Some |-> 0] = Threads`, open},
	{`g[x] = g[0]`, proved},
	{`g[2] = g[2]`, open},
	{`g[2] \in Int`, open},
	{`n_1 \in 0..1 => g[n_1] \in Int`, proved},
	{`g[n_1] \in Int`, open},
	{`[t \in Some |-> 0][other_0] = 0`, open},
	{`other_0 \in Some => [t \in Some |-> 0][other_0] = 0`, proved},
	{`g' = [g EXCEPT ![0] = g[2]] /\ UNCHANGED <<x, f, r, s, c, names>>`, open},
	{`g[2] = 0 /\ UNCHANGED <<x, rest>>`, open},
	{`n_1 = 1 /\ g[n_1] = 0 /\ UNCHANGED <<x, rest>>`, proved},
	{`x' = (IF g[n_1] = 0 THEN 0 ELSE 0) /\ UNCHANGED rest`, open},
	{`g[1 - (n_1 % 2)] \in Int`, proved},
	{`g[2 - (n_1 % 2)] \in Int`, open},
	{`g[n_1 % 3] \in Int`, open},
	{`\A h \in [0..1 -> Int] : h[0] = g[0] /\ h[1] = g[1] => h = g`, proved},
	{`\A h \in [0..1 -> Int] : h[0] = g[0] => h = g`, open},
	{`g["a"] = 0`, "a Str as a member of a set of Int"},
	{`s[other_0]`, "a set of Thread as a function"},
	{`<<1, 2>>[3] = 1`, "a tuple as a function of a Int"},
	{`r.c = r.c`, "the field c of a record of a, b"},
	{`[r EXCEPT !.c = 1] = r`, "EXCEPT of a record of a, b at what is none of its fields"},
	{`[g EXCEPT !["a"] = 1] = g`, "a Str as a member of a set of Int"},
	{`[f EXCEPT ![other_0, 1] = 1] = f`, "a tuple where a value of one sort is needed"},

	// There are other strings than those that are named.
	{`c \in STRING`, proved},
	{`c \in {"a", "b"}`, open},
	{`\A d \in {"a", "b"} : d \in {"b", "a"}`, proved},
	{`"a b" = "a-b"`, open},
	{`c = "a b" => c # "a-b"`, proved},
	{`c \in { d : d \in {"a", "b"} } => c \in {"a", "b"}`, proved},
	{`" a" = "a"`, open},
	{`"a.20" = "a "`, open},
	{`"$Other" # ""`, proved},

	// Each operator is of the sorts that it was written for.
	{`Cardinality({ t \in Threads : f[t] = 1 }) = 0`, proved},
	{`Cardinality(Sizes) <= Cardinality(Threads)`, "Cardinality of a set of other than threads"},
	{`Cardinality({ f[t] : t \in Threads }) = 1`, "Cardinality of a set of other than threads"},
	{`\A t \in Threads : Cardinality({ u \in Threads : f[u] < f[t] }) = 0`, "of what a quantifier around it binds"},
	{`1 + TRUE = 2`, "a Bool where a Int is needed"},
	{`x = TRUE`, "equality of a Int and a Bool"},
	{`x \/ TRUE`, "a Int where a Bool is needed"},
	{`~x`, "a Int where a Bool is needed"},
	{`x`, "a Int where a Bool is needed"},
	{`1 <=> 1`, "a Int where a Bool is needed"},
	{`IF x THEN TRUE ELSE TRUE`, "a Int where a Bool is needed"},
	{`{ t \in Threads : x } = {}`, "a Int where a Bool is needed"},
	{`\A t \in Threads : x`, "a Int where a Bool is needed"},
	{`(IF x = 0 THEN 1 ELSE TRUE) \in Int`, "a Bool where a Int is needed"},
	{`c \in Int`, "a Str as a member of a set of Int"},
	{`1 \in BOOLEAN`, "a Int as a member of a set of Bool"},
	{`{} \in BOOLEAN`, "a Bool as a set"},
	{`{1, TRUE} = {}`, "a set of a Int and a Bool"},
	{`x \in Sizes \cup {"a"}`, "a set of Int with one of Str"},
	{`Sizes \cap {"a"} = {}`, "a set of Int with one of Str"},
	{`Some \ Sizes = Some`, "a set of Thread with one of Int"},
	{`{1} \subseteq STRING`, "a Int as a member of a set of Str"},
	{`[a |-> 1, b |-> TRUE] = r`, "equality of"},
	{`[a |-> 1] \in [a : Int, b : Int]`, "a record of a as a member of a set of record of a, b"},
	{`[a |-> TRUE, b |-> TRUE].b`, proved},
	{`\A q \in [a : BOOLEAN, b : BOOLEAN] : q.a \/ ~q.a`, proved},
	{`3 .. "a" = {}`, "a Str where a Int is needed"},
	{`f = g`, "equality of a function of Thread and a function of Int"},
	{`x' = TRUE /\ UNCHANGED rest`, "x' = a Bool, where x is a Int"},
	{`{ g } = {}`, open},
	{`{ g } \in SUBSET { g }`, "a set of functions of [0 1]"},
	{`\A p \in { <<1, 2>> } \cup Sizes : TRUE`, "a"},

	// CASE: the first arm that holds, and one must.
	{`CASE x = 0 -> TRUE [] x = 0 -> FALSE`, proved},
	{`CASE x = 5 -> FALSE [] x = 7 -> FALSE`, open},
	{`CASE x = 5 -> TRUE [] x = 7 -> TRUE`, open},
	{`(CASE x = 0 -> 1 [] x = 7 -> 2) = 1`, proved},
	{`(CASE x = 5 -> 1 [] x = 7 -> 2) \in Int`, open},
	{`(CASE x = 5 -> 1 [] x = 7 -> 2) = (CASE x = 5 -> 1 [] x = 7 -> 2)`, open},
	{`x' = (CASE x = 5 -> 0) /\ UNCHANGED rest`, open},
	{`x' = (CASE x = 0 -> 0) /\ UNCHANGED rest`, proved},
	{`(CASE x = 0 -> Some) = Some`, "a set that is not given everywhere"},
	{`CASE "$Other" -> TRUE`, "a Str where a Bool is needed"},

	// Numbers have no end, and a divisor is above 0.
	{`x + (4611686018427387904 * 4) > 9223372036854775807`, proved},
	{`x + (4611686018427387904 * 4) = 0`, open},
	{`9223372036854775807 + 1 > 0`, proved},
	{`-9223372036854775807 - 1 < 0`, proved},
	{`-9223372036854775807 - 2 > 0`, open},
	{`x \notin -9223372036854775807..-9223372036854775806`, proved},
	{`n_1 \in (-9223372036854775807)..9223372036854775807`, open},
	{`18446744073709551616 = 0`, "the numeral 18446744073709551616"},
	{`(x - 7) \div 2 = -4 /\ (x - 7) % 2 = 1`, proved},
	{`(x + 7) \div (-2) = -3`, open},
	{`x % (-2) = 0`, open},
	{`x \div N = x \div N`, proved},
	{`1 \div x = 1 \div x`, open},
	{`n_1 \div (N - 1) \in Int`, proved},
	{`n_1 \div (N - 2) \in Int`, open},
	{`n_1 % x \in Int`, open},
	{`n_1 % (2 * N) \in Int`, proved},
	{`n_1 % M \in Int`, open},
	{`n_1 % (N * M) \in Int`, open},
	{`n_1 # 0 => n_1 % n_1 \in Int`, open},
	{`n_1 > 0 => n_1 % n_1 \in Int`, proved},
	{`n_1 % n_1 \in Int => n_1 > 0`, open},
	{`n_1 % x = 0 \/ n_1 % x # 0`, open},
	{`IF n_1 \div x = 0 THEN TRUE ELSE TRUE`, open},
	{`\A n \in Sizes : n > 0 => 5 \div n <= 5`, proved},
	{`\A n \in Sizes : 5 \div n <= 5`, open},
	{`\E n \in {0, 1} : 5 \div n = 5`, open},
	{`[a |-> 5, b |-> 5 \div x].a = 5`, open},
	{`[f EXCEPT ![other_0] = 5 \div x] = f => TRUE`, open},
	{`1 \div x = 0 /\ UNCHANGED <<x, rest>>`, open},
	{`n_1 > 0 /\ 1 \div n_1 = 1 /\ UNCHANGED <<x, rest>>`, proved},

	// What is passed as an operator, or defined again.
	{`Apply(LAMBDA n : n - x, 1) = 1`, proved},
	{`Apply(LAMBDA n : n - x, 1) = 2`, open},
	{`Apply(Op, 1) = Apply(Op, 1)`, "Op as an argument"},
	{`Op(1) = Op(2)`, "Op, a constant that is an operator"},
	{`Pass( + ) = 3`, "+ of module Naturals"},
	{`Pass(\cup) = 3`, `\union as an argument`},
	{`x \in Of!Int`, "Of!Int of module Integers"},
	{`Of!+(1, 1) = 2`, "Of!+ of module Naturals"},
	{`Down(2) = 0`, "Down, which is recursive"},
	{`Apply(Down, 2) = 0`, "Down, which is recursive"},
	{`\A <<m, n>> \in { <<1, 2>> } : m < n`, "$BoundedForall over a tuple of identifiers"},
	{`[m \in 0..1, n \in 0..1 |-> 0] = g`, "$FcnConstructor over more than one identifier"},
	{`\A n \in {} : n = 1`, proved},
	{`\A n \in { <<m>> : m \in Sizes } : n = <<1>>`, "any element of a set whose elements are of no one sort"},

	// Primes.
	{`x' = x'`, "x' before it is assigned"},
	{`x' = 1 /\ [r EXCEPT !.a = @'].b = 0 /\ UNCHANGED rest`, "@ with a prime of its own"},
	{`x' = 0 /\ UNCHANGED rest /\ [r EXCEPT !.b = @ + 1]'.b = 1`, proved},
	{`x' \in {0} /\ UNCHANGED rest`, "x' before it is assigned"},
	{`x' = 0`, "does not say what and becomes"},
	{`x' = 0 /\ (x' = 1 => FALSE) /\ UNCHANGED rest`, proved},
	{`(x' = 1 => FALSE) /\ x' = 0 /\ UNCHANGED rest`, "x' before it is assigned"},
	{`x' = 0 /\ x' = 1 /\ UNCHANGED rest`, proved}, // no step
	{`(x' = 1 \/ x' = 0) /\ UNCHANGED rest`, open},
	{`PrintT(x') /\ x' = 0 /\ UNCHANGED rest`, "PrintT of module TLC"},
	{`x' = 0 /\ UNCHANGED rest /\ ENABLED (x' = 1)`, "ENABLED"},
	{`x' = 0 /\ UNCHANGED rest /\ Part!In'`, proved}, // no step
}

// TestTraps: see traps. A step or a formula is proved if all its goals are.
func TestTraps(t *testing.T) {
	z3 := z3(t)
	p, at := rowsOf(t, traps)
	for i, r := range traps {
		problems, err := problemsOf(p, fmt.Sprintf("Row%d", i))
		if err != nil || r.want != proved && r.want != open {
			refusedAt(t, err, at+i, r.text, r.want)
			continue
		}
		got := proved
		var goals []string
		for _, p := range problems {
			a := ask(t.Context(), z3, p, p.SMT(0, smt.AliveLimit))
			if a.err != nil {
				t.Fatalf("%s: %v", r.text, a.err)
			}
			for _, o := range a.Open {
				got = open
				goals = append(goals, o.Goal)
			}
		}
		if got != r.want {
			t.Errorf("%s is %s, want %s (open: %s)", r.text, got, r.want, strings.Join(goals, ", "))
		}
	}
}

// verdict says whether all that is to be proved of module Toy is.
func verdict(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	text = "---- MODULE Toy ----\n" + text + `
THEOREM Toy == Init /\ [][UNCHANGED x]_x => []TypeOK /\ []Promise
====
`
	if err := os.WriteFile(filepath.Join(dir, "Toy.tla"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got := proved
	for p, err := range parsed(t, dir, Theorem{"Toy", "Toy", "Toy"}).obligations("") {
		if err != nil {
			t.Fatal(err)
		}
		if r := ask(t.Context(), z3(t), p, p.SMT(0, smt.AliveLimit)); r.err != nil {
			t.Fatal(r.err)
		} else if r.Open != nil {
			got = open
		}
	}
	return got
}

// TestEvaluable: what is assumed, and what Init says, has a value, or a goal stays open.
func TestEvaluable(t *testing.T) {
	for _, test := range []struct{ assume, init, want string }{
		{`N > 0`, `x = 5 \div N`, proved},
		{`N >= 0`, `x = 5 \div N`, open},
		{`N >= 0`, `N # 0 /\ x = 5 \div N`, proved},
		{`N >= 0`, `x = 5 \div N /\ N # 0`, open},
		{`N >= 0 /\ 5 \div N = 1`, `x = 5`, open},
		{`5 \div N = 1 /\ N > 0`, `x = 5`, proved},
	} {
		text := fmt.Sprintf(`EXTENDS Integers
CONSTANT N
VARIABLE x
ASSUME N \in Int /\ %s
TypeOK == /\ x \in Int
Init == %s
Promise == TRUE`, test.assume, test.init)
		if got := verdict(t, text); got != test.want {
			t.Errorf("ASSUME %s, Init == %s: %s, want %s", test.assume, test.init, got, test.want)
		}
	}
}

// TestOwnNames: an operator that has the name of one of a standard module is what its module says.
func TestOwnNames(t *testing.T) {
	for promise, want := range map[string]string{
		`Cardinality({x}) = "none" /\ "b" - "c" = "b"`: proved,
		`"b" - "c" = "c"`: open,
	} {
		text := `VARIABLE x
Nat == {"a"}
m - n == m
Cardinality(S) == "none"
TypeOK == /\ x \in Nat
Init == x = "a"
Promise == ` + promise
		if got := verdict(t, text); got != want {
			t.Errorf("%s is %s, want %s", promise, got, want)
		}
	}
}

// TestParse: what SANY does not accept is not read, although it writes what it has of it; nor is a
// module that may mean another one by the name of a standard module.
func TestParse(t *testing.T) {
	for _, test := range []struct{ step, file, says string }{
		{"x' = 1", "Other", ""},
		{"(x')' = 1", "Other", "The level of argument 1 exceeds the maximum level"},
		{"x' = y", "Other", "Unknown operator: `y'"},
		{"x' = 1", "Naturals", "Naturals.tla in the folder of"},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"Toy":     "EXTENDS Integers\nVARIABLE x\nNext == " + test.step,
			test.file: "Nat == {1}\na + b == 7",
		} {
			text = "---- MODULE " + name + " ----\n" + text + "\n====\n"
			if err := os.WriteFile(filepath.Join(dir, name+".tla"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, err := sany.Parse(t.Context(), jar(t), filepath.Join(dir, "Toy.tla"))
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s, beside %s.tla: error %v, want one that says %q", test.step, test.file, err, test.says)
		}
	}
}
