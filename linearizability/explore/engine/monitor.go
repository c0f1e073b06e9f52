package engine

import (
	"fmt"
	"slices"
	"strings"
)

// A Monitor decides online whether a history is linearizable: whether each operation can be given
// one instant between its call and its return, such that the outputs are those of a sequential
// specification in the order of the instants. S is a state of the specification, I an operation, O
// its output.
//
// After each call and return the monitor is at one of its numbered points: the set of all pairs of
// a state of the specification and the outputs of open operations that have had their instant
// already, which some order explains. An operation has its instant at the latest when it returns,
// or when an operation that must come after it does. So the set changes at calls and returns only,
// and an empty set is a history that nothing explains.
//
// What the rest of a run can still do wrong depends on the history only by this set. A judge that
// keeps the number of the point in its past loses no verdict when states are pruned.
type Monitor[S, I, O comparable] struct {
	step    func(S, I) (S, O)
	points  []history[S, I, O]
	numbers map[string]int32
	known   map[monitorStep[I, O]]int32
}

// A history is what matters of one: which operations are open, and what may be the case.
type history[S, I, O comparable] struct {
	open    [MaxThreads]bool
	in      [MaxThreads]I
	configs []config[S, O] // no two equal, in the order of their texts
}

type config[S, O comparable] struct {
	state S
	done  [MaxThreads]bool // the open operation has had its instant
	out   [MaxThreads]O    // and this is its output
}

// A monitorStep is a call or a return at a point; the point after each is computed once.
type monitorStep[I, O comparable] struct {
	at     int32
	thread int
	ret    bool
	in     I
	out    O
}

// NewMonitor returns a monitor of the specification step. Its point 0 is the empty history.
func NewMonitor[S, I, O comparable](initial S, step func(S, I) (S, O)) *Monitor[S, I, O] {
	m := &Monitor[S, I, O]{step: step, numbers: make(map[string]int32), known: make(map[monitorStep[I, O]]int32)}
	m.number(history[S, I, O]{configs: []config[S, O]{{state: initial}}})
	return m
}

// Points is the number of points found so far.
func (m *Monitor[S, I, O]) Points() int { return len(m.points) }

// Explained reports whether some order explains the history at a point.
func (m *Monitor[S, I, O]) Explained(at int32) bool { return len(m.points[at].configs) > 0 }

// Call is the point after a thread's call of operation in.
func (m *Monitor[S, I, O]) Call(at int32, thread int, in I) int32 {
	return m.after(monitorStep[I, O]{at: at, thread: thread, in: in})
}

// Return is the point after the return of a thread's open operation with output out.
func (m *Monitor[S, I, O]) Return(at int32, thread int, out O) int32 {
	return m.after(monitorStep[I, O]{at: at, thread: thread, ret: true, out: out})
}

func (m *Monitor[S, I, O]) after(s monitorStep[I, O]) int32 {
	n, ok := m.known[s]
	if !ok {
		h := m.points[s.at]
		if s.ret {
			h = m.returned(h, s.thread, s.out)
		} else {
			h.open[s.thread], h.in[s.thread] = true, s.in
		}
		n = m.number(h)
		m.known[s] = n
	}
	return n
}

func (m *Monitor[S, I, O]) number(h history[S, I, O]) int32 {
	key := fmt.Sprint(h)
	n, ok := m.numbers[key]
	if !ok {
		n = int32(len(m.points))
		m.numbers[key] = n
		m.points = append(m.points, h)
	}
	return n
}

// returned is the history after a return: every way in which operations that are open can have had
// their instants by now, if the returned one did and had this output.
func (m *Monitor[S, I, O]) returned(h history[S, I, O], thread int, out O) history[S, I, O] {
	var noInput I
	var noOutput O
	seen := make(map[config[S, O]]bool)
	kept := make(map[config[S, O]]bool)
	var search func(config[S, O])
	search = func(c config[S, O]) {
		if seen[c] {
			return
		}
		seen[c] = true
		if c.done[thread] {
			if c.out[thread] == out {
				c.done[thread], c.out[thread] = false, noOutput
				kept[c] = true
			}
			return
		}
		for t := range h.open {
			if h.open[t] && !c.done[t] {
				next := c
				next.state, next.out[t] = m.step(c.state, h.in[t])
				next.done[t] = true
				search(next)
			}
		}
	}
	for _, c := range h.configs {
		search(c)
	}
	h.open[thread], h.in[thread] = false, noInput
	h.configs = make([]config[S, O], 0, len(kept))
	for c := range kept {
		h.configs = append(h.configs, c)
	}
	slices.SortFunc(h.configs, func(a, b config[S, O]) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return h
}
