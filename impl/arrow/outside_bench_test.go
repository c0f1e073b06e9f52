package arrowmem_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// BenchmarkOutside measures what the process holds of what a query makes, or of a stream that it
// reads, besides what the query is charged, for each thing of that kind. It reports
//
//	charged-B    bytes that the query uses
//	outside-B    bytes of live Go memory less those; for a stream, bytes of Go memory that were
//	             allocated while it was read, less those: no less than were live at any time
func BenchmarkOutside(b *testing.B) {
	for _, k := range kept {
		b.Run("of="+k.name, func(b *testing.B) {
			var charged, live int64
			for range b.N {
				_, _, mem := limited(b, 1<<30, arrowmem.Heap{})
				before := memStats().HeapAlloc
				made := k.make(b, mem)
				live += int64(memStats().HeapAlloc - before)
				charged += mem.AllocatedBytes()
				runtime.KeepAlive(made)
			}
			report(b, k.each, charged, live)
		})
	}
	for _, p := range passing {
		b.Run("of="+p.name, func(b *testing.B) {
			data := p.stream(b)
			var charged, allocated int64
			for range b.N {
				_, _, mem := limited(b, 1<<30, arrowmem.Heap{})
				before := memStats().TotalAlloc
				err := readStream(mem, data, func(arrow.RecordBatch) { charged += mem.AllocatedBytes() })
				if (err != nil) != p.ends {
					b.Fatal(err)
				}
				allocated += int64(memStats().TotalAlloc - before)
			}
			report(b, p.each, charged, allocated)
		})
	}
}

func report(b *testing.B, each int, charged, all int64) {
	n := float64(b.N * each)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(charged)/n, "charged-B")
	b.ReportMetric(float64(all-charged)/n, "outside-B")
}

func memStats() (m runtime.MemStats) {
	runtime.GC()
	runtime.GC() // for what the first has finalized
	runtime.ReadMemStats(&m)
	return m
}

const things = 10_000

// kept are what a query can make and keep.
var kept = []struct {
	name string
	each int // how many things there are of the kind
	make func(b *testing.B, mem memory.Allocator) any
}{
	{"builder", things, func(_ *testing.B, mem memory.Allocator) any {
		return many(func() any { return oneNumber(mem) })
	}},
	{"array", things, func(_ *testing.B, mem memory.Allocator) any {
		return many(func() any {
			nb := oneNumber(mem)
			defer nb.Release()
			return nb.NewArray()
		})
	}},
	{"slice", things, func(_ *testing.B, mem memory.Allocator) any {
		nb := oneNumber(mem)
		defer nb.Release()
		a := nb.NewArray()
		return many(func() any { return array.NewSlice(a, 0, 1) })
	}},
	{"dictionary-int64", things, func(b *testing.B, mem memory.Allocator) any {
		d := array.NewDictionaryBuilder(mem, dictionaryOf(arrow.PrimitiveTypes.Int64)).(*array.Int64DictionaryBuilder)
		for i := range things {
			must(b, d.Append(int64(i)))
		}
		return d
	}},
	{"dictionary-string", things, func(b *testing.B, mem memory.Allocator) any {
		d := array.NewDictionaryBuilder(mem, dictionaryOf(arrow.BinaryTypes.String)).(*array.BinaryDictionaryBuilder)
		for i := range things {
			must(b, d.AppendString(fmt.Sprint(i)))
		}
		return d
	}},
	{"view", things, func(_ *testing.B, mem memory.Allocator) any {
		v := array.NewStringViewBuilder(mem)
		for range things {
			v.Append(strings.Repeat("x", 100))
		}
		return v
	}},
	{"field", things, func(b *testing.B, mem memory.Allocator) any {
		fields := make([]arrow.Field, things)
		for i := range fields {
			fields[i] = arrow.Field{Name: fmt.Sprint(i), Type: arrow.PrimitiveTypes.Int64}
		}
		return readerOf(b, mem, arrow.NewSchema(fields, nil))
	}},
	{"metadata-byte", things, func(b *testing.B, mem memory.Allocator) any {
		text := arrow.NewMetadata([]string{"key"}, []string{strings.Repeat("x", things)})
		return readerOf(b, mem, arrow.NewSchema(nil, &text))
	}},
	{"writer-lz4", 1, func(b *testing.B, mem memory.Allocator) any { return writer(b, mem, ipc.WithLZ4()) }},
	{"writer-zstd", 1, func(b *testing.B, mem memory.Allocator) any { return writer(b, mem, ipc.WithZstd()) }},
}

// passing are streams of two records. What reading one of them takes is garbage soon.
var passing = []struct {
	name   string
	each   int // how many things there are of the kind
	stream func(tb testing.TB) []byte
	ends   bool // too early
}{
	{"announced-byte", 1 << 28, func(testing.TB) []byte { // of metadata that follow
		return binary.LittleEndian.AppendUint32([]byte{0xff, 0xff, 0xff, 0xff}, 1<<28)
	}, true},
	{"read", 2, func(tb testing.TB) []byte { return numbers(tb) }, false},
	{"read-lz4", 2, func(tb testing.TB) []byte { return numbers(tb, ipc.WithLZ4()) }, false},
	{"read-wide-lz4", 2, wideLZ4, false},
	{"read-zstd", 2, func(tb testing.TB) []byte { return numbers(tb, ipc.WithZstd()) }, false},
	{"read-wide-zstd", 2, wideZstd, false},
}

// many returns so many things as there are to be.
func many(one func() any) []any {
	all := make([]any, things)
	for i := range all {
		all[i] = one()
	}
	return all
}

func oneNumber(mem memory.Allocator) *array.Int64Builder {
	nb := array.NewInt64Builder(mem)
	nb.Append(1)
	return nb
}

func dictionaryOf(values arrow.DataType) *arrow.DictionaryType {
	return &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: values}
}

// readerOf returns the reader of a stream without a record.
func readerOf(b *testing.B, mem memory.Allocator, schema *arrow.Schema) *ipc.Reader {
	var data bytes.Buffer
	must(b, ipc.NewWriter(&data, ipc.WithSchema(schema)).Close())
	r, err := ipc.NewReader(&data, ipc.WithAllocator(mem))
	must(b, err)
	return r
}

// writer returns a writer that has written a record and goes on.
func writer(b *testing.B, mem memory.Allocator, codec ipc.Option) *ipc.Writer {
	rec := random(1024)
	var data bytes.Buffer
	w := ipc.NewWriter(&data, codec, ipc.WithSchema(rec.Schema()), ipc.WithAllocator(mem))
	must(b, w.Write(rec))
	return w
}

// random returns a record of n numbers, which no codec makes shorter.
func random(n int) arrow.RecordBatch {
	rng := rand.New(rand.NewPCG(1, 2))
	nb := array.NewInt64Builder(memory.NewGoAllocator())
	for range n {
		nb.Append(rng.Int64())
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Int64}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{nb.NewArray()}, int64(n))
}

// numbers returns a stream of two records of 8 KiB each.
func numbers(tb testing.TB, opts ...ipc.Option) []byte {
	var data bytes.Buffer
	must(tb, writeStream(memory.NewGoAllocator(), &data, random(1024), opts...))
	return data.Bytes()
}

// wideZstd is numbers in frames that announce a window of 512 MiB.
func wideZstd(tb testing.TB) []byte {
	// A frame of one segment, of 256 to 65,791 bytes and with a checksum: that descriptor, and two
	// bytes of its length. It becomes one with a window of 1 << (10 + 19), and dictionary 0.
	return reframe(tb, numbers(tb, ipc.WithZstd()), []byte{0x28, 0xb5, 0x2f, 0xfd, 0x64, 0x00, 0x1f},
		[]byte{0x28, 0xb5, 0x2f, 0xfd, 0x05, 19 << 3, 0x00})
}

// wideLZ4 is numbers in frames that announce blocks of 4 MiB.
func wideLZ4(tb testing.TB) []byte {
	// A descriptor, the code of 64 KiB, and a checksum of the two. There is one of 256 for 4 MiB.
	data := numbers(tb, ipc.WithLZ4())
	at := bytes.Index(data, []byte{0x04, 0x22, 0x4d, 0x18})
	old := data[at : at+7]
	for sum := range 256 {
		wide := append(bytes.Clone(old[:5]), 7<<4, byte(sum))
		data := reframe(tb, data, old, wide)
		if readStream(memory.NewGoAllocator(), data, func(arrow.RecordBatch) {}) == nil {
			return data
		}
	}
	tb.Fatal("no checksum of a frame of lz4 is right")
	return nil
}

// reframe returns data with other beginnings of its two frames.
func reframe(tb testing.TB, data, from, to []byte) []byte {
	if n := bytes.Count(data, from); n != 2 {
		tb.Fatalf("%d frames begin with % x, want 2", n, from)
	}
	return bytes.ReplaceAll(data, from, to)
}
