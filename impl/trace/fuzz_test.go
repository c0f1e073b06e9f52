package trace_test

import (
	"compress/gzip"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/trace"
)

// FuzzTrace reads arbitrary bytes as a trace. What is read can be written. What is written is the
// input, byte for byte, up to the line of the error. Compressed, the same bytes are the same trace.
// Undoing the calls, last first, leads back through the same live blocks.
func FuzzTrace(f *testing.F) {
	// One of each call, shrinks, an ID used again, a type tag that is no size, frees of NULL.
	f.Add("n 1 8 1624\nn 2 0 720\nf 0 4\nr 2 720 64\nf 1 1624\nn 1 5 9\nr 1 9 9\nf 1 9\nf 0 0\nf 2 64\n")
	for _, tt := range malformed {
		f.Add(tt.in[:min(len(tt.in), 1<<10)])
	}

	f.Fuzz(func(t *testing.T, data string) {
		calls, line := lineOf(t, data)

		var text strings.Builder
		w := trace.NewWriter(&text)
		var before []map[int64]int64 // the live blocks, before each of the first calls
		for i, c := range calls {
			if i < 64 {
				before = append(before, maps.Collect(w.Live().All()))
			}
			if err := w.Write(c); err != nil {
				t.Fatalf("call %d: Write(%+v) = %v, but it was read", i+1, c, err)
			}
		}
		if err := w.Close(); line == 0 && err != nil {
			t.Fatalf("Close() = %v after a whole trace", err)
		}
		if plain, ok := unzip(data); ok && !strings.HasPrefix(plain, text.String()) {
			t.Fatalf("wrote %q\nread %q", text.String(), plain)
		} else if ok && line == 0 && text.Len() != len(plain) {
			t.Fatalf("%d bytes of a whole trace were ignored", len(plain)-text.Len())
		}
		if line != 0 && line != int64(len(calls))+1 {
			t.Fatalf("error on line %d after %d calls", line, len(calls))
		}

		if !isZipped(data) {
			again, lineAgain := lineOf(t, zip(data))
			if !slices.Equal(again, calls) || lineAgain != line {
				t.Fatalf("compressed: %d calls, error on line %d; plain: %d and %d",
					len(again), lineAgain, len(calls), line)
			}
		}

		live := w.Live()
		for i, c := range slices.Backward(calls) {
			if live.Undo(c); i >= len(before) {
				continue
			}
			sum := int64(0)
			for _, size := range live.All() {
				sum += size
			}
			if got := maps.Collect(live.All()); !maps.Equal(got, before[i]) || live.Len() != len(got) || live.Bytes() != sum {
				t.Fatalf("undo of call %d: got %v (%d blocks, %d bytes), want %v", i+1, got, live.Len(), live.Bytes(), before[i])
			}
		}
	})
}

// lineOf returns the calls of a trace and the line of the error that ended it, or 0.
func lineOf(t *testing.T, data string) (calls []trace.Call, line int64) {
	t.Helper()
	calls, err := readAll(strings.NewReader(data))
	if err == nil {
		return calls, 0
	}
	e, ok := errors.AsType[*trace.Error](err)
	if !ok || e.Line < 1 {
		t.Fatalf("got error %#v, want a *trace.Error with a line", err)
	}
	return calls, e.Line
}

func isZipped(data string) bool { return strings.HasPrefix(data, "\x1f\x8b") }

// unzip returns the text of a trace as far as it can be had, if it can.
func unzip(data string) (text string, ok bool) {
	if !isZipped(data) {
		return data, true
	}
	z, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		return "", false
	}
	plain, _ := io.ReadAll(io.LimitReader(z, 1<<20))
	return string(plain), len(plain) < 1<<20
}
