//go:build interleave

package linearizability

import (
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/model"
)

// A local is the local state of one thread between two of its steps.
//
// The real code is deterministic, so within a call its local state is a function of the call and of what it has read since the call
// began: the answers (a failing compare-and-swap is an answer too). That makes a tree of local states, an edge an answer. An
// edge is found by running the real code once, in a fresh coroutine that is given the answers so far; no coroutine is ever
// copied. The tree does not depend on the other threads: a state of the system is the memory and a node of each
// thread's tree, and each state is explored once.
//
// Between calls a thread has forgotten everything but what its caller knows; equal local states there are one.
type local struct {
	restKey
	at      stepKind
	call    call
	phase   phase
	answers []int64
	pending request // of stepOp and stepBackend
	in      Input   // the open operation of the history, if open
	open    bool
	did     int64 // what the backend did; -1: not asked yet
	edges   []edge
}

// A restKey is what is left of a thread when its call has returned. Sizes are in bytes.
type restKey struct {
	thread int
	next   int   // items begun
	block  int64 // the block, as the caller believes
	loose  int64 // reserved by Reserve
	phys   int64 // what physically exists
	charge int64 // what the thread is charged, if the budget counts; the open operation is not in it yet
	want   int64 // of a refused call
	ended  string
	misuse bool
}

// How the last call ended, named as in TLA+.
const (
	idle    = "Idle"
	refused = "Refused"
	caught  = "Caught"
)

type stepKind uint8

const (
	stepDone stepKind = iota // no step left
	stepBegin
	stepOp
	stepBackend
	stepOwn // no step of a schedule, but a part of the one before: an operation on memory that no other thread uses
)

// phase is where a call is in the protocol.
type phase uint8

const (
	resting   phase = iota
	reserving       // wants bytes and has no answer
	backing         // at the backend, before or after
	rolling         // the backend failed a growth
	releasing       // the memory is gone, the bytes are not
	setting
	booting
	reading
)

var phasePrefix = [...]string{reserving: "Reserve", backing: "Resize", rolling: "Rollback", releasing: "Release",
	setting: "SetLimit", booting: "EndBoot", reading: "Stats"}

// An edge leads to the local state after an answer, by way of events.
type edge struct {
	answer int64
	to     int32
	events []event
	fail   string // the code broke the contract of the call: a promise, and how
}

// An event is the invocation or the return of an operation of the history.
type event struct {
	ret bool
	in  Input
	out Output
}

// maxAnswers bounds the steps of one call. Others make it retry, once for each of their steps at most; the scenarios have far fewer.
const maxAnswers = 128

// edge returns the edge of the local state for the answer.
func (x *explorer) edge(from int32, answer int64) *edge {
	l := x.locals[from]
	for i := range l.edges {
		if l.edges[i].answer == answer {
			return &l.edges[i]
		}
	}
	u := unfolding{x: x, local: *l}
	u.edges = nil
	u.step(answer)
	to := u.intern()
	l.edges = append(l.edges, edge{answer: answer, to: to, events: u.events, fail: u.fail})
	return &l.edges[len(l.edges)-1]
}

// An unfolding turns a local state into the next.
type unfolding struct {
	x *explorer
	local
	events []event
	fail   string
}

func (u *unfolding) intern() int32 {
	if u.at == stepBegin || u.at == stepDone {
		id, ok := u.x.rests[u.restKey]
		if !ok {
			id = u.x.addLocal(u.local)
			u.x.rests[u.restKey] = id
		}
		return id
	}
	return u.x.addLocal(u.local)
}

func (x *explorer) addLocal(l local) int32 {
	x.locals = append(x.locals, &l)
	return int32(len(x.locals) - 1)
}

func (u *unfolding) broken(promise, format string, args ...any) {
	if u.fail == "" {
		u.fail = promise + ": " + fmt.Sprintf(format, args...)
	}
}

func (u *unfolding) invoke(op Op, n int64, p phase) {
	u.in, u.open, u.phase = Input{op, n}, true, p
	u.events = append(u.events, event{in: u.in})
}

// ret closes the open operation; what it moved is the thread's own charge now.
func (u *unfolding) ret(out Output) {
	u.events = append(u.events, event{ret: true, in: u.in, out: out})
	if out.Err == nil {
		switch u.in.Op {
		case Reserve:
			u.charge += u.in.N
		case Release, RollBack:
			u.charge -= u.in.N
		}
	}
	u.open = false
}

// rest ends the call.
func (u *unfolding) rest(ended string) {
	items := u.x.threads[u.thread].items
	u.at = stepBegin
	if u.next == len(items) {
		u.at = stepDone
	}
	u.ended, u.phase = ended, resting
	if ended != refused {
		u.want = 0
	}
	u.call, u.answers, u.pending, u.in = call{}, nil, request{}, Input{}
}

func (u *unfolding) step(answer int64) {
	switch u.at {
	case stepBegin:
		u.begin(u.x.threads[u.thread].items[u.next][answer])
		return
	case stepBackend:
		u.backend(answer)
	}
	u.answers = append(u.answers[:len(u.answers):len(u.answers)], answer)
	u.run()
}

// begin begins a call. It takes its first step, which is no operation on memory, so that the history and the schedule show when the
// call began.
func (u *unfolding) begin(c call) {
	u.next++
	if c.kind == callClaim { // nothing is called
		u.misuse, u.block = true, c.n
		u.rest(u.ended)
		return
	}
	u.call, u.want, u.ended, u.did = c, c.n, "", -1
	switch c.kind {
	case callResize, callAlloc:
		if c.n > u.block && !c.badSize() {
			u.invoke(Reserve, c.n-u.block, reserving)
		} else {
			u.phase = backing
		}
	case callReserve:
		u.invoke(Reserve, c.n, reserving)
	case callRelease:
		// The memory is gone before the call.
		u.misuse = u.misuse || c.n < 0 || c.n > u.loose
		u.phys -= min(u.loose, max(c.n, 0))
		u.invoke(Release, c.n, releasing)
	case callSetLimit:
		u.invoke(SetLimit, c.n, setting)
	case callEndBoot:
		u.invoke(EndBoot, 0, booting)
	case callStats:
		u.invoke(Stats, 0, reading)
	}
	u.run()
}

// backend does what the answer says.
func (u *unfolding) backend(answer int64) {
	u.did = answer
	switch {
	case answer == backendOK:
		u.phys = u.call.n + u.loose
		if u.call.n < u.block {
			u.invoke(Release, u.block-u.call.n, releasing)
		}
	case u.call.n > u.block:
		u.invoke(RollBack, u.call.n-u.block, rolling)
	}
}

// run runs the real code to its next request.
func (u *unfolding) run() {
	if len(u.answers) > maxAnswers {
		u.broken("Progress", "%v has taken %d steps", u.call, maxAnswers)
		u.rest(idle)
		return
	}
	co := u.x.start(u.thread, u.call, u.block)
	defer co.end()
	r := co.resume(0)
	for _, a := range u.answers {
		r = co.resume(a)
	}
	u.pending = r
	switch r.kind {
	case requestOp:
		u.at = stepOp
		if u.x.cells[r.cell].Own {
			u.at = stepOwn
		}
	case requestBackend:
		u.at = stepBackend
		switch {
		case u.did >= 0 || u.phase != reserving && u.phase != backing:
			u.broken("Contract", "%v calls the backend a second time", u.call)
		case r.osize != u.block || r.nsize != u.call.n:
			u.broken("Contract", "%v of %d bytes asks the backend for %d to %d", u.call, u.block, r.osize, r.nsize)
		case r.osize|r.nsize == 0:
			u.broken("Contract", "%v of nothing calls the backend", u.call)
		}
		if u.phase == reserving {
			u.ret(Output{}) // granted
			u.phase = backing
		}
	case requestReturn:
		u.returned(r)
	}
}

// returned judges how the call ended.
func (u *unfolding) returned(r request) {
	c, old := u.call, u.block
	if r.panicked != nil && r.panicked != errBackendPanic {
		u.broken("Contract", "%v panics: %v", c, r.panicked)
	}
	if (r.panicked == errBackendPanic) != (u.did == backendPanics) {
		u.broken("Contract", "%v = %v, the backend panicked and Resize did not", c, r.out.Err)
	}
	resize := c.kind == callResize || c.kind == callAlloc
	err := r.out.Err
	ended := idle
	switch {
	case u.open && err == model.ErrOverRelease:
		ended = caught
	case u.open && err != nil && err != impl.ErrBackend && u.in.Op == Reserve:
		ended = refused
	}
	if !resize {
		u.ret(r.out)
		if err == nil && u.in.Op == Reserve {
			u.loose += c.n
			u.phys += c.n
		}
		if u.in.Op == Release {
			u.loose -= min(u.loose, max(c.n, 0))
		}
		u.rest(ended)
		return
	}
	var want error // unless the growth is refused or an over-release caught
	switch {
	case c.badSize():
		want = model.ErrSize
	case u.did == backendFails:
		want = impl.ErrBackend
	}
	switch {
	case c.n <= old && err == model.ErrLimit:
		u.broken("ShrinkNeverRefused", "%v of a block of %d = %v", c, old, err)
	case u.did < 0 && ended == idle && c.n|old != 0 && !c.badSize():
		u.broken("Contract", "%v of %d bytes = %v without calling the backend", c, old, err)
	case ended == idle && err != want:
		u.broken("Contract", "%v = %v, want %v", c, err, want)
	case c.kind == callAlloc && r.panicked == nil && err == nil && r.block != c.n,
		c.kind == callAlloc && r.panicked == nil && err != nil && err != model.ErrOverRelease && r.block != old:
		u.broken("Contract", "%v of %d bytes = %v and a block of %d", c, old, err, r.block)
	}
	if u.open {
		out := Output{Err: err}
		if err == impl.ErrBackend {
			out.Err = nil // the rollback went well
		}
		u.ret(out)
	}
	if u.did == backendOK {
		u.block = c.n
	}
	u.rest(ended)
}

// action names the next step as TLA+ does. Steps that TLA+ has not, on statistics and on what a lock keeps still, have a dot.
func (x *explorer) action(l *local, answer int64) string {
	switch l.at {
	case stepBegin:
		return x.threads[l.thread].items[l.next][answer].String()
	case stepBackend:
		switch n, old := l.call.n, l.block; {
		case len(l.answers) > 0 && impl.IsUnlimited(l.answers[0]):
			return "BackendUnlimited"
		case n > old:
			return "BackendGrow"
		case n == 0:
			return "BackendFree"
		case n < old:
			return "BackendShrink"
		}
		return "Backend.same"
	case stepDone:
		return ""
	}
	prefix, kind := phasePrefix[l.phase], l.pending.op.Kind
	if (l.call.kind == callResize || l.call.kind == callAlloc) && len(l.answers) == 0 {
		prefix = "Resize"
	}
	cell, _, _ := strings.Cut(x.cells[l.pending.cell].Name, "[")
	switch {
	case cell == "word" && (l.phase == setting || l.phase == booting) && len(l.answers) == 1:
		return prefix + ".stocked" // asks whether accounts are stocked; none is
	case cell == "word" && kind == impl.OpLoad:
		return prefix + "Load"
	case cell == "word" && kind == impl.OpCompareAndSwap:
		return prefix + "CAS"
	case cell == "word":
		return prefix + "Word"
	case cell == "base" && (kind == impl.OpLoad) == (l.phase == releasing || l.phase == rolling):
		return prefix + "Base"
	case cell == "setter" && kind == impl.OpLock:
		return prefix + "Lock"
	case cell == "setter" && kind == impl.OpUnlock:
		return prefix + "Unlock"
	}
	return prefix + "." + x.cells[l.pending.cell].Name
}
