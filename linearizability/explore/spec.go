//go:build interleave

package explore

import (
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A spec has the states of a scenario in the terms of the specification: each mapped to the
// variables of a module of tla and written as TLC prints them.
type spec struct {
	*names
	engine *engine.Explorer[callerState, past, event]
	module *specModule
}

// A specModule is a module that has a program for each thread.
type specModule struct {
	name  string   // of the module
	of    string   // of the module whose steps it takes
	half  int64    // Half of its configurations; with accounts, large enough for the batches to be the code's
	vars  []string // its variables, but for those of history, which stand still
	state func(*spec, engine.State) string
}

// settle is where a thread is, and its own memory, after the steps that the specification does not
// have. It will take them whatever others do, and nothing they read makes a difference that the
// specification can see. Were that not so, the graphs would differ.
func (s *spec) settle(st engine.State, t int) (*engine.Point[callerState], engine.Memory) {
	m := s.engine.Memory(st)
	p := s.engine.Point(st, t)
	for p.Kind == engine.Operation && !inSpec(s.action(p, 0)) {
		p = s.engine.Continue(p, p.Op.Do(&m[p.Cell]), &m)
	}
	return p, m
}

// pcAt is where a thread that has settled is in the specification: at a step of the name of its
// action.
func (s *spec) pcAt(p *engine.Point[callerState]) string {
	if p.View.resting() {
		return p.View.ended
	}
	return s.action(p, 0)
}

// want is the size or the limit that the thread asks for, and word the word as it is.
func (s *spec) want(p *engine.Point[callerState], at string, word int64) int64 {
	if at == "SetLimitUnlock" && !impl.IsUnlimited(word) || p.View.call.Op == calls.EndBoot {
		return 0
	}
	return p.View.want
}

// endsOf is how the backend may end the call of a thread.
func endsOf(v callerState) string {
	if v.resting() || !v.call.Op.HasBackend() {
		return "{}"
	}
	return map[calls.Fate]string{calls.Succeeds: "{TRUE}", calls.Either: "{FALSE, TRUE}", calls.Fails: "{FALSE}",
		calls.Panics: "{FALSE}"}[v.call.Fate]
}

// wordText is a word, in the specification's proportions.
func (s *spec) wordText(w int64) string {
	half := s.module.half
	head, gen := impl.Headroom(w), impl.Gen(w)
	switch {
	case impl.IsUnlimited(w):
		head, gen = half/2, 0
	case gen == 0: // of Counting
		head += half/4 - impl.CountingBase
	}
	if !s.hasAccounts {
		return fmt.Sprintf("[gen |-> %d, head |-> %d]", gen, head)
	}
	return fmt.Sprintf("[gen |-> %d, head |-> %d, stocked |-> %s]", gen, head, boolText(impl.IsStocked(w)))
}

// basesText are the two bases. The specification lets the slot of generation 1 hold Counting's too
// before there is one.
func (s *spec) basesText(m *engine.Memory) string {
	var of [2]string
	for i := range of {
		base := m[s.base+i]
		bytes, gen := impl.Headroom(base), impl.Gen(base)
		if bytes == impl.CountingBase || base == 0 {
			bytes = s.module.half / 4
		}
		of[i] = fmt.Sprintf("%d :> [bytes |-> %d, gen |-> %d]", i, bytes, gen)
	}
	return "(" + of[0] + " @@ " + of[1] + ")"
}

func tuple(of []string) string { return "<<" + strings.Join(of, ", ") + ">>" }

func boolText(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }

// A scenario without accounts in the terms of tla/Scenario.tla.

var budgetVars = []string{"word", "base", "locked", "pc", "want", "seen", "held", "phys", "begun", "ends"}

// budgetState is a state as the values of budgetVars.
func budgetState(s *spec, st engine.State) string {
	m := s.engine.Memory(st)
	var pc, want, seen, held, phys, begun, ends []string
	for t := range s.Clients {
		p, _ := s.settle(st, t)
		at := s.pcAt(p)
		pc = append(pc, `"`+at+`"`)
		want = append(want, fmt.Sprint(s.want(p, at, m[s.word])))
		seen = append(seen, s.budgetSeen(p, at))
		held = append(held, fmt.Sprint(p.View.block))
		phys = append(phys, fmt.Sprint(p.View.phys))
		begun = append(begun, fmt.Sprint(p.View.next))
		ends = append(ends, endsOf(p.View))
	}
	return strings.Join([]string{s.wordText(m[s.word]), s.basesText(&m), boolText(m[s.lock] != 0),
		tuple(pc), tuple(want), tuple(seen), tuple(held), tuple(phys), tuple(begun), tuple(ends)}, "; ")
}

// budgetSeen is the word that the thread loaded last, where the specification remembers it.
func (s *spec) budgetSeen(p *engine.Point[callerState], at string) string {
	switch at {
	case "ReserveCAS", "ReleaseCAS", "RollbackCAS":
		return s.wordText(p.Op.(impl.Op).Old)
	case "ReleaseBase", "RollbackBase":
		return s.wordText(s.wordSeen(p))
	}
	return "[gen |-> 0, head |-> 0]"
}
