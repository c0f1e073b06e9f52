package impl_test

import (
	"errors"
	"fmt"
	"log"

	"casalloc/impl"
)

// A vault is a Backend over the Go heap that wipes what it frees. It has no block above 4096 bytes.
type vault struct{}

func (vault) Realloc(block []byte, n int) []byte {
	if n > 4096 {
		return nil // block is as it was
	}
	p := impl.Heap{}.Realloc(block, n)
	clear(block)
	return p
}

// What a backend cannot do is an error. The block and its charge are then the old ones.
func ExampleBackend() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}
	alloc := impl.NewAllocatorOver(b, vault{})
	key, err := alloc.Realloc(nil, 32)
	if err != nil {
		log.Fatal(err)
	}
	copy(key, "secret")

	key, err = alloc.Realloc(key, 8192)
	switch {
	case errors.Is(err, impl.ErrBackend):
		fmt.Println("not in this vault:", len(key), "bytes,", b.Stats().Used, "charged")
	case errors.Is(err, impl.ErrLimit):
		fmt.Println("over limit")
	}
	fmt.Printf("%s\n", key[:6])

	alloc.Realloc(key, 0)                // a free does not fail
	fmt.Println(key[:6], b.Stats().Used) // key is gone: only to show that it is wiped
	// Output:
	// not in this vault: 32 bytes, 32 charged
	// secret
	// [0 0 0 0 0 0] 0
}
