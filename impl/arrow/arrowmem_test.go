package arrowmem_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"
	"unsafe"

	"casalloc/impl"
	arrowmem "casalloc/impl/arrow"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A block grows and shrinks, and is refused: by the limit of all, by the query's own, by the
// backend, for its size, and when the query is closed. A refusal changes nothing.
func TestReallocate(t *testing.T) {
	const most = 1 << 20 // of a block of the backend that fails
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			piece := int64(backend.piece)
			b, query, mem := limited(t, 20*piece, upTo{backend.Backend, most})
			must(t, b.Reserve(5*piece)) // somebody else's
			var block []byte
			for i, step := range []struct {
				limit, own int64 // set before, in pieces; 0: as it was
				size       int64 // in bytes
				want       error
			}{
				{size: 0},
				{size: 1},
				{size: piece},
				{size: piece + 1},
				{size: 7 * piece},
				{size: 6*piece + 1},
				{limit: 12, size: 8 * piece, want: impl.ErrLimit},
				{limit: 13, size: 8 * piece},
				{limit: 100, own: 8, size: 8*piece + 1, want: impl.ErrLimit},
				{own: 9, size: 8*piece + 1},
				{size: 100*piece - 1, want: impl.ErrLimit},
				{own: impl.MaxSize, size: 100 * piece, want: impl.ErrLimit},
				{limit: impl.MaxSize, size: most + 1, want: impl.ErrBackend},
				{size: -1, want: impl.ErrSize},
				{size: -64, want: impl.ErrSize},
				{size: math.MinInt, want: impl.ErrSize},
				{size: 1 << 46, want: impl.ErrBackend},
				{size: impl.MaxSize, want: impl.ErrLimit}, // with what others hold
				{size: impl.MaxSize + 1, want: impl.ErrSize},
				{size: math.MaxInt64 - 63, want: impl.ErrSize},
				{size: math.MaxInt64, want: impl.ErrSize},
				{limit: 1, size: 9 * piece}, // above the limit, and no growth
				{size: 8 * piece},
				{size: 8*piece + 1, want: impl.ErrLimit},
				{own: 1, size: 3 * piece},
				{size: 2*piece + 1},
				{limit: 100, own: impl.MaxSize, size: 4 * piece},
				{size: 0},
				{size: 0},
				{size: 3 * piece},
			} {
				if step.size != int64(int(step.size)) {
					continue // of 32 bits
				}
				if step.limit > 0 {
					must(t, b.SetLimit(pieces(step.limit, piece)))
				}
				if step.own > 0 {
					must(t, query.SetLimit(pieces(step.own, piece)))
				}
				name := fmt.Sprintf("step %d: Reallocate(%d, block of %d)", i, step.size, len(block))
				old, before, refusal := block, query.Stats().Used, mem.Refusal()
				p := catch(func() { block = mem.Reallocate(int(step.size), block) })
				if step.want != nil {
					err, _ := p.(error)
					r := asRefusal(err)
					growth := step.size
					if growth > 0 {
						growth -= int64(cap(old))
					}
					if !errors.Is(err, step.want) || r.Requested != growth || mem.Refusal() != err {
						t.Errorf("%s: panic %v, want %v for %d bytes; Refusal() = %v", name, p, step.want, growth, mem.Refusal())
					}
					if query.Stats().Used != before || b.Exact().Used != before+5*piece {
						t.Fatalf("Exact: %s was refused: %d bytes held, want %d as before", name, query.Stats().Used, before)
					}
					if len(block) != len(old) || unsafe.SliceData(block) != unsafe.SliceData(old) ||
						bytes.Count(block, []byte{'x'}) != len(block) {
						t.Fatalf("%s was refused, and the block is not what it was", name)
					}
					continue
				}
				if p != nil {
					t.Fatalf("%s: panic %v", name, p)
				}
				charged := (step.size + piece - 1) / piece * piece
				if block == nil || int64(len(block)) != step.size || mem.AllocatedBytes() != charged || mem.Refusal() != refusal {
					t.Fatalf("Exact: %s = %d bytes, nil %v, %d held; want %d, %d held", name, len(block), block == nil,
						mem.AllocatedBytes(), step.size, charged)
				}
				if len(block) > 0 && uintptr(unsafe.Pointer(&block[0]))%64 != 0 {
					t.Errorf("%s: not aligned: %p", name, block)
				}
				had := min(len(old), len(block))
				if bytes.Count(block[:had], []byte{'x'}) != had {
					t.Errorf("%s: want the %d bytes that were there", name, had)
				}
				if len(old) == 0 && bytes.Count(block, []byte{0}) != len(block) {
					t.Errorf("%s: a new block is not zero", name)
				}
				for i := range block {
					block[i] = 'x'
				}
			}
			mem.Free(block)
			mem.Free(mem.Allocate(0))
			mem.Free(nil)
			mem.AssertSize(t, 0)
			query.Close()
			p := catch(func() { mem.Allocate(1) })
			if err, _ := p.(error); !errors.Is(err, impl.ErrClosed) {
				t.Errorf("closed: panic %v, want %v", p, impl.ErrClosed)
			}
			b.Release(5 * piece)
			nothingLeft(t, b)
		})
	}
}

// pieces is a limit of n pieces, or MaxSize.
func pieces(n, piece int64) int64 {
	if n == impl.MaxSize {
		return n
	}
	return n * piece
}

// upTo is a Backend that fails for blocks of more than most bytes.
type upTo struct {
	impl.Backend
	most int
}

func (u upTo) Realloc(block []byte, n int) []byte {
	if n > u.most {
		return nil
	}
	return u.Backend.Realloc(block, n)
}

func (u upTo) Size(n int) int { return u.Backend.(impl.Rounder).Size(n) }

// What is freed again, or is of another allocator, is more than is held.
func TestOverRelease(t *testing.T) {
	b, query, mem := limited(t, 1<<20, arrowmem.Heap{})
	block := mem.Allocate(100)
	mem.Free(block)
	if p := catch(func() { mem.Free(block) }); p != (impl.OverRelease{Released: 128}) {
		t.Errorf("OverReleaseCaught: the second Free: panic %v", p)
	}
	block = arrowmem.New(query, arrowmem.Heap{}).Allocate(64) // what one made the other may free
	mem.Free(block)
	block = mem.Allocate(64)
	foreign := memory.NewGoAllocator().Allocate(65)
	if p := catch(func() { mem.Free(foreign) }); p != (impl.OverRelease{Released: 65, Held: 64}) {
		t.Errorf("OverReleaseCaught: Free of a block of another allocator: panic %v", p)
	}
	// Leave takes what is held, so a block that outlives it is none.
	if n := query.Leave(); n != 64 {
		t.Errorf("Leave() = %d, want 64", n)
	}
	mem.Free(block)
	nothingLeft(t, b)
}

// Nothing is counted once the Budget is unlimited, and blocks are as they were.
func TestUnlimited(t *testing.T) {
	b := impl.NewBudget()
	mem := arrowmem.New(b, arrowmem.Heap{})
	block := mem.Allocate(100)
	mem.AssertSize(t, 128)
	b.EndBoot()
	block[99] = 'x'
	block = mem.Reallocate(1000, block)
	if mem.AssertSize(t, 0); len(block) != 1000 || block[99] != 'x' {
		t.Errorf("a block of %d bytes, %q", len(block), block[99])
	}
	mem.Free(block)
}

// A fakeT is a test that may fail.
type fakeT struct{ said string }

func (f *fakeT) Helper()                           {}
func (f *fakeT) Errorf(format string, args ...any) { f.said = fmt.Sprintf(format, args...) }

func TestAssertSize(t *testing.T) {
	_, _, mem := limited(t, 1<<20, arrowmem.Heap{})
	mem.Allocate(1)
	for size, want := range map[int]string{64: "", 1: "casalloc: 64 bytes held, want 1"} {
		var f fakeT
		if mem.AssertSize(&f, size); f.said != want {
			t.Errorf("AssertSize(%d) says %q, want %q", size, f.said, want)
		}
	}
}

// Catch returns errors and refusals, also refusals in the errors that arrow-go panics with. Other
// panics go on.
func TestCatch(t *testing.T) {
	refusal := impl.Refusal{Err: impl.ErrLimit, Requested: 1}
	wrapped := fmt.Errorf("arrow: %w", refusal)
	other := errors.New("other")
	for i, tt := range []struct {
		returned error
		panicked any
		want     error
	}{
		{}, {returned: other, want: other}, {panicked: refusal, want: refusal}, {panicked: wrapped, want: wrapped},
		{panicked: other}, {panicked: "text"}, {panicked: impl.OverRelease{Released: 1}}, {panicked: impl.ErrLimit},
	} {
		var err error
		p := catch(func() {
			err = arrowmem.Catch(func() error {
				if tt.panicked != nil {
					panic(tt.panicked)
				}
				return tt.returned
			})
		})
		var on any // what goes on
		if tt.want == nil {
			on = tt.panicked
		}
		if err != tt.want || p != on {
			t.Errorf("case %d: Catch = %v, panic %v; want %v", i, err, p, tt.want)
		}
	}
}

// backendFunc is a Backend of whole pieces of 64 bytes.
type backendFunc func(block []byte, n int) []byte

func (f backendFunc) Realloc(block []byte, n int) []byte { return f(block, n) }
func (f backendFunc) Size(n int) int                     { return arrowmem.Heap{}.Size(n) }
