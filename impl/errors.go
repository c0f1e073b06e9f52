package impl

import (
	"errors"
	"fmt"
)

// Errors of Reserve and Resize, and of the calls built on them. They are returned as they are, without an allocation.
var (
	// ErrLimit: the growth did not fit at some instant during the call. Nothing has changed.
	ErrLimit = errors.New("casalloc: over limit")
	// ErrBackend: the backing allocator failed. Block and counter are what they were before the call.
	ErrBackend = errors.New("casalloc: backend failed")
	// ErrSize: a size below 0 or above MaxSize. Nothing has changed. SetLimit returns it wrapped, with the number.
	ErrSize = errors.New("casalloc: size out of range")
	// ErrAccountLimit: the growth did not fit into the limit of the account itself. Nothing has changed.
	ErrAccountLimit = errors.New("casalloc: over account limit")
	// ErrClosed: a growth of an account that was closed. Nothing has changed.
	ErrClosed = errors.New("casalloc: account closed")
)

// ErrUnlimited is the error of SetLimit once EndBoot has ended the accounting: the counter is no longer true.
var ErrUnlimited = errors.New("casalloc: not accounted any more")

// overRelease panics: a caller gave back more than all callers together hold. held is in bytes. Out of line, to keep the
// callers small.
//
//go:noinline
func overRelease(n, held int64) {
	panic(fmt.Sprintf("casalloc: released %d bytes with %d held", n, held))
}
