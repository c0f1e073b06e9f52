package impl_test

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"

	"casalloc/impl"
)

// LiveWithinCharge, as the kernel sees it: memory that was given back is gone.
func TestMmapResident(t *testing.T) {
	const most, near = 64 << 20, 16 << 20 // bytes; what else the process does is less than near
	b := newBudget(t, impl.Enforcing, most, 0)
	a := impl.NewAllocatorOver(b, impl.NewMmap(most))
	before := resident(t)
	var block []byte
	for _, n := range []int{most, most / 4, most, most / 2, 0} {
		var err error
		block, err = a.Realloc(block, n)
		must(t, err)
		for i := range block {
			block[i] = 1
		}
		if got, want := resident(t)-before, b.Stats().Used; got < want-near || got > want+near {
			t.Errorf("%d bytes more are resident, want about the %d charged", got, want)
		}
	}
	// Address space that is reserved is no memory.
	for range 16 {
		if block = impl.NewMmap(1<<30).Realloc(nil, 1<<16); block == nil {
			t.Skip("no address space")
		}
		defer impl.NewMmap(1<<30).Realloc(block, 0)
	}
	if got := resident(t) - before; got > near {
		t.Errorf("%d bytes more are resident with 1 MiB in blocks", got)
	}
}

// resident returns the resident memory of this process, in bytes.
func resident(t *testing.T) int64 {
	t.Helper()
	_, n := statm(t)
	return n
}

// statm returns the address space and the resident memory of this process, in bytes.
func statm(t *testing.T) (size, resident int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	must(t, err)
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	return size * page, resident * page
}

// Blocks that are freed leave no mapping behind, in whatever order, and neither do those that could
// not be made.
func TestMmapLeavesNoMapping(t *testing.T) {
	m := impl.NewMmap(1 << 20)
	mappings := func() int {
		text, err := os.ReadFile("/proc/self/maps")
		must(t, err)
		return bytes.Count(text, []byte{'\n'})
	}
	before := mappings()
	addresses, _ := statm(t)
	var blocks [100][]byte
	for i := range blocks {
		blocks[i] = m.Realloc(nil, 1<<20)
	}
	if n := mappings() - before; n < len(blocks) {
		t.Errorf("%d mappings of %d blocks", n, len(blocks))
	}
	for i := range blocks {
		i = i * 37 % len(blocks)
		m.Realloc(blocks[i], 0)
	}
	impl.SetFault(m, func(call string) error {
		if call == "mprotect" {
			return syscall.ENOMEM
		}
		return nil
	})
	const failing, other = 1000, 512 // MiB that would be lost, and that Go may take meanwhile: arenas, stacks
	for range failing {
		if block := m.Realloc(nil, 1<<20); block != nil {
			t.Fatalf("%d bytes with no page accessible", len(block))
		}
	}
	if n, _ := statm(t); n > addresses+other<<20 {
		t.Errorf("%d bytes of address space more with all blocks freed", n-addresses)
	}
	if n := mappings() - before; n > 10 {
		t.Errorf("%d mappings more with all blocks freed", n)
	}
}
