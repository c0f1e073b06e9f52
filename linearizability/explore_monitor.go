//go:build interleave

package linearizability

import (
	"fmt"
	"slices"
	"strings"

	"casalloc/model"
)

// A monitor decides online whether the history so far is linearizable. It is the set of all (state of the specification, outcomes
// of open operations that have been linearized already) that some order of the operations explains. An operation is linearized
// at the latest when it or one that must come after it returns, so the set changes at invocations and returns only, and
// an empty set is a history that nothing explains.
//
// What the rest of a run can still do wrong depends on the history only by this set. It is part of the explored state,
// so two runs are one only if they agree on it: pruning loses no verdict.
type monitor struct {
	open    [maxThreads]bool
	in      [maxThreads]Input
	configs []config // no two equal, in the order of their keys
}

type config struct {
	state Reading
	done  [maxThreads]bool // linearized, and not returned
	out   [maxThreads]Output
}

func (c config) key() string { return fmt.Sprint(c) }

func (m monitor) key() string {
	var s strings.Builder
	fmt.Fprint(&s, m.open, m.in)
	for _, c := range m.configs {
		s.WriteString(c.key())
	}
	return s.String()
}

// A monitorStep is an event of a thread at an interned monitor; the result of each is computed once.
type monitorStep struct {
	monitor int32
	thread  int
	event   event
}

// observe returns the monitor after the event: one without configs if nothing explains it.
func (m monitor) observe(thread int, e event) monitor {
	if !e.ret {
		m.open[thread], m.in[thread] = true, e.in
		return m
	}
	seen := make(map[config]bool)
	kept := make(map[config]bool)
	var search func(config)
	search = func(c config) {
		if seen[c] {
			return
		}
		seen[c] = true
		if c.done[thread] {
			if c.out[thread] == e.out {
				c.done[thread], c.out[thread] = false, Output{}
				kept[c] = true
			}
			return
		}
		for t := range m.open {
			if m.open[t] && !c.done[t] {
				next := c
				var s model.State
				s, next.out[t] = Step(model.State{Mode: c.state.Mode, Limit: c.state.Limit, Allocated: c.state.Allocated}, m.in[t])
				next.state, next.done[t] = readingOf(s), true
				search(next)
			}
		}
	}
	for _, c := range m.configs {
		search(c)
	}
	m.open[thread], m.in[thread] = false, Input{}
	m.configs = make([]config, 0, len(kept))
	for c := range kept {
		m.configs = append(m.configs, c)
	}
	slices.SortFunc(m.configs, func(a, b config) int { return strings.Compare(a.key(), b.key()) })
	return m
}
