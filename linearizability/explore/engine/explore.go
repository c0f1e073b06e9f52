package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// MaxSteps is how many steps a thread may take without a rest.
const MaxSteps = 128

// A System is what is explored: V is the type of a thread's view, P that of the past, N that of
// notes. Body and Views are required.
type System[V, P comparable, N any] struct {
	Cells []Cell
	Views []V // of each thread at the start, at rest
	Past  P   // at the start

	// Body runs a thread from one rest to the next. A thread whose body returns without a request
	// has ended. It must be deterministic, and share nothing with other threads but the cells.
	Body func(t *Thread[V, N])

	// Judge looks at a step and returns the past after it. The error is a broken promise.
	Judge func(past P, s *Observation[V, N]) (P, error)
	// JudgeEnd looks at a state in which every thread has ended.
	JudgeEnd func(past P, m *Memory) error

	// Name is what a report calls a step from a point. The default names the cell.
	Name func(p *Point[V], answer int64) string
	// Columns are the heads of what a report shows of each state beside the steps, and Row its
	// cells.
	Columns []string
	Row     func(past P, m *Memory) []string
}

// An Observation is one step as the judge sees it. It is valid until the next step.
type Observation[V comparable, N any] struct {
	Thread        int
	Answer        int64
	Before, After *Memory
	From, To      []*Point[V] // of all threads
	Notes         []N         // of the step's thread
}

// An Explorer explores a System. It is not safe for concurrent use.
type Explorer[V, P comparable, N any] struct {
	sys      System[V, P, N]
	current  *Thread[V, N]
	points   []*Point[V]
	rests    map[restKey[V]]int32
	notes    [][]N // by number; the first is none
	sites    map[Site]*Site
	memories interned[Memory]
	pasts    interned[P]
	owners   []int // of cells that one thread may use: its number from 1, 0 if none has yet
	initial  State

	// Of the step that is being taken; kept here so that a step allocates nothing.
	memory   Memory
	from, to [MaxThreads]*Point[V]
	seen     Observation[V, N]
}

// A State of the system: the numbers of its memory, its past, and the point of each thread.
type State struct {
	Memory, Past int32
	Threads      [MaxThreads]int32
}

// A Step is a thread and, where it has several, which of its alternatives.
type Step struct{ Thread, Choice uint8 }

// New returns an explorer of the system. It runs each body to its first request.
func New[V, P comparable, N any](sys System[V, P, N]) (*Explorer[V, P, N], error) {
	switch {
	case len(sys.Cells) > MaxCells:
		return nil, fmt.Errorf("engine: %d cells, want at most %d", len(sys.Cells), MaxCells)
	case len(sys.Views) < 1 || len(sys.Views) > MaxThreads:
		return nil, fmt.Errorf("engine: %d threads, want 1 to %d", len(sys.Views), MaxThreads)
	}
	x := &Explorer[V, P, N]{sys: sys, rests: make(map[restKey[V]]int32), notes: make([][]N, 1),
		sites: make(map[Site]*Site), owners: make([]int, len(sys.Cells))}
	var m Memory
	for i, c := range sys.Cells {
		m[i] = c.Value
	}
	x.initial.Memory = x.memories.intern(m)
	x.initial.Past = x.pasts.intern(sys.Past)
	for t, v := range sys.Views {
		x.initial.Threads[t] = x.atRest(t, v)
	}
	return x, nil
}

// Initial is the state at the start.
func (x *Explorer[V, P, N]) Initial() State { return x.initial }

// Threads is the number of threads.
func (x *Explorer[V, P, N]) Threads() int { return len(x.sys.Views) }

// Points is the number of points that have been found, of all threads.
func (x *Explorer[V, P, N]) Points() int { return len(x.points) }

// Memory is the memory of a state.
func (x *Explorer[V, P, N]) Memory(s State) Memory { return x.memories.values[s.Memory] }

// Past is the past of a state.
func (x *Explorer[V, P, N]) Past(s State) P { return x.pasts.values[s.Past] }

// Point is where thread t is in a state.
func (x *Explorer[V, P, N]) Point(s State, t int) *Point[V] { return x.points[s.Threads[t]] }

// Choices is in how many ways thread t can go on: 0 if it has ended or waits.
func (x *Explorer[V, P, N]) Choices(s State, t int) int {
	switch p := x.points[s.Threads[t]]; p.Kind {
	case Choice:
		return p.N
	case Operation:
		if p.Op.Enabled(x.memories.values[s.Memory][p.Cell]) {
			return 1
		}
	}
	return 0
}

// Steps are all that are possible in a state.
func (x *Explorer[V, P, N]) Steps(s State) (list []Step) {
	for t := range x.sys.Views {
		for c := range x.Choices(s, t) {
			list = append(list, Step{uint8(t), uint8(c)})
		}
	}
	return list
}

// Answer is the answer that a step gives, and the memory after it.
func (x *Explorer[V, P, N]) Answer(s State, st Step) (int64, Memory) {
	m := x.memories.values[s.Memory]
	if p := x.points[s.Threads[st.Thread]]; p.Kind == Operation {
		return p.Op.Do(&m[p.Cell]), m
	}
	return int64(st.Choice), m
}

// Take takes a step, which must be possible. The error is a broken promise.
func (x *Explorer[V, P, N]) Take(s State, st Step) (State, error) {
	next, _, err := x.take(s, st)
	return next, err
}

func (x *Explorer[V, P, N]) take(s State, st Step) (next State, notes []N, err error) {
	answer := int64(st.Choice)
	x.memory = x.memories.values[s.Memory]
	if p := x.points[s.Threads[st.Thread]]; p.Kind == Operation {
		answer = p.Op.Do(&x.memory[p.Cell])
	}
	to, notes, err := x.advance(s.Threads[st.Thread], answer, &x.memory)
	next = s
	next.Threads[st.Thread] = to
	if x.memory != x.memories.values[s.Memory] {
		next.Memory = x.memories.intern(x.memory)
	}
	if err == nil && x.sys.Judge != nil {
		past := x.pasts.values[s.Past]
		past, err = x.sys.Judge(past, x.observe(s, next, st, answer, notes))
		if err == nil && past != x.pasts.values[s.Past] {
			next.Past = x.pasts.intern(past)
		}
	}
	return next, notes, err
}

func (x *Explorer[V, P, N]) observe(s, next State, st Step, answer int64, notes []N) *Observation[V, N] {
	n := len(x.sys.Views)
	for t := range n {
		x.from[t], x.to[t] = x.points[s.Threads[t]], x.points[next.Threads[t]]
	}
	x.seen = Observation[V, N]{Thread: int(st.Thread), Answer: answer, Notes: notes,
		Before: &x.memories.values[s.Memory], After: &x.memories.values[next.Memory], From: x.from[:n], To: x.to[:n]}
	return &x.seen
}

// advance follows the edge of the answer, and does what the thread then does on memory of its own.
func (x *Explorer[V, P, N]) advance(from int32, answer int64, m *Memory) (to int32, notes []N, err error) {
	e := x.edge(from, answer)
	to, notes = e.to, x.notes[e.notes]
	for e.broken == "" && x.points[to].Kind == Own {
		p := x.points[to]
		if err := x.mayUse(p.Thread, p.Cell, m); err != nil {
			return to, notes, err
		}
		e = x.edge(to, p.Op.Do(&m[p.Cell]))
		to = e.to
		if e.notes > 0 {
			notes = append(notes[:len(notes):len(notes)], x.notes[e.notes]...)
		}
	}
	if e.broken != "" {
		err = errors.New(e.broken)
	}
	return to, notes, err
}

// mayUse returns an error if a cell is not a thread's own, nor guarded by a lock that is taken. Who
// uses it without the lock does so in some schedule while nobody has the lock.
func (x *Explorer[V, P, N]) mayUse(thread, cell int, m *Memory) error {
	c := &x.sys.Cells[cell]
	if c.Guard > 0 {
		if lock := c.Guard - 1; m[lock] == 0 {
			return fmt.Errorf("Contract: %s is used by %s without %s",
				c.Name, ThreadName(thread), x.sys.Cells[lock].Name)
		}
		return nil
	}
	if !c.Own {
		return nil
	}
	if x.owners[cell] == 0 {
		x.owners[cell] = thread + 1
	}
	if owner := x.owners[cell] - 1; owner != thread {
		return fmt.Errorf("Contract: %s is used by %s, and was by %s", c.Name, ThreadName(thread), ThreadName(owner))
	}
	return nil
}

// Continue is the point that p leads to by an answer and what the thread then does on memory of its
// own, which it finds in m.
func (x *Explorer[V, P, N]) Continue(p *Point[V], answer int64, m *Memory) *Point[V] {
	to, _, _ := x.advance(p.number, answer, m)
	return x.points[to]
}

// judgeEnd judges a state in which no thread can go on.
func (x *Explorer[V, P, N]) judgeEnd(s State) error {
	for t := range x.sys.Views {
		if p := x.points[s.Threads[t]]; p.Kind != End {
			return fmt.Errorf("Progress: deadlock: %s waits at %s", ThreadName(t), x.name(p, 0))
		}
	}
	if x.sys.JudgeEnd == nil {
		return nil
	}
	return x.sys.JudgeEnd(x.pasts.values[s.Past], &x.memories.values[s.Memory])
}

// A Failure is a broken promise and the steps that break it.
type Failure struct {
	Schedule []Step
	Err      error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// ErrIncomplete: a bound was hit, or time ran out. Nothing is proven.
var ErrIncomplete = errors.New("incomplete")

// A Graph is what was explored. States are numbered in the order of their discovery, 0 first.
type Graph struct {
	States []State
	Steps  int64
	Ends   int64 // states in which every thread has ended
	from   []int32
	by     []Step
}

// Limits bound a search.
type Limits struct {
	States   int                          // at most; more is incomplete
	Skip     func(s State, st Step) bool  // nil, or steps to leave out
	Progress func(states, unexplored int) // nil, or called now and then
}

// Explore goes through all states, breadth first. The error is a *Failure with a shortest schedule,
// or wraps ErrIncomplete.
func (x *Explorer[V, P, N]) Explore(ctx context.Context, limits Limits) (*Graph, error) {
	g := &Graph{States: []State{x.initial}, from: []int32{-1}, by: []Step{{}}}
	known := map[State]int32{x.initial: 0}
	fail := func(i int32, err error, last ...Step) (*Graph, error) {
		return g, &Failure{append(g.Path(i), last...), err}
	}
	lastReport := time.Now()
	for i := int32(0); int(i) < len(g.States); i++ {
		if i%1024 == 0 {
			if err := ctx.Err(); err != nil {
				return g, fmt.Errorf("%w: %d states, %d more to explore: %w",
					ErrIncomplete, i, len(g.States)-int(i), err)
			}
			if limits.Progress != nil && time.Since(lastReport) > 5*time.Second {
				lastReport = time.Now()
				limits.Progress(len(g.States), len(g.States)-int(i))
			}
		}
		s := g.States[i]
		stuck := true
		for t := range x.sys.Views {
			for c := range x.Choices(s, t) {
				stuck = false
				st := Step{uint8(t), uint8(c)}
				if limits.Skip != nil && limits.Skip(s, st) {
					continue
				}
				next, err := x.Take(s, st)
				if err != nil {
					return fail(i, err, st)
				}
				g.Steps++
				if _, ok := known[next]; ok {
					continue
				}
				if len(g.States) == limits.States {
					return g, fmt.Errorf("%w: more than %d states", ErrIncomplete, limits.States)
				}
				known[next] = int32(len(g.States))
				g.add(next, i, st)
			}
		}
		if stuck {
			g.Ends++
			if err := x.judgeEnd(s); err != nil {
				return fail(i, err)
			}
		}
	}
	return g, nil
}

func (g *Graph) add(s State, from int32, by Step) {
	g.States, g.from, g.by = append(g.States, s), append(g.from, from), append(g.by, by)
}

// Path is the schedule that first led to state number i.
func (g *Graph) Path(i int32) []Step {
	var p []Step
	for ; g.from[i] >= 0; i = g.from[i] {
		p = append(p, g.by[i])
	}
	slices.Reverse(p)
	return p
}

// Run takes one run to its end, or to a broken promise: its Err is nil if none is. pick is given
// the state and the steps that are possible, and returns the number of one.
func (x *Explorer[V, P, N]) Run(pick func(s State, possible []Step) int, maxSteps int) *Failure {
	f := new(Failure)
	for s := x.initial; ; {
		possible := x.Steps(s)
		switch {
		case len(possible) == 0:
			f.Err = x.judgeEnd(s)
			return f
		case len(f.Schedule) == maxSteps:
			f.Err = fmt.Errorf("%w: more than %d steps", ErrIncomplete, maxSteps)
			return f
		}
		st := possible[pick(s, possible)]
		f.Schedule = append(f.Schedule, st)
		if s, f.Err = x.Take(s, st); f.Err != nil {
			return f
		}
	}
}
