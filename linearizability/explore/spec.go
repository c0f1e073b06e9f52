//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// The graph of a scenario in the terms of tla/Scenario.tla: what the explorer reached, each state
// mapped to the variables of the specification and printed as TLC prints them.

// A specGraph is a set of states and of steps between them, as text. A step also has the thread and
// the name of its action.
type specGraph struct {
	initial string
	states  map[string]int32 // and the explorer's state, or the line, that it was first seen in
	steps   map[specStep]bool
}

type specStep struct{ from, to string }

// specHalf is Half of the configurations: the code's bands in the specification's proportions.
const specHalf = 64

// spec explores the scenario and maps what it reached. Steps that the specification does not have
// must not show.
func (x *Explorer) spec(ctx context.Context) (*specGraph, error) {
	g, err := x.engine.Explore(ctx, engine.Limits{States: 10_000_000, Skip: x.notInSpec})
	if err != nil {
		return nil, err
	}
	out := &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
	texts := make(map[engine.State]string) // of states without their past, which the specification does not see
	for i, s := range g.States {
		s.Past = 0
		if _, ok := texts[s]; ok {
			continue
		}
		texts[s] = x.specState(s)
		if _, ok := out.states[texts[s]]; !ok {
			out.states[texts[s]] = int32(i)
		}
	}
	textOf := func(s engine.State) string {
		s.Past = 0
		return texts[s]
	}
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
	return c.kind == callResize && c.n == v.block || c.kind == callClaim && c.n <= v.block
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

// settled is where a thread is after the steps that the specification does not have. It will take
// them whatever others do, and nothing they read makes a difference that the specification can see.
// Were that not so, the graphs would differ.
func (x *Explorer) settled(s engine.State, t int) *engine.Point[view] {
	m := x.engine.Memory(s)
	p := x.engine.Point(s, t)
	for p.Kind == engine.Operation && !inSpec(x.action(p, 0)) {
		p = x.engine.Continue(p, p.Op.Do(&m[p.Cell]), &m)
	}
	return p
}

// specPC is where the thread is in the specification: a step has the name of its action.
func (x *Explorer) specPC(s engine.State, t int) string {
	p := x.settled(s, t)
	if p.View.phase == resting {
		return p.View.ended
	}
	return x.action(p, 0)
}

// specVars are the variables of specState, in its order. Not mapped: top, fit and broken, which
// stand still without History.
var specVars = []string{"word", "base", "locked", "pc", "want", "seen", "held", "phys", "begun", "ends"}

func (x *Explorer) specState(s engine.State) string {
	m := x.engine.Memory(s)
	cell := make(map[string]int64)
	for i, c := range x.cells {
		cell[c.Name] = m[i]
	}
	var pc, want, seen, held, phys, begun, ends []string
	for t := range x.threads {
		p, at := x.settled(s, t), x.specPC(s, t)
		pc = append(pc, `"`+at+`"`)
		want = append(want, fmt.Sprint(specWant(p, at, m[x.word])))
		seen = append(seen, specSeen(p, at))
		held = append(held, fmt.Sprint(p.View.block))
		phys = append(phys, fmt.Sprint(p.View.phys))
		begun = append(begun, fmt.Sprint(p.View.next))
		ends = append(ends, specEnds(p.View.call))
	}
	tuple := func(of []string) string { return "<<" + strings.Join(of, ", ") + ">>" }
	return strings.Join([]string{specWord(m[x.word]),
		fmt.Sprintf("(0 :> %s @@ 1 :> %s)", specBase(cell["base[0]"]), specBase(cell["base[1]"])),
		strings.ToUpper(fmt.Sprint(cell["setter"] != 0)),
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
func specSeen(p *engine.Point[view], at string) string {
	switch at {
	case "ReserveCAS", "ReleaseCAS", "RollbackCAS":
		return specWord(p.Op.(impl.Op).Old)
	case "ReleaseBase", "RollbackBase":
		return specWord(p.Answers[len(p.Answers)-1])
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

func specWord(w int64) string {
	if impl.IsUnlimited(w) {
		return fmt.Sprintf("[gen |-> 0, head |-> %d]", specHalf/2)
	}
	head, gen := impl.Headroom(w), impl.Gen(w)
	if gen == 0 { // of Counting
		head += specHalf/4 - impl.CountingBase
	}
	return fmt.Sprintf("[gen |-> %d, head |-> %d]", gen, head)
}

// specBase is a base. The specification lets the slot of generation 1 hold Counting's too before
// there is one.
func specBase(b int64) string {
	bytes, gen := impl.Headroom(b), impl.Gen(b)
	if bytes == impl.CountingBase || b == 0 {
		bytes = specHalf / 4
	}
	return fmt.Sprintf("[bytes |-> %d, gen |-> %d]", bytes, gen)
}

// specProgram is the scenario as a value of Program in tla/Scenario.tla.
func (s scenario) specProgram() (string, error) {
	var threads []string
	for _, p := range s.threads {
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
