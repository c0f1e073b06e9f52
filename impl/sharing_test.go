//go:build interleave

package impl_test

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"sync"
	"testing"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// A crowd is how many states make the calls of a trace, and how many levels their budgets are below
// the root: at 0 one state calls the root, otherwise each has a child of its own.
type crowd struct{ states, levels int }

// TestSharing counts how often recorded allocator calls touch memory that others touch too, and
// logs the table of bench/README.md. States make the calls of a trace in turn, one call each, on one
// goroutine. All are at their peak together, which is hard on a limit; the limit is a multiple of
// what is then live, so nothing may be refused.
//
// An access is an atomic operation on anything but the lines of the caller's own child: on a
// budget above it, on the lock, and when children are drained, on the lines of the others. Loads
// count too, although most of them would find the line in the cache.
func TestSharing(t *testing.T) {
	crowds := []crowd{{1, 0}, {1, 1}, {4, 1}, {12, 1}, {12, 3}}
	table := fmt.Sprintf("accesses in 1,000 calls by {states levels}: %v\n", crowds)
	for _, file := range []string{"cmd/replay/luacheck.trace.gz", "cmd/replay/testdata/http.trace.gz"} {
		calls, peak := readSizes(t, file)
		for _, limit := range []struct {
			times float64 // the live peak
			most  float64 // accesses of a child in 1,000 calls
			why   string
		}{
			{1, 3000 / 4, "a child must not stock up just to be drained: a call on the word takes 3 accesses"},
			{1.1, 20, "a tenth of the peak is slack for hundreds of calls"},
			{2, 6, "a batch of slack lasts for hundreds of calls"},
			{100, 6, "a batch of slack lasts for hundreds of calls"},
		} {
			per1000, errs := make([]float64, len(crowds)), make([]error, len(crowds))
			var counts sync.WaitGroup
			for i, c := range crowds {
				counts.Go(func() {
					accesses, err := countAccesses(calls, c, int64(limit.times*float64(int64(c.states)*peak)))
					per1000[i], errs[i] = 1000*float64(accesses)/float64(c.states*len(calls)), err
				})
			}
			counts.Wait()
			must(t, errors.Join(errs...))
			table += fmt.Sprintf("| %s | %gx", strings.TrimSuffix(path.Base(file), ".trace.gz"), limit.times)
			for _, n := range per1000 {
				table += fmt.Sprintf(" | %.1f", n)
			}
			table += " |\n"
			if per1000[0] < 3000 {
				t.Errorf("%s, %gx: %.1f on the word, want 3000 or more: each call counts", file, limit.times, per1000[0])
			}
			for i, got := range per1000[1:4] { // at three levels they are only logged
				if got == 0 || got > limit.most {
					t.Errorf("%s, %gx: %.1f with %v, want some, and %g at most: %s",
						file, limit.times, got, crowds[i+1], limit.most, limit.why)
				}
				if got > 3*per1000[1] { // some more: one child alone is drained by no other
					t.Errorf("%s, %gx: Scales: %.1f with %v, and %.1f with %v",
						file, limit.times, got, crowds[i+1], per1000[1], crowds[1])
				}
			}
		}
	}
	t.Log(table)
}

// A sizes is a call that resizes a block, in bytes.
type sizes struct{ old, new int64 }

// readSizes returns the calls of a trace, and the most bytes that are live.
func readSizes(t *testing.T, file string) (calls []sizes, peak int64) {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	var live int64
	for c, err := range trace.NewReader(f, file).All() {
		must(t, err)
		osize, nsize := c.Sizes()
		calls = append(calls, sizes{osize, nsize})
		live += nsize - osize
		peak = max(peak, live)
	}
	return calls, peak
}

// countAccesses returns the accesses of all states. A refusal is an error, and so are bytes that are
// left at the end.
func countAccesses(calls []sizes, c crowd, limit int64) (accesses int64, err error) {
	root := impl.NewBudget()
	if err := root.SetLimit(limit); err != nil {
		return 0, err
	}
	above := root
	for range c.levels - 1 {
		above = above.NewChild(impl.MaxSize)
	}
	states := []*impl.Budget{root}
	if c.levels > 0 {
		for i := range c.states {
			states = append(states[:i], above.NewChild(impl.NoLimit))
		}
	}
	caller := -1 // the number of its budget
	attach(root, func(_ string, owner int, _ impl.Op) {
		if owner != caller || c.levels == 0 {
			accesses++
		}
	})
	for _, call := range calls {
		for i, b := range states {
			caller = max(c.levels, 0) + i // the root is 0, then the budgets above the states
			if err := b.Resize(call.old, call.new, ok); err != nil {
				return 0, fmt.Errorf("%v, limit of %d bytes: NoFalseRefusal: %d bytes to %d: %w", c, limit, call.old, call.new, err)
			}
		}
	}
	total := accesses // without those of Exact
	if s := root.Exact(); s.Used != 0 || s.Peak > limit {
		return 0, fmt.Errorf("%v, limit of %d bytes: Exact: %+v at the end", c, limit, s)
	}
	return total, nil
}
