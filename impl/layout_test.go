//go:build !interleave

package impl

import (
	"testing"
	"unsafe"
)

// The word shares its line with nothing, wherever the Budget begins; what is read often and what is written seldom have
// lines of their own in a Budget that begins with one, as on the heap.
func TestLayout(t *testing.T) {
	b := NewBudget()
	word, base, refused := unsafe.Offsetof(b.word), unsafe.Offsetof(b.base), unsafe.Offsetof(b.refused)
	baseEnd := unsafe.Offsetof(b.setter) + unsafe.Sizeof(b.setter)

	if word < lineSize || base-word < lineSize {
		t.Errorf("word at %d, base at %d: want %d bytes of distance", word, base, lineSize)
	}
	if base/lineSize != (baseEnd-1)/lineSize || base/lineSize == refused/lineSize {
		t.Errorf("base to setter at %d to %d, statistics at %d: want lines of %d", base, baseEnd, refused, lineSize)
	}
	if size := unsafe.Sizeof(*b); size%lineSize != 0 || uintptr(unsafe.Pointer(b))%lineSize != 0 {
		t.Errorf("a Budget of %d bytes at %p: want whole lines of %d", size, b, lineSize)
	}
}

// The memory of an account shares its line with nothing, wherever it begins, and one line is all an owner's call touches.
func TestAccountLayout(t *testing.T) {
	l := NewBudget().NewAccount().line
	first, end := unsafe.Offsetof(l.slack), unsafe.Offsetof(l.limit)+unsafe.Sizeof(l.limit)
	if first < lineSize || unsafe.Sizeof(*l)-end < lineSize-(end-first) {
		t.Errorf("an account uses bytes %d to %d of %d: want lines of %d to itself", first, end, unsafe.Sizeof(*l), lineSize)
	}
	for _, p := range []unsafe.Pointer{unsafe.Pointer(&l.most), unsafe.Pointer(&l.held), unsafe.Pointer(&l.limit)} {
		if uintptr(p)/lineSize != uintptr(unsafe.Pointer(&l.slack))/lineSize {
			t.Errorf("%p is not on the line of slack, %p", p, &l.slack)
		}
	}
}
