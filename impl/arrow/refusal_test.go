package arrowmem_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A use is one of what programs do with Arrow. It releases what it is given.
type use struct {
	name string
	do   func(mem memory.Allocator) error
}

// uses of arrays of one type.
func uses(t *testing.T, c column) []use {
	const rows = 70
	rec, err := record(memory.NewGoAllocator(), rows, c)
	must(t, err)
	all := []use{
		{"build", func(mem memory.Allocator) error {
			r, err := record(mem, rows, c)
			if err == nil {
				r.Release()
			}
			return err
		}},
		{"concatenate", func(mem memory.Allocator) error {
			a, err := array.Concatenate([]arrow.Array{rec.Column(0), rec.Column(0)}, mem)
			if err == nil {
				a.Release()
			}
			return err
		}},
	}
	for _, format := range formats {
		for _, codec := range codecs[:2] { // both codecs ask for the same
			var data bytes.Buffer
			must(t, format.write(memory.NewGoAllocator(), &data, rec, codec.opts...))
			all = append(all,
				use{"write " + format.name + ", " + codec.name, func(mem memory.Allocator) error {
					return format.write(mem, new(bytes.Buffer), rec, codec.opts...)
				}},
				use{"read " + format.name + ", " + codec.name, func(mem memory.Allocator) error {
					return format.read(mem, data.Bytes(), func(arrow.RecordBatch) {})
				}})
		}
	}
	return all
}

// A refusing allocator has its k-th growth refused, and counts what is not freed.
type refusing struct {
	memory.Allocator
	k      int
	refuse func(growth func())

	lock    sync.Mutex // of the rest
	growths int
	held    int // bytes, as arrow-go asks for them
}

func (r *refusing) Allocate(size int) []byte { return r.Reallocate(size, nil) }

func (r *refusing) Reallocate(size int, b []byte) (block []byte) {
	r.lock.Lock()
	defer r.lock.Unlock()
	grow := func() { block = r.Allocator.Reallocate(size, b) }
	if size > len(b) {
		r.growths++
	}
	if size > len(b) && r.growths == r.k {
		r.refuse(grow)
	} else {
		grow()
	}
	r.held += size - len(b)
	return block
}

func (r *refusing) Free(b []byte) {
	r.lock.Lock()
	defer r.lock.Unlock()
	r.Allocator.Free(b)
	r.held -= len(b)
}

// The reasons for which a growth is refused.
var reasons = map[string]error{"limit of all": impl.ErrLimit, "limit of the query": impl.ErrLimit, "backend": impl.ErrBackend}

// Each growth of each use is refused in turn, for each reason. What is charged then is what
// arrow-go has lost, to the byte, and Leave takes it. arrow-go loses the same over its own
// allocator.
func TestEachGrowthRefused(t *testing.T) {
	refusals, seen := 0, make(map[string]bool)
	for _, c := range columns {
		for _, use := range uses(t, c) {
			for k, refused := 1, true; refused; k++ {
				plain := &refusing{Allocator: memory.NewGoAllocator(), k: k, refuse: func(func()) { panic(impl.Refusal{}) }}
				arrowmem.Catch(func() error { return use.do(plain) })
				refused = plain.growths >= k
				for reason := range reasons {
					name := fmt.Sprintf("%s, %s, growth %d, %s", c.name, use.name, k, reason)
					outcome, lost := refuse(t, name, use, k, reason)
					if lost != plain.held {
						t.Errorf("%s: arrow-go has lost %d bytes, and %d over its own allocator", name, lost, plain.held)
					}
					if (outcome != "") != refused {
						t.Errorf("%s: %q, and refused over its own allocator: %v", name, outcome, refused)
					}
					if outcome != "" {
						refusals++
						seen[use.name+": "+outcome] = true
					}
					switch {
					case lost != 0 && use.name == "build":
						seen["build "+c.name+": lost"] = true
					case lost != 0:
						seen[use.name+": lost"] = true
					}
				}
			}
		}
	}
	t.Logf("%d refusals", refusals)
	want := []string{ // of arrow-go 18.8.0; README.md has it too
		"build string_view: lost", // see TestViewBuilderLosesBlocks
		"build: panic",
		"concatenate: error",
		"read file, lz4: error",
		"read file, lz4: lost", // what was uncompressed of the record so far
		"read file, lz4: panic",
		"read file, plain: panic",
		"read stream, lz4: error",
		"read stream, lz4: lost",
		"read stream, lz4: other error",
		"read stream, plain: other error", // see TestSizesFromTheWire
		"write file, lz4: panic",
		"write file, plain: panic",
		"write stream, lz4: error",
		"write stream, plain: error",
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// refuse refuses the k-th growth of a use. It returns how the use's caller learns of it: by a
// panic, an error that wraps the refusal, or another error; "": there is no k-th. And it returns
// how many bytes nobody frees.
func refuse(t *testing.T, name string, use use, k int, reason string) (outcome string, lost int) {
	t.Helper()
	exist, broken := 0, false // bytes in blocks of the backend; it fails
	var query *impl.Budget
	b, query, ours := limited(t, impl.MaxSize, backendFunc(func(block []byte, n int) []byte {
		if most := int64(exist + max(n-len(block), 0)); query.Stats().Used < most { // a free is yet to come: R3, R5
			t.Errorf("LiveWithinCharge: %s: %d bytes charged, %d exist", name, query.Stats().Used, most)
		}
		if broken {
			return nil
		}
		exist += n - len(block)
		return arrowmem.Heap{}.Realloc(block, n)
	}))
	mem := &refusing{Allocator: ours, k: k, refuse: func(growth func()) {
		switch reason {
		case "limit of all":
			defer b.SetLimit(impl.NoLimit)
			b.SetLimit(query.Stats().Used)
		case "limit of the query":
			defer query.SetLimit(impl.NoLimit)
			query.SetLimit(query.Stats().Used)
		case "backend":
			defer func() { broken = false }()
			broken = true
		}
		growth()
	}}
	returned := false
	err := arrowmem.Catch(func() error {
		err := use.do(mem)
		returned = true
		return err
	})
	refusal := ours.Refusal()
	switch {
	case mem.growths < k:
		must(t, err)
	case !errors.Is(refusal, reasons[reason]) || err == nil:
		t.Errorf("%s: %v, Refusal() = %v", name, err, refusal)
	case !errors.Is(err, reasons[reason]):
		outcome = "other error"
	case asRefusal(err) != refusal:
		t.Errorf("%s: %v, Refusal() = %v", name, err, refusal)
	case returned:
		outcome = "error"
	default:
		outcome = "panic"
	}
	if n := query.Stats().Used; n != int64(exist) || b.Exact().Used != n || (n == 0) != (mem.held == 0) {
		t.Fatalf("Exact: %s: %d bytes charged, %d exist, arrow-go has lost %d", name, n, exist, mem.held)
	}
	query.Leave()
	nothingLeft(t, b)
	return outcome, mem.held
}

// A builder of views loses what its values take when it is released before it has made an array of
// them, also if nothing was refused: over arrow-go's own allocator, and over ours until the query
// leaves.
func TestViewBuilderLosesBlocks(t *testing.T) {
	b, query, mem := limited(t, 1<<20, arrowmem.Heap{})
	plain := memory.NewCheckedAllocator(memory.NewGoAllocator())
	for _, mem := range []memory.Allocator{mem, plain} {
		builder := array.NewStringViewBuilder(mem)
		builder.AppendString("more than twelve bytes")
		builder.Release()
	}
	if n := query.Stats().Used; n == 0 || n != int64(plain.CurrentAlloc()) {
		t.Errorf("arrow-go has lost %d bytes, and %d over its own allocator; none any more?", n, plain.CurrentAlloc())
	}
	query.Leave()
	nothingLeft(t, b)
}

// Where arrow-go asks for memory on a goroutine of its own that does not recover, a refusal ends
// the program. Each is tried in a program of its own, which is this test again.
func TestRefusalEndsTheProgram(t *testing.T) {
	rec, err := record(memory.NewGoAllocator(), 1000, columns[1])
	must(t, err)
	uses := map[string]func(mem memory.Allocator) error{
		"ipc.WithCompressConcurrency": func(mem memory.Allocator) error {
			return writeStream(mem, io.Discard, rec, ipc.WithZstd(), ipc.WithCompressConcurrency(2))
		},
		"compute.CastArray": func(mem memory.Allocator) error {
			ctx := compute.WithAllocator(t.Context(), mem)
			_, err := compute.CastArray(ctx, rec.Column(0), compute.SafeCastOptions(arrow.PrimitiveTypes.Float64))
			return err
		},
	}
	const which = "ARROWMEM_USE"
	if use := uses[os.Getenv(which)]; use != nil {
		_, _, mem := limited(t, 4<<10, arrowmem.Heap{}) // enough for the schema
		catch(func() { use(mem) })                      // compute has a panic of its own in here, now and then first
		select {}                                       // until the program ends; if it does not, the timeout ends it
	}
	for name := range uses {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRefusalEndsTheProgram$", "-test.timeout=30s")
		cmd.Env = append(os.Environ(), which+"="+name)
		said, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(said), "panic: casalloc: over limit") {
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}
