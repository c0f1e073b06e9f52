//go:build interleave

package linearizability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"casalloc/impl"
	"casalloc/model"
)

// An explorer goes through every state that the real code can reach in a scenario, whatever the schedule, breadth first, and checks
// the promises at each (explore_promises.go).
//
// A step of a thread is one operation of impl on shared memory, one call of the backend, or the beginning of a call. A state is
// the memory, the local state of each thread (explore_thread.go), what the promises need to know of the past, and the monitor of
// the history (explore_monitor.go). Two runs that reach one state have the same future, verdicts included, so it is explored
// once. Nothing else is pruned, and steps on statistics are steps like all others.
type explorer struct {
	scenario
	*machine
	word, lock int   // their cells
	slack      []int // of the accounts
	owners     []int // of the cells that one thread may use: its number from 1, 0 if none has yet

	locals   []*local
	rests    map[restKey]int32
	memories interned[memory]
	pasts    interned[past]
	monitors []monitor
	byKey    map[string]int32
	judged   map[monitorStep]int32
	initial  state
	leaveOut func(*local, call) bool // nil, or the calls that the comparison with the specification leaves out
}

const maxCells = 16 // of a budget and two accounts

type memory [maxCells]int64

// A state of the system. The fields number what was interned: few memories, local states and histories make many states.
type state struct {
	memory, past, monitor int32
	threads               [maxThreads]int32 // local states
}

// interned numbers values.
type interned[T comparable] struct {
	values []T
	number map[T]int32
}

func (in *interned[T]) intern(v T) int32 {
	n, ok := in.number[v]
	if !ok {
		if in.number == nil {
			in.number = make(map[T]int32)
		}
		n = int32(len(in.values))
		in.number[v] = n
		in.values = append(in.values, v)
	}
	return n
}

// A step is a thread and, where it has several, which of its answers: the call it begins, what the backend does.
type step struct{ thread, choice uint8 }

// newExplorer brings a budget to the start of the scenario.
func newExplorer(text string) (*explorer, error) {
	s, err := parseScenario(text)
	if err != nil {
		return nil, err
	}
	x := &explorer{scenario: s, machine: newMachine(s), rests: make(map[restKey]int32), byKey: make(map[string]int32),
		judged: make(map[monitorStep]int32)}
	if len(x.cells) > maxCells {
		return nil, fmt.Errorf("%d cells, want at most %d", len(x.cells), maxCells)
	}
	for i, c := range x.cells {
		switch {
		case c.Name == "word":
			x.word = i
		case c.Name == "setter":
			x.lock = i
		case strings.HasSuffix(c.Name, ".slack"):
			x.slack = append(x.slack, i)
		}
	}
	x.owners = make([]int, len(x.cells))
	p := past{limit: impl.CountingBase}
	switch {
	case s.limit > 0:
		p.limit = s.limit
		err = x.budget.SetLimit(s.limit)
	case s.limit < 0:
		p.limit = unlimited
		x.budget.EndBoot()
	}
	for t, program := range s.threads {
		if err == nil && program.held > 0 {
			err = x.users[t].Reserve(program.held)
		}
		if p.limit != unlimited {
			p.peak += program.held
		}
		u := unfolding{x: x}
		u.thread, u.block, u.phys, u.charge = t, program.held, program.held, program.held
		u.rest(idle)
		x.initial.threads[t] = u.intern()
	}
	if err != nil {
		return nil, fmt.Errorf("scenario %q: start: %w", text, err)
	}
	var m memory
	copy(m[:], x.solo)
	x.initial.memory = x.memories.intern(m)
	x.initial.past = x.pasts.intern(p)
	stats, ok := x.stats(m)
	if !ok {
		return nil, fmt.Errorf("scenario %q: start: Stats does not end", text)
	}
	x.initial.monitor = x.addMonitor(monitor{configs: []config{{state: readingOfStats(stats)}}})
	return x, nil
}

// stats is what Stats of the real code says of the memory. It reports whether the call ended.
func (x *explorer) stats(m memory) (s impl.Stats, ok bool) {
	x.solo, x.steps = m[:len(x.cells)], 0
	panicked, _ := try(func() error {
		s = x.budget.Stats()
		return nil
	})
	return s, panicked == nil
}

func readingOfStats(s impl.Stats) Reading { return Reading{model.Mode(s.Mode), s.Limit, s.Allocated} }

func (x *explorer) addMonitor(m monitor) int32 {
	key := m.key()
	n, ok := x.byKey[key]
	if !ok {
		n = int32(len(x.monitors))
		x.byKey[key] = n
		x.monitors = append(x.monitors, m)
	}
	return n
}

func (x *explorer) observe(m int32, thread int, e event) int32 {
	key := monitorStep{m, thread, e}
	n, ok := x.judged[key]
	if !ok {
		n = x.addMonitor(x.monitors[m].observe(thread, e))
		x.judged[key] = n
	}
	return n
}

// choices is in how many ways the thread can go on: 0 if it has ended or waits for a lock.
func (x *explorer) choices(s state, t int) int {
	switch l := x.locals[s.threads[t]]; l.at {
	case stepBegin:
		return len(x.threads[t].items[l.next])
	case stepBackend:
		return len(l.call.backend)
	case stepOp:
		if l.pending.op.Enabled(x.memories.values[s.memory][l.pending.cell]) {
			return 1
		}
	}
	return 0
}

func (x *explorer) leftOut(s state, t, choice int) bool {
	l := x.locals[s.threads[t]]
	return x.leaveOut != nil && l.at == stepBegin && x.leaveOut(l, x.threads[t].items[l.next][choice])
}

// take takes a step, which must be possible. The error is a broken promise.
func (x *explorer) take(s state, st step) (state, error) {
	t := int(st.thread)
	from := s.threads[t]
	l := x.locals[from]
	m := x.memories.values[s.memory]
	answer := int64(st.choice)
	switch l.at {
	case stepBackend:
		answer = l.call.backend[st.choice]
	case stepOp:
		answer = l.pending.op.Do(&m[l.pending.cell])
	}
	to, events, fail := x.advance(from, answer, &m)
	next := s
	next.threads[t] = to
	if m != x.memories.values[s.memory] {
		next.memory = x.memories.intern(m)
	}
	err := fail
	if err == nil {
		err = x.judge(s, &next, t, events)
	}
	return next, err
}

// advance follows the edge of the answer, and does what the thread then does on memory of its own.
func (x *explorer) advance(from int32, answer int64, m *memory) (to int32, events []event, fail error) {
	e := x.edge(from, answer)
	to, events = e.to, e.events
	for fail == nil {
		if e.fail != "" {
			fail = errors.New(e.fail)
		}
		l := x.locals[to]
		if l.at != stepOwn {
			break
		}
		cell := l.pending.cell
		if x.owners[cell] == 0 {
			x.owners[cell] = l.thread + 1
		}
		if x.owners[cell] != l.thread+1 {
			fail = fmt.Errorf("Contract: %s is used by %s, and was by %s", x.cells[cell].Name, threadName(l.thread), threadName(x.owners[cell]-1))
		}
		e = x.edge(to, l.pending.op.Do(&m[cell]))
		to, events = e.to, append(events[:len(events):len(events)], e.events...)
	}
	return to, events, fail
}

// A failure is a broken promise and the steps that break it.
type failure struct {
	schedule []step
	err      error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// errIncomplete: bounds were hit, or time ran out. Nothing is proven.
var errIncomplete = errors.New("incomplete")

// A graph is what was explored. States are numbered in the order of their discovery, 0 first.
type graph struct {
	states []state
	steps  int64
	runs   int64 // states in which every thread has ended
	from   []int32
	by     []step
}

// explore goes through all states, maxStates at most. progress, if not nil, is called now and then. The error is a *failure with a
// shortest schedule, or wraps errIncomplete.
func (x *explorer) explore(ctx context.Context, maxStates int, progress func(states, open int)) (*graph, error) {
	g := &graph{states: []state{x.initial}, from: []int32{-1}, by: []step{{}}}
	known := map[state]int32{x.initial: 0}
	fail := func(i int32, err error, last ...step) (*graph, error) {
		return g, &failure{append(g.path(i), last...), err}
	}
	lastReport := time.Now()
	for i := int32(0); int(i) < len(g.states); i++ {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return g, fmt.Errorf("%w: %d states, %d more to explore: %w", errIncomplete, i, len(g.states)-int(i), err)
			}
			if progress != nil && time.Since(lastReport) > 5*time.Second {
				lastReport = time.Now()
				progress(len(g.states), len(g.states)-int(i))
			}
		}
		s := g.states[i]
		enabled := false
		for t := range x.threads {
			for c := range x.choices(s, t) {
				enabled = true
				if x.leftOut(s, t, c) {
					continue
				}
				st := step{uint8(t), uint8(c)}
				next, err := x.take(s, st)
				if err != nil {
					return fail(i, err, st)
				}
				g.steps++
				if _, ok := known[next]; ok {
					continue
				}
				if len(g.states) == maxStates {
					return g, fmt.Errorf("%w: more than %d states", errIncomplete, maxStates)
				}
				known[next] = int32(len(g.states))
				g.states = append(g.states, next)
				g.from = append(g.from, i)
				g.by = append(g.by, st)
			}
		}
		if !enabled {
			g.runs++
			if err := x.judgeEnd(s); err != nil {
				return fail(i, err)
			}
		}
	}
	return g, nil
}

// path is the schedule that first led to the state.
func (g *graph) path(i int32) []step {
	var p []step
	for ; g.from[i] >= 0; i = g.from[i] {
		p = append(p, g.by[i])
	}
	slices.Reverse(p)
	return p
}

// run takes one run to its end, or to a broken promise: err is nil if none is. choose is asked for one of the n steps that are possible.
func (x *explorer) run(choose func(n int) int, maxSteps int) *failure {
	f := new(failure)
	for s := x.initial; ; {
		var possible []step
		for t := range x.threads {
			for c := range x.choices(s, t) {
				possible = append(possible, step{uint8(t), uint8(c)})
			}
		}
		if len(possible) == 0 {
			f.err = x.judgeEnd(s)
			return f
		}
		if len(f.schedule) == maxSteps {
			f.err = fmt.Errorf("%w: more than %d steps", errIncomplete, maxSteps)
			return f
		}
		st := possible[choose(len(possible))]
		f.schedule = append(f.schedule, st)
		if s, f.err = x.take(s, st); f.err != nil {
			return f
		}
	}
}
