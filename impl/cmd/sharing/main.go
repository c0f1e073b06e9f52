//go:build interleave

// Sharing counts how often recorded allocator calls touch memory that others touch too, for
// accounts and for the shared word.
//
//	go run -tags interleave ./impl/cmd/sharing            prints the table
//
// Run it in the root of the checkout. It counts and measures nothing, so the table is the same on
// every machine.
//
// Lua states, each with an account of one Budget, make the calls of a trace in turn, one call each,
// on one goroutine. They are all at their peak together, which is hard on a limit. The limit is a
// multiple of what is then live, so nothing may be refused.
//
// An access is an atomic operation on anything but the line of the caller's own account: on the
// word, on a base, a statistic or the setter lock, and when accounts are drained, on the line of
// each of the others. Loads count too, although most of them would find the line in the cache.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"casalloc/impl"
	"casalloc/impl/trace"
)

const usage = `usage: sharing

Counts how often recorded allocator calls touch memory that others touch too, per 1,000
calls, for accounts and for the shared word, and prints the table in Markdown.
Run it in the root of the checkout.

Exit status: 0, 1 a file is not there or a count is wrong, 2 bad arguments.
`

// Exit statuses.
const (
	counted = 0
	failed  = 1
	misused = 2
)

var traces = []struct{ name, file string }{
	{"luacheck", "luacheck.trace.gz"},
	{"http", "testdata/http.trace.gz"},
}

var limits = []struct {
	name     string
	num, den int64 // of the live peak
}{{"1x", 1, 1}, {"1.1x", 11, 10}, {"2x", 2, 1}, {"100x", 100, 1}}

// columns are numbers of accounts; 0 is one state that calls the Budget itself.
var columns = []int{0, 1, 8, 64, 512}

func main() { os.Exit(run(os.Args[1:], ".", columns, os.Stdout, os.Stderr)) }

// run is the command in the checkout at root. It returns the exit status.
func run(args []string, root string, columns []int, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("sharing", flag.ContinueOnError)
	f.SetOutput(io.Discard) // of an error, which is told below in one line
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stderr, usage)
		return counted
	}
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(stderr, "sharing: %v; see -h\n", err)
		return misused
	}
	text, err := table(filepath.Join(root, "impl/cmd/replay"), columns)
	if err == nil {
		_, err = io.WriteString(stdout, text)
	}
	if err != nil {
		fmt.Fprintln(stderr, "sharing:", err)
		return failed
	}
	return counted
}

// table returns the accesses per 1,000 calls of the traces in dir, in Markdown: one row per trace
// and limit, one column per number of accounts.
func table(dir string, columns []int) (string, error) {
	var b strings.Builder
	b.WriteString("| trace | limit, of the live peak |")
	for _, n := range columns {
		switch n {
		case 0:
			b.WriteString(" shared word |")
		case 1:
			b.WriteString(" 1 account |")
		default:
			fmt.Fprintf(&b, " %d accounts |", n)
		}
	}
	b.WriteString("\n|---|---|" + strings.Repeat("--:|", len(columns)) + "\n")
	for _, t := range traces {
		calls, err := read(filepath.Join(dir, t.file))
		if err != nil {
			return "", err
		}
		live := peak(calls)
		for _, l := range limits {
			cells := make([]string, len(columns))
			errs := make([]error, len(columns))
			var wg sync.WaitGroup
			for i, n := range columns {
				wg.Go(func() {
					states := int64(max(n, 1))
					var accesses int64
					accesses, errs[i] = count(calls, n, states*live*l.num/l.den)
					cells[i] = fmt.Sprintf("%.1f", float64(accesses)*1000/float64(states*int64(len(calls))))
				})
			}
			wg.Wait()
			for _, err := range errs {
				if err != nil {
					return "", fmt.Errorf("%s, limit %s: %w", t.name, l.name, err)
				}
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", t.name, l.name, strings.Join(cells, " | "))
		}
	}
	return b.String(), nil
}

// A call resizes a block from one size to another, in bytes.
type call struct{ osize, nsize int64 }

func read(file string) ([]call, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var calls []call
	for c, err := range trace.NewReader(f, file).All() {
		if err != nil {
			return nil, err
		}
		osize, nsize := c.Sizes()
		calls = append(calls, call{osize, nsize})
	}
	return calls, nil
}

// peak returns the most bytes that are live.
func peak(calls []call) (peak int64) {
	var live int64
	for _, c := range calls {
		live += c.nsize - c.osize
		peak = max(peak, live)
	}
	return peak
}

// count returns the accesses of n states with an account each, or if n is 0, of one state without.
// A refusal is an error, and so are bytes that are left at the end.
func count(calls []call, n int, limit int64) (accesses int64, err error) {
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
		owners []int   // of the cells: the state whose account it is of, or -1
		plain  []bool  // the cells that are not atomic, but guarded by the setter lock
		caller int
	)
	for _, c := range impl.Attach(b, 0, func(cell int, op impl.Op) int64 {
		if owners[cell] != caller && !plain[cell] {
			accesses++
		}
		if !op.Enabled(values[cell]) {
			panic("a call waits for a lock, and there is nobody else")
		}
		return op.Do(&values[cell])
	}) {
		owner := -1
		fmt.Sscanf(c.Name, "stocks[%d]", &owner)
		values, owners, plain = append(values, c.Value), append(owners, owner), append(plain, c.Guard > 0)
	}

	ok := func() bool { return true }
	for _, c := range calls {
		for caller = range states {
			if err := states[caller].Resize(c.osize, c.nsize, ok); err != nil {
				return 0, fmt.Errorf("%d accounts, limit of %d bytes: NoFalseRefusal: %d bytes to %d: %w",
					n, limit, c.osize, c.nsize, err)
			}
		}
	}
	total := accesses
	if s := b.Stats(); s.Allocated != 0 || s.Peak > limit {
		return 0, fmt.Errorf("%d accounts, limit of %d bytes: Exact: %+v at the end", n, limit, s)
	}
	return total, nil
}
