//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// The graph of a scenario in the terms of the specification: what the explorer reached, each state
// mapped to the variables of a module of tla and printed as TLC prints them.

// A specModule is a module that has a program for each thread.
type specModule struct {
	name string   // of the module
	of   string   // of the module whose steps it takes
	half int64    // Half of its configurations; with accounts, large enough for the batches to be the code's
	vars []string // its variables, in the order of specState, but for those of history, which stand still
}

var (
	ofBudgetCAS = &specModule{"Scenario", "BudgetCAS", 64, budgetVars}
	ofAccounts  = &specModule{"AccountScenario", "Accounts", 1 << 27, accountVars}
)

// module is the one that has the scenario.
func (s scenario) module() *specModule {
	if s.hasAccounts {
		return ofAccounts
	}
	return ofBudgetCAS
}

// A specGraph is a set of states and of steps between them, as text. A step also has the thread and
// the name of its action.
type specGraph struct {
	initial string
	states  map[string]int32 // and the explorer's state, or the line, that it was first seen in
	steps   map[specStep]bool
}

type specStep struct{ from, to string }

// spec explores the scenario and maps what it reached. Steps that the specification does not have
// must not show.
func (x *Explorer) spec(ctx context.Context) (*specGraph, error) {
	g, err := x.engine.Explore(ctx, engine.Limits{States: 10_000_000, Skip: x.notInSpec})
	if err != nil {
		return nil, err
	}
	out := &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
	texts := make(map[engine.State]string)
	key := func(s engine.State) engine.State { // without the past, if the specification does not see it
		if !x.hasAccounts {
			s.Past = 0
		}
		return s
	}
	for i, s := range g.States {
		s = key(s)
		if _, ok := texts[s]; ok {
			continue
		}
		texts[s] = x.specState(s)
		if _, ok := out.states[texts[s]]; !ok {
			out.states[texts[s]] = int32(i)
		}
	}
	textOf := func(s engine.State) string { return texts[key(s)] }
	out.initial = textOf(g.States[0])
	for _, s := range g.States {
		for _, st := range x.engine.Steps(s) {
			if x.notInSpec(s, st) {
				continue
			}
			next, err := x.engine.Take(s, st)
			if err != nil {
				return nil, err
			}
			if err := out.add(x, s, st, textOf(s), textOf(next)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// notInSpec reports whether a step begins a call that the specification leaves out: a resize to the
// size that the block has, a claim that is none.
func (x *Explorer) notInSpec(s engine.State, st engine.Step) bool {
	t := int(st.Thread)
	v := x.engine.Point(s, t).View
	if v.phase != resting {
		return false
	}
	c := x.threads[t].items[v.next][st.Choice]
	switch c.kind {
	case callResize:
		return c.n == v.block
	case callClaim:
		return c.n <= v.block || x.hasAccounts && v.account == 0
	case callClose, callDrop:
		return v.account == 0
	case callOwnLimit:
		return v.account == 0 || v.limit == closed
	case callNewAccount:
		return v.account > 0 || v.block > 0
	}
	return false
}

// add adds a step of the code to the graph. The step must bear the name that the specification has
// for it, and a step that the specification does not have must change nothing that it sees.
func (g *specGraph) add(x *Explorer, s engine.State, st engine.Step, from, to string) error {
	t := int(st.Thread)
	p := x.engine.Point(s, t)
	action := x.action(p, int64(st.Choice))
	switch {
	case !inSpec(action) && from != to:
		return fmt.Errorf("%s of %s is no step of the specification, but leads from %s to %s",
			action, engine.ThreadName(t), from, to)
	case !inSpec(action):
	case p.View.phase != resting && x.specPC(s, t) != action:
		return fmt.Errorf("%s is at %s in the specification, and does %s in\n%s",
			engine.ThreadName(t), x.specPC(s, t), action, from)
	default:
		g.steps[specStep{from, to}] = true
	}
	return nil
}

// settle is where a thread is, and its own memory, after the steps that the specification does not
// have. It will take them whatever others do, and nothing they read makes a difference that the
// specification can see. Were that not so, the graphs would differ.
func (x *Explorer) settle(s engine.State, t int) (*engine.Point[view], engine.Memory) {
	m := x.engine.Memory(s)
	p := x.engine.Point(s, t)
	for p.Kind == engine.Operation && !inSpec(x.action(p, 0)) {
		p = x.engine.Continue(p, p.Op.Do(&m[p.Cell]), &m)
	}
	return p, m
}

// specPC is where the thread is in the specification: a step has the name of its action.
func (x *Explorer) specPC(s engine.State, t int) string {
	p, _ := x.settle(s, t)
	return x.pcAt(p)
}

// pcAt is where a thread is that has settled.
func (x *Explorer) pcAt(p *engine.Point[view]) string {
	if p.View.phase == resting {
		return p.View.ended
	}
	return x.action(p, 0)
}

// specState is the state as TLC prints it.
func (x *Explorer) specState(s engine.State) string {
	if x.hasAccounts {
		return x.accountState(s)
	}
	return x.budgetState(s)
}

var budgetVars = []string{"word", "base", "locked", "pc", "want", "seen", "held", "phys", "begun", "ends"}

func (x *Explorer) budgetState(s engine.State) string {
	m := x.engine.Memory(s)
	var pc, want, seen, held, phys, begun, ends []string
	for t := range x.threads {
		p, _ := x.settle(s, t)
		at := x.pcAt(p)
		pc = append(pc, `"`+at+`"`)
		want = append(want, fmt.Sprint(specWant(p, at, m[x.word])))
		seen = append(seen, x.specSeen(p, at))
		held = append(held, fmt.Sprint(p.View.block))
		phys = append(phys, fmt.Sprint(p.View.phys))
		begun = append(begun, fmt.Sprint(p.View.next))
		ends = append(ends, specEnds(p.View.call))
	}
	return strings.Join([]string{x.specWord(m[x.word]), x.specBases(&m), specBool(m[x.lock] != 0),
		tuple(pc), tuple(want), tuple(seen), tuple(held), tuple(phys), tuple(begun), tuple(ends)}, "; ")
}

// specWant is the size or the limit that the thread asks for, and word the word as it is.
func specWant(p *engine.Point[view], at string, word int64) int64 {
	if at == "SetLimitUnlock" && !impl.IsUnlimited(word) || p.View.call.kind == callEndBoot {
		return 0
	}
	return p.View.want
}

// specSeen is the word that the thread loaded last, where the specification remembers it.
func (x *Explorer) specSeen(p *engine.Point[view], at string) string {
	switch at {
	case "ReserveCAS", "ReleaseCAS", "RollbackCAS":
		return x.specWord(p.Op.(impl.Op).Old)
	case "ReleaseBase", "RollbackBase":
		return x.specWord(p.Answers[len(p.Answers)-1])
	}
	return "[gen |-> 0, head |-> 0]"
}

// specEnds is how the backend may end the call.
func specEnds(c call) string {
	switch c.backend {
	case "":
		return "{}"
	case ok:
		return "{TRUE}"
	case either:
		return "{FALSE, TRUE}"
	}
	return "{FALSE}"
}

// specWord is a word, in the specification's proportions.
func (x *Explorer) specWord(w int64) string {
	half := x.module().half
	head, gen := impl.Headroom(w), impl.Gen(w)
	switch {
	case impl.IsUnlimited(w):
		head, gen = half/2, 0
	case gen == 0: // of Counting
		head += half/4 - impl.CountingBase
	}
	if !x.hasAccounts {
		return fmt.Sprintf("[gen |-> %d, head |-> %d]", gen, head)
	}
	return fmt.Sprintf("[gen |-> %d, head |-> %d, stocked |-> %s]", gen, head, specBool(impl.IsStocked(w)))
}

func tuple(of []string) string { return "<<" + strings.Join(of, ", ") + ">>" }

func specBool(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

// specBases are the two bases. The specification lets the slot of generation 1 hold Counting's too
// before there is one.
func (x *Explorer) specBases(m *engine.Memory) string {
	var of [2]string
	for i := range of {
		base := m[x.base+i]
		bytes, gen := impl.Headroom(base), impl.Gen(base)
		if bytes == impl.CountingBase || base == 0 {
			bytes = x.module().half / 4
		}
		of[i] = fmt.Sprintf("%d :> [bytes |-> %d, gen |-> %d]", i, bytes, gen)
	}
	return "(" + of[0] + " @@ " + of[1] + ")"
}

// specProgram is the scenario as a value of Program in tla/Scenario.tla.
func (s scenario) specProgram() (string, error) {
	var threads []string
	for _, p := range s.threads {
		if p.account && p.held > 0 {
			return "", fmt.Errorf("scenario %q: an account that begins with a block is left out", s.text)
		}
		var items []string
		for _, item := range p.items {
			var calls []string
			for _, c := range item {
				switch c.kind {
				case callResize:
					calls = append(calls, fmt.Sprintf("To(%d, %s)", c.n,
						map[string]string{"{TRUE}": "Ok", "{FALSE}": "Fails", "{FALSE, TRUE}": "Either"}[specEnds(c)]))
				case callClaim:
					calls = append(calls, fmt.Sprintf("ClaimOf(%d)", c.n))
				case callSetLimit:
					calls = append(calls, fmt.Sprintf("LimitTo(%d)", c.n))
				case callEndBoot:
					calls = append(calls, "BootEnds")
				case callStats, callClose, callDrop, callNewAccount, callOwnLimit:
					if s.module() != ofAccounts {
						return "", fmt.Errorf("scenario %q: %v is no call of %s", s.text, c, s.module().of)
					}
					name, _, _ := strings.Cut(c.String(), "(")
					calls = append(calls, fmt.Sprintf("Do(%q, %d)", name, c.n))
				default:
					return "", fmt.Errorf("scenario %q: %v is no call of the specification", s.text, c)
				}
			}
			items = append(items, "{"+strings.Join(calls, ", ")+"}")
		}
		threads = append(threads, fmt.Sprintf("Holds(%d, <<%s>>)", p.held, strings.Join(items, ", ")))
	}
	return fmt.Sprintf("[limit |-> %d, threads |-> <<\n    %s>>]", s.limit, strings.Join(threads, ",\n    ")), nil
}
