package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"casalloc/impl/internal/samples"
)

// Of one state it is known which trace is played under which limit. A byte too little refuses
// something once in each trace that it is in force for.
func TestLimitMoves(t *testing.T) {
	const peak = 100
	trace := write(t, "n 1 0 100\nf 1 100\n")
	for _, tt := range []struct {
		rounds int
		short  []int64 // of each limit, bytes
		want   int64   // refused
	}{
		{2, []int64{0, 1}, 1},
		{2, []int64{1, 0}, 1},
		{3, []int64{0, 1, 0}, 1},
		{4, []int64{1, 0, 0}, 2}, // four traces and three limits: the first is in force for two
		{4, []int64{0, 1, 1}, 2},
		{4, []int64{1, 1, 0}, 3},
	} {
		var sizes []string
		for _, n := range tt.short {
			sizes = append(sizes, strconv.FormatInt(peak-n, 10))
		}
		limit, rounds := "-limit="+strings.Join(sizes, ","), fmt.Sprint("-rounds=", tt.rounds)
		_, enforcing, _ := replayJSON(t, "-states=1", rounds, limit, trace)
		if enforcing.Refused != tt.want || enforcing.Limit != peak {
			t.Errorf("%s %s: got %d refused and limit %d, want %d and %d",
				rounds, limit, enforcing.Refused, enforcing.Limit, tt.want, peak)
		}
	}
}

// The limit falls below what many states hold, and rises again, and the books balance. While it is
// low four traces end, so one of four states plays one from beginning to end.
func TestLimitMovesUnderManyStates(t *testing.T) {
	for _, shared := range ways() {
		_, enforcing, _ := replayJSON(t, shared, "-states=4", "-rounds=3", "-limit=16MiB,2MiB,16MiB")
		if enforcing.Refused == 0 {
			t.Errorf("%s: got %+v, want refusals", shared, enforcing)
		}
	}
}

// What is live may be above a limit that was set after the call had begun, and not above one that
// was in force all the time.
func TestMoveWhileTheLimitMoves(t *testing.T) {
	var seen error
	b := &books{budget: newRight(), stop: func(err error) { seen = err }}
	limit := func(n int64) *int64 {
		t.Helper()
		if err := b.setLimit(n); err != nil {
			t.Fatal(err)
		}
		return b.limit.Load()
	}
	quiet := func(int64) {}

	first := limit(100)
	limit(200)
	b.move(150, first, quiet) // granted under 200
	limit(100)
	b.move(10, first, quiet) // too, before the limit fell
	b.move(-120, nil, quiet)
	last := limit(50)
	b.move(10, last, quiet)
	if seen != nil {
		t.Fatalf("got %v, want nothing", seen)
	}
	b.move(1, last, quiet)
	if p, ok := errors.AsType[*brokenPromise](seen); !ok || p.name != "NeverOverLimit" {
		t.Errorf("got %v with 51 bytes live of 50, want NeverOverLimit", seen)
	}
}

// The samples are those of the enforcing run, from the first limit to the last, when all is freed.
// A short run is over before it is time for a sample.
func TestSamples(t *testing.T) {
	for _, trace := range []string{write(t, "n 1 0 2097152\nf 1 2097152\n"), "luacheck.trace.gz"} {
		testSamples(t, trace)
	}
}

func testSamples(t *testing.T, trace string) {
	path := filepath.Join(t.TempDir(), "samples.csv")
	_, enforcing, _ := replayJSON(t, "-states=1", "-rounds=2", "-limit=1MiB,4MiB", "-samples="+path, trace)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := samples.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	first, last := rows[0], rows[len(rows)-1]
	if want := [5]float64{first[0], 1 << 20, 0, 0, 0}; first != want {
		t.Errorf("got first row %v, want %v", first, want)
	}
	if want := [5]float64{last[0], 4 << 20, 0, 0, 1}; last != want || enforcing.Refused != 1 {
		t.Errorf("got last row %v of %d refused, want %v", last, enforcing.Refused, want)
	}
	var before float64
	for _, row := range rows {
		seconds, used, live := row[0], int64(row[2]), int64(row[3])
		if seconds < before || live > enforcing.PeakLive || used > enforcing.PeakUsed {
			t.Errorf("row %v is before the last, or above the peaks of %+v", row, enforcing)
		}
		before = seconds
	}
}
