package arrowmem_test

import (
	"bytes"
	"math"
	"runtime"
	"testing"
	"unsafe"

	arrowmem "casalloc/impl/arrow"
)

// Every size class of Go's allocator that Heap uses, and some blocks above the largest: aligned, as
// long as Size says, zero, and not a byte more from Go than is charged but for the size class. What
// Go does not align by itself is aligned too, and a size that cannot be rounded up does not wrap.
func TestHeap(t *testing.T) {
	sizes := []int{1 << 20, 1<<20 + 64, 10 << 20}
	for n := 1; n < 512; n += 7 { // of size classes that are no multiples of 64
		sizes = append(sizes, n)
	}
	for n := 1; n <= 40<<10; n += 63 {
		sizes = append(sizes, n)
	}
	var blocks [][]byte // all alive, so that they are not one block again and again
	moved := 0
	for _, n := range sizes {
		want := (n + 63) / 64 * 64
		if size := (arrowmem.Heap{}).Size(n); size != want {
			t.Fatalf("Size(%d) = %d, want %d", n, size, want)
		}
		if made := make([]byte, want); address(made)%64 != 0 {
			t.Errorf("Go no longer aligns %d bytes, so blocks take 64 bytes more than is charged", want)
		}
		if address(make([]byte, n))%64 != 0 {
			moved++
		}
		for size, p := range map[int][]byte{want: arrowmem.Heap{}.Realloc(nil, want), n: arrowmem.Aligned(n)} {
			if len(p) != size || cap(p) != size || address(p)%64 != 0 || bytes.Count(p, []byte{0}) != size {
				t.Fatalf("%d bytes: %d of %d bytes at %#x; want zeroes at a multiple of 64", size, len(p), cap(p), address(p))
			}
			blocks = append(blocks, p)
		}
	}
	runtime.KeepAlive(blocks)
	if moved == 0 {
		t.Error("Go aligns every size, so nothing was tested")
	}
	for _, n := range []int{math.MaxInt - 64, math.MaxInt - 63, math.MaxInt - 62, math.MaxInt} {
		if size := (arrowmem.Heap{}).Size(n); size < n {
			t.Errorf("WrapSafe: Size(%d) = %d", n, size)
		}
	}
}

func address(p []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(p))) }

// A block stays where it is while it takes the same.
func TestHeapInPlace(t *testing.T) {
	_, _, mem := limited(t, 1<<20, arrowmem.Heap{})
	block := mem.Allocate(65)
	for _, n := range []int{128, 66, 65, 127} {
		if same := mem.Reallocate(n, block); address(same) != address(block) || len(same) != n {
			t.Errorf("Reallocate(%d, block of %d) moved", n, len(block))
		}
	}
	if moved := mem.Reallocate(64, block); address(moved) == address(block) {
		t.Error("a shrink stayed in place: the rest of the block exists, and is not charged")
	}
}
