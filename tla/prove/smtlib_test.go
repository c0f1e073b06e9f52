package prove

import (
	"casalloc/tla/prove/smt"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What the solver is asked is a text. An smtReader evaluates its formulas in a state, so that the
// writer is compared with the terms: it knows SMT-LIB as far as the writer uses it, and nothing
// of terms but the names and values of constants.
type smtReader struct {
	*interpretation
	names   map[string]any      // of constants, literals, bound variables and summands
	records map[string][]string // the accessors, by constructor
}

// A node is an atom, or a list.
type node struct {
	atom string
	list []node
}

func (n node) String() string {
	if n.list == nil {
		return n.atom
	}
	var parts []string
	for _, x := range n.list {
		parts = append(parts, x.String())
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// readNodes reads all of a text. Comments are left out.
func readNodes(text string) []node {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, ";")
		b.WriteString(line + "\n")
	}
	tokens := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(b.String()))
	open := [][]node{nil}
	for _, t := range tokens {
		last := len(open) - 1
		switch t {
		case "(":
			open = append(open, []node{})
		case ")":
			open[last-1] = append(open[last-1], node{list: open[last]})
			open = open[:last]
		default:
			open[last] = append(open[last], node{atom: t})
		}
	}
	return open[0]
}

// questions are what the text asserts for good, and the formulas that it asks about, each of
// which it denies between push and pop.
func (r *smtReader) questions(text string) (asserts, goals []node) {
	pushed := false
	for _, n := range readNodes(text) {
		switch head := n.list[0].atom; head {
		case "push", "pop":
			pushed = head == "push"
		case "assert":
			if pushed {
				goals = append(goals, n.list[1].list[1]) // (not goal)
			} else {
				asserts = append(asserts, n.list[1])
			}
		case "declare-datatypes":
			r.datatype(n.list[2].list[0].list)
		}
	}
	return asserts, goals
}

func (r *smtReader) datatype(constructors []node) {
	for _, c := range constructors {
		var accessors []string
		for _, f := range c.list[1:] {
			accessors = append(accessors, f.list[0].atom)
		}
		r.records[c.list[0].atom] = accessors
	}
}

// defines notes what an assertion says of a summand, if that is its definition.
func (r *smtReader) defines(n node) bool {
	if len(n.list) != 3 || n.list[0].atom != "forall" || n.list[2].list[0].atom != "!" {
		return false
	}
	is := n.list[2].list[1]
	if is.list[0].atom != "=" || len(is.list[1].list) != 3 {
		return false
	}
	array := is.list[1].list[1].atom
	if !strings.HasPrefix(array, "summand_") {
		return false
	}
	var values []any
	for i := range r.threads {
		r.names[n.list[1].list[0].list[0].atom] = thread(i)
		values = append(values, r.value(is.list[2]))
	}
	r.names[array] = values
	return true
}

func (r *smtReader) truth(n node) bool { return r.value(n).(bool) }

func (r *smtReader) atom(name string) any {
	if name == "true" || name == "false" {
		return name == "true"
	}
	if v, err := strconv.ParseInt(name, 10, 64); err == nil {
		return v
	}
	if v, ok := r.names[name]; ok {
		return v
	}
	panic("no value for " + name)
}

func (r *smtReader) value(n node) any {
	if n.list == nil {
		return r.atom(n.atom)
	}
	head, args := n.list[0].atom, n.list[1:]
	switch head {
	case "and", "or":
		or := head == "or"
		return slices.ContainsFunc(args, func(a node) bool { return r.truth(a) == or }) == or
	case "not":
		return !r.truth(args[0])
	case "=>":
		return !r.truth(args[0]) || r.truth(args[1])
	case "ite":
		if r.truth(args[0]) {
			return r.value(args[1])
		}
		return r.value(args[2])
	case "!":
		return r.value(args[0])
	case "forall", "exists":
		return r.quantified(head, args[0].list, args[1]) == (head == "exists")
	case "=":
		return equalValues(r.value(args[0]), r.value(args[1]))
	case "select":
		return r.at(r.value(args[0]), r.value(args[1]))
	case "store":
		return stored(r.value(args[0]), r.value(args[1]), r.value(args[2]))
	case "sum":
		sum := int64(0)
		for _, v := range r.value(args[0]).([]any) {
			sum += v.(int64)
		}
		return sum
	}
	return r.applied(head, args)
}

// operators of two integers, and the functions that stand for some.
var smtOperators = map[string]string{"times": "*", "over": "div", "modulo": "mod"}

func (r *smtReader) applied(head string, args []node) any {
	var values []any
	for _, a := range args {
		values = append(values, r.value(a))
	}
	if of, ok := r.members[strings.TrimPrefix(head, "$")]; ok {
		return of[values[0]]
	}
	if _, ok := r.records[head]; ok {
		return values
	}
	for _, accessors := range r.records {
		for i, a := range accessors {
			if a == head {
				return values[0].([]any)[i]
			}
		}
	}
	if head == ">=" {
		return values[0].(int64) >= values[1].(int64)
	}
	if op, ok := smtOperators[head]; ok {
		head = op
	}
	if head == "-" && len(values) == 1 {
		return -values[0].(int64)
	}
	sum := values[0]
	for _, v := range values[1:] {
		sum = r.arithmetic(head, sum.(int64), v.(int64))
	}
	return sum
}

// quantified says that some values of vars make the body true, of exists, or false, of forall.
func (r *smtReader) quantified(head string, vars []node, body node) bool {
	if len(vars) == 0 {
		return r.truth(body) == (head == "exists")
	}
	name, of := vars[0].list[0].atom, vars[0].list[1].atom
	s := map[string]*smt.Sort{"Thread": smt.ThreadSort, "Int": smt.IntSort, "Str": smt.StringSort}[of]
	if s == nil {
		panic("a quantifier over " + of)
	}
	old, had := r.names[name]
	defer func() {
		if delete(r.names, name); had {
			r.names[name] = old
		}
	}()
	for _, x := range r.all(s) {
		r.names[name] = x
		if r.quantified(head, vars[1:], body) {
			return true
		}
	}
	return false
}

// writtenAgrees compares the problem, as the solver gets it, with its terms, in the state that
// was entered: hypotheses and goals are as true, and all else that is asserted is true.
func (a *agreement) writtenAgrees(where string, p smt.Problem, asserts, goals []node, r *smtReader) {
	r.names = map[string]any{}
	for _, s := range a.strings {
		r.names[smt.Quote(s)] = s
	}
	seen := map[*smt.Term]bool{}
	for _, g := range append(append([]smt.Goal{}, p.Hypotheses...), p.Goals...) {
		smt.Each(seen, g.Formula, func(t *smt.Term) {
			if t.Op == "const" {
				r.names[smt.Symbol(t.Name)] = a.eval(t)
			}
		})
	}
	facts := len(asserts) - len(p.Hypotheses) - len(p.Goals)
	for i, n := range asserts {
		want := true
		switch {
		case i < facts && r.defines(n):
			continue
		case i >= facts+len(p.Hypotheses):
			want = a.truth(p.Goals[i-facts-len(p.Hypotheses)].Formula)
		case i >= facts:
			want = a.truth(p.Hypotheses[i-facts].Formula)
		}
		if got := r.truth(n); got != want {
			a.differ("%s: the solver is told what is %t, want %t: %.600s", where, got, want, n)
		}
	}
	for i, n := range goals {
		if got, want := r.truth(n), a.truth(p.Goals[i].Formula); got != want {
			a.differ("%s: %s as a text is %t, want %t: %.600s", where, p.Goals[i].Name, got, want, n)
		}
	}
}

// withoutFacts is the text without what TestFacts proves, which speaks of all integers.
func withoutFacts(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "(assert (forall ((a Int) ") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// textsAgree compares, of some steps of the path, the problems as the solver gets them.
func (a *agreement) textsAgree(p *path, all []taken) {
	if len(all) == 0 {
		return
	}
	for _, q := range a.proof.step(p, a.holds) {
		r := &smtReader{interpretation: a.interpretation, records: map[string][]string{}}
		asserts, goals := r.questions(withoutFacts(q.SMT(0, smt.GoalLimit)))
		for _, k := range spread(all, 3) {
			a.enterTaken(p, k)
			where := fmt.Sprintf("%s from %s", p.action, written(a.text(a.states[k.state])))
			if q.Refines && !a.allHold(conditionsOf(q)) {
				continue // another alternative
			}
			for i := range a.threads {
				a.set(a.ev.Const(".other0", smt.ThreadSort), thread((i+k.state)%len(a.threads)))
				a.set(a.ev.Const(".other1", smt.ThreadSort), thread((i+1)%len(a.threads)))
				a.writtenAgrees(where, q, asserts, goals, r)
			}
		}
	}
}

func conditionsOf(q smt.Problem) (conds []*smt.Term) {
	for _, h := range q.Hypotheses {
		if h.Name == "condition" {
			conds = append(conds, h.Formula)
		}
	}
	return conds
}
