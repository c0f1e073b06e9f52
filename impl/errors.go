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

// An OverRelease is what Release and Resize panic with when a caller gives back more than is held.
// That is a bug of the caller. The counter has not changed.
type OverRelease struct {
	Released int64 // bytes that the caller gave back
	Held     int64 // bytes held by all callers together, or of an Account by its owner
}

func (o OverRelease) Error() string {
	return fmt.Sprintf("casalloc: released %d bytes with %d held", o.Released, o.Held)
}

// overRelease panics, out of line to keep the callers small.
//
//go:noinline
func overRelease(released, held int64) { panic(OverRelease{released, held}) }
