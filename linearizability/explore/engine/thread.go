package engine

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
)

// A Thread is the handle of a body: what it asks, and what it says of itself. V is the type of the
// view, N that of notes.
type Thread[V comparable, N any] struct {
	Number int
	// View is what the judge may know of the thread, and at a rest all that the thread knows
	// itself. The body changes it at will; whoever looks sees what it was at the last request.
	View V

	notes  []N    // since the last answer
	broken string // the first promise that the body found broken
	answer int64
	sites  map[Site]*Site // of its explorer
	again  bool           // the requests were made before: nobody looks at their sites
	yield  func(Request) bool
	ended  bool // abandoned: whatever the body still asks, it is ended there
	next   func() (Request, bool)
	stop   func()
}

// A Request is what a thread has asked and has no answer to.
type Request struct {
	Kind Kind
	N    int // of a Choice: how many alternatives there are
	Cell int // of an Operation
	Op   Op
	Site *Site
}

// A Site is where in the code of a body a request is made: its innermost calls. Requests of one
// explorer that are made from the same calls have the same *Site.
type Site struct{ calls [16]uintptr }

// Frames are the calls, the innermost first.
func (s *Site) Frames() *runtime.Frames { return runtime.CallersFrames(s.calls[:]) }

// Kind is the kind of a Request.
type Kind uint8

const (
	End       Kind = iota // nothing: the body returned from a rest without a request
	Choice                // one of several alternatives
	Operation             // on a cell
	Own                   // that no other thread can disturb: no step, so no state is at one
	rest                  // the body has returned
)

// errEnded unwinds the body of a coroutine that was abandoned.
var errEnded = errors.New("engine: the coroutine is abandoned")

// Do asks for an operation on a cell and returns its answer.
func (t *Thread[V, N]) Do(cell int, op Op) int64 {
	return t.ask(Request{Kind: Operation, Cell: cell, Op: op})
}

// DoOwn is Do of an operation that no other thread can disturb now, nor see the instant of: like one
// on memory of its own it is no step. That it is so is for the caller to know.
func (t *Thread[V, N]) DoOwn(cell int, op Op) int64 {
	return t.ask(Request{Kind: Own, Cell: cell, Op: op})
}

// Choose asks for one of n alternatives, and returns its number.
func (t *Thread[V, N]) Choose(n int) int {
	if n < 1 || n > MaxChoices {
		panic(fmt.Sprintf("engine: %d choices, want 1 to %d", n, MaxChoices))
	}
	return int(t.ask(Request{Kind: Choice, N: n}))
}

// Note tells the judge something. What was noted since the last answer is part of that answer's
// step.
func (t *Thread[V, N]) Note(n N) { t.notes = append(t.notes, n) }

// Break says that the thread itself has found a promise broken. Only the first is kept.
func (t *Thread[V, N]) Break(promise, format string, args ...any) {
	if t.broken == "" {
		t.broken = promise + ": " + fmt.Sprintf(format, args...)
	}
}

func (t *Thread[V, N]) ask(r Request) int64 {
	if !t.ended && !t.again {
		r.Site = t.site()
	}
	if t.ended || !t.yield(r) {
		panic(errEnded)
	}
	return t.answer
}

func (t *Thread[V, N]) site() *Site {
	var s Site
	runtime.Callers(4, s.calls[:]) // from the caller of Do or Choose
	known := t.sites[s]
	if known == nil {
		known = &Site{s.calls}
		t.sites[s] = known
	}
	return known
}

// start makes a coroutine of the body of a thread at rest with this view, and runs it to its first
// request.
func (x *Explorer[V, P, N]) start(number int, view V) (*Thread[V, N], Request) {
	t := &Thread[V, N]{Number: number, View: view, sites: x.sites}
	t.next, t.stop = iter.Pull(func(yield func(Request) bool) {
		defer func() {
			if p := recover(); p != nil && !t.ended {
				panic(p)
			}
		}()
		t.yield = yield
		x.sys.Body(t)
		if !t.ended {
			yield(Request{Kind: rest})
		}
	})
	r := x.resume(t, 0)
	if len(t.notes) > 0 {
		panic("engine: a note before the first request belongs to no step")
	}
	return t, r
}

// resume answers the last request of the coroutine and returns the next.
func (x *Explorer[V, P, N]) resume(t *Thread[V, N], answer int64) Request {
	t.answer, t.notes = answer, nil
	x.current = t
	r, ok := t.next()
	x.current = nil
	if !ok {
		panic("engine: resumed after the return")
	}
	if r.Kind == Operation && (x.sys.Cells[r.Cell].Own || x.sys.Cells[r.Cell].Guard > 0) {
		r.Kind = Own
	}
	return r
}

// abandon ends the coroutine where it is. What its deferred functions ask for is not done.
func (x *Explorer[V, P, N]) abandon(t *Thread[V, N]) {
	x.current, t.ended = t, true
	t.stop()
	x.current = nil
}

// Current is the thread whose body is running, or nil: code that the body calls asks through it.
func (x *Explorer[V, P, N]) Current() *Thread[V, N] { return x.current }

// A Point is where one thread can be between two steps.
type Point[V comparable] struct {
	Thread  int
	View    V
	Request           // what it asks next
	Answers []int64   // what it was answered since its last rest, by memory of its own too
	Asked   []Request // and what it had asked: Asked[i] was answered Answers[i]

	number int32
	from   V // the view at that rest
	edges  []edge
}

// An edge leads to the point after an answer.
type edge struct {
	answer int64
	to     int32
	notes  int32 // their number in Explorer.notes
	broken string
}

type restKey[V comparable] struct {
	thread int
	view   V
}

// atRest returns the number of the point of a thread at rest.
func (x *Explorer[V, P, N]) atRest(thread int, view V) int32 {
	key := restKey[V]{thread, view}
	n, ok := x.rests[key]
	if !ok {
		t, r := x.start(thread, view)
		x.abandon(t)
		if r.Kind == rest {
			r.Kind = End
		}
		n = x.addPoint(Point[V]{Thread: thread, View: view, Request: r, from: view})
		x.rests[key] = n
	}
	return n
}

func (x *Explorer[V, P, N]) addPoint(p Point[V]) int32 {
	p.number = int32(len(x.points))
	x.points = append(x.points, &p)
	return p.number
}

// edge returns the edge of a point for an answer.
func (x *Explorer[V, P, N]) edge(from int32, answer int64) *edge {
	p := x.points[from]
	for i := range p.edges {
		if p.edges[i].answer == answer {
			return &p.edges[i]
		}
	}
	e := x.unfold(p, answer)
	p.edges = append(p.edges, e)
	return &p.edges[len(p.edges)-1]
}

// unfold runs the body from the last rest to the request after this answer.
func (x *Explorer[V, P, N]) unfold(p *Point[V], answer int64) edge {
	answers := append(p.Answers[:len(p.Answers):len(p.Answers)], answer)
	asked := append(p.Asked[:len(p.Asked):len(p.Asked)], p.Request)
	t, r := x.start(p.Thread, p.from)
	defer func() { x.abandon(t) }()
	for i, a := range answers {
		t.broken, t.again = "", i < len(answers)-1
		r = x.resume(t, a)
	}
	e := edge{answer: answer, broken: t.broken, notes: x.addNotes(t.notes)}
	switch {
	case r.Kind == rest:
		e.to = x.atRest(p.Thread, t.View)
		return e
	case len(answers) > MaxSteps && e.broken == "":
		e.broken = fmt.Sprintf("Progress: %s has taken %d steps without a rest", ThreadName(p.Thread), MaxSteps)
	}
	e.to = x.addPoint(Point[V]{Thread: p.Thread, View: t.View, Request: r,
		Answers: answers, Asked: asked, from: p.from})
	return e
}

func (x *Explorer[V, P, N]) addNotes(notes []N) int32 {
	if len(notes) == 0 {
		return 0
	}
	x.notes = append(x.notes, notes)
	return int32(len(x.notes) - 1)
}
