package arrowmem

import (
	"math"
	"unsafe"

	"casalloc/impl"
)

// alignment is that of Arrow's buffers, in bytes: a cache line, and the widest vector register.
const alignment = 64

// Heap is the Go heap as a Backend of blocks that are aligned to 64 bytes and zero. A block takes
// its size rounded up to 64 bytes, and that is what is charged. Heap is safe for concurrent use.
//
// What is said of impl.Heap holds: Go ends the program when memory runs out, a freed block exists
// until the garbage collector has run, and a shrink moves the block.
//
// The size classes of Go's allocator align each block whose size is a multiple of 64. Only a build
// with -asan, which enlarges blocks, aligns them less: there a block takes 64 bytes more, and they
// are not charged.
type Heap struct{}

var _ impl.Rounder = Heap{}

// Size implements [impl.Rounder]: n bytes in whole multiples of 64. What wraps then stays as it is.
func (Heap) Size(n int) int {
	if n > math.MaxInt-(alignment-1) {
		return n
	}
	return (n + alignment - 1) &^ (alignment - 1)
}

// Realloc implements [impl.Backend].
func (Heap) Realloc(block []byte, n int) []byte {
	switch n {
	case 0:
		return nil
	case len(block):
		return block
	}
	p := aligned(n)
	copy(p, block)
	return p
}

// aligned returns n > 0 bytes that are zero and aligned.
func aligned(n int) []byte {
	p := make([]byte, n)
	if misalignment(p) == 0 {
		return p
	}
	p = make([]byte, n+alignment)
	skip := misalignment(p)
	return p[skip : skip+n : skip+n]
}

// misalignment returns how many bytes of p are before the first that is aligned.
func misalignment(p []byte) int {
	return int(-uintptr(unsafe.Pointer(unsafe.SliceData(p))) % alignment)
}
