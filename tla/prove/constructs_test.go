package prove

import (
	"archive/zip"
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A row is a line of a module in which each definition is of its own.
type row struct {
	text string // the formula
	want string // what is to become of it
}

// rowsModule is the module that has the rows, with some of what they may use before them. It has
// names that SMT-LIB has too, and such as the generator might choose.
const rowsModule = `---- MODULE Rows ----
EXTENDS RealTime, Sequences, FiniteSets, Bags, Randomization, Toolbox
CONSTANTS Threads, Some, Sizes, M, N, Op(_)
VARIABLES x, f, g, r, s, c, n_1, other_0, times, and, b0, summand_0
names == <<n_1, other_0, times, and, b0, summand_0, now>>
rest == <<f, g, r, s, c, names>>
ASSUME Given == N > 1 /\ M >= 0
ASSUME IsFiniteSet(Threads) /\ Threads # {} /\ Some \subseteq Threads /\ Sizes \subseteq Int /\ M \in Int /\ N \in Int
TypeOK ==
  /\ x \in Int
  /\ f \in [Threads -> Int]
  /\ g \in [0..1 -> Int]
  /\ r \in [a : Int, b : Int]
  /\ s \in SUBSET Threads
  /\ c \in STRING
  /\ other_0 \in Threads
  /\ n_1 \in Int
  /\ times \in Int
  /\ and \in Int
  /\ b0 \in Int
  /\ summand_0 \in Int
  /\ now \in Int
Inv == x = 0 /\ r.b = 0 /\ \A t \in Threads : f[t] = 0
Init == TypeOK /\ Inv
Next == FALSE
THEOREM Obvious == TRUE
THEOREM Kept == Init /\ [][Next]_<<x, rest>> => [](TypeOK /\ Inv)
Odd(n) == n % 2 = 1
Less(m, n) == m < n
Apply(F(_), n) == F(n)
Pass(F(_, _)) == F(1, 2)
RECURSIVE Down(_)
Down(n) == IF n = 0 THEN 0 ELSE Down(n - 1)
---- MODULE Part ----
VARIABLE y
In == y = 1
====
Part == INSTANCE Part WITH y <- x
Of == INSTANCE Integers
`

// rowsOf lets SANY read all rows at once. Row i is the definition of that name; its line too is
// where the rows begin and i more.
func rowsOf(t *testing.T, all []row) (p *proof, at int) {
	t.Helper()
	var b strings.Builder
	b.WriteString(rowsModule)
	for i, r := range all {
		fmt.Fprintf(&b, "Row%d == %s\n", i, r.text)
	}
	b.WriteString("====\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Rows.tla"), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return parsed(t, dir, Theorem{"Rows", "Rows", "Kept"}).proof(), strings.Count(rowsModule, "\n") + 1
}

// problemsOf are what is to be proved of a row: that a formula on states follows from TypeOK and
// Inv, or that a step keeps them.
func problemsOf(p *proof, name string) (all []smt.Problem, err error) {
	defer sany.Recover(&err)
	holds := slices.Concat(p.assumed, p.goals(p.induction, mode{}))
	body := p.Defs[name].Body
	if body.Level < 2 {
		goals := p.goals([]formula{{name, body, nil}}, mode{})
		q := smt.Problem{By: p.Builder, Action: name, Hypotheses: holds, Goals: goals}
		q.CheckSums()
		return []smt.Problem{q}, nil
	}
	for _, way := range p.paths(body, nil, &path{ev: p.evaluator, action: name, from: body, next: map[string]value{}}) {
		way.vars = append(way.vars, p.Const("t", smt.ThreadSort))
		all = append(all, p.step(way, holds)...)
	}
	return all, nil
}

// refusedAt insists on an error that names the construct, and the line.
func refusedAt(t *testing.T, err error, line int, text, construct string) {
	t.Helper()
	want := fmt.Sprintf("Rows.tla:%d: not supported: ", line)
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), construct) {
		t.Errorf("%s: error %v, want %s%s", text, err, want, construct)
	}
}

// TestConstructs: each operator of the language, each kind of node in an expression and each
// operator of the standard modules, as SANY's jar lists them, is translated or refused by name.
// What is translated is in module Operators, of which TestAgree compares all.
func TestConstructs(t *testing.T) {
	var table []row
	var listed []string
	of := map[string][]string{} // by operator: the columns
	for _, r := range rows(t, "constructs.tsv") {
		listed = append(listed, r[0]+" "+r[1])
		if of[r[0]+" "+r[1]] = r; r[3] != "" {
			table = append(table, row{r[3], r[0] + " " + r[1]})
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(inJar(t), listed); diff != "" {
		t.Errorf("constructs (-SANY's +constructs.tsv):\n%s", diff)
	}
	p, at := rowsOf(t, table)
	compared := inOperators(t)
	for i, r := range table {
		_, err := problemsOf(p, fmt.Sprintf("Row%d", i))
		switch verdict := of[r.want][2]; {
		case verdict == "refused":
			refusedAt(t, err, at+i, r.text, strings.TrimPrefix(r.want[strings.Index(r.want, " "):], " "))
		case verdict != "translated":
			t.Errorf("%s is %s", r.want, verdict)
		case err != nil:
			t.Errorf("%s: %v", r.text, err)
		case !compared[r.want]:
			t.Errorf("%s is not in module Operators", r.want)
		}
	}
	for name, r := range of {
		translated := builtins[r[1]] != nil
		switch {
		case r[0] == "node":
			continue
		case r[0] != "language":
			translated = library[r[0]+"!"+r[1]] != nil
		}
		if translated != (r[2] == "translated") || translated && r[3] == "" {
			t.Errorf("%s has a translation: %t; want %s", name, translated, r[2])
		}
	}
}

// inJar are the constructs that SANY knows.
func inJar(t *testing.T) (all []string) {
	t.Helper()
	r, err := zip.OpenReader(jar(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	read := func(name string) string {
		file, err := r.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, m := range regexp.MustCompile(`builtin +(\S+) +\$\$_`).FindAllStringSubmatch(
		read("tla2sany/configuration/ConfigConstants.class"), -1) {
		all = append(all, "language "+m[1])
	}
	_, group, _ := strings.Cut(read("tla2sany/xml/sany.xsd"), `<xs:group name="ExprNode">`)
	group, _, _ = strings.Cut(group, "</xs:group>")
	for _, m := range regexp.MustCompile(`ref="(\w+)"`).FindAllStringSubmatch(group, -1) {
		all = append(all, "node "+m[1])
	}
	found := map[string]bool{}
	for _, file := range r.File {
		if name, ok := strings.CutPrefix(file.Name, "tla2sany/StandardModules/"); ok && strings.HasSuffix(name, ".tla") {
			found[strings.TrimSuffix(name, ".tla")] = true
		}
	}
	if diff := cmp.Diff(sany.Standard, found); diff != "" {
		t.Errorf("standard modules (-known +in the jar):\n%s", diff)
	}
	p, _ := rowsOf(t, nil)
	for name, d := range p.Defs {
		if sany.Standard[d.Module] && !strings.Contains(name, "!") {
			all = append(all, d.Module+" "+name)
		}
	}
	slices.Sort(all)
	return all
}

// inOperators are the constructs in what TestAgree compares.
func inOperators(t *testing.T) map[string]bool {
	t.Helper()
	p := parsed(t, "testdata", operators).proof()
	defs := map[*sany.Definition]bool{}
	a := &agreement{proof: p, ev: p.evaluator}
	for _, c := range a.claimsOf(mode{}) {
		reach(c.Definition, defs)
	}
	for _, name := range append(a.properties(), "Next") {
		reach(p.Defs[name], defs)
	}
	nodes := map[sany.Kind]string{sany.Numeral: "NumeralNode", sany.String: "StringNode", sany.Let: "LetInNode", sany.Substituted: "SubstInNode", sany.At: "AtNode"}
	found := map[string]bool{}
	for d := range defs {
		if d.Body == nil {
			continue
		}
		each(d.Body, func(x *sany.Expr) {
			name := nodes[x.Kind]
			if x.Kind == sany.Builtin {
				found["language "+x.Name] = true
			} else if x.Kind == sany.Defined && x.Def.Body == nil {
				found[x.Def.Module+" "+x.Def.Name] = true
			}
			if name == "" {
				name = "OpApplNode"
			}
			found["node "+name] = true
		})
	}
	return found
}
