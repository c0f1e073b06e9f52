package prove

import (
	"fmt"
	"iter"
	"slices"
)

// A Theorem is one of this project's, by the name of the protocol that it is about.
type Theorem struct {
	Name   string
	Module string
	As     string // its name in the module
}

// Theorems hold. Rivals are protocols that break promises: their theorems do not hold, and the goals
// that stay open have the names of the broken promises.
var (
	Theorems = []Theorem{
		{"BudgetCAS", "BudgetCASInv", "BudgetCASCorrect"},
		{"Accounts", "AccountsInv", "AccountsCorrect"},
	}
	Rivals = []Theorem{
		{"AddUndo", "AddUndoInv", "AddUndoKeeps"},
		{"AddUndoUnsigned", "AddUndoInv", "AddUndoUnsignedKeeps"},
		{"TwoWord", "TwoWordInv", "TwoWordKeeps"},
		{"HAProxy", "HAProxyInv", "HAProxyKeeps"},
	}
)

// A proof is a theorem with the sorts of its constants and variables.
type proof struct {
	*evaluator
	*parts
	induction, own, following []formula // of states
	assumed                   []goal
}

// proof takes the theorem apart, with the defences in without switched off.
func (s Statement) proof(without []string) *proof {
	p := &proof{parts: s.part()}
	p.induction, p.own, p.following = p.by()
	var assumes []formula
	for i, a := range s.in.assumes {
		assumes = append(assumes, formula{fmt.Sprintf("ASSUME %d", i+1), a, nil})
	}
	if without != nil {
		p.switchOff(without)
	}
	p.evaluator = &evaluator{module: s.in, constant: map[string]value{}, sorts: map[string]*sort{}}
	p.learnConstants(append(parted(assumes), p.given...))
	p.assume()
	p.learnVariables(p.parts)
	for _, a := range assumes {
		p.assumed = append(p.assumed, goal{a.title, p.term(a.expr, nil, mode{})})
	}
	p.assumed = append(p.assumed, p.goals(p.given, mode{})...)
	return p
}

// switchOff puts Without = {names} in the place of the premise Without = {}.
func (p *parts) switchOff(names []string) {
	for i, f := range p.given {
		if f.isWithout("=") {
			off := &expr{kind: builtin, name: "$SetEnumerate", position: f.position}
			for _, n := range names {
				off.args = append(off.args, &expr{kind: stringOf, name: n})
			}
			x := *f.expr
			x.args = []*expr{f.args[0], off}
			p.given[i].expr = &x
		}
	}
}

func (f formula) isWithout(operator string) bool {
	return f.is(operator) && f.arg(0).own() == "Without"
}

// Switches are the defences or rules that can be switched off: what Without may have in it, by an
// ASSUME Without \subseteq S, if Without = {} is a premise of the theorem.
func (s Statement) Switches() (names []string, err error) {
	defer recoverUnsupported(&err)
	if !slices.ContainsFunc(s.part().given, func(f formula) bool { return f.isWithout("=") }) {
		return nil, nil
	}
	for _, a := range s.in.assumes {
		for _, f := range (formula{"", a, nil}).conjuncts() {
			if f.isWithout("\\subseteq") {
				for _, item := range (&evaluator{module: s.in}).set(f.args[1], f.env, mode{}).items {
					names = append(names, asTerm(item).name)
				}
			}
		}
	}
	return names, nil
}

// obligations yields the problems whose goals together are the theorem. Of steps, those of one action
// only, if it is named.
func (s Statement) obligations(without []string, only string) iter.Seq2[problem, error] {
	return func(yield func(problem, error) bool) {
		var err error
		func() {
			defer recoverUnsupported(&err)
			s.proof(without).each(only, func(p problem) bool {
				p.checkSums()
				return yield(p.total(), nil)
			})
		}()
		if err != nil {
			yield(problem{}, err)
		}
	}
}

func (p *proof) each(only string, yield func(problem) bool) {
	holds := slices.Concat(p.assumed, p.goals(p.induction, mode{}))
	init := slices.Concat(p.assumed, p.goals(p.init, mode{}))
	for _, q := range []problem{
		{action: "assumptions", hypotheses: p.assumed, search: true},
		{action: "Init", goals: evaluable(init)},
		{action: "Init", hypotheses: init, goals: p.goals(p.induction, mode{})},
		{action: "Init", refines: true, hypotheses: init, goals: p.goals(slices.Concat(p.own, p.initial), mode{})},
		{action: "promises", hypotheses: holds, goals: p.goals(p.following, mode{})},
	} {
		if needed := q.hypotheses != nil && !q.refines; q.goals == nil && !needed {
			continue // of the others, it is asked whether their hypotheses contradict each other
		}
		if !yield(q) {
			return
		}
	}
	ways := p.paths(p.next.expr, p.next.env, &path{next: map[string]value{}})
	forget := remember()
	for i, way := range ways {
		if only != "" && way.action != only {
			continue
		}
		for _, q := range p.step(way, holds) {
			if q.path = i + 1; !yield(q) {
				return
			}
		}
		forget()
	}
}

// step is the problems of one path: that it keeps what is proved by induction, that it keeps each
// claim that has an induction of its own, and what is claimed of steps.
func (p *proof) step(way *path, holds []goal) []problem {
	way.complete(p.sorts)
	p.checkShapes(way)
	at := way.threads()
	next := mode{primed: true, next: way.next}
	kept := p.goals(p.induction, next)
	out := []problem{problem{action: way.action, hypotheses: holds, goals: kept, at: at}.simplified(way.conds)}
	if way.needs != nil {
		needs := []goal{{"can be evaluated", and(way.needs...)}}
		out = append(out, problem{action: way.action, hypotheses: holds, goals: needs, at: at}.simplified(nil))
	}
	holds = slices.Concat(holds, kept)
	still := p.goals(p.own, next)
	for i, k := range p.goals(p.own, mode{}) {
		// One problem each: a promise that is broken must not help to prove another.
		keeps := problem{action: way.action, refines: true, goals: still[i : i+1], at: at}
		keeps.hypotheses = append(slices.Clip(holds), k)
		out = append(out, keeps.simplified(way.conds))
	}
	for _, c := range p.changes(way) {
		for _, conds := range alternatives(way.conds) {
			q := problem{action: way.action, refines: true, goals: c.goals, at: at}
			q.hypotheses = append(slices.Clip(holds), c.of)
			out = append(out, q.simplified(conds))
		}
	}
	return out
}

// A change is what is claimed of a step that changes certain variables.
type change struct {
	of    goal
	goals []goal
}

// changes are the claims [][a]_w: if the step changes w, it is one of a.
func (p *proof) changes(way *path) (all []change) {
	for _, s := range p.steps {
		m := mode{next: way.next}
		of := not(same(p.eval(s.w.expr, s.w.env, m.inNext()), p.eval(s.w.expr, s.w.env, m)))
		if s.a.ofInstance(map[*definition]bool{}) {
			m.witnesses = p.witnesses(way)
		}
		i := slices.IndexFunc(all, func(c change) bool { return c.of.formula == of })
		if i < 0 {
			i, all = len(all), append(all, change{of: goal{"change", of}})
			if has := hasValue(of); has != yes {
				all[i].goals = []goal{{s.a.title + " can be evaluated", has}}
			}
		}
		all[i].goals = append(all[i].goals, goal{s.a.title, p.term(s.a.expr, s.a.env, m)})
	}
	return all
}

// witnesses are what \E of an instance is tried with: the thread that takes the step, t, and the
// elements of Witnesses(t), if the module has that operator. Any are sound, few are fast.
func (p *proof) witnesses(way *path) witnesses {
	d := p.defs["Witnesses"]
	if d == nil || len(d.params) != 1 || len(way.threads()) == 0 {
		return nil
	}
	t := way.threads()[0]
	all := witnesses{threadSort: {t}}
	s := p.set(d.body, (*env)(nil).with(d.params[0], t), mode{next: way.next})
	if !s.listed {
		panic(d.body.unsupported("Witnesses as other than a set of listed elements"))
	}
	for _, item := range s.items {
		w := asTerm(item)
		all[w.sort] = append(all[w.sort], w)
	}
	return all
}
