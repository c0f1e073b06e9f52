//go:build interleave

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl"
)

// Far from the limit, a call touches what others touch twice in a thousand times at most.
func TestFarFromTheLimit(t *testing.T) {
	for _, trace := range traces {
		calls, err := read(filepath.Join("../replay", trace.file))
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 8} {
			for _, times := range []int64{2, 100} {
				accesses, err := count(calls, n, times*int64(n)*peak(calls))
				if total := int64(n * len(calls)); err != nil || accesses*1000 >= 2*total || accesses == 0 {
					t.Errorf("%s, %d accounts, limit %dx: %d accesses in %d calls, %v; want fewer than 2 per 1,000", trace.name, n, times, accesses, total, err)
				}
			}
		}
	}
}

// At the limit, accounts must not cost more than the word: they do not stock up again just to be drained.
func TestAtTheLimit(t *testing.T) {
	for _, trace := range traces {
		calls, err := read(filepath.Join("../replay", trace.file))
		if err != nil {
			t.Fatal(err)
		}
		word, err1 := count(calls, 0, peak(calls))
		accounts, err2 := count(calls, 8, 8*peak(calls))
		if err1 != nil || err2 != nil || accounts > 8*word/4 {
			t.Errorf("%s: %d accesses, %v, of 8 accounts, want at most a quarter of 8 times %d, %v", trace.name, accounts, err2, word, err1)
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
		stock     = 1 + 5 // unlimited; word, accounts, lock, compare-and-swap, unlock
		large     = 2 + 2 // word and accounts, in vain; reserve
		draining  = 9     // word, lock, word, the other's line, add, base, peak twice, unlock
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
		{1, pair, 8, 2*unlimited + large + release + 1},
		{3, pair, 1 << 20, 3 * stock},
		// Both stocked; one takes what the other then misses, and so drains it; a last peak; four frees of drained accounts.
		{2, []call{{0, 8}, {0, 30_000}, {8, 0}, {30_000, 0}}, 1 << 16, 2*stock + large + draining + large + 1 + 4*(unlimited+release)},
	} {
		got, err := count(tt.calls, tt.accounts, tt.limit)
		if err != nil || got != tt.want {
			t.Errorf("%d accounts, limit %d: %v: got %d accesses, %v; want %d", tt.accounts, tt.limit, tt.calls, got, err, tt.want)
		}
	}
}

func TestCountIsRefused(t *testing.T) {
	for _, n := range []int{0, 1, 2} {
		if _, err := count([]call{{0, 8}, {0, 1}, {9, 0}}, n, int64(max(n, 1))*9-1); err == nil || !strings.Contains(err.Error(), impl.ErrLimit.Error()) {
			t.Errorf("%d accounts: %v, want a refusal", n, err)
		}
		if _, err := count([]call{{0, 8}}, n, 100); err == nil || !strings.Contains(err.Error(), "Exact") {
			t.Errorf("%d accounts: %v, want bytes that are left", n, err)
		}
	}
}

func TestPublish(t *testing.T) {
	file := filepath.Join(t.TempDir(), "README.md")
	for _, tt := range []struct{ page, want, printed string }{
		{"a\n" + begin + "old\n" + end + "\nb\n", "a\n" + begin + "new\n" + end + "\nb\n", ""},
		{"a\n" + begin + "old\n", "a\n" + begin + "old\n", "new\n"},
		{"a\n", "a\n", "new\n"},
	} {
		if err := os.WriteFile(file, []byte(tt.page), 0o666); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err := publish(file, &out, "new\n")
		if page, _ := os.ReadFile(file); err != nil || string(page) != tt.want || out.String() != tt.printed {
			t.Errorf("%q: %v, became %q, printed %q; want %q, %q", tt.page, err, page, out.String(), tt.want, tt.printed)
		}
	}
	var out bytes.Buffer
	if err := publish(filepath.Join(t.TempDir(), "none"), &out, "new\n"); err != nil || out.String() != "new\n" {
		t.Errorf("without a file: %v, printed %q", err, out.String())
	}
}
