package arrowmem_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// codecs are the options of a writer by which buffers are compressed.
var codecs = []struct {
	name string
	opts []ipc.Option
}{{"plain", nil}, {"lz4", []ipc.Option{ipc.WithLZ4()}}, {"zstd", []ipc.Option{ipc.WithZstd()}}}

// writeStream writes a record twice, as IPC stream.
func writeStream(mem memory.Allocator, w io.Writer, rec arrow.RecordBatch, opts ...ipc.Option) error {
	writer := ipc.NewWriter(w, append(opts, ipc.WithSchema(rec.Schema()), ipc.WithAllocator(mem))...)
	return writeTwice(writer, rec)
}

// writeFile writes a record twice, as IPC file.
func writeFile(mem memory.Allocator, w io.Writer, rec arrow.RecordBatch, opts ...ipc.Option) error {
	writer, err := ipc.NewFileWriter(w, append(opts, ipc.WithSchema(rec.Schema()), ipc.WithAllocator(mem))...)
	if err != nil {
		return err
	}
	return writeTwice(writer, rec)
}

func writeTwice(w interface {
	Write(arrow.RecordBatch) error
	Close() error
}, rec arrow.RecordBatch) (err error) {
	defer func() { err = errors.Join(err, w.Close()) }()
	for range 2 {
		if err := w.Write(rec); err != nil {
			return err
		}
	}
	return nil
}

// readStream calls f with each record of an IPC stream.
func readStream(mem memory.Allocator, data []byte, f func(arrow.RecordBatch)) error {
	r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	defer r.Release()
	for r.Next() {
		f(r.RecordBatch())
	}
	return r.Err()
}

// readFile calls f with each record of an IPC file.
func readFile(mem memory.Allocator, data []byte, f func(arrow.RecordBatch)) error {
	r, err := ipc.NewFileReader(bytes.NewReader(data), ipc.WithAllocator(mem))
	if err != nil {
		return err
	}
	defer r.Close()
	for i := range r.NumRecords() {
		rec, err := r.RecordBatchAt(i)
		if err != nil {
			return err
		}
		f(rec)
		rec.Release()
	}
	return nil
}

// formats are the two that IPC has.
var formats = []struct {
	name  string
	write func(memory.Allocator, io.Writer, arrow.RecordBatch, ...ipc.Option) error
	read  func(memory.Allocator, []byte, func(arrow.RecordBatch)) error
}{{"stream", writeStream, readStream}, {"file", writeFile, readFile}}

// Arrays of each type, and records of all fifteen, are those that Arrow's own allocator makes. Each
// buffer is aligned, and when it is released nothing is charged.
func TestRecords(t *testing.T) {
	const rows = 300
	want, err := record(memory.NewGoAllocator(), rows, columns...)
	must(t, err)
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			b, _, mem := limited(t, 32<<20, backend.Backend)
			for i, c := range columns {
				rec, err := record(mem, rows, c)
				must(t, err)
				a := rec.Column(0)
				if !array.Equal(a, want.Column(i)) || !aligned(a.Data()) || mem.AllocatedBytes() == 0 {
					t.Errorf("%s: aligned %v, %d bytes held, values %v", c.name, aligned(a.Data()), mem.AllocatedBytes(), a)
				}
				both, err := array.Concatenate([]arrow.Array{a, a}, mem)
				must(t, err)
				if !array.SliceEqual(both, rows, 2*rows, a, 0, rows) || !aligned(both.Data()) {
					t.Errorf("%s: two in one: aligned %v, values %v", c.name, aligned(both.Data()), both)
				}
				rec.Release()
				both.Release()
				mem.AssertSize(t, 0)
			}
			rec, err := record(mem, rows, columns...)
			must(t, err)
			held := int(mem.AllocatedBytes())
			for _, format := range formats {
				for _, codec := range codecs {
					var data bytes.Buffer
					must(t, format.write(mem, &data, rec, codec.opts...))
					mem.AssertSize(t, held)
					records := 0
					must(t, format.read(mem, data.Bytes(), func(got arrow.RecordBatch) {
						if !array.RecordEqual(got, want) || mem.AllocatedBytes() == int64(held) {
							t.Errorf("%s, %s: read %v", format.name, codec.name, got)
						}
						records++
					}))
					mem.AssertSize(t, held)
					if records != 2 {
						t.Errorf("%s, %s: %d records, want 2", format.name, codec.name, records)
					}
				}
			}
			rec.Release()
			nothingLeft(t, b)
		})
	}
}

// aligned reports whether each buffer of an array is.
func aligned(data arrow.ArrayData) bool {
	for _, buffer := range data.Buffers() {
		if buffer != nil && address(buffer.Bytes())%64 != 0 && buffer.Len() > 0 {
			return false
		}
	}
	for _, child := range data.Children() {
		if !aligned(child) {
			return false
		}
	}
	return data.DataType().ID() != arrow.DICTIONARY || aligned(data.Dictionary())
}

// Four queries, a child each and two goroutines each, read a compressed stream again and again:
// under a limit below what one record takes, under one that each of them moves, and under one that
// lets all read. What each has read is right, or it was refused. arrow-go loses what a reader had
// when it was refused in the middle of a record: that goes with the query.
func TestConcurrentQueries(t *testing.T) {
	const queries, readers, rounds = 4, 2, 15
	want, data := stream(t, ipc.WithZstd())
	probe, _, mem := limited(t, 1<<30, arrowmem.Heap{})
	must(t, readStream(mem, data, func(arrow.RecordBatch) {}))
	one := probe.Stats().Peak // slack included
	low, high := one/8, one*(queries*readers+1)

	for _, phase := range []struct {
		name         string
		limits       []int64
		refused, all bool // may be; may be read
	}{
		{"low", []int64{low}, true, false},
		{"moving", []int64{low, one, 2 * one, high}, true, true},
		{"high", []int64{high}, false, true},
	} {
		b := impl.NewBudget()
		var read, refused, lost atomic.Int64
		reader := func(mem *arrowmem.Allocator) {
			err := readStream(mem, data, func(got arrow.RecordBatch) {
				if !array.RecordEqual(got, want) {
					t.Errorf("%s: read %v", phase.name, got)
				}
			})
			switch {
			case err == nil:
				read.Add(1)
			case errors.Is(mem.Refusal(), impl.ErrLimit):
				refused.Add(1)
			default:
				t.Errorf("%s: %v", phase.name, err)
			}
			if s := b.Stats(); s.Used > high {
				t.Errorf("NeverOverLimit: %s: %+v, no limit was above %d", phase.name, s, high)
			}
		}
		var all sync.WaitGroup
		for q := range queries {
			all.Go(func() {
				for i := range rounds {
					must(t, b.SetLimit(phase.limits[(q+i)%len(phase.limits)]))
					query := b.NewChild(impl.NoLimit)
					mem := arrowmem.New(query, arrowmem.Heap{})
					var both sync.WaitGroup
					for range readers {
						both.Go(func() { reader(mem) })
					}
					both.Wait()
					held := mem.AllocatedBytes()
					if n := query.Leave(); n != held || mem.Refusal() == nil && n != 0 {
						t.Errorf("Exact: %s: Leave() = %d, %d bytes held, Refusal() = %v", phase.name, n, held, mem.Refusal())
					}
					lost.Add(held)
				}
			})
		}
		all.Wait()
		t.Logf("%s: %d read, %d refused, %d bytes lost", phase.name, read.Load(), refused.Load(), lost.Load())
		if !phase.refused && refused.Load() > 0 || !phase.all && read.Load() > 0 || phase.refused && lost.Load() == 0 {
			t.Errorf("%s: %d read, %d refused, %d bytes lost", phase.name, read.Load(), refused.Load(), lost.Load())
		}
		nothingLeft(t, b)
	}
}

// stream returns a record of all types, and a stream of it twice.
func stream(t testing.TB, opts ...ipc.Option) (arrow.RecordBatch, []byte) {
	t.Helper()
	rec, err := record(memory.NewGoAllocator(), 500, columns...)
	must(t, err)
	var data bytes.Buffer
	must(t, writeStream(memory.NewGoAllocator(), &data, rec, opts...))
	return rec, data.Bytes()
}

// What a stream or a file is told to take by its own bytes is refused, and is never less for being
// too much: the sizes of a message's body and of a buffer once it is not compressed any more. The
// error of the reader does not wrap the refusal of a body.
func TestSizesFromTheWire(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("arrow-go makes int of the sizes in a stream")
	}
	rec, err := record(memory.NewGoAllocator(), 1021, columns[1])
	must(t, err)
	for _, tt := range []struct {
		what     string
		codec    []ipc.Option
		length   int64 // as it stands in the stream
		negative error // nil: arrow-go looks itself
		wraps    bool
	}{
		{"a body", nil, bodyLength(t, rec), nil, false},
		{"an uncompressed buffer", []ipc.Option{ipc.WithZstd()}, 1021 * 8, impl.ErrSize, true},
	} {
		var data bytes.Buffer
		must(t, writeStream(memory.NewGoAllocator(), &data, rec, tt.codec...))
		at := bytes.Index(data.Bytes(), binary.LittleEndian.AppendUint64(nil, uint64(tt.length)))
		if at < 0 {
			t.Fatalf("%s: no length of %d in the stream", tt.what, tt.length)
		}
		for _, wire := range []struct {
			length int64
			want   error // nil: arrow-go does not ask for it
		}{
			{tt.length, nil},
			{1<<20 + 1, impl.ErrLimit}, {1 << 40, impl.ErrLimit}, {impl.MaxSize, impl.ErrLimit},
			{impl.MaxSize + 1, impl.ErrSize}, {math.MaxInt64 - 63, impl.ErrSize}, {math.MaxInt64, impl.ErrSize},
			{-2, nil}, {-64, tt.negative}, {-1 << 20, tt.negative}, {math.MinInt64, tt.negative},
		} {
			binary.LittleEndian.PutUint64(data.Bytes()[at:], uint64(wire.length))
			b, query, mem := limited(t, 1<<20, arrowmem.Heap{})
			err := readStream(mem, data.Bytes(), func(arrow.RecordBatch) {})
			got := mem.Refusal()
			if (err == nil) != (wire.length == tt.length) || !errors.Is(got, wire.want) {
				t.Errorf("WrapSafe: %s of %d bytes: %v, Refusal() = %v; want %v", tt.what, wire.length, err, got, wire.want)
			}
			if got != nil && errors.Is(err, got) != tt.wraps {
				t.Errorf("%s of %d bytes: %v, which wraps %v: %v", tt.what, wire.length, err, got, !tt.wraps)
			}
			if p := b.Stats().Peak; p > 1<<20 {
				t.Errorf("WrapSafe: %s of %d bytes: peak %d", tt.what, wire.length, p)
			}
			query.Leave()
			nothingLeft(t, b)
		}
	}
}

// bodyLength returns the length of the body of a record's message, in bytes.
func bodyLength(t *testing.T, rec arrow.RecordBatch) int64 {
	var data bytes.Buffer
	must(t, writeStream(memory.NewGoAllocator(), &data, rec))
	r := ipc.NewMessageReader(&data)
	defer r.Release()
	for {
		m, err := r.Message()
		must(t, err)
		if m.Type() == ipc.MessageRecordBatch {
			return m.BodyLen()
		}
	}
}

// The window of a zstd frame is no block of the allocator's either, and it is as large as the
// stream says, up to 512 MiB. No option of arrow-go 18.8 bounds it.
func TestWideWindow(t *testing.T) {
	const limit, window = 1 << 20, 512 << 20
	_, query, mem := limited(t, limit, arrowmem.Heap{})
	data := wideZstd(t)
	before := memStats().TotalAlloc
	err := readStream(mem, data, func(arrow.RecordBatch) {})
	if n := memStats().TotalAlloc - before; err != nil || n < window {
		t.Errorf("a window of %d under a limit of %d: %v, %d bytes of Go memory; arrow-go no longer takes it?", window, limit, err, n)
	}
	query.Leave()
}

// The metadata of a message is no block of the allocator's. What bounds it is an option, which
// NewReader of arrow-go 18.8 ignores.
func TestMetadataSizeLimit(t *testing.T) {
	_, data := stream(t)
	small := ipc.WithMetadataSizeLimit(64)
	r, err := ipc.NewReader(bytes.NewReader(data), small)
	if err != nil {
		t.Fatalf("NewReader no longer ignores WithMetadataSizeLimit: %v", err)
	}
	r.Release()
	if _, err := ipc.NewReaderFromMessageReader(ipc.NewMessageReader(bytes.NewReader(data), small)); err == nil {
		t.Error("NewMessageReader ignores WithMetadataSizeLimit")
	}
}
