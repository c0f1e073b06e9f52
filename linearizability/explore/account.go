//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/model"
)

// What a thread knows of its account, and the calls that only an account has.

const closed = -1 // is the limit of an account that was closed

// held is what is held through the thread's account.
func (v *view) held() int64 { return v.charge - v.apart }

// byAccount is the error with which the account itself refuses an operation, while anything is
// counted: a growth over its own limit or after Close, a release of more than it holds.
func (v *view) byAccount(in linearizability.Input) error {
	growth := in.Op == linearizability.Reserve && in.N >= 1 && in.N <= model.MaxSize
	switch {
	case v.account == 0:
	case in.Op == linearizability.Release && in.N > v.held():
		return model.ErrOverRelease
	case growth && v.limit == closed:
		return impl.ErrClosed
	case growth && v.limit > 0 && in.N > v.limit-v.held():
		return impl.ErrAccountLimit
	}
	return nil
}

// closes is Close as an operation of the history: N is what is held through the account, and the
// counter of the reading is what Close returned.
const closes = linearizability.Stats + 1

func (r *caller) close() {
	v := &r.View
	r.enter(closes, v.held(), closing)
	var held int64
	panicked, err := r.try(func() error { held = r.accounts[v.account-1].Close(); return nil })
	r.finish(panicked, err)
	r.leave(linearizability.Output{Err: err, Reading: linearizability.Reading{Allocated: held}})
	v.limit = closed
}

// drop is what the garbage collector does once nobody has the account. Meanwhile it is the thread.
func (r *caller) drop() {
	v := &r.View
	v.phase = dropping
	r.finish(r.try(func() error { impl.Drop(r.accounts[v.account-1]); return nil }))
	r.Note(event{kind: dropped})
	v.account, v.limit, v.apart = 0, 0, 0
}

// newAccount makes an account, through which the thread calls from now on.
func (r *caller) newAccount() {
	v := &r.View
	v.phase = making
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
