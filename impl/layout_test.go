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

// The word shares its line with nothing, wherever the Budget begins. What is read often and what is
// seldom written have a line each, where the heap puts a Budget.
func TestLayout(t *testing.T) {
	b := NewBudget()
	word, base := unsafe.Offsetof(b.word), unsafe.Offsetof(b.base)
	if word < lineSize || base-word < lineSize {
		t.Errorf("word at %d, base at %d: want %d bytes of distance", word, base, lineSize)
	}
	line := func(p unsafe.Pointer) uintptr { return uintptr(p) / lineSize }
	first, last := line(unsafe.Pointer(&b.base)), line(unsafe.Pointer(&b.accounts))
	if first != last {
		t.Errorf("base on line %#x, accounts on %#x: want one line of %d bytes", first, last, lineSize)
	}
	for i := range b.direct {
		if got := line(unsafe.Pointer(&b.direct[i])); got != first+1+uintptr(i) {
			t.Errorf("tally %d on line %#x, base on %#x: want each on its own", i, got, first)
		}
	}
}
