//go:build lua54

package lua54

/*
#include <stdlib.h>
#include "host.h"
*/
import "C"

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// A Meter counts the bytes that Lua holds in many States together, whatever their budget says. So
// it can tell whether the budget has kept its limit. A State adds to its Meter after a growth was
// granted, and subtracts before it frees: at every instant Live is at most what is charged.
//
// It costs each call of the allocator an atomic addition to memory that all its States share, which
// children are there to avoid. It is safe for concurrent use. Create it with [NewMeter].
type Meter struct{ c *C.meter }

// NewMeter returns a Meter of no States. A State has the one in its Options.
func NewMeter() *Meter {
	m := &Meter{c: (*C.meter)(C.calloc(1, C.sizeof_meter))}
	// A State keeps its Meter, so this is after the last use in C.
	runtime.AddCleanup(m, func(c *C.meter) { C.free(unsafe.Pointer(c)) }, m.c)
	return m
}

// Live returns how many bytes the States hold.
func (m *Meter) Live() int64 {
	defer runtime.KeepAlive(m)
	return atomic.LoadInt64((*int64)(&m.c.live))
}

// Peak returns the largest Live right after a growth since ResetPeak, or 0 if nothing has grown. If
// one limit was in force since then, a Peak above it is a growth that should have been refused.
func (m *Meter) Peak() int64 {
	defer runtime.KeepAlive(m)
	return atomic.LoadInt64((*int64)(&m.c.peak))
}

// ResetPeak sets Peak to 0. No State may be in use.
func (m *Meter) ResetPeak() {
	defer runtime.KeepAlive(m)
	atomic.StoreInt64((*int64)(&m.c.peak), 0)
}
