package fuzz

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"

	"casalloc/impl/trace"
)

// FuzzTrace reads arbitrary bytes as a trace. What is read can be written. What is written is the
// input, byte for byte, up to the line of the error. Compressed, the same bytes are the same trace.
// Undoing the calls leaves nothing live.
func FuzzTrace(f *testing.F) {
	// One of each call, shrinks, an ID used again, a type tag that is no size, frees of NULL.
	f.Add([]byte("n 1 8 1624\nn 2 0 720\nf 0 4\nr 2 720 64\nf 1 1624\nn 1 5 9\nr 1 9 9\nf 1 9\nf 0 0\nf 2 64\n"))
	// Ends in the middle: of a number, of a life.
	f.Add([]byte("n 1 0 8\nf 1 8"))
	f.Add([]byte("n 1 0 8\n"))
	// Well spelt, but not what a Lua state can do.
	f.Add([]byte("n 1 0 8\nr 1 9 8\n"))
	f.Add([]byte("f 1 8\n"))
	// Sizes at the edges: none, the most that can live, one more, one more than a float64 has, 8
	// modulo 1<<64.
	f.Add([]byte("n 1 0 0\n"))
	f.Add([]byte("n 1 0 1099511627776\nn 2 0 1\n"))
	f.Add([]byte("n 1 9007199254740993 8\n"))
	f.Add([]byte("n 1 0 18446744073709551624\n"))
	// Other spellings of the same numbers.
	f.Add([]byte("n 01 0 8\nf 1 8\n"))
	f.Add([]byte("n 1 -0 +8\r\nf 1 8\r\n"))
	// Compressed, and cut off.
	f.Add(zipped([]byte("n 1 0 8\nf 1 8\n")))
	f.Add(zipped([]byte("n 1 0 8\nf 1 8\n"))[:20])

	f.Fuzz(func(t *testing.T, data []byte) {
		calls, line := readTrace(t, data)

		var text bytes.Buffer
		w := trace.NewWriter(&text)
		for i, c := range calls {
			if err := w.Write(c); err != nil {
				t.Fatalf("call %d: Write(%+v) = %v, but it was read", i+1, c, err)
			}
		}
		if err := w.Close(); line == 0 && err != nil {
			t.Fatalf("Close() = %v after a whole trace", err)
		}
		if plain, ok := unzipped(data); ok && !bytes.HasPrefix(plain, text.Bytes()) {
			t.Fatalf("wrote %q\nread %q", text.Bytes(), plain)
		} else if ok && line == 0 && text.Len() != len(plain) {
			t.Fatalf("%d bytes of a whole trace were ignored", len(plain)-text.Len())
		}
		if line != 0 && line != int64(len(calls))+1 {
			t.Fatalf("error on line %d after %d calls", line, len(calls))
		}

		if !isZipped(data) {
			again, lineAgain := readTrace(t, zipped(data))
			if !slices.Equal(again, calls) || lineAgain != line {
				t.Fatalf("compressed: %d calls, error on line %d; plain: %d and %d",
					len(again), lineAgain, len(calls), line)
			}
		}

		live := w.Live()
		for _, c := range slices.Backward(calls) {
			live.Undo(c)
		}
		if live.Len() != 0 || live.Bytes() != 0 {
			t.Fatalf("%d blocks of %d bytes live after undoing every call", live.Len(), live.Bytes())
		}
	})
}

// readTrace returns the calls of a trace and the line of the error that ended it, or 0.
func readTrace(t *testing.T, data []byte) (calls []trace.Call, line int64) {
	t.Helper()
	r := trace.NewReader(bytes.NewReader(data), "T")
	for {
		c, err := r.Read()
		if err == nil {
			calls = append(calls, c)
			continue
		}
		if err == io.EOF {
			return calls, 0
		}
		if e := new(trace.Error); !errors.As(err, &e) || e.Line < 1 {
			t.Fatalf("got error %#v, want a *trace.Error with a line", err)
		} else {
			return calls, e.Line
		}
	}
}

func isZipped(data []byte) bool { return bytes.HasPrefix(data, []byte("\x1f\x8b")) }

// A gzip.Writer is a megabyte.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	z.Reset(&b)
	z.Write(data) // a bytes.Buffer does not fail
	z.Close()
	return b.Bytes()
}

// unzipped returns the text of a trace as far as it can be had, if it can.
func unzipped(data []byte) (text []byte, ok bool) {
	if !isZipped(data) {
		return data, true
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	text, _ = io.ReadAll(io.LimitReader(z, 1<<20))
	return text, len(text) < 1<<20
}
