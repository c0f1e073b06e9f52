//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// bodies runs the threads of a scenario on a machine: each time the next call of the thread.
func bodies(s scenario, m *machine) func(t *engine.Thread[callerState, event]) {
	return func(t *engine.Thread[callerState, event]) {
		v := &t.View
		items := s.threads[t.Number].items
		if v.next == len(items) {
			return
		}
		item := items[v.next]
		c := item[t.Choose(len(item))]
		r := &caller{machine: m, Thread: t, user: m.user(v.account)}
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
		v.call, v.in = call{}, linearizability.Input{}
	}
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
		r.operation(linearizability.SetLimit, c.n, func() error { return r.budget.SetLimit(c.n) })
	case callEndBoot:
		r.operation(linearizability.EndBoot, 0, func() error { r.budget.EndBoot(); return nil })
	case callStats:
		r.readStats()
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

func (r *caller) reserve(n int64) {
	err := r.operation(linearizability.Reserve, n, func() error { return r.user.Reserve(n) })
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
	r.operation(linearizability.Release, n, func() error { r.user.Release(n); return nil })
	v.loose -= gone
}

func (r *caller) readStats() {
	r.enter(linearizability.Stats, 0)
	var s impl.Stats
	panicked, err := linearizability.Try(func() error { s = r.budget.Stats(); return nil })
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err, Reading: readingOf(s)})
}

// The calls that only an account has.

func (r *caller) close() {
	v := &r.View
	r.enter(closes, v.held())
	var held int64
	panicked, err := r.try(func() error { held = r.accounts[v.account-1].Close(); return nil })
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err, Reading: linearizability.Reading{Allocated: held}})
	v.limit = closed
}

// drop is what the garbage collector does once the account is unreachable. Meanwhile it is the
// thread.
func (r *caller) drop() {
	v := &r.View
	r.finish(r.try(func() error { impl.Drop(r.accounts[v.account-1]); return nil }))
	r.Note(event{kind: dropped})
	v.account, v.limit, v.apart = 0, 0, 0
}

// newAccount makes an account, through which the thread calls from now on.
func (r *caller) newAccount() {
	v := &r.View
	v.account, v.limit, v.apart = 1+r.newStock(r.Number, v.next-1), 0, v.charge
	v.misuse = v.misuse || v.block+v.loose > 0
	r.finish(r.try(func() error {
		if a := r.budget.NewAccount(); *a != *r.accounts[v.account-1] {
			r.Break("Contract", "NewAccount returns another account")
		}
		return nil
	}))
	r.Note(event{kind: made})
}

// ownLimit calls SetLimit of the account: no step, but a part of the step that begins the call.
func (r *caller) ownLimit(n int64) {
	v := &r.View
	var want error
	switch {
	case n < 1 || n > model.MaxSize:
		want = model.ErrSize
	case v.limit == closed:
		want = impl.ErrClosed
	}
	panicked, err := r.try(func() error { return r.accounts[v.account-1].SetLimit(n) })
	r.finish(panicked, err)
	if err != want {
		r.Break("Contract", "%v of an account with the limit %d = %v, want %v", v.call, v.limit, err, want)
	}
	if err == nil {
		v.limit = n
	}
}
