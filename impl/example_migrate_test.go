package impl_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"casalloc/impl"
)

// Each function shows what casalloc is in the place of something else, or beside it. README.md has
// their code.

// In the place of a semaphore.Weighted of golang.org/x/sync: a caller that wants to wait does. See
// Example_semaphore.
func waiting(b *impl.Budget) (func(ctx context.Context, n int64) error, func(call func())) {
	turn, room := make(chan struct{}, 1), make(chan struct{}, 1)
	acquire := func(ctx context.Context, n int64) error {
		select {
		case turn <- struct{}{}: // one waits for room, the others for their turn
			defer func() { <-turn }()
		case <-ctx.Done():
			return ctx.Err()
		}
		for {
			if err := ctx.Err(); err != nil { // not above: select takes any case that is ready
				return err
			}
			if err := b.Reserve(n); !errors.Is(err, impl.ErrLimit) {
				return err
			}
			select {
			case <-room:
			case <-ctx.Done():
			}
		}
	}
	giving := func(call func()) { // around each Release, Resize, Realloc, Leave and SetLimit
		defer func() { // also if a backend failed or panicked: the growth is rolled back
			select {
			case room <- struct{}{}:
			default: // told already
			}
		}()
		call()
	}

	return acquire, giving
}

// Together with GOMEMLIMIT: guests have a hard limit, and the collector a soft one above it.
func Example_gomemlimit() {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))

	const guests, process = 256 << 20, 768 << 20 // twice the guests, for garbage, and the program
	debug.SetMemoryLimit(process)                // or GOMEMLIMIT=768MiB
	b := impl.NewBudget()
	if err := b.SetLimit(guests); err != nil {
		log.Fatal(err)
	}
	alloc := impl.NewAllocator(b) // over the Go heap
	if _, err := alloc.Realloc(nil, 300<<20); errors.Is(err, impl.ErrLimit) {
		fmt.Println("the guest hears:", err)
	}

	// Output:
	// the guest hears: casalloc: over limit
}

// Inside a cgroup: the budget gets a part of what the cgroup may have.
func Example_cgroup() {
	text := []byte("1073741824\n") // os.ReadFile("/sys/fs/cgroup/memory.max")
	limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		limit = 4 << 30 // "max": no limit here
	}
	b := impl.NewBudget()
	if err := b.SetLimit(limit / 4 * 3); err != nil { // a quarter is the program's
		log.Fatal(err)
	}
	const n = 900 << 20
	fmt.Println(impl.Explain(b, n, b.Reserve(n)))

	// Output:
	// casalloc: over limit: 943718400 bytes requested, 0 of 805306368 used
}

// In the place of an int64 under a mutex: a child for each goroutine.
func Example_mutex() {
	b := impl.NewBudget()
	if err := b.SetLimit(1 << 20); err != nil {
		log.Fatal(err)
	}
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			own := b.NewChild(impl.NoLimit) // its calls meet no other goroutine's
			defer own.Close()
			if err := own.Reserve(64); err != nil {
				return // refused: do without
			}
			defer own.Release(64)
		})
	}
	workers.Wait()
	fmt.Printf("%d bytes held\n", b.Stats().Used) // all have closed theirs, so it is exact

	// Output:
	// 0 bytes held
}

// In the place of HAProxy's hlua_alloc: calls after which its counter or its answer is wrong.
func Example_haproxy() {
	b := impl.NewBudget()
	if err := b.SetLimit(1000); err != nil {
		log.Fatal(err)
	}
	// What realloc does in your allocator: it works, or fails.
	works, fails := func() bool { return true }, func() bool { return false }
	fmt.Println(b.Resize(0, 800, works))
	fmt.Println(b.SetLimit(500))           // while 800 are held
	fmt.Println(b.Resize(800, 700, works)) // a shrink is never refused
	fmt.Println(b.Resize(700, 100, fails)) // and one that failed has given nothing away
	fmt.Println(b.Resize(0, -16, works))   // a size_t of 16 below 2^64
	fmt.Println(b.Stats().Used)            // 700

	// Output:
	// <nil>
	// <nil>
	// <nil>
	// casalloc: backend failed
	// casalloc: size out of range
	// 700
}
