//go:build !interleave

package impl

import (
	"sync"
	"sync/atomic"
)

// Every shared word and every lock of this package is one of these two types, and there are no others.
// The build tag interleave swaps them for types that yield before each operation.
type (
	atomicInt64 = atomic.Int64
	mutex       = sync.Mutex
)
