package trace_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"casalloc/impl/trace"
)

func readAll(in io.Reader) (calls []trace.Call, err error) { return rest(trace.NewReader(in, "T")) }

func rest(r *trace.Reader) (calls []trace.Call, err error) {
	for c, err := range r.All() {
		if err != nil {
			return calls, err
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// A gzip.Writer is a megabyte.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zip(s string) string {
	var b bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	z.Reset(&b)
	io.WriteString(z, s) // a bytes.Buffer does not fail
	z.Close()
	return b.String()
}

const whole = "n 1 8 1624\nn 2 0 720\nf 0 4\nr 2 720 64\nf 1 1624\nn 1 5 9\nf 1 9\nf 2 64\n"

var wholeCalls = []trace.Call{
	{trace.New, 1, 8, 1624}, {trace.New, 2, 0, 720}, {trace.Free, 0, 4, 0}, {trace.Resize, 2, 720, 64},
	{trace.Free, 1, 1624, 0}, {trace.New, 1, 5, 9}, {trace.Free, 1, 9, 0}, {trace.Free, 2, 64, 0},
}

func TestReader(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"plain":             strings.NewReader(whole),
		"gzip":              strings.NewReader(zip(whole)),
		"gzip, two members": strings.NewReader(zip(whole[:30]) + zip(whole[30:])),
		"byte by byte":      iotest.OneByteReader(strings.NewReader(whole)),
		"gzip byte by byte": iotest.OneByteReader(strings.NewReader(zip(whole))),
	} {
		if got, err := readAll(in); err != nil || !slices.Equal(got, wholeCalls) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, wholeCalls)
		}
	}
}

var zipped = zip(whole)

// malformed are traces, each with a part of its error.
var malformed = []struct{ in, want string }{
	{"", "T:1: trace is empty"},
	{zip(""), "T:1: trace is empty"},
	{"\n", `T:1: got "\n", want`},
	{"n 1 0 8\n\nf 1 8\n", `T:2: got "\n", want`},
	{"x 1 0 8\n", `T:1: got "x 1 0 8\n", want`},
	{"n 1 0\n", "T:1: got"},
	{"n 1 0 8 9\n", "T:1: got"},
	{"n  1 0 8\n", "T:1: got"},
	{"n\t1 0 8\n", "T:1: got"},
	{"n 1 0 8 \n", "T:1: got"},
	{"n 1 0 8\r\n", "T:1: got"},
	{"n 1 0 08\n", "T:1: got"},
	{"n 1 0 +8\n", "T:1: got"},
	{"n 1 0 -8\n", "T:1: got"},
	{"n 1 0 8.0\n", "T:1: got"},
	{"n 0 0 8\n", "T:1: got"}, // a new block is not NULL
	{"n 1 0 0\n", "T:1: got"}, // nor empty
	{"r 0 0 8\n", "T:1: got"}, // a NULL that grows is a new block
	{"f 1 8 0\n", "T:1: got"}, // a free has no new size
	{"n 1 0 9223372036854775807\n", "T:1: got"},
	{"n 1 0 18446744073709551624\n", "T:1: got"}, // 8 modulo 1<<64
	{"n 1 9007199254740993 8\n", "T:1: got"},     // one more than a float64 has
	{"n 1 0 34359738369\n", "T:1: more than 34359738368 bytes live"},
	{"n 1 0 34359738368\nn 2 0 1\n", "T:2: more than 34359738368 bytes live"},
	{"n 1 0 8\nn 1 0 8\n", "T:2: block 1 is live already"},
	{"n 1 0 8\nf 2 8\n", "T:2: block 2 is not live"},
	{"n 1 0 8\nf 1 8\nf 1 8\n", "T:3: block 1 is not live"},
	{"n 1 0 8\nr 1 9 8\n", "T:2: block 1 has 8 bytes, not 9"},
	{"n 1 0 8\nf 1 9\n", "T:2: block 1 has 8 bytes, not 9"},
	{"n 1 0 8\n", "T:2: trace ends with 1 blocks of 8 bytes live"},
	{"n 1 0 8\nf 1 8", "T:2: line is cut off"}, // of "f 1 80", for all we know
	{"n 1 0 8\n" + strings.Repeat("f", 1<<20) + "\n", "T:2: got"},
	{zipped[:5], "T:1: unexpected EOF"},
	{zipped[:len(zipped)-12], "unexpected EOF"},
	{zipped[:len(zipped)-5] + "00000", "gzip: invalid checksum"},
	{zipped + "more than a gzip header", "T:9: gzip: invalid header"},
}

// An error stays: a caller that reads on does not get calls from behind it.
func TestReaderErrors(t *testing.T) {
	for _, tt := range malformed {
		r := trace.NewReader(strings.NewReader(tt.in), "T")
		_, err := rest(r)
		if c, again := r.Read(); again != err {
			t.Errorf("%.60q: read on: got %v, %v, want error %v", tt.in, c, again, err)
		}
		if got := new(trace.Error); !errors.As(err, &got) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.60q: got error %v, want %s", tt.in, err, tt.want)
		}
	}
	broken := errors.New("disk on fire")
	if _, err := readAll(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
}

// A loop over All that is left goes on with the next call.
func TestReaderAll(t *testing.T) {
	r := trace.NewReader(strings.NewReader(whole), "T")
	var got []trace.Call
	for range 2 {
		for c, err := range r.All() {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, c); len(got) == 3 {
				break
			}
		}
	}
	if !slices.Equal(got, wholeCalls) {
		t.Errorf("got %v, want %v", got, wholeCalls)
	}
	for c, err := range r.All() {
		t.Errorf("after the end: %v, %v", c, err)
	}
	errs := 0
	for c, err := range trace.NewReader(strings.NewReader("x\n"+whole), "T").All() {
		if errs++; errs > 1 || err == nil || c != (trace.Call{}) {
			t.Fatalf("%d: got %v, %v, want one error and no call", errs, c, err)
		}
	}
	if errs != 1 {
		t.Errorf("got %d errors, want 1", errs)
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		call         trace.Call
		osize, nsize int64
	}{
		{trace.Call{Op: trace.New, ID: 1, OSize: 8, NSize: 90}, 0, 90}, // 8 is a type tag
		{trace.Call{Op: trace.New, ID: 1, NSize: 90}, 0, 90},
		{trace.Call{Op: trace.Resize, ID: 1, OSize: 8, NSize: 90}, 8, 90},
		{trace.Call{Op: trace.Resize, ID: 1, OSize: 90, NSize: 8}, 90, 8},
		{trace.Call{Op: trace.Free, ID: 1, OSize: 8}, 8, 0},
		{trace.Call{Op: trace.Free, OSize: 8}, 0, 0}, // a free of NULL
	} {
		if osize, nsize := tt.call.Sizes(); osize != tt.osize || nsize != tt.nsize {
			t.Errorf("Sizes of %+v: %d, %d, want %d, %d", tt.call, osize, nsize, tt.osize, tt.nsize)
		}
	}
}

func TestReaderDoesNotAllocate(t *testing.T) {
	r := trace.NewReader(strings.NewReader(strings.Repeat(whole, 1000)), "T")
	read := func() {
		for range wholeCalls {
			if _, err := r.Read(); err != nil {
				t.Fatal(err)
			}
		}
	}
	read()
	if n := testing.AllocsPerRun(500, read); n != 0 {
		t.Errorf("got %v allocations in %d calls, want 0", n, len(wholeCalls))
	}
}

// What a Reader would not accept is not written. What it accepts is: see FuzzTrace.
func TestWriterRefuses(t *testing.T) {
	var b strings.Builder
	w := trace.NewWriter(&b)
	for _, c := range []trace.Call{
		{},
		{Op: trace.New, ID: 0, NSize: 8},
		{Op: trace.New, ID: 1, NSize: 0},
		{Op: trace.New, ID: 1, OSize: -1, NSize: 8},
		{Op: trace.Resize, ID: 1, OSize: 8, NSize: 9}, // not live
		{Op: trace.Free, ID: 1, OSize: 8, NSize: 8},
	} {
		if err := w.Write(c); err == nil {
			t.Errorf("Write(%v) = nil, want an error", c)
		}
	}
	if err := w.Close(); err != nil || b.Len() > 0 {
		t.Errorf("wrote %q, Close() = %v", b.String(), err)
	}
}
