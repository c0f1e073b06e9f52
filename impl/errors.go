package impl

import (
	"errors"
	"fmt"
)

// Errors of Reserve and Resize, and of the calls built on them: block and budgets are what they
// were before the call. They are returned unwrapped, without an allocation, except by SetLimit.
var (
	// ErrLimit: the growth did not fit at some instant during the call, at the budget that was
	// called or at one above it.
	ErrLimit = errors.New("casalloc: over limit")
	// ErrClosed: a growth of a budget that was closed, or is below one.
	ErrClosed = errors.New("casalloc: budget closed")
	// ErrBackend: the backing allocator failed.
	ErrBackend = errors.New("casalloc: backend failed")
	// ErrSize: a size below 0 or above MaxSize. SetLimit returns it wrapped, with the number.
	ErrSize = errors.New("casalloc: size out of range")
)

// Errors of SetLimit and Move.
var (
	// ErrUnlimited: EndBoot has ended the accounting, so there is nothing to limit.
	ErrUnlimited = errors.New("casalloc: not accounted any more")
	// ErrNoLimit: the child was made without a limit, and so never has one.
	ErrNoLimit = errors.New("casalloc: child made without a limit")
	// ErrTree: the budgets are of different trees.
	ErrTree = errors.New("casalloc: budgets of different trees")
)

// A Refusal is an error with its numbers, in bytes, for callers that can afford an allocation. It
// wraps the error that it explains. Create one with [Explain].
type Refusal struct {
	Err       error   // as Reserve returned it
	Requested int64   // by how much the caller wanted to grow
	Budget    *Budget // that refuses so much, or if none does any more, the one that was called
	Path      string  // of that budget
	Used      int64   // of it; an upper bound, as Stats has it
	Limit     int64   // of it; NoLimit if it has none
}

func (r Refusal) Error() string {
	path := r.Path
	if path != "" {
		path = " of " + path
	}
	if r.Limit == NoLimit {
		return fmt.Sprintf("%v%s: %d bytes requested, %d used", r.Err, path, r.Requested, r.Used)
	}
	return fmt.Sprintf("%v%s: %d bytes requested, %d of %d used", r.Err, path, r.Requested, r.Used, r.Limit)
}

func (r Refusal) Unwrap() error { return r.Err }

// Explain returns err, with which b has refused a growth by n bytes, as a [Refusal], or nil if it is
// nil. It names the first budget, from b upwards, that leaves no room for n bytes, or was closed.
// The numbers are those of the call of Explain: by then the growth may fit.
func Explain(b *Budget, n int64, err error) error {
	if err == nil {
		return nil
	}
	at, read := b, b.Stats()
	for a := b; a != nil && (err == ErrLimit || err == ErrClosed); a = a.parent {
		if s := a.Stats(); s.Closed == (err == ErrClosed) && n > s.Limit-s.Used {
			at, read = a, s
			break
		}
	}
	return Refusal{Err: err, Requested: n, Budget: at, Path: at.Path(), Used: read.Used, Limit: read.Limit}
}

// An OverRelease is what Release, Resize and Move panic with when a caller gives back more than is
// held at the budget. That is a bug of the caller, and nothing has changed.
type OverRelease struct {
	Released int64 // bytes that the caller gave back
	Held     int64 // bytes held at the budget, by all callers together
}

func (o OverRelease) Error() string {
	return fmt.Sprintf("casalloc: released %d bytes with %d held", o.Released, o.Held)
}

// overRelease panics, out of line to keep the callers small.
//
//go:noinline
func overRelease(released, held int64) { panic(OverRelease{released, held}) }
