//go:build interleave

package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl"
)

// Far from the limit, a call touches what others touch twice in a thousand times at most.
func TestFarFromTheLimit(t *testing.T) {
	for _, tr := range traces {
		calls, err := read(filepath.Join("../replay", tr.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 8} {
			for _, times := range []int64{2, 100} {
				accesses, err := count(calls, n, times*int64(n)*peak(calls))
				if total := int64(n * len(calls)); err != nil || accesses*1000 >= 2*total || accesses == 0 {
					t.Errorf("%s, %d accounts, limit %dx: %d accesses in %d calls, %v; want fewer than 2 per 1,000",
						tr.name, n, times, accesses, total, err)
				}
			}
		}
	}
}

// At the limit, accounts must not cost more than the word: they do not stock up just to be drained.
func TestAtTheLimit(t *testing.T) {
	for _, tr := range traces {
		calls, err := read(filepath.Join("../replay", tr.file))
		if err != nil {
			t.Fatal(err)
		}
		word, err1 := count(calls, 0, peak(calls))
		accounts, err2 := count(calls, 8, 8*peak(calls))
		if err1 != nil || err2 != nil || accounts > 8*word/4 {
			t.Errorf("%s: %d accesses, %v, of 8 accounts, want at most a quarter of 8 times %d, %v",
				tr.name, accounts, err2, word, err1)
		}
	}
}

// Few calls, counted by hand.
func TestCount(t *testing.T) {
	pair := []call{{0, 8}, {8, 0}}
	const (
		unlimited = 1     // word
		reserve   = 2     // word, compare-and-swap
		release   = 4     // word, base, peak, compare-and-swap
		stock     = 1 + 6 // unlimited; word, accounts, lock, accounts, compare-and-swap, unlock
		draining  = 10    // word, lock, word, the other's line twice, add, base, peak twice, unlock
	)
	for _, tt := range []struct {
		accounts int
		calls    []call
		limit    int64
		want     int64
	}{
		{0, pair, 1 << 20, 2*unlimited + reserve + release + 2}, // the peak rises
		{0, append(pair, pair...), 1 << 20, 4*unlimited + 2*reserve + 2*release + 2},
		{0, []call{{0, 0}}, 1 << 20, 0},
		{1, []call{{0, 0}}, 1 << 20, 0},
		{1, pair, 1 << 20, stock}, // and the free is the owner's business
		{1, append(pair, pair...), 1 << 20, stock},
		{1, pair, 8, 2*unlimited + reserve + release + 1},
		{3, pair, 1 << 20, 3 * stock},
		{16, pair, 1 << 20, 16 * stock},
		// Both are stocked. One takes what the other then misses, which therefore drains the first.
		// Then a last peak, and four frees of drained accounts.
		{2, []call{{0, 8}, {0, 30_000}, {8, 0}, {30_000, 0}}, 1 << 16,
			2*stock + reserve + draining + reserve + 1 + 4*(unlimited+release)},
	} {
		got, err := count(tt.calls, tt.accounts, tt.limit)
		if err != nil || got != tt.want {
			t.Errorf("%d accounts, limit %d: %v: got %d accesses, %v; want %d",
				tt.accounts, tt.limit, tt.calls, got, err, tt.want)
		}
	}
}

func TestCountIsRefused(t *testing.T) {
	for _, n := range []int{0, 1, 2} {
		_, err := count([]call{{0, 8}, {0, 1}, {9, 0}}, n, int64(max(n, 1))*9-1)
		if !errors.Is(err, impl.ErrLimit) {
			t.Errorf("%d accounts: %v, want a refusal", n, err)
		}
		if _, err := count([]call{{0, 8}}, n, 100); err == nil || !strings.Contains(err.Error(), "Exact") {
			t.Errorf("%d accounts: %v, want bytes that are left", n, err)
		}
	}
}

func TestRun(t *testing.T) {
	const text = "| trace | limit, of the live peak | shared word |\n|---|---|--:|\n| luacheck | 1x | 3245.4 |\n"
	for _, tt := range []struct {
		args           string
		status         int
		stdout, stderr string // what they contain; "": nothing
	}{
		{"", counted, text, ""},
		{"-h", counted, "", "usage: sharing\n"},
		{"-nonsense", misused, "", "sharing: flag provided but not defined: -nonsense; see -h\n"},
		{"README.md", misused, "", "sharing: unexpected argument \"README.md\"; see -h\n"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(strings.Fields(tt.args), "../../..", []int{0}, &stdout, &stderr)
		if status != tt.status || !says(stdout.String(), tt.stdout) || !says(stderr.String(), tt.stderr) {
			t.Errorf("%q: status %d, stdout %q, stderr %q; want %d, %q, %q",
				tt.args, status, &stdout, &stderr, tt.status, tt.stdout, tt.stderr)
		}
		if tt.status == misused && strings.Count(stderr.String(), "\n") != 1 {
			t.Errorf("%q: %q, want one line", tt.args, &stderr)
		}
	}
}

// says reports whether a text contains what it should; the empty text contains nothing.
func says(text, want string) bool {
	return want != "" && strings.Contains(text, want) || text == want
}

func TestRunElsewhere(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status := run(nil, t.TempDir(), []int{0}, &stdout, &stderr)
	if status != failed || stdout.Len() > 0 || !strings.Contains(stderr.String(), "no such file") {
		t.Errorf("status %d, %q, %q, want %d and no such file", status, &stdout, &stderr, failed)
	}
}
