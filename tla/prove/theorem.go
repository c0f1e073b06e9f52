package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"fmt"
	"iter"
	"slices"
)

// A Theorem names a theorem, by the protocol that it is about.
type Theorem struct {
	Name   string
	Module string
	As     string // its name in the module
}

// Rivals are protocols that break promises: their theorems do not hold, and the goals that stay
// open have the names of the broken promises.
var Rivals = []Theorem{
	{"AddUndo", "AddUndoInv", "AddUndoKeeps"},
	{"AddUndoUnsigned", "AddUndoInv", "AddUndoUnsignedKeeps"},
	{"TwoWord", "TwoWordInv", "TwoWordKeeps"},
	{"HAProxy", "HAProxyInv", "HAProxyKeeps"},
}

// A proof is a theorem with the sorts of its constants and variables.
type proof struct {
	*evaluator
	*parts
	induction, own, following []formula // of states
	assumed                   []smt.Goal
}

// proof takes the theorem apart.
func (s Statement) proof() *proof {
	p := &proof{parts: s.part()}
	p.induction, p.own, p.following = p.by()
	var assumes []formula
	for i, a := range s.in.Assumes {
		assumes = append(assumes, formula{fmt.Sprintf("ASSUME %d", i+1), a, nil})
	}
	p.evaluator = newEvaluator(s.in)
	p.learnConstants(append(parted(assumes), p.given...))
	p.assume()
	p.learnVariables(p.parts)
	for _, a := range assumes {
		p.assumed = append(p.assumed, smt.Goal{Name: a.title, Formula: p.term(a.Expr, nil, mode{})})
	}
	p.assumed = append(p.assumed, p.goals(p.given, mode{})...)
	return p
}

// obligations yields the problems whose goals together are the theorem. Of steps, those of one
// action only, if it is named.
func (s Statement) obligations(only string) iter.Seq2[smt.Problem, error] {
	return func(yield func(smt.Problem, error) bool) {
		var err error
		func() {
			defer sany.Recover(&err)
			s.proof().each(only, func(p smt.Problem) bool {
				p.CheckSums()
				return yield(p.Total(), nil)
			})
		}()
		if err != nil {
			yield(smt.Problem{}, err)
		}
	}
}

func (p *proof) each(only string, yield func(smt.Problem) bool) {
	holds := slices.Concat(p.assumed, p.goals(p.induction, mode{}))
	init := slices.Concat(p.assumed, p.goals(p.init, mode{}))
	for _, q := range []smt.Problem{
		{Action: "assumptions", Hypotheses: p.assumed, Search: true},
		{Action: "Init", Goals: p.Evaluable(init)},
		{Action: "Init", Hypotheses: init, Goals: p.goals(p.induction, mode{})},
		{Action: "Init", Refines: true, Hypotheses: init, Goals: p.goals(slices.Concat(p.own, p.initial), mode{})},
		{Action: "promises", Hypotheses: holds, Goals: p.goals(p.following, mode{})},
	} {
		if needed := q.Hypotheses != nil && !q.Refines; q.Goals == nil && !needed {
			continue // of the others, it is asked whether their hypotheses contradict each other
		}
		if q.By = p.Builder; !yield(q) {
			return
		}
	}
	ways := p.paths(p.next.Expr, p.next.env, &path{ev: p.evaluator, next: map[string]value{}})
	whole := p.Builder
	for i, way := range ways {
		if only != "" && way.action != only {
			continue
		}
		p.Builder = whole.Fork()
		for _, q := range p.step(way, holds) {
			if q.Path = i + 1; !yield(q) {
				return
			}
		}
	}
}

// step is the problems of one path: that it keeps what is proved by induction, that it keeps each
// claim that has an induction of its own, and what is claimed of steps.
func (p *proof) step(way *path, holds []smt.Goal) []smt.Problem {
	way.complete(p.sorts)
	p.checkShapes(way)
	next := mode{primed: true, next: way.next}
	kept := p.goals(p.induction, next)
	var out []smt.Problem
	add := func(refines bool, conds []*smt.Term, hypotheses []smt.Goal, goals ...smt.Goal) {
		q := smt.Problem{By: p.Builder, Action: way.action, At: way.threads(),
			Refines: refines, Hypotheses: hypotheses, Goals: goals}
		out = append(out, q.Simplified(conds))
	}
	add(false, way.conds, holds, kept...)
	if way.needs != nil {
		add(false, nil, holds, smt.Goal{Name: "can be evaluated", Formula: p.And(way.needs...)})
	}
	holds = slices.Concat(holds, kept)
	still := p.goals(p.own, next)
	for i, k := range p.goals(p.own, mode{}) {
		// One problem each: a promise that is broken must not help to prove another.
		add(true, way.conds, append(slices.Clip(holds), k), still[i])
	}
	for _, c := range p.changes(way) {
		for _, conds := range smt.Alternatives(way.conds) {
			add(true, conds, append(slices.Clip(holds), c.of), c.goals...)
		}
	}
	return out
}

// A change is what is claimed of a step that changes certain variables.
type change struct {
	of    smt.Goal
	goals []smt.Goal
}

// changes are the claims [][a]_w: if the step changes w, it is one of a.
func (p *proof) changes(way *path) (all []change) {
	for _, s := range p.steps {
		m := mode{next: way.next}
		of := p.Not(p.same(p.eval(s.w.Expr, s.w.env, m.inNext()), p.eval(s.w.Expr, s.w.env, m)))
		if s.a.OfInstance(map[*sany.Definition]bool{}) {
			m.witnesses = p.witnesses(way)
		}
		i := slices.IndexFunc(all, func(c change) bool { return c.of.Formula == of })
		if i < 0 {
			i, all = len(all), append(all, change{of: smt.Goal{Name: "change", Formula: of}})
			if has := p.HasValue(of); has != smt.True {
				all[i].goals = []smt.Goal{{Name: s.a.title + " can be evaluated", Formula: has}}
			}
		}
		all[i].goals = append(all[i].goals, smt.Goal{Name: s.a.title, Formula: p.term(s.a.Expr, s.a.env, m)})
	}
	return all
}

// witnesses are what \E of an instance is tried with: the thread that takes the step, t, and the
// elements of Witnesses(t), if the module has that operator. Any are sound, few are fast.
func (p *proof) witnesses(way *path) witnesses {
	d := p.Defs["Witnesses"]
	if d == nil || len(d.Params) != 1 || len(way.threads()) == 0 {
		return nil
	}
	t := way.threads()[0]
	all := witnesses{smt.ThreadSort: {t}}
	s := p.set(d.Body, (*env)(nil).with(d.Params[0], t), mode{next: way.next})
	if !s.listed {
		panic(d.Body.Refuse("Witnesses as other than a set of listed elements"))
	}
	for _, item := range s.items {
		w := p.asTerm(item)
		all[w.Sort] = append(all[w.Sort], w)
	}
	return all
}
