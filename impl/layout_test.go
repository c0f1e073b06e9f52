//go:build !interleave

package impl

import (
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"
)

// The production build is plain sync/atomic: these are the same types, not types like them, so the
// compiler sees the same calls as if the aliases were not there.
var (
	_ *atomic.Int64 = (*atomicInt64)(nil)
	_ *sync.Mutex   = (*mutex)(nil)
)

// What a call writes is on one line, and what other callers read on the next, wherever the heap puts
// a child: 256 bytes in all. Of a root, the lock and each tally have a line of their own besides.
func TestLayout(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) < 8 {
		t.Skip("the lines are shorter here")
	}
	b := NewBudget().NewChild(NoLimit)
	at := func(p unsafe.Pointer) uintptr { return uintptr(p) - uintptr(unsafe.Pointer(b)) }
	if size := unsafe.Sizeof(*b); size != 2*lineSize || uintptr(unsafe.Pointer(b))%lineSize != 0 {
		t.Errorf("a child of %d bytes at %p, want %d on a line's begin", size, b, 2*lineSize)
	}
	for name, p := range map[string]unsafe.Pointer{
		"word": unsafe.Pointer(&b.word), "direct": unsafe.Pointer(&b.direct), "tally": unsafe.Pointer(&b.tally),
	} {
		if at(p) >= lineSize {
			t.Errorf("%s at %d, want it on the line that a call writes", name, at(p))
		}
	}
	for name, p := range map[string]unsafe.Pointer{
		"fixed": unsafe.Pointer(&b.fixed), "base": unsafe.Pointer(&b.base), "cap": unsafe.Pointer(&b.cap),
		"peak": unsafe.Pointer(&b.peak), "limit": unsafe.Pointer(&b.limit),
	} {
		if at(p) < lineSize {
			t.Errorf("%s at %d, want it off the line of the word", name, at(p))
		}
	}
	tr := b.tree
	lines := map[uintptr]string{}
	for name, p := range map[string]unsafe.Pointer{
		"root's word": unsafe.Pointer(&tr.root.word), "root's base": unsafe.Pointer(&tr.root.base),
		"lock": unsafe.Pointer(&tr.lock), "first tally": unsafe.Pointer(&tr.tallies[0]), "next tally": unsafe.Pointer(&tr.tallies[1]),
	} {
		line := uintptr(p) / lineSize
		if other := lines[line]; other != "" {
			t.Errorf("%s and %s are on one line", name, other)
		}
		lines[line] = name
	}
}
