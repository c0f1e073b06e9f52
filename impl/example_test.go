package impl_test

import (
	"errors"
	"fmt"
	"log"
	"sync"

	"casalloc/impl"
)

// A guest has its own account of the budget, and hears no when all guests together have too much.
func Example() {
	b := impl.NewBudget()
	if err := b.SetLimit(8 << 20); err != nil { // may be moved at any time
		log.Fatal(err)
	}
	guest := b.NewAccount() // one for each goroutine that allocates; NewTenant for several
	defer guest.Close()
	alloc := impl.NewAllocator(guest) // over the Go heap; NewAllocatorOver takes malloc, mmap, an arena
	block, err := alloc.Realloc(nil, 64)
	if err != nil {
		log.Fatal(err)
	}
	block, err = alloc.Realloc(block, 16<<20)
	fmt.Println(len(block), errors.Is(err, impl.ErrLimit)) // 64 true: the old block is kept
	// Output:
	// 64 true
}

// A program boots before it knows its limit, then sets it, and changes it while it runs.
func ExampleBudget() {
	b := impl.NewBudget()
	if err := b.Reserve(100); err != nil { // counted; refused is only what is no size
		log.Fatal(err)
	}
	if err := b.SetLimit(120); err != nil {
		log.Fatal(err)
	}
	b.EndBoot() // the limit stays

	fmt.Println(b.Reserve(30))
	b.Release(100) // after the memory is gone
	fmt.Println(b.Reserve(30))

	if err := b.SetLimit(20); err != nil { // below what is held: growth is refused until enough is released
		log.Fatal(err)
	}
	s := b.Stats()
	fmt.Printf("%v: %d of %d bytes, peak %d, %d refused\n", s.Mode, s.Allocated, s.Limit, s.Peak, s.Refused)
	// Output:
	// casalloc: over limit
	// <nil>
	// enforcing: 30 of 20 bytes, peak 100, 1 refused
}

// Two interpreters share a limit, and the one that is refused keeps its block.
func ExampleAllocator() {
	b := impl.NewBudget()
	if err := b.SetLimit(1000); err != nil {
		log.Fatal(err)
	}
	lua, plugin := impl.NewAllocator(b), impl.NewAllocator(b)
	p, err := lua.Realloc(nil, 600)
	if err != nil {
		log.Fatal(err)
	}
	q, err := plugin.Realloc(nil, 300)
	if err != nil {
		log.Fatal(err)
	}

	q, err = plugin.Realloc(q, 500)
	fmt.Println(len(q), errors.Is(err, impl.ErrLimit))

	lua.Realloc(p, 0) // a free does not fail
	q, err = plugin.Realloc(q, 500)
	fmt.Println(len(q), err)
	// Output:
	// 300 true
	// 500 <nil>
}

// Resize puts a Budget around an allocator that is not Go's. The function runs only if the growth
// fits, and what it could not allocate is not charged.
func ExampleBudget_Resize() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}

	mmap := func() bool { return false } // this machine is out of address space
	fmt.Println(b.Resize(0, 1<<16, mmap))
	fmt.Println(b.Resize(0, 1<<30, mmap))
	fmt.Println(b.Stats().Allocated)
	// Output:
	// casalloc: backend failed
	// casalloc: over limit
	// 0
}

// Each interpreter has an account of its own, and its calls do not touch what the others touch. The
// limit is that of all of them together, to the byte, whatever slack lies where.
func ExampleAccount() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}
	var interpreters sync.WaitGroup
	for range 8 {
		interpreters.Go(func() {
			a := b.NewAccount()
			defer a.Close()
			if err := a.SetLimit(256 << 10); err != nil { // the most that one may hold
				log.Fatal(err)
			}
			alloc := impl.NewAllocator(a)
			block, err := alloc.Realloc(nil, 1000)
			if err != nil {
				log.Fatal(err)
			}
			_, err = alloc.Realloc(block, 300<<10)
			if !errors.Is(err, impl.ErrAccountLimit) {
				fmt.Println(err)
			}
		})
	}
	interpreters.Wait()
	fmt.Println(b.Stats().Allocated)

	fmt.Println(b.Reserve(1<<20 - 8000))
	fmt.Println(b.NewAccount().Reserve(1))
	// Output:
	// 8000
	// <nil>
	// casalloc: over limit
}

// A query runs on several workers, and has a limit of its own below that of all queries. When it is
// over, or was given up, what it held goes in one call.
func ExampleTenant() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 30); err != nil {
		log.Fatal(err)
	}

	query := b.NewTenant()
	if err := query.SetLimit(1000); err != nil {
		log.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for query.Reserve(30) == nil {
			}
		})
	}
	workers.Wait()
	fmt.Println(query.Held(), query.Reserve(30))

	fmt.Println(query.Leave(), query.Held(), query.Reserve(30))
	// Output:
	// 990 casalloc: over account limit
	// 990 0 casalloc: account closed
}
