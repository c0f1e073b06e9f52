//go:build darwin || dragonfly || freebsd || linux || netbsd

package impl_test

import (
	"errors"
	"fmt"
	"log"

	"casalloc/impl"
)

// The memory of a guest is a block of the operating system's that grows where it is. What is
// charged is the pages that exist, and a refusal has its numbers for who reports it.
func ExampleMmap() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}
	guest := b.NewChild(impl.NoLimit)
	alloc := impl.NewAllocatorOver(guest, impl.NewMmap(4<<20)) // no block is larger

	memory, err := alloc.Realloc(nil, 64<<10)
	if err != nil {
		log.Fatal(err) // ErrBackend: the system has no more
	}
	first := &memory[0]
	memory, err = alloc.Realloc(memory, 512<<10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(memory), &memory[0] == first, guest.Stats().Used)

	memory, err = alloc.Realloc(memory, 2<<20) // if refused, memory is the old block
	if errors.Is(err, impl.ErrLimit) {
		fmt.Println(impl.Explain(guest, 2<<20-512<<10, err))
	}

	alloc.Realloc(memory, 0) // a free does not fail
	fmt.Println(b.Exact().Used)
	// Output:
	// 524288 true 524288
	// casalloc: over limit: 1572864 bytes requested, 524288 of 1048576 used
	// 0
}
