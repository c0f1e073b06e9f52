//go:build interleave

package linearizability

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
)

// The graph of a scenario in the terms of tla/Scenario.tla: what the explorer reached, each state mapped to the variables of the
// specification and printed as TLC prints them.

// A specGraph is a set of states and of steps between them, as text. A step also has the thread and the name of its action.
type specGraph struct {
	initial string
	states  map[string]int32 // and the explorer's state, or the line, that it was first seen in
	steps   map[specStep]bool
}

type specStep struct{ from, to string }

// specHalf is Half of the configurations: the code's bands in the specification's proportions.
const specHalf = 64

// spec explores the scenario and maps what it reached. Steps that the specification has not must not show.
func (x *explorer) spec(ctx context.Context) (*specGraph, error) {
	// A call that the specification leaves out: a resize to the size that the block has, a claim that is none.
	x.leaveOut = func(l *local, c call) bool {
		return c.kind == callResize && c.n == l.block || c.kind == callClaim && c.n <= l.block
	}
	g, err := x.explore(ctx, 10_000_000, nil)
	if err != nil {
		return nil, err
	}
	out := &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
	texts := make([]string, len(g.states))
	known := make(map[state]string) // without what the specification does not see
	for i, s := range g.states {
		s.past, s.monitor = 0, 0
		text, ok := known[s]
		if !ok {
			text = x.specState(s)
			known[s] = text
		}
		texts[i] = text
		if _, ok := out.states[texts[i]]; !ok {
			out.states[texts[i]] = int32(i)
		}
	}
	out.initial = texts[0]
	numbers := make(map[state]int, len(g.states))
	for i, s := range g.states {
		numbers[s] = i
	}
	for i, s := range g.states {
		for t := range x.threads {
			for c := range x.choices(s, t) {
				if x.leftOut(s, t, c) {
					continue
				}
				next, err := x.take(s, step{uint8(t), uint8(c)})
				if err != nil {
					return nil, err
				}
				j := numbers[next]
				l := x.locals[s.threads[t]]
				action := x.action(l, int64(c))
				switch visible := !strings.Contains(action, "."); {
				case !visible && texts[i] != texts[j]:
					return nil, fmt.Errorf("%s of %s is no step of the specification, but leads from %s to %s", action, threadName(t), texts[i], texts[j])
				case visible && l.at != stepBegin && x.specPC(s, t) != action:
					return nil, fmt.Errorf("%s is at %s in the specification, and does %s in\n%s", threadName(t), x.specPC(s, t), action, texts[i])
				case visible:
					out.steps[specStep{texts[i], texts[j]}] = true
				}
			}
		}
	}
	return out, nil
}

// settled is the local state of a thread after the steps that the specification does not have: it will take them whatever
// others do, and nothing they read makes a difference that the specification can see. Were that not so, the graphs would differ.
func (x *explorer) settled(s state, t int) *local {
	m := x.memories.values[s.memory]
	id := s.threads[t]
	for {
		l := x.locals[id]
		if l.at != stepOp || !strings.Contains(x.action(l, 0), ".") {
			return l
		}
		id = x.edge(id, l.pending.op.Do(&m[l.pending.cell])).to
	}
}

// specPC is where the thread is in the specification: a step has the name of its action.
func (x *explorer) specPC(s state, t int) string {
	l := x.settled(s, t)
	if l.at == stepBegin || l.at == stepDone {
		return l.ended
	}
	return x.action(l, 0)
}

// specVars are the variables of specState, in its order. Not mapped: top, fit and broken, which stand still without History.
var specVars = []string{"word", "base", "locked", "pc", "want", "seen", "held", "phys", "begun", "ends"}

func (x *explorer) specState(s state) string {
	m := x.memories.values[s.memory]
	var locked string
	bases := make(map[string]string)
	for i, c := range x.cells {
		switch name := c.Name; name {
		case "base[0]", "base[1]":
			bases[name] = specBase(m[i])
		case "setter":
			locked = strings.ToUpper(fmt.Sprint(m[i] != 0))
		}
	}
	var pc, want, seen, held, phys, begun, ends []string
	for t := range x.threads {
		l := x.settled(s, t)
		at := x.specPC(s, t)
		pc = append(pc, `"`+at+`"`)
		w, e := l.want, "{}"
		switch {
		case at == "SetLimitUnlock" || l.call.kind == callEndBoot:
			w = 0
		case l.call.backend != nil:
			e = specEnds(l.call)
		}
		want = append(want, fmt.Sprint(w))
		ends = append(ends, e)
		switch at {
		case "ReserveCAS", "ReleaseCAS", "RollbackCAS":
			seen = append(seen, specWord(l.pending.op.Old))
		case "ReleaseBase", "RollbackBase":
			seen = append(seen, specWord(l.answers[len(l.answers)-1]))
		default:
			seen = append(seen, "[gen |-> 0, head |-> 0]")
		}
		held = append(held, fmt.Sprint(l.block))
		phys = append(phys, fmt.Sprint(l.phys))
		begun = append(begun, fmt.Sprint(l.next))
	}
	tuple := func(of []string) string { return "<<" + strings.Join(of, ", ") + ">>" }
	return strings.Join([]string{specWord(m[x.word]), fmt.Sprintf("(0 :> %s @@ 1 :> %s)", bases["base[0]"], bases["base[1]"]), locked,
		tuple(pc), tuple(want), tuple(seen), tuple(held), tuple(phys), tuple(begun), tuple(ends)}, "; ")
}

func specEnds(c call) string {
	switch {
	case len(c.backend) == 2:
		return "{FALSE, TRUE}"
	case c.backend[0] == backendOK:
		return "{TRUE}"
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

// specBase is a base. The specification lets the slot of generation 1 hold Counting's too before there is one.
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
