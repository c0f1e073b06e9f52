//go:build !interleave

package impl

import (
	"sync"
	"sync/atomic"
)

// The production build is plain sync/atomic: these are the same types, not types like them, so the compiler sees the same
// calls as if the aliases were not there.
var (
	_ *atomic.Int64 = (*atomicInt64)(nil)
	_ *sync.Mutex   = (*mutex)(nil)
)
