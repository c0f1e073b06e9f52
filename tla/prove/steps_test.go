package prove

import (
	"casalloc/tla/prove/smt"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A taken is a path whose conditions hold in a state, for a choice of its variables.
type taken struct {
	state  int
	choice []any // of the path's variables
	next   string
}

// enterTaken makes a state, and a choice of a path's variables there, what terms are
// interpreted in.
func (a *agreement) enterTaken(p *path, k taken) {
	a.enter(a.states[k.state])
	for i, v := range p.vars {
		a.set(v, k.choice[i])
	}
}

// takenIn finds all ways to take the path in the state that was entered.
func (a *agreement) takenIn(p *path, state int) (all []taken) {
	last := make([][]*smt.Term, len(p.vars)+1) // conditions, by the last variable that they read
	for _, c := range p.conds {
		i := 0
		smt.Each(map[*smt.Term]bool{}, c, func(t *smt.Term) { i = max(i, slices.Index(p.vars, t)+1) })
		last[i] = append(last[i], c)
	}
	var choice []any
	var choose func()
	choose = func() {
		for _, c := range last[len(choice)] {
			if !a.truth(c) {
				return
			}
		}
		if len(choice) == len(p.vars) {
			all = append(all, taken{state, slices.Clone(choice), a.nextState(p)})
			return
		}
		v := p.vars[len(choice)]
		for _, x := range a.choices(v.Sort) {
			choice = append(choice, x)
			a.set(v, x)
			choose()
			choice = choice[:len(choice)-1]
		}
	}
	choose()
	return all
}

// choices are the threads, or the integers that an action may name, and some that it may not.
func (a *agreement) choices(s *smt.Sort) (all []any) {
	if s == smt.IntSort {
		for n := int64(-1); n < 10; n++ {
			all = append(all, n)
		}
		return all
	}
	return a.all(s)
}

// nextState is the state after the path, as TLC would write it.
func (a *agreement) nextState(p *path) string {
	var next tupleOf
	for _, v := range a.variables {
		if t, ok := p.next[v].(*smt.Term); ok {
			next = append(next, a.to(a.eval(t), a.sorts[v]))
		} else {
			next = append(next, a.interpretation.said(p.next[v]))
		}
	}
	return written(next)
}

// stepsAgree compares the steps from each state with those that TLC finds, and then some steps of
// each path in all that is said of them.
func (a *agreement) stepsAgree() {
	took := make([][]taken, len(a.paths))
	for n := range a.states {
		got := map[string][]string{}
		a.enter(a.states[n])
		for i, p := range a.paths {
			for _, k := range a.takenIn(p, n) {
				took[i] = append(took[i], k)
				got[k.next] = append(got[k.next], p.action)
			}
		}
		tlc := map[string]bool{}
		for _, s := range a.said[n].steps {
			tlc[s.next] = true
			if got[s.next] == nil {
				a.differ("state %s:\nof TLC alone is the step to %s", written(a.text(a.states[n])), s.next)
			}
		}
		for next, by := range got {
			if !tlc[next] {
				a.differ("state %s:\nnot of TLC is %s to %s", written(a.text(a.states[n])), by, next)
			}
		}
	}
	last, whole := a.ev.FreshVar(smt.ThreadSort).ID, a.ev.Builder
	for i, p := range a.paths {
		a.ev.Builder = whole.Fork()
		first := i == 0 || p.action != a.paths[i-1].action
		a.pathAgrees(p, took[i], first)
		a.textsAgree(p, took[i])
		a.truncate(last)
	}
	a.took = took
}

// spread are n of the steps, from all parts of the list.
func spread(all []taken, n int) (some []taken) {
	for i := range min(n, len(all)) {
		some = append(some, all[i*len(all)/min(n, len(all))])
	}
	return some
}

// pathAgrees compares steps of the path: what is said of the next state in terms of this one,
// the properties of steps, and the problems with what the path knows put in. The whole step of
// the abstract module, which is large, is asked of the first path of each action only.
func (a *agreement) pathAgrees(p *path, all []taken, whole bool) {
	if len(all) == 0 {
		return
	}
	m := mode{next: p.next}
	claims := a.claimsOf(m.inNext())
	change := a.proof.changes(p)[0] // all are of all variables
	steps := change.goals
	problems := a.problems(p, change)
	abstract := smt.True
	if whole {
		vars := a.ev.Defs["Abstract!vars"].Body
		unchanged := a.ev.same(a.ev.eval(vars, nil, m.inNext()), a.ev.eval(vars, nil, m))
		abstract = a.ev.Or(unchanged, a.ev.term(a.ev.Defs["Abstract!Next"].Body, nil, m))
	}
	at := p.threads()
	sums := a.sums(p)
	for _, k := range spread(all, a.small.eachPath) {
		a.enterTaken(p, k)
		said := a.said[k.state].steps
		s := said[slices.IndexFunc(said, func(s stepSaid) bool { return s.next == k.next })]
		where := fmt.Sprintf("%s from %s to %s", p.action, written(a.text(a.states[k.state])), s.next)
		a.claimsAgree(where, claims, s.claims)
		holds := a.hold(a.holds)
		if a.deep++; !holds {
			a.deepOutside++
		}
		if !s.refines {
			a.strangers++
		}
		if got, want := a.truth(change.of.Formula), s.next != written(a.text(a.states[k.state])); got != want {
			a.differ("%s: the step changes something is %t, of TLC %t", where, got, want)
		}
		if got := a.truth(abstract); whole && got != s.refines {
			a.differ("%s: an abstract step is %t, of TLC %t", where, got, s.refines)
		}
		a.propertiesAgree(where, steps, s, holds)
		if !slices.ContainsFunc(smt.Alternatives(p.conds), a.allHold) {
			a.differ("%s: the conditions hold, and no alternative of them", where)
		}
		a.sumsAgree(where, sums, at)
		for _, q := range problems {
			a.simplifiedAgrees(where, q)
		}
	}
}

// propertiesAgree compares the step properties, the last of which is Refines.
func (a *agreement) propertiesAgree(where string, steps []smt.Goal, s stepSaid, holds bool) {
	for i, prop := range s.props {
		if got := a.truth(steps[i].Formula); got != prop {
			a.differ("%s: %s is %t, of TLC %t", where, steps[i].Name, got, prop)
		}
	}
	// Where it is not proved, as outside of Inv, the witnesses may not be those that there are.
	proved := holds && a.small.theorem.Name != operators.Name
	if got := a.truth(steps[len(s.props)].Formula); got && !s.refines || !got && proved {
		a.differ("%s: Refines is %t, of TLC %t", where, got, s.refines)
	}
}

// A simplification is a formula, and what the conditions of a path make of it.
type simplification struct {
	name    string
	when    []*smt.Term // the alternative of the conditions
	formula *smt.Term
	by      []smt.Goal
	others  []*smt.Term // the threads that by speaks of, as any
}

// problems are the hypotheses and goals of the path, each alone, as it is and simplified.
func (a *agreement) problems(p *path, c change) (all []simplification) {
	at := p.threads()
	kept := a.proof.goals(a.proof.induction, mode{primed: true, next: p.next})
	add := func(conds []*smt.Term, hypotheses, goals []smt.Goal) {
		for _, h := range hypotheses {
			q := smt.Problem{By: a.ev.Builder, Hypotheses: []smt.Goal{h}, At: at}.Simplified(conds)
			all = append(all, simplification{"hypothesis " + h.Name, conds, h.Formula, q.Hypotheses, nil})
		}
		for _, g := range goals {
			q := smt.Problem{By: a.ev.Builder, Goals: []smt.Goal{g}, At: at}.Simplified(conds)
			all = append(all, simplification{"goal " + g.Name, conds, g.Formula, q.Goals, nil})
		}
	}
	add(p.conds, a.holds, kept)
	for _, conds := range smt.Alternatives(p.conds) {
		add(conds, append(slices.Clip(kept), c.of), c.goals)
	}
	for i, s := range all {
		others := map[*smt.Term]bool{}
		for _, g := range s.by {
			smt.Each(map[*smt.Term]bool{}, g.Formula, func(t *smt.Term) {
				if t.Op == "const" && strings.HasPrefix(t.Name, ".other") {
					others[t] = true
				}
			})
		}
		all[i].others = slices.Collect(maps.Keys(others))
	}
	return all
}

// simplifiedAgrees: under the conditions, the simplified goals say for all other threads what
// the goal says, and so do the simplified hypotheses.
func (a *agreement) simplifiedAgrees(where string, s simplification) {
	if !a.allHold(s.when) {
		return
	}
	if want, got := a.truth(s.formula), a.forAll(s.others, s.by); got != want {
		a.differ("%s: %s is %t, simplified %t", where, s.name, want, got)
	}
}

func (a *agreement) forAll(vars []*smt.Term, goals []smt.Goal) bool {
	if len(vars) == 0 {
		return a.hold(goals)
	}
	for i := range a.threads {
		a.set(vars[0], thread(i))
		if !a.forAll(vars[1:], goals) {
			return false
		}
	}
	return true
}

func (a *agreement) allHold(conds []*smt.Term) bool {
	return !slices.ContainsFunc(conds, func(c *smt.Term) bool { return !a.truth(c) })
}

// sums are the sums that the path's goals speak of, each with what it is in the next state.
func (a *agreement) sums(p *path) (all [][2]*smt.Term) {
	var now, then []*smt.Term
	seen := map[*smt.Term]bool{}
	for _, g := range append(a.proof.goals(a.proof.induction, mode{primed: true, next: p.next}), a.holds...) {
		smt.Each(seen, g.Formula, func(t *smt.Term) {
			if t.Op == "sum" && strings.HasSuffix(t.Name, "'") {
				then = append(then, t)
			} else if t.Op == "sum" {
				now = append(now, t)
			}
		})
	}
	for _, f := range now {
		for _, g := range then {
			if f.Name == strings.TrimSuffix(g.Name, "'") {
				all = append(all, [2]*smt.Term{f, g})
			}
		}
	}
	return all
}

// sumsAgree: if two summands are said to be equal at all threads but some, they are.
func (a *agreement) sumsAgree(where string, sums [][2]*smt.Term, at []*smt.Term) {
	for _, s := range sums {
		f, g := s[0].Args[0], s[1].Args[0]
		for _, but := range [][]*smt.Term{at[:1], at} {
			if !a.ev.SameElsewhere(f, g, but) {
				continue
			}
			for i := range a.threads {
				x := a.element(thread(i), smt.ThreadSort)
				named := slices.ContainsFunc(but, func(t *smt.Term) bool { return a.eval(t) == thread(i) })
				if v, w := a.eval(a.ev.Instance(f, x)), a.eval(a.ev.Instance(g, x)); v != w && !named {
					a.differ("%s: %s at another thread is %v, then %v", where, s[0].Name, v, w)
				}
			}
		}
	}
}
