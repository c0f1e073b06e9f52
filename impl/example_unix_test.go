//go:build darwin || dragonfly || freebsd || linux || netbsd

package impl_test

import (
	"fmt"

	"casalloc/impl"
)

// The memory of a guest is a block of the operating system's that grows where it is. What is
// charged is the pages that exist, and a refusal has its numbers for who reports it.
func ExampleMmap() {
	b := impl.NewBudget()
	b.SetLimit(1 << 20)
	guest := b.NewTenant()
	alloc := impl.NewAllocatorOver(guest, impl.NewMmap(4<<20)) // no block is larger

	memory, _ := alloc.Realloc(nil, 64<<10)
	first := &memory[0]
	memory, _ = alloc.Realloc(memory, 512<<10)
	fmt.Println(len(memory), &memory[0] == first, guest.Held())

	_, err := alloc.Realloc(memory, 2<<20)
	fmt.Println(impl.Explain(guest, 2<<20-512<<10, err))

	alloc.Realloc(memory, 0)
	fmt.Println(b.Usage().Taken)
	// Output:
	// 524288 true 524288
	// casalloc: over limit: 1572864 bytes requested, 524288 of 1048576 held
	// 0
}
