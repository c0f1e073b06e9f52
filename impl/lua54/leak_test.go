//go:build lua54

package lua54

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"casalloc/impl"
)

// The books count calls of malloc and free; this test asks the kernel whether the memory of the
// process grows. One lost block per state, or one per free of NULL, makes it grow by megabytes
// here.
func TestProcessDoesNotGrow(t *testing.T) {
	runtime.LockOSThread() // malloc gives one thread one arena
	defer runtime.UnlockOSThread()
	for _, c := range []struct {
		script string
		boot   func(*impl.Budget)
	}{
		{"alloc", func(b *impl.Budget) { b.SetLimit(1 << 30) }},
		{"greedy", func(b *impl.Budget) { b.SetLimit(1 << 20) }},
		{"alloc", (*impl.Budget).EndBoot},
	} {
		states := func(n int) {
			for range n {
				b := newBudget(t, 0)
				c.boot(b)
				if _, err := live(t, b, Options{Output: discard}, c.script); err != nil && !errors.Is(err, impl.ErrLimit) {
					t.Fatal(err)
				}
			}
		}
		states(5)
		before := resident(t)
		states(30)
		if grown := resident(t) - before; grown > 3<<20 {
			t.Errorf("%s: the process has grown by %d bytes in 30 states", c.script, grown)
		}
	}
}

// resident returns the resident memory of the process in bytes, after Go's garbage was given back.
func resident(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(statm), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
