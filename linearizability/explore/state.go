//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A callerState holds what the promises may know of a thread. Between calls it is all that the
// thread's caller knows. Sizes are in bytes.
type callerState struct {
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
	call calls.Call
	in   linearizability.Input // the open operation of the history, if open
	open bool
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

const closed = -1 // is the limit of an account that was closed

// resting reports whether the thread is between two calls.
func (s *callerState) resting() bool { return s.ended != "" }

// held is what is held through the thread's account.
func (s *callerState) held() int64 { return s.charge - s.apart }

// moves is by how much the open operation moves the counter, if it has an effect.
func (s *callerState) moves() int64 {
	if s.open {
		switch s.in.Op {
		case calls.Reserve:
			return s.in.N
		case calls.Release, calls.RollBack:
			return -s.in.N
		}
	}
	return 0
}

// book is what the thread knows of its account.
func (s *callerState) book() calls.Book {
	return calls.Book{Held: s.held(), Limit: max(s.limit, 0), Closed: s.limit == closed}
}

// byAccount is the error with which the account itself refuses an operation, while anything is
// counted.
func (s *callerState) byAccount(in linearizability.Input) error {
	if s.account == 0 {
		return nil
	}
	return calls.InModel(s.book().Refuses(in.Op, in.N))
}

// endsBy is how a call with this error ends, whose last operation is the open one.
func (s *callerState) endsBy(err error) string {
	if !s.open {
		return idle
	}
	switch err {
	case nil, impl.ErrBackend, calls.ErrBackendPanic:
		return idle
	case model.ErrOverRelease:
		return caught
	case model.ErrUnlimited:
		return tooLate
	case impl.ErrAccountLimit:
		return overAccount
	case impl.ErrClosed:
		return closedAccount
	}
	if s.in.Op == calls.Reserve {
		return refused
	}
	return idle
}
