//go:build interleave

package explore

import (
	"errors"
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// A view is what the promises may know of a thread; between calls it is all that the thread's
// caller knows. Sizes are in bytes.
type view struct {
	next   int    // items begun
	block  int64  // the block, as the caller believes
	loose  int64  // reserved by Reserve
	phys   int64  // what physically exists
	charge int64  // what the thread is charged, if the budget counts; the open operation is not in it yet
	want   int64  // the size or limit of the call; of a refused call also after it
	ended  string // how the last call ended, named as in TLA+; "" within a call
	misuse bool   // the caller has claimed or released more than it has

	account int   // the number of the account's stock, from 1; 0: the thread calls the budget itself
	limit   int64 // the account's own; 0 if it has none, closed after Close
	apart   int64 // of charge: what is not held through the account

	// Within a call.
	call  call
	phase phase
	in    linearizability.Input // the open operation of the history, if open
	open  bool
}

// How a call ends, named as in TLA+.
const (
	idle    = "Idle"
	refused = "Refused"
	caught  = "Caught"
	tooLate = "Unlimited" // SetLimit after EndBoot

	overAccount   = "AccountLimit" // a growth of an account over its own limit,
	closedAccount = "Closed"       // or after Close
)

// phase is where a call is in the protocol.
type phase uint8

const (
	resting   phase = iota
	looking         // Resize asks whether anything is counted
	draining        // a setter asks whether accounts are stocked
	reserving       // wants bytes and has no answer
	backing         // at the backend, before or after
	rolling         // the backend failed a growth
	releasing       // the memory is gone, the bytes are not
	setting
	booting
	reading
	closing
	dropping
	making // an account
)

// An event is the call or the return of an operation of the history, or the end of a whole call.
type event struct {
	kind eventKind
	in   operation
	out  linearizability.Output
	call call  // of over: the whole call,
	old  int64 // the size of the block before it,
	err  error // and its error

	// Of an operation that goes through an account: its number, what was held through it when the
	// operation was called, its own limit, and what an over-release panicked with.
	account     int
	held, limit int64
	caught      impl.OverRelease
}

type eventKind uint8

const (
	called eventKind = iota
	returned
	over
	made // an account
	dropped
)

// String is what a report says of the event, where the step's name does not say it.
func (e event) String() string {
	switch {
	case e.kind != returned:
		return ""
	case e.in.Op == linearizability.Stats:
		return e.out.Reading.String()
	case e.in.Op == closes:
		return fmt.Sprintf("%d held", e.out.Reading.Allocated)
	}
	return linearizability.Outcome(e.out.Err)
}

// describe is the operation and what came of it.
func (e event) describe() string {
	if e.in.Op == closes {
		return "close " + e.String()
	}
	return linearizability.Describe(e.in.Input, e.out)
}

var errBackendPanic = errors.New("explore: the backend panics")

// A caller makes one call of a thread. It runs the real code and tells what it does.
type caller struct {
	*machine
	*engine.Thread[view, event]
	user   impl.Accountant
	caught impl.OverRelease // what the call has panicked with
}

// body makes the next call of a thread.
func (x *Explorer) body(t *engine.Thread[view, event]) {
	items := x.threads[t.Number].items
	if t.View.next == len(items) {
		return
	}
	item := items[t.View.next]
	c := item[t.Choose(len(item))]
	r := &caller{machine: x.machine, Thread: t, user: x.user(t.View.account)}
	v := &t.View
	v.next++
	switch c.kind {
	case callClaim: // nothing is called
		v.misuse, v.block = true, c.n
		return
	case callClose, callDrop, callOwnLimit:
		if v.account == 0 { // it was dropped: there is nothing to call
			return
		}
	}
	v.call, v.want, v.ended = c, c.n, ""
	r.makeCall(c)
	switch v.ended {
	case refused, overAccount, closedAccount:
	default:
		v.want = 0
	}
	v.call, v.phase, v.in = call{}, resting, linearizability.Input{}
}

func (r *caller) makeCall(c call) {
	switch c.kind {
	case callResize, callAlloc:
		r.resize(c)
	case callReserve:
		r.reserve(c.n)
	case callRelease:
		r.release(c.n)
	case callSetLimit:
		r.operation(linearizability.SetLimit, c.n, setting, func() error { return r.budget.SetLimit(c.n) })
	case callEndBoot:
		r.operation(linearizability.EndBoot, 0, booting, func() error { r.budget.EndBoot(); return nil })
	case callStats:
		r.stats()
	case callClose:
		r.close()
	case callDrop:
		r.drop()
	case callNewAccount:
		r.newAccount()
	case callOwnLimit:
		r.ownLimit(c.n)
	}
}

// enter opens an operation of the history.
func (r *caller) enter(op linearizability.Op, n int64, p phase) {
	v := &r.View
	v.in, v.open, v.phase = linearizability.Input{Op: op, N: n}, true, p
	r.Note(event{kind: called, in: operation{v.in, v.byAccount(v.in)}})
}

// leave closes it. What it moved is the thread's own charge now.
func (r *caller) leave(out linearizability.Output) {
	v := &r.View
	r.Note(event{kind: returned, in: operation{v.in, v.byAccount(v.in)}, out: out,
		account: v.account, held: v.held(), limit: v.limit, caught: r.caught})
	if out.Err == nil {
		switch v.in.Op {
		case linearizability.Reserve:
			v.charge += v.in.N
		case linearizability.Release, linearizability.RollBack:
			v.charge -= v.in.N
		}
	}
	v.open = false
}

// operation makes a call that is one operation, and returns its error.
func (r *caller) operation(op linearizability.Op, n int64, p phase, f func() error) error {
	r.enter(op, n, p)
	panicked, err := r.try(f)
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err})
	return err
}

// try is linearizability.Try, and notes the numbers of an over-release.
func (r *caller) try(f func() error) (panicked any, err error) {
	return linearizability.Try(func() error {
		defer func() {
			if p := recover(); p != nil {
				r.caught, _ = p.(impl.OverRelease)
				panic(p)
			}
		}()
		return f()
	})
}

// finish notes how a call ended.
func (r *caller) finish(panicked any, err error) {
	v := &r.View
	if panicked != nil && panicked != errBackendPanic {
		r.Break("Contract", "%v panics: %v", v.call, panicked)
	}
	v.ended = idle
	switch {
	case v.open && err == model.ErrOverRelease:
		v.ended = caught
	case v.open && err == model.ErrUnlimited:
		v.ended = tooLate
	case v.open && err == impl.ErrAccountLimit:
		v.ended = overAccount
	case v.open && err == impl.ErrClosed:
		v.ended = closedAccount
	case v.open && err != nil && err != impl.ErrBackend && v.in.Op == linearizability.Reserve:
		v.ended = refused
	}
}

func (r *caller) reserve(n int64) {
	err := r.operation(linearizability.Reserve, n, reserving, func() error { return r.user.Reserve(n) })
	if err == nil {
		r.View.loose += n
		r.View.phys += n
	}
}

// release calls Release. The memory is gone before the call.
func (r *caller) release(n int64) {
	v := &r.View
	v.misuse = v.misuse || n < 0 || n > v.loose
	gone := min(v.loose, max(n, 0))
	v.phys -= gone
	r.operation(linearizability.Release, n, releasing, func() error { r.user.Release(n); return nil })
	v.loose -= gone
}

func (r *caller) stats() {
	r.enter(linearizability.Stats, 0, reading)
	var s impl.Stats
	panicked, err := linearizability.Try(func() error { s = r.budget.Stats(); return nil })
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err, Reading: readingOf(s)})
}

func readingOf(s impl.Stats) linearizability.Reading {
	return linearizability.Reading{Mode: model.Mode(s.Mode), Limit: s.Limit, Allocated: s.Allocated}
}

// notAsked is the fate of a backend that was not called.
const notAsked fate = -1

// A backend is what one call of Resize has behind it.
type backend struct {
	*caller
	call call
	old  int64 // the size of the block
	did  fate
}

// resize makes a call of Resize, or of an Allocator's Realloc.
func (r *caller) resize(c call) {
	v := &r.View
	b := &backend{caller: r, call: c, old: v.block, did: notAsked}
	if c.n > v.block && !c.badSize() {
		r.enter(linearizability.Reserve, c.n-v.block, reserving)
	} else {
		v.phase = backing
	}
	block := v.block // as the call leaves it
	panicked, err := r.try(func() error {
		if c.kind == callAlloc {
			p, err := impl.NewAllocatorOver(r.user, b).Realloc(blockOf(v.block), int(c.n))
			block = int64(cap(p))
			return err
		}
		return r.user.Resize(v.block, c.n, func() bool { return b.ask(v.block, c.n) })
	})
	r.finish(panicked, err)
	b.judge(panicked, err, block)
	if v.open {
		out := linearizability.Output{Err: err}
		if err == impl.ErrBackend {
			out.Err = nil // the rollback went well
		}
		r.leave(out)
	}
	r.Note(event{kind: over, call: c, old: b.old, err: err})
	if b.did == works {
		v.block = c.n
	}
}

func blockOf(n int64) []byte {
	if n <= 0 {
		return nil
	}
	return make([]byte, n)
}

// Realloc implements impl.Backend.
func (b *backend) Realloc(block []byte, n int) []byte {
	if !b.ask(int64(len(block)), int64(n)) || n == 0 {
		return nil
	}
	return make([]byte, n)
}

// ask is called by the real code, which asks the backend to resize the block.
func (b *backend) ask(osize, nsize int64) bool {
	v, c := &b.View, b.call
	switch {
	case b.did != notAsked || v.phase != reserving && v.phase != backing:
		b.Break("Contract", "%v calls the backend a second time", c)
	case osize != b.old || nsize != c.n:
		b.Break("Contract", "%v of %d bytes asks the backend for %d to %d", c, b.old, osize, nsize)
	case osize|nsize == 0:
		b.Break("Contract", "%v of nothing calls the backend", c)
	}
	if v.phase == reserving {
		b.leave(linearizability.Output{}) // granted
		v.phase = backing
	}
	b.did = c.backend.fate(b.Choose(c.backend.choices()))
	switch {
	case b.did == works:
		v.phys = c.n + v.loose
		if c.n < b.old {
			b.enter(linearizability.Release, b.old-c.n, releasing)
		}
	case c.n > b.old:
		b.enter(linearizability.RollBack, c.n-b.old, rolling)
	}
	if b.did == panics {
		panic(errBackendPanic)
	}
	return b.did == works
}

// judge holds the end of the call against the contract of Resize. block is the size of the block
// that Realloc returned.
func (b *backend) judge(panicked any, err error, block int64) {
	c, quiet := b.call, b.View.ended == idle // neither a refusal nor an over-release
	if (panicked == errBackendPanic) != (b.did == panics) {
		b.Break("Contract", "%v = %v, the backend panicked and Resize did not", c, err)
	}
	var want error
	switch {
	case c.badSize():
		want = model.ErrSize
	case b.did == fails:
		want = impl.ErrBackend
	}
	switch {
	case !quiet || err == model.ErrLimit && c.n <= b.old: // a shrink that is refused: ShrinkNeverRefused says so
	case b.did == notAsked && c.n|b.old != 0 && !c.badSize():
		b.Break("Contract", "%v of %d bytes = %v without calling the backend", c, b.old, err)
	case err != want:
		b.Break("Contract", "%v = %v, want %v", c, err, want)
	}
	if c.kind == callAlloc && panicked == nil {
		b.judgeBlock(err, block)
	}
}

// judgeBlock holds the block that Realloc returned against the contract.
func (b *backend) judgeBlock(err error, block int64) {
	want := b.call.n
	switch err {
	case nil:
	case model.ErrOverRelease:
		return // the caller lies about its block
	default:
		want = b.old
	}
	if block != want {
		b.Break("Contract", "%v of %d bytes = %v and a block of %d", b.call, b.old, err, block)
	}
}
