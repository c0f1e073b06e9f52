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

// TestSharing counts how often recorded allocator calls touch memory that others touch too, and
// logs the table of bench/README.md. States, each with an account of one Budget, make the calls of
// a trace in turn, one call each, on one goroutine. All are at their peak together, which is hard
// on a limit; the limit is a multiple of what is then live, so nothing may be refused.
//
// An access is an atomic operation on anything but the line of the caller's own account: on the
// word, on a base, a statistic or the setter lock, and when accounts are drained, on the lines of
// the others. Loads count too, although most of them would find the line in the cache.
func TestSharing(t *testing.T) {
	states := []int{0, 1, 8, 64, 512} // with an account each; 0 is one state that calls the Budget
	if testing.Short() {
		states = states[:3]
	}
	table := fmt.Sprintf("accesses in 1,000 calls on the shared word, and with %d accounts\n", states[1:])
	for _, file := range []string{"cmd/replay/luacheck.trace.gz", "cmd/replay/testdata/http.trace.gz"} {
		calls, peak := readSizes(t, file)
		for _, limit := range []struct {
			times float64 // the live peak
			most  float64 // accesses of an account in 1,000 calls
			why   string
		}{
			{1, 3000 / 4, "an account must not stock up just to be drained: a call on the word takes 3 accesses"},
			{1.1, 10, "a tenth of the peak is slack for hundreds of calls"},
			{2, 2, "a batch of slack lasts for hundreds of calls"},
			{100, 2, "a batch of slack lasts for hundreds of calls"},
		} {
			per1000, errs := make([]float64, len(states)), make([]error, len(states))
			var counts sync.WaitGroup
			for i, n := range states {
				counts.Go(func() {
					all := max(n, 1)
					accesses, err := countAccesses(calls, n, int64(limit.times*float64(int64(all)*peak)))
					per1000[i], errs[i] = 1000*float64(accesses)/float64(all*len(calls)), err
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
			for i, got := range per1000[1:] {
				if got == 0 || got > limit.most {
					t.Errorf("%s, %gx: %.1f with %d accounts, want some, and %g at most: %s",
						file, limit.times, got, states[i+1], limit.most, limit.why)
				}
				if got > 1.5*per1000[1] { // some more: one account alone is drained by no other
					t.Errorf("%s, %gx: Scales: %.1f with %d accounts, and %.1f with one",
						file, limit.times, got, states[i+1], per1000[1])
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

// countAccesses returns the accesses of n states with an account each, or if n is 0, of one state
// without. A refusal is an error, and so are bytes that are left at the end.
func countAccesses(calls []sizes, n int, limit int64) (accesses int64, err error) {
	b := impl.NewBudget()
	if err := b.SetLimit(limit); err != nil {
		return 0, err
	}
	states := make([]impl.Accountant, max(n, 1))
	states[0] = b
	for i := range n {
		states[i] = b.NewAccount()
	}
	var (
		values []int64 // of the cells
		owners []int   // of the cells: the state whose account has it, or -1
		plain  []bool  // the cells that are not atomic, but guarded by the setter lock
		caller int
	)
	for _, c := range impl.Attach(b, 0, func(cell int, op impl.Op) int64 {
		if owners[cell] != caller && !plain[cell] {
			accesses++
		}
		if !op.Enabled(values[cell]) {
			panic("a call waits for a lock, and there is no other call")
		}
		return op.Do(&values[cell])
	}) {
		owner := -1
		fmt.Sscanf(c.Name, "stocks[%d]", &owner)
		values, owners, plain = append(values, c.Value), append(owners, owner), append(plain, c.Guard > 0)
	}
	for _, c := range calls {
		for caller = range states {
			if err := states[caller].Resize(c.old, c.new, func() bool { return true }); err != nil {
				return 0, fmt.Errorf("%d accounts, limit of %d bytes: NoFalseRefusal: %d bytes to %d: %w",
					n, limit, c.old, c.new, err)
			}
		}
	}
	total := accesses // without those of Stats
	if s := b.Stats(); s.Allocated != 0 || s.Peak > limit {
		return 0, fmt.Errorf("%d accounts, limit of %d bytes: Exact: %+v at the end", n, limit, s)
	}
	return total, nil
}

// Few calls, counted by hand.
func TestCountAccesses(t *testing.T) {
	pair := []sizes{{0, 8}, {8, 0}}
	const (
		unlimited = 1     // word
		reserve   = 2     // word, compare-and-swap
		release   = 4     // word, base, peak, compare-and-swap
		stock     = 1 + 6 // unlimited; word, accounts, lock, accounts, compare-and-swap, unlock
		draining  = 10    // word, lock, word, the other's line twice, add, base, peak twice, unlock
	)
	for _, tt := range []struct {
		accounts int
		calls    []sizes
		limit    int64
		want     int64
		err      string
	}{
		{0, pair, 1 << 20, 2*unlimited + reserve + release + 2, ""}, // the peak rises
		{0, append(pair, pair...), 1 << 20, 4*unlimited + 2*reserve + 2*release + 2, ""},
		{0, []sizes{{0, 0}}, 1 << 20, 0, ""},
		{1, pair, 1 << 20, stock, ""}, // and the free is the owner's business
		{1, append(pair, pair...), 1 << 20, stock, ""},
		{1, pair, 8, 2*unlimited + reserve + release + 1, ""},
		{16, pair, 1 << 20, 16 * stock, ""},
		// Both are stocked. One takes what the other then misses, which therefore drains the first.
		// Then a last peak, and four frees of drained accounts.
		{2, []sizes{{0, 8}, {0, 30_000}, {8, 0}, {30_000, 0}}, 1 << 16,
			2*stock + reserve + draining + reserve + 1 + 4*(unlimited+release), ""},
		{2, pair, 15, 0, "NoFalseRefusal: 0 bytes to 8: casalloc: over limit"},
		{2, pair[:1], 100, 0, "Exact"},
	} {
		got, err := countAccesses(tt.calls, tt.accounts, tt.limit)
		if got != tt.want || (err != nil) != (tt.err != "") || !strings.Contains(fmt.Sprint(err), tt.err) {
			t.Errorf("%d accounts, limit %d: %v: got %d accesses, %v; want %d, %s",
				tt.accounts, tt.limit, tt.calls, got, err, tt.want, tt.err)
		}
	}
}
