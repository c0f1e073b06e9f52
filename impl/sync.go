//go:build !interleave

package impl

import (
	"sync"
	"sync/atomic"
)

// Every shared word and every lock of this package is of one of the first two types. The third is
// memory that one goroutine at a time uses. The build tag interleave swaps them for types whose
// operations a scheduler answers.
type (
	atomicInt64 = atomic.Int64
	mutex       = sync.Mutex
	ownInt64    struct{ v int64 }
)

// stripes is how many lines the tally of direct calls has, a power of two.
const stripes = 8

func (o *ownInt64) Load() int64   { return o.v }
func (o *ownInt64) Store(n int64) { o.v = n }
