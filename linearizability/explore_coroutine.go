//go:build interleave

package linearizability

import (
	"errors"
	"iter"
	"sync"

	"casalloc/impl"
)

// A machine is a Budget whose shared memory is an array of ours, and the coroutines that run its code. One of them runs at a time.
type machine struct {
	budget  *impl.Budget
	users   []impl.Accountant // what each thread calls: the budget, or an account of it
	cells   []impl.Cell       // what memory was at first
	current *coroutine
	solo    []int64                               // the memory while no coroutine runs: operations happen at once
	steps   int                                   // of those
	tamper  func(cell string, op impl.Op) impl.Op // nil, or what a test does to operations to see a check fail
}

func newMachine(s scenario) *machine {
	m := &machine{budget: impl.NewBudget()}
	for _, p := range s.threads {
		if !p.account {
			m.users = append(m.users, m.budget)
			continue
		}
		a := m.budget.NewAccount()
		neverDropped.Store(a, true)
		m.users = append(m.users, a)
	}
	m.cells = impl.Attach(m.budget, m.yield)
	for _, c := range m.cells {
		m.solo = append(m.solo, c.Value)
	}
	return m
}

// neverDropped holds all accounts: the garbage collector drains one that is dropped, on a goroutine of its own.
var neverDropped sync.Map

func (m *machine) yield(cell int, op impl.Op) int64 {
	if m.tamper != nil {
		op = m.tamper(m.cells[cell].Name, op)
	}
	if m.current != nil {
		return m.current.wait(request{kind: requestOp, cell: cell, op: op})
	}
	if m.steps++; m.steps > maxAnswers || !op.Enabled(m.solo[cell]) {
		panic(errUnwind)
	}
	return op.Do(&m.solo[cell])
}

// A request is what a call that runs waits for, or that it has returned.
type request struct {
	kind requestKind

	cell int // of an operation on shared memory
	op   impl.Op

	osize, nsize int64 // what the backend is asked

	out      Output // of a return, as try judges it
	panicked any
	block    int64 // the size of the block that Realloc returned
}

type requestKind uint8

const (
	requestReturn requestKind = iota
	requestOp
	requestBackend
)

// A coroutine runs one call of the real code, from one request to the next. It is answered what an operation reads, or what
// the backend does.
type coroutine struct {
	m          *machine
	accountant impl.Accountant

	next   func() (request, bool)
	stop   func()
	yield  func(request) bool
	answer int64
	dead   bool
}

var (
	errBackendPanic = errors.New("linearizability: the backend panics")
	errUnwind       = errors.New("linearizability: the coroutine ends")
)

// start makes a coroutine of the call c of a thread whose block has block bytes.
func (m *machine) start(thread int, c call, block int64) *coroutine {
	co := &coroutine{m: m, accountant: m.users[thread]}
	co.next, co.stop = iter.Pull(func(yield func(request) bool) {
		defer func() {
			if p := recover(); p != nil && !co.dead {
				panic(p)
			}
		}()
		co.yield = yield
		r := co.run(c, block)
		if !co.dead {
			yield(r)
		}
	})
	return co
}

// resume answers the last request (the first call needs no answer) and returns the next.
func (co *coroutine) resume(answer int64) request {
	co.answer = answer
	co.m.current = co
	r, ok := co.next()
	co.m.current = nil
	if !ok {
		panic("linearizability: resumed after the return")
	}
	return r
}

// end abandons the call where it is. What its deferred functions want to do is not done.
func (co *coroutine) end() {
	co.m.current = co
	co.dead = true
	co.stop()
	co.m.current = nil
}

func (co *coroutine) wait(r request) int64 {
	if co.dead || !co.yield(r) {
		panic(errUnwind)
	}
	return co.answer
}

func (co *coroutine) backend(osize, nsize int64) bool {
	switch co.wait(request{kind: requestBackend, osize: osize, nsize: nsize}) {
	case backendOK:
		return true
	case backendPanics:
		panic(errBackendPanic)
	}
	return false
}

// Realloc implements impl.Backend.
func (co *coroutine) Realloc(block []byte, n int) []byte {
	if !co.backend(int64(len(block)), int64(n)) || n == 0 {
		return nil
	}
	return make([]byte, n)
}

func (co *coroutine) run(c call, block int64) request {
	r := request{kind: requestReturn, block: block}
	b, a := co.m.budget, co.accountant
	r.panicked, r.out.Err = try(func() error {
		switch c.kind {
		case callResize:
			err := a.Resize(block, c.n, func() bool { return co.backend(block, c.n) })
			if err == nil {
				r.block = c.n
			}
			return err
		case callAlloc:
			var old []byte
			if block > 0 {
				old = make([]byte, block)
			}
			p, err := impl.NewAllocatorOver(a, co).Realloc(old, int(c.n))
			r.block = int64(cap(p))
			return err
		case callReserve:
			return a.Reserve(c.n)
		case callRelease:
			a.Release(c.n)
		case callSetLimit:
			return b.SetLimit(c.n)
		case callEndBoot:
			b.EndBoot()
		case callStats:
			r.out.Reading = readingOfStats(b.Stats())
		default:
			panic("linearizability: no such call")
		}
		return nil
	})
	return r
}
