package prove

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// A Theorem is what is proved of a module for any values of its constants that its operator
// Assumed allows: Init has TypeOK and Inv, each step keeps them, the promises follow, and, if the
// module says what Budget sees of it, each step is one of Budget or changes nothing of that.
type Theorem struct {
	Name     string
	Module   string           // where Inv is
	Threads  []string         // constants that are sets of threads
	Bytes    []string         // constants that are sets of integers
	Bools    []string         // constants that are TRUE or FALSE
	Promises []string         // state formulas that follow from TypeOK and Inv
	Steps    []string         // [][A]_vars: A holds of each step
	Keeps    []string         // state formulas: Init has them, and each step keeps each of them
	given    map[string]value // constants of which only one value is meant
	history  map[string]*sort // variables that TypeOK does not speak of
	only     string           // the one action whose steps are wanted; all if empty
}

var perThread = func(s *sort) *sort { return arrayOf(threadSort, s) }

// Theorems are those of this project.
var Theorems = []Theorem{
	{
		Name: "BudgetCAS", Module: "BudgetCASInv",
		Threads: []string{"Setters"}, Bytes: []string{"Sizes", "Limits"},
		Promises: []string{"Exact", "LiveWithinCharge", "ShrinkNeverRefused", "WrapSafe", "OverReleaseCaught",
			"RestExact", "OneHolder", "RestUnlocked"},
		history: map[string]*sort{"asked": intSort, "top": perThread(intSort), "fit": perThread(boolSort),
			"over": perThread(boolSort), "broken": setOf(stringSort)},
	},
	{
		Name: "Accounts", Module: "AccountsInv",
		Threads: []string{"Owners", "Setters", "Readers", "Openers"}, Bytes: []string{"Sizes", "Limits", "OwnLimits"},
		Promises: []string{"Exact", "LiveWithinCharge", "ShrinkNeverRefused", "WrapSafe", "OverReleaseCaught",
			"RestExact", "RestHeld", "OneHolder", "RestUnlocked", "StockedBit", "SlackBounded"},
		Steps: []string{"StrictLimit", "NeverOverLimit", "NoFalseRefusal", "OverReleaseReported", "SetterObeyed",
			"AccountLimited", "WaitsWhenShort"},
	},
}

// Rivals are the protocols that break promises. Their Inv says what is true of them, up to the
// step that breaks WrapSafe; the goals that stay open have the names of the broken promises.
var Rivals = []Theorem{
	rival("AddUndo", "AddUndoInv", map[string]value{"Signed": yes}),
	rival("AddUndoUnsigned", "AddUndoInv", map[string]value{"Signed": no}),
	rival("TwoWord", "TwoWordInv", nil),
	rival("HAProxy", "HAProxyInv", nil, "MayFail", "Never", "Start"),
}

func rival(name, module string, given map[string]value, bytes ...string) Theorem {
	return Theorem{
		Name: name, Module: module,
		Bytes: append(bytes, "Sizes", "Limits"), Bools: []string{"Misuse", "Live"},
		Promises: []string{"Promises"}, Keeps: []string{"Kept"},
		history: map[string]*sort{
			"top": perThread(intSort), "fit": perThread(boolSort), "broken": setOf(stringSort),
		},
		given: given,
	}
}

// obligations yields the problems whose goals together are the theorem, with the defences in
// without switched off.
func (th Theorem) obligations(m *module, without []string) iter.Seq2[problem, error] {
	return func(yield func(problem, error) bool) {
		var err error
		func() {
			defer recoverUnsupported(&err)
			th.each(th.evaluator(m, without), func(p problem) bool {
				p.checkSums()
				return yield(p.total(), nil)
			})
		}()
		if err != nil {
			yield(problem{}, err)
		}
	}
}

var invariant = []string{"TypeOK", "Inv"}

func (th Theorem) each(ev *evaluator, yield func(problem) bool) {
	var assumed []goal
	for i, a := range ev.assumes {
		assumed = append(assumed, goal{fmt.Sprintf("ASSUME %d", i+1), ev.term(a, nil, mode{})})
	}
	assumed = append(assumed, ev.goals("Assumed", mode{})...)
	now := ev.conjuncts(invariant, mode{})
	init := slices.Concat(assumed, ev.goals("Init", mode{}))
	holds := slices.Concat(assumed, now)
	start := ev.conjuncts(th.Keeps, mode{})
	if ev.abstract() {
		start = append(start, ev.goals("Abstract!Init", mode{})...)
	}
	if needs := evaluable(init); needs != nil && !yield(problem{action: "Init", goals: needs}) {
		return
	}
	if !yield(problem{action: "Init", hypotheses: init, goals: now}) ||
		!yield(problem{action: "Init", refines: true, hypotheses: init, goals: start}) ||
		!yield(problem{action: "promises", hypotheses: holds, goals: ev.conjuncts(th.Promises, mode{})}) {
		return
	}
	paths := ev.paths(ev.defs["Next"].body, nil, &path{next: map[string]value{}})
	forget := remember()
	for i, p := range paths {
		if th.only != "" && p.action != th.only {
			continue
		}
		for _, s := range th.step(ev, p, holds) {
			if s.path = i + 1; !yield(s) {
				return
			}
		}
		forget()
	}
}

func (ev *evaluator) conjuncts(names []string, m mode) []goal {
	var all []goal
	for _, n := range names {
		all = append(all, ev.goals(n, m)...)
	}
	return all
}

// abstract says whether the module is held against Budget.
func (ev *evaluator) abstract() bool { return ev.defs["Abstract!Next"] != nil }

// step is the problems of one path: that it keeps the invariant, that it keeps each promise that
// does not follow from that, and that it is a step of Budget and keeps the promises on steps.
func (th Theorem) step(ev *evaluator, p *path, holds []goal) []problem {
	p.complete(ev.sorts)
	at := p.threads()
	next := mode{primed: true, next: p.next}
	kept := ev.conjuncts(invariant, next)
	out := []problem{problem{action: p.action, hypotheses: holds, goals: kept, at: at}.simplified(p.conds)}
	if p.needs != nil {
		needs := []goal{{"can be evaluated", and(p.needs...)}}
		out = append(out, problem{action: p.action, hypotheses: holds, goals: needs, at: at}.simplified(nil))
	}
	holds = slices.Concat(holds, kept)
	still := ev.conjuncts(th.Keeps, next)
	for i, k := range ev.conjuncts(th.Keeps, mode{}) {
		// One problem each: a promise that is broken must not help to prove another.
		keeps := problem{action: p.action, refines: true, goals: still[i : i+1], at: at}
		keeps.hypotheses = append(slices.Clip(holds), k)
		out = append(out, keeps.simplified(p.conds))
	}
	steps := th.stepGoals(ev, p)
	if len(steps) == 0 {
		return out
	}
	for _, conds := range alternatives(p.conds) {
		out = append(out, problem{action: p.action, refines: true, hypotheses: holds, goals: steps, at: at}.simplified(conds))
	}
	return out
}

// stepGoals are about the step itself: the promises on steps, and that it is one of Budget.
func (th Theorem) stepGoals(ev *evaluator, p *path) []goal {
	var steps []goal
	for _, s := range th.Steps {
		steps = append(steps, goal{s, ev.term(inside(ev.defs[s].body), nil, mode{next: p.next})})
	}
	if ev.abstract() {
		steps = append(steps, ev.refines(p, p.threads()[0]))
	}
	return steps
}

// inside is A of [][A]_vars.
func inside(x *expr) *expr {
	if x.name == "[]" && x.args[0].name == "$SquareAct" {
		return x.args[0].args[0]
	}
	panic(unsupported("a step property at line %d that is not [][A]_vars", x.line))
}

// refines says that the step of thread t is one of Budget, or changes nothing Budget sees.
// Budget's step is by t, and about what t asks for or has a block of.
func (ev *evaluator) refines(p *path, t *term) goal {
	m := mode{next: p.next}
	ask := func(m mode) *term { return asTerm(project(ev.applied("Ask", t, m), "n")) }
	of := func(name string, m mode) *term { return sel(asTerm(ev.variable(name, m)), t) }
	m.witnesses = witnesses{
		threadSort: {t},
		intSort:    {ask(m.inNext()), of("want", m.inNext()), of("held", m.inNext()), of("want", m), of("held", m)},
	}
	vars := ev.defs["Abstract!vars"].body
	unchanged := same(ev.eval(vars, nil, m.inNext()), ev.eval(vars, nil, m.negative()))
	return goal{"Refines", or(unchanged, ev.term(ev.defs["Abstract!Next"].body, nil, m))}
}

func (ev *evaluator) variable(name string, m mode) value {
	if m.primed {
		return m.next[name]
	}
	return constant(name, ev.sorts[name])
}

func (ev *evaluator) applied(name string, t *term, m mode) value {
	d := ev.defs[name]
	return ev.eval(d.body, (*env)(nil).with(d.params[0], t), m)
}

func (th Theorem) evaluator(m *module, without []string) *evaluator {
	ev := &evaluator{module: m, constant: map[string]value{}, sorts: maps.Clone(th.history)}
	if ev.sorts == nil {
		ev.sorts = map[string]*sort{}
	}
	for _, c := range m.constants {
		given, one := th.given[c]
		switch {
		case one:
			ev.constant[c] = given
		case slices.Contains(th.Bools, c):
			ev.constant[c] = constant(c, boolSort)
		case c == "Threads":
			ev.constant[c] = whole(threadSort)
		case c == "Misuse":
			ev.constant[c] = listed()
		case c == "History":
			ev.constant[c] = no
		case c == "Without":
			var items []value
			for _, w := range without {
				items = append(items, text(w))
			}
			ev.constant[c] = listed(items...)
		case slices.Contains(th.Threads, c):
			ev.constant[c] = predicate(threadSort, memberOf(c))
		case slices.Contains(th.Bytes, c):
			ev.constant[c] = predicate(intSort, memberOf(c))
		default:
			ev.constant[c] = constant(c, intSort)
		}
	}
	ev.assume()
	ev.infer(m.defs["TypeOK"].body)
	return ev
}

func memberOf(set string) func(*term) *term {
	return func(v *term) *term { return intern(term{op: "member", name: set, args: []*term{v}, sort: boolSort}) }
}

// infer takes the sorts of the variables from the conjuncts v \in S of TypeOK.
func (ev *evaluator) infer(x *expr) {
	for _, c := range x.args {
		if c.name == "\\in" && c.args[0].kind == declared {
			s := ev.set(c.args[1], nil, mode{})
			if s.elem == nil {
				panic(unsupported("the sort of %s at line %d", c.args[0].name, c.line))
			}
			ev.sorts[c.args[0].name] = s.elem
		}
	}
}
