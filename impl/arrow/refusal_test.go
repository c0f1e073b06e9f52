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
			a, err := c.build(mem, rows)
			if err == nil {
				a.Release()
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

// A setting is what one use runs in.
type setting struct {
	budget *impl.Budget
	tenant *impl.Tenant
	mem    *arrowmem.Allocator
	broken bool // the backend fails
}

func newSetting(t *testing.T) *setting {
	s := new(setting)
	s.budget, s.tenant, s.mem = limited(t, impl.MaxSize, backendFunc(func(block []byte, n int) []byte {
		if s.broken {
			return nil
		}
		return arrowmem.Heap{}.Realloc(block, n)
	}))
	return s
}

// refusers have a growth refused, each for another reason.
var refusers = []struct {
	want   error
	refuse func(s *setting, growth func())
}{
	{impl.ErrLimit, func(s *setting, growth func()) {
		defer s.budget.SetLimit(impl.MaxSize)
		s.budget.SetLimit(max(s.budget.Stats().Allocated, 1))
		growth()
	}},
	{impl.ErrAccountLimit, func(s *setting, growth func()) {
		defer s.tenant.SetLimit(impl.MaxSize)
		s.tenant.SetLimit(max(s.tenant.Held(), 1))
		growth()
	}},
	{impl.ErrBackend, func(s *setting, growth func()) {
		defer func() { s.broken = false }()
		s.broken = true
		growth()
	}},
}

// What came of refusals, by the names of uses and of functions of arrow-go.
type outcomes struct {
	refusals int
	lost     map[string]bool // use and function: it asked for a block that nobody frees
	hidden   map[string]bool // function: it was refused, and the error does not wrap the refusal
	panicked map[string]bool // use: the refusal was a panic to its caller
}

// Each growth of each use is refused in turn, for each reason. What is charged then is what
// arrow-go has lost, to the byte, and Leave takes it. arrow-go loses the same over its own
// allocator.
func TestEachGrowthRefused(t *testing.T) {
	seen := outcomes{lost: map[string]bool{}, hidden: map[string]bool{}, panicked: map[string]bool{}}
	for _, c := range columns {
		for _, use := range uses(t, c) {
			for k, refused := 1, true; refused; k++ {
				byArrow := lostByArrow(use, k)
				for _, refuser := range refusers {
					s := newSetting(t)
					mem := track(s.mem, k, func(growth func()) { refuser.refuse(s, growth) })
					name := fmt.Sprintf("%s, %s, growth %d", c.name, use.name, k)
					seen.add(t, name, use, s, mem, refuser.want)
					by, n := mem.leaked()
					if !slices.Equal(by, byArrow) {
						t.Errorf("%s: arrow-go has lost blocks of %q, and of %q over its own allocator", name, by, byArrow)
					}
					if held := s.tenant.Held(); held != n || s.budget.Stats().Allocated != n {
						t.Fatalf("Exact: %s: %d bytes charged, want the %d that arrow-go has lost", name, held, n)
					}
					s.tenant.Leave()
					nothingLeft(t, s.budget)
					refused = mem.refused != ""
				}
			}
		}
	}
	seen.check(t)
}

// lostByArrow returns who asked for the blocks that nobody frees when Arrow's own allocator panics
// at the k-th growth.
func lostByArrow(use use, k int) []string {
	mem := track(memory.NewGoAllocator(), k, func(func()) { panic(impl.Refusal{Err: impl.ErrLimit}) })
	arrowmem.Catch(func() error { return use.do(mem) })
	by, _ := mem.leaked()
	return by
}

// add runs a use, and adds what came of it if a growth was refused, for the reason want.
func (o *outcomes) add(t *testing.T, name string, use use, s *setting, mem *tracker, want error) {
	t.Helper()
	returned := false
	err := arrowmem.Catch(func() error {
		err := use.do(mem)
		returned = true
		return err
	})
	by, _ := mem.leaked()
	for _, f := range by {
		o.lost[use.name+": "+f] = true
	}
	if mem.refused == "" {
		must(t, err)
		return
	}
	o.refusals++
	refusal := s.mem.Refusal()
	switch {
	case !errors.Is(refusal, want) || err == nil:
		t.Errorf("%s: %v, Refusal() = %v; want %v", name, err, refusal, want)
	case !errors.Is(err, want):
		o.hidden[mem.refused] = true
	case asRefusal(err) != refusal:
		t.Errorf("%s: %v, want %v", name, err, refusal)
	case !returned:
		o.panicked[use.name] = true
	}
}

// check compares with what is known of arrow-go 18.8.0. The README has it too.
func (o *outcomes) check(t *testing.T) {
	t.Helper()
	t.Logf("%d refusals", o.refusals)
	for _, is := range []struct {
		what string
		got  map[string]bool
		want []string
	}{
		{"what arrow-go loses", o.lost, []string{
			"build: array.(*multiBufferBuilder).Reserve", // see TestViewBuilderLosesBlocks
			"read file, lz4: ipc.(*ipcSource).buffer",    // what was uncompressed of the record so far
			"read stream, lz4: ipc.(*ipcSource).buffer",
		}},
		{"refusals that the error does not wrap", o.hidden, []string{"ipc.(*messageReader).Message"}},
		{"refusals that arrow-go does not recover", o.panicked, []string{
			"build", "read file, lz4", "read file, plain", "write file, lz4", "write file, plain"}},
	} {
		if got := slices.Sorted(maps.Keys(is.got)); !slices.Equal(got, is.want) {
			t.Errorf("%s: %q, want %q", is.what, got, is.want)
		}
	}
}

// A builder of views loses what its values take when it is released before it has made an array of
// them, also if nothing was refused.
func TestViewBuilderLosesBlocks(t *testing.T) {
	b, tenant, ours := limited(t, 1<<20, arrowmem.Heap{})
	mem := track(ours, 0, nil)
	builder := array.NewStringViewBuilder(mem)
	builder.AppendString("more than twelve bytes")
	builder.Release()
	by, n := mem.leaked()
	if want := []string{"array.(*multiBufferBuilder).Reserve"}; !slices.Equal(by, want) || tenant.Held() != n {
		t.Errorf("arrow-go has lost the blocks of %q, %d of %d bytes held; want %q", by, n, tenant.Held(), want)
	}
	tenant.Leave()
	nothingLeft(t, b)
}

// Where arrow-go asks for memory on a goroutine of its own that does not recover, a refusal ends
// the program. Each is tried in a program of its own, which is this test again.
func TestRefusalEndsTheProgram(t *testing.T) {
	builder := array.NewInt64Builder(memory.NewGoAllocator())
	builder.AppendValues(make([]int64, 1000), nil)
	numbers := builder.NewArray()
	schema := arrow.NewSchema([]arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, nil)
	rec := array.NewRecordBatch(schema, []arrow.Array{numbers}, 1000)
	uses := map[string]func(mem memory.Allocator) error{
		"ipc.WithCompressConcurrency": func(mem memory.Allocator) error {
			return writeStream(mem, io.Discard, rec, ipc.WithZstd(), ipc.WithCompressConcurrency(2))
		},
		"compute.CastArray": func(mem memory.Allocator) error {
			ctx := compute.WithAllocator(t.Context(), mem)
			_, err := compute.CastArray(ctx, numbers, compute.SafeCastOptions(arrow.PrimitiveTypes.Float64))
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
