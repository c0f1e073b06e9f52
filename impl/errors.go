package impl

import (
	"errors"
	"fmt"
)

// Errors of Reserve and Resize, and of the calls built on them: block and counter are what they
// were before the call. They are returned unwrapped, without an allocation, except by SetLimit.
var (
	// ErrLimit: the growth did not fit at some instant during the call.
	ErrLimit = errors.New("casalloc: over limit")
	// ErrBackend: the backing allocator failed.
	ErrBackend = errors.New("casalloc: backend failed")
	// ErrSize: a size below 0 or above MaxSize. SetLimit returns it wrapped, with the number.
	ErrSize = errors.New("casalloc: size out of range")
	// ErrAccountLimit: the growth did not fit into the limit of the account itself.
	ErrAccountLimit = errors.New("casalloc: over account limit")
	// ErrClosed: a growth of an account that was closed.
	ErrClosed = errors.New("casalloc: account closed")
)

// ErrUnlimited is the error of SetLimit once EndBoot has ended the accounting: there is no counter.
var ErrUnlimited = errors.New("casalloc: not accounted any more")

// A Refusal is an error with its numbers, in bytes, for callers that can afford an allocation. It
// wraps the error that it explains. Create one with [Explain].
type Refusal struct {
	Err       error // ErrLimit, or any other of an Accountant
	Requested int64 // by how much the caller wanted to grow
	Held      int64 // of what Limit is the limit of; for a Budget the upper bound that Usage has
	Limit     int64 // the account's own if Err is ErrAccountLimit, else the Budget's; 0: none
}

func (r Refusal) Error() string {
	if r.Limit == 0 {
		return fmt.Sprintf("%v: %d bytes requested, %d held", r.Err, r.Requested, r.Held)
	}
	return fmt.Sprintf("%v: %d bytes requested, %d of %d held", r.Err, r.Requested, r.Held, r.Limit)
}

func (r Refusal) Unwrap() error { return r.Err }

// Explain returns err, which a growth of a by n bytes has returned, as a [Refusal], or nil if it is
// nil. The numbers are those of the call of Explain: by then the growth may fit. Of an Account it
// is the owner's call.
func Explain(a Accountant, n int64, err error) error {
	if err == nil {
		return nil
	}
	r := Refusal{Err: err, Requested: n}
	if errors.Is(err, ErrAccountLimit) {
		r.Held, r.Limit = a.own()
	} else {
		b, _ := a.parts()
		u := b.Usage()
		r.Held, r.Limit = u.Taken, u.Limit
	}
	return r
}

// An OverRelease is what Release and Resize panic with when a caller gives back more than is held.
// That is a bug of the caller. The counter has not changed.
//
// Through an account or a tenant, what is held is what it holds; on the Budget it is the counter.
// If a caller releases on the Budget what an account holds, that passes as long as the counter is
// large enough. The account's own release passes too. It is then the one too many, and can take the
// counter below 0. Headroom is above the limit then, and so much is granted. A Release or a shrink
// on the Budget, Stats and Usage panic when they find the counter there: Held is below 0, and the
// bug is an earlier release. Usage finds it only if slack does not hide it. Callers that release
// what they hold, where they reserved it, never take the counter below 0, not even for an instant.
type OverRelease struct {
	Released int64 // bytes that the caller gave back; 0 of a reading
	Held     int64 // bytes held by all callers together, or through the Account or Tenant
}

func (o OverRelease) Error() string {
	return fmt.Sprintf("casalloc: released %d bytes with %d held", o.Released, o.Held)
}

// overRelease panics, out of line to keep the callers small.
//
//go:noinline
func overRelease(released, held int64) { panic(OverRelease{released, held}) }

// checkCounter panics if a reading has found a counter of n bytes that is below 0.
func checkCounter(n int64) {
	if n < 0 {
		overRelease(0, n)
	}
}
