package impl_test

import (
	"errors"
	"fmt"
	"log"
	"sync"

	"casalloc/impl"
)

// A process has a limit, each of its customers one below it, and a guest of a customer a budget of
// its own. The guest is refused what does not fit at one of the three.
func Example() {
	process := impl.NewBudget()
	if err := process.SetLimit(64 << 20); err != nil { // may be moved at any time
		log.Fatal(err)
	}
	customer := process.NewChild(16 << 20)
	defer customer.Close()
	customer.SetName("acme")
	guest := customer.NewChild(impl.NoLimit) // one for each guest, query or goroutine
	defer guest.Leave()                      // gives back all that it still holds

	alloc := impl.NewAllocator(guest) // over the Go heap; NewAllocatorOver takes malloc, mmap, an arena
	block, err := alloc.Realloc(nil, 64)
	if err != nil {
		log.Fatal(err)
	}
	block, err = alloc.Realloc(block, 32<<20)
	fmt.Println(len(block), errors.Is(err, impl.ErrLimit)) // 64 true: the old block is kept
	var why impl.Refusal
	if errors.As(impl.Explain(guest, 32<<20, err), &why) {
		fmt.Println(why.Path, "has a limit of", why.Limit) // /acme has a limit of 16777216
	}

	// Output:
	// 64 true
	// /acme has a limit of 16777216
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
	fmt.Printf("%v: %d of %d bytes, peak %d, %d refused\n", s.Mode, s.Used, s.Limit, s.Peak, s.Refused)
	// Output:
	// casalloc: over limit
	// <nil>
	// enforcing: 30 of 20 bytes, peak 100, 1 refused
}

// A query runs on several workers, each with a child of its own, so that its calls do not touch
// what the others touch. The limit of the query is that of all of them, to the byte, whatever slack
// lies where.
func ExampleBudget_NewChild() {
	process := impl.NewBudget()
	if err := process.SetLimit(1 << 30); err != nil {
		log.Fatal(err)
	}
	query := process.NewChild(1000)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			worker := query.NewChild(impl.NoLimit)
			defer worker.Close()
			for worker.Reserve(30) == nil {
			}
		})
	}
	workers.Wait()
	fmt.Println(query.Stats().Used)
	fmt.Println(query.Reserve(11), query.Reserve(10))
	// Output:
	// 990
	// casalloc: over limit <nil>
}

// A limit of 0 refuses all growth, and NoLimit takes the limit away.
func ExampleBudget_SetLimit() {
	b := impl.NewBudget()
	customer := b.NewChild(1000)
	fmt.Println(customer.Reserve(600))

	fmt.Println(customer.SetLimit(0), customer.Reserve(1))
	customer.Release(100) // a release is never refused
	fmt.Println(customer.SetLimit(impl.NoLimit), customer.Reserve(1<<40))

	goroutine := customer.NewChild(impl.NoLimit)
	fmt.Println(goroutine.SetLimit(5)) // made without a limit, it never has one
	// Output:
	// <nil>
	// <nil> casalloc: over limit
	// <nil> <nil>
	// casalloc: child made without a limit
}

// A result passes from the query that made it to the cache that keeps it. The query ends, and the
// result stays charged. The limit of the process is not in the way, although there is no room.
func ExampleBudget_Move() {
	process := impl.NewBudget()
	if err := process.SetLimit(1000); err != nil {
		log.Fatal(err)
	}
	query, cache := process.NewChild(1000), process.NewChild(800)
	if err := query.Reserve(1000); err != nil {
		log.Fatal(err)
	}
	fmt.Println(query.Move(cache, 900)) // refused by the limit of the cache
	fmt.Println(query.Move(cache, 700))
	fmt.Println(query.Leave(), cache.Stats().Used, process.Exact().Used)
	// Output:
	// casalloc: over limit
	// <nil>
	// 300 700 700
}

// An instance of a guest dies with its memory: all that was charged goes back in one call. A worker
// that is late does no harm.
func ExampleBudget_Leave() {
	process := impl.NewBudget()
	guest := process.NewChild(impl.NoLimit)
	worker := guest.NewChild(impl.NoLimit)
	if err := errors.Join(guest.Reserve(500), worker.Reserve(300)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(guest.Leave())
	worker.Release(300)
	guest.Release(500)
	fmt.Println(worker.Reserve(1))
	fmt.Println(process.Stats().Used)
	// Output:
	// 800
	// casalloc: budget closed
	// 0
}

// A report of a tree.
func ExampleBudget_Children() {
	process := impl.NewBudget()
	process.SetName("process")
	for _, name := range []string{"ann", "bob"} {
		customer := process.NewChild(1000)
		customer.SetName(name)
		query := customer.NewChild(impl.NoLimit)
		query.SetName("query 1")
		if err := query.Reserve(int64(100 * len(process.Children()))); err != nil {
			log.Fatal(err)
		}
	}
	report(process)
	// Output:
	// process: 300
	// process/ann: 100
	// process/ann/query 1: 100
	// process/bob: 200
	// process/bob/query 1: 200
}

func report(b *impl.Budget) {
	fmt.Printf("%s: %d\n", b.Path(), b.Exact().Used) // Stats().Used would include slack
	for _, child := range b.Children() {
		report(child)
	}
}

// A refusal is an error without numbers, and so takes no allocation. Who can afford one explains it.
func ExampleExplain() {
	process := impl.NewBudget()
	process.SetName("process")
	customer := process.NewChild(1000)
	customer.SetName("ann")
	query := customer.NewChild(impl.NoLimit)
	query.SetName("query 1")

	err := query.Reserve(1200)
	fmt.Println(err)
	if r, ok := errors.AsType[impl.Refusal](impl.Explain(query, 1200, err)); ok {
		fmt.Println(r)
		fmt.Println(r.Path, r.Budget == customer, r.Limit-r.Used)
	}
	// Output:
	// casalloc: over limit
	// casalloc: over limit of process/ann: 1200 bytes requested, 0 of 1000 used
	// process/ann true 1000
}

// Two interpreters share a limit, and the one that is refused keeps its block.
func ExampleAllocator() {
	b := impl.NewBudget()
	if err := b.SetLimit(1000); err != nil {
		log.Fatal(err)
	}
	lua, plugin := impl.NewAllocator(b.NewChild(impl.NoLimit)), impl.NewAllocator(b.NewChild(impl.NoLimit))
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
	fmt.Println(b.Stats().Used)
	// Output:
	// casalloc: backend failed
	// casalloc: over limit
	// 0
}
