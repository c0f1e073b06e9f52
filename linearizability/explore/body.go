//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// bodies runs the threads of a scenario on a machine: each time the next call of the thread.
func bodies(s scenario, m *machine) func(t *engine.Thread[callerState, event]) {
	return func(t *engine.Thread[callerState, event]) {
		v := &t.View
		items := s.Clients[t.Number].Items
		if v.next == len(items) {
			return
		}
		item := items[v.next]
		c := item[t.Choose(len(item))]
		r := &caller{machine: m, Thread: t, user: m.user(v.account)}
		v.next++
		switch {
		case c.Op == calls.Claim: // nothing is called
			v.misuse, v.block = true, c.N
			return
		case c.Op.OfAccount() && v.account == 0: // it was dropped: there is nothing to call
			return
		}
		v.call, v.want, v.ended = c, c.N, ""
		r.makeCall(c)
		switch v.ended {
		case refused, overAccount, closedAccount:
		default:
			v.want = 0
		}
		v.call, v.in = calls.Call{}, linearizability.Input{}
	}
}

func (r *caller) makeCall(c calls.Call) {
	switch c.Op {
	case calls.Resize, calls.Realloc:
		r.resize(c)
	case calls.Reserve:
		r.reserve(c.N)
	case calls.Release:
		r.release(c.N)
	case calls.Close:
		r.operation(c.Op, r.View.held())
		r.View.limit = closed
	case calls.Drop:
		r.drop()
	case calls.NewAccount:
		r.newAccount()
	case calls.SetAccountLimit:
		r.setAccountLimit(c.N)
	default:
		r.operation(c.Op, c.N)
	}
}

func (r *caller) reserve(n int64) {
	if r.operation(calls.Reserve, n) == nil {
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
	r.operation(calls.Release, n)
	v.loose -= gone
}

// The calls that only an account has.

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

// setAccountLimit calls SetLimit of the account: no step, but a part of the step that begins the
// call.
func (r *caller) setAccountLimit(n int64) {
	v := &r.View
	want := v.book().Refuses(calls.SetAccountLimit, n)
	panicked, err := r.try(func() error { return r.accounts[v.account-1].SetLimit(n) })
	r.finish(panicked, err)
	if err != want {
		r.Break("Contract", "%v of an account with the limit %d = %v, want %v", v.call, v.limit, err, want)
	}
	if err == nil {
		v.limit = n
	}
}
