package engine

import (
	"fmt"
	"slices"
)

// A Monitor decides online whether a history is linearizable: whether the steps of each operation
// can be given instants between its call and its return, such that the outputs are those of a
// sequential specification in the order of the instants. S is a state of the specification, I an
// operation, O its output. Most operations are one step.
//
// After each call and return the monitor is at one of its numbered points: the set of all pairs of
// a state of the specification and the progress of open operations, which some order explains. A
// step has its instant at the latest when its operation returns, or when a step that must come
// after it does. So the set changes at calls and returns only, and an empty set is a history that
// nothing explains.
//
// What the rest of a run can still do wrong depends on the history only by this set. A judge that
// keeps the number of the point in its past loses no verdict when states are pruned.
type Monitor[S, I, O comparable] struct {
	step    func(S, I, Progress[O]) []Advance[S, O]
	points  []history[I]
	numbers map[string]int32
	configs interned[config[S, O]]
	known   map[monitorStep[I, O]]int32
}

// A Progress is how far an operation is: how many steps it has taken, or Done. Out is its output
// when it is done; before that, what its next steps need to know. The zero value has taken none.
type Progress[O any] struct {
	Phase int
	Out   O
}

// Done is the Phase after the last step.
const Done = -1

// An Advance is a state of the specification, and the progress of an operation, after a step of it.
type Advance[S, O any] struct {
	State    S
	Progress Progress[O]
}

// A history is what matters of one: which operations are open, and what may be the case.
type history[I comparable] struct {
	open    [MaxThreads]bool
	in      [MaxThreads]I
	configs []int32 // by number, in order
}

type config[S, O comparable] struct {
	state S
	of    [MaxThreads]Progress[O] // of the open operations
}

// A monitorStep is a call or a return at a point; the point after each is computed once.
type monitorStep[I, O comparable] struct {
	at     int32
	thread int
	ret    bool
	in     I
	out    O
}

// NewMonitor returns a monitor of the specification step, which returns all that the next step of
// an operation can come to. Its point 0 is the empty history.
func NewMonitor[S, I, O comparable](initial S, step func(S, I, Progress[O]) []Advance[S, O]) *Monitor[S, I, O] {
	m := &Monitor[S, I, O]{step: step, numbers: make(map[string]int32), known: make(map[monitorStep[I, O]]int32)}
	m.number(history[I]{configs: []int32{m.configs.intern(config[S, O]{state: initial})}})
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

func (m *Monitor[S, I, O]) number(h history[I]) int32 {
	key := fmt.Sprint(h)
	n, ok := m.numbers[key]
	if !ok {
		n = int32(len(m.points))
		m.numbers[key] = n
		m.points = append(m.points, h)
	}
	return n
}

// returned is the history after a return: every way in which operations that are open can have
// taken steps by now, if the returned one took all of its own and had this output.
func (m *Monitor[S, I, O]) returned(h history[I], thread int, out O) history[I] {
	var noInput I
	seen := make(map[int32]bool)
	var kept []int32
	var search func(int32)
	search = func(n int32) {
		if seen[n] {
			return
		}
		seen[n] = true
		c := m.configs.values[n]
		if c.of[thread].Phase == Done {
			if c.of[thread].Out == out {
				c.of[thread] = Progress[O]{}
				kept = append(kept, m.configs.intern(c))
			}
			return
		}
		for t := range h.open {
			if !h.open[t] || c.of[t].Phase == Done {
				continue
			}
			for _, a := range m.step(c.state, h.in[t], c.of[t]) {
				next := c
				next.state, next.of[t] = a.State, a.Progress
				search(m.configs.intern(next))
			}
		}
	}
	for _, c := range h.configs {
		search(c)
	}
	slices.Sort(kept)
	h.open[thread], h.in[thread] = false, noInput
	h.configs = slices.Compact(kept)
	return h
}
