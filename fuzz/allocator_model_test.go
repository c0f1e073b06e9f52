package fuzz

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"unsafe"

	"casalloc/impl"
	"casalloc/linearizability/calls"

	"pgregory.net/rapid"
)

func TestAllocator(t *testing.T) { rapid.Check(t, allocatorProperty) }

func FuzzRapidAllocator(f *testing.F) {
	f.Add(arbitrary(2, 3000)) // arbitrary draws
	f.Fuzz(rapid.MakeFuzz(allocatorProperty))
}

func allocatorProperty(t *rapid.T) {
	p := newPair(t, drawnTrees.Draw(t, "tree"))
	backend := drawBackend(t)
	a := &allocatorMachine{pair: p, backend: backend}
	made := slices.IndexFunc(p.got, func(b *impl.Budget) bool { return b == nil }) // before the first that is not
	if made < 0 {
		made = len(p.got)
	}
	a.at = calls.Via(rapid.IntRange(0, made-1).Draw(t, "at"))
	a.other = calls.Via(rapid.IntRange(0, made-1).Draw(t, "other"))
	if backend.piece > 0 {
		a.alloc = impl.NewAllocatorOver(p.got[a.at], backend)
	} else {
		a.alloc = impl.NewAllocatorOver(p.got[a.at], struct{ impl.Backend }{backend}) // no Rounder
	}
	t.Repeat(rapid.StateMachineActions(a))
	for len(a.blocks) > 0 {
		a.realloc(t, 0, 0, calls.Succeeds, nil)
	}
	p.compareExactly()
	if backend.live != 0 || a.want.Budgets[0].Used != 0 {
		t.Fatalf("Exact: %d bytes live and %d charged with every block freed", backend.live, a.want.Budgets[0].Used)
	}
}

// An allocatorMachine is the state machine of an Allocator.
type allocatorMachine struct {
	*pair
	at      calls.Via // what the Allocator charges
	other   calls.Via // whose slack may be wanted
	alloc   *impl.Allocator
	backend *strictBackend
	blocks  []block
	made    byte // blocks ever made
}

// A block is what the Allocator returned, filled with a byte of its own.
type block struct {
	b    []byte
	fill byte
}

const none = -1 // no block: a nil one is passed

func (a *allocatorMachine) New(t *rapid.T) {
	a.realloc(t, none, a.size(t), drawFate(t), a.meanwhile(t))
}
func (a *allocatorMachine) Realloc(t *rapid.T) {
	a.realloc(t, a.pick(t), a.size(t), drawFate(t), a.meanwhile(t))
}
func (a *allocatorMachine) Free(t *rapid.T) { a.realloc(t, a.pick(t), 0, drawFate(t), a.meanwhile(t)) }
func (a *allocatorMachine) SetLimit(t *rapid.T) {
	a.call(calls.SetLimit, rapid.SampledFrom([]calls.Via{calls.Root, a.at}).Draw(t, "whose"), calls.Root, a.size(t))
}
func (a *allocatorMachine) Exact(*rapid.T) { a.compareExactly() }
func (a *allocatorMachine) Other(*rapid.T) {
	refused := a.want.Budgets[a.other].Refused
	a.call(calls.Reserve, a.other, a.other, 1)
	if a.want.Budgets[a.other].Refused == refused {
		a.call(calls.Release, a.other, a.other, 1)
	}
}
func (a *allocatorMachine) EndBoot(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "endboot") == 9 {
		a.call(calls.EndBoot, calls.Root, calls.Root, 0)
	}
}

func (a *allocatorMachine) Check(t *rapid.T) {
	a.compare(a.steps, "the last call")
	var held int64
	for _, b := range a.blocks {
		held += int64(cap(b.b))
		if i := mismatch(b.b, b.fill); i >= 0 {
			t.Fatalf("call %d: byte %d of a block is %d, want %d", a.steps, i, b.b[i], b.fill)
		}
	}
	if a.backend.live != held {
		t.Fatalf("call %d: %d bytes live, want the %d of the blocks", a.steps, a.backend.live, held)
	}
	if at := a.want.Budgets[a.at].Held; !a.want.Unlimited && at != held {
		t.Fatalf("call %d: Exact: counter %d at rest, want the %d bytes held", a.steps, at, held)
	}
}

// realloc resizes block i and checks what comes back, whatever becomes of the call.
func (a *allocatorMachine) realloc(t *rapid.T, i int, size int64, f calls.Fate, during func()) {
	n := int(max(math.MinInt, min(size, math.MaxInt)))
	charged := n
	if n > 0 && a.backend.piece > 0 {
		charged = a.backend.Size(n)
	}
	old, fill := []byte(nil), a.made
	if i != none {
		old, fill = a.blocks[i].b, a.blocks[i].fill
	}
	switch {
	case n == 0 && f == calls.Fails:
		f = calls.Succeeds // a free cannot fail
	case n > a.backend.most && f == calls.Succeeds:
		f = calls.Fails
	}
	passed := old[:rapid.IntRange(0, len(old)).Draw(t, "reslice")]

	var result []byte
	var err error
	returned := false
	a.resizeBy(a.at, int64(cap(old)), int64(charged), f, during, func(backend func() bool) error {
		a.backend.next = backend
		result, err = a.alloc.Realloc(passed, n)
		returned = true
		return err
	})
	command := fmt.Sprintf("call %d: Realloc(%d of %d bytes, %d)", a.steps, len(passed), len(old), n)
	if !returned || err != nil {
		if returned && (len(result) != len(passed) || unsafe.SliceData(result) != unsafe.SliceData(passed)) {
			t.Fatalf("%s: the block changed with %v", command, err)
		}
		return
	}
	if n == 0 {
		if result != nil {
			t.Fatalf("%s = %d bytes, want nil", command, len(result))
		}
		if i != none {
			a.blocks = slices.Delete(a.blocks, i, i+1)
		}
		return
	}
	if len(result) != n || cap(result) != charged {
		t.Fatalf("%s: length %d, capacity %d, want %d, %d", command, len(result), cap(result), n, charged)
	}
	if j := mismatch(result[:min(n, len(old))], fill); j >= 0 {
		t.Fatalf("%s: byte %d is %d, want %d", command, j, result[j], fill)
	}
	for j := range result {
		result[j] = fill
	}
	if i == none {
		a.blocks = append(a.blocks, block{result, fill})
		a.made++
	} else {
		a.blocks[i].b = result
	}
}

// pick draws a block, or none.
func (a *allocatorMachine) pick(t *rapid.T) int {
	return rapid.IntRange(none, len(a.blocks)-1).Draw(t, "block")
}

// size draws a size of package calls.
func (a *allocatorMachine) size(t *rapid.T) int64 {
	size := rapid.Map(rapid.Byte(), calls.SizeOf).Draw(t, "size")
	return size.In(func(b calls.Base) int64 { return a.base(a.at, b) })
}

func drawFate(t *rapid.T) calls.Fate {
	return rapid.SampledFrom([]calls.Fate{calls.Succeeds, calls.Succeeds, calls.Fails, calls.Panics}).Draw(t, "fate")
}

// meanwhile draws what happens to the budget while the backend works.
func (a *allocatorMachine) meanwhile(t *rapid.T) func() {
	return rapid.SampledFrom([]func(){nil, nil, func() { a.SetLimit(t) }, func() { a.EndBoot(t) }}).Draw(t, "meanwhile")
}

// A strictBackend is a Backend that fails on command. It knows its blocks, counts their bytes, and
// fails the test if it is called otherwise than a Backend may be.
type strictBackend struct {
	t      fataler
	under  impl.Backend  // has the memory; nil: the Go heap
	piece  int           // sizes are rounded up to a multiple; 0: they are not
	most   int           // the largest block, in bytes
	next   func() bool   // decides the call
	blocks map[*byte]int // what was asked for, in bytes
	live   int64         // the sum of blocks
}

// drawBackend draws a backend: one that rounds sizes up, or does not, over the Go heap or over
// pages of the system.
func drawBackend(t *rapid.T) *strictBackend {
	s := &strictBackend{t: t, most: 1 << 12, blocks: map[*byte]int{}}
	switch s.piece = rapid.SampledFrom([]int{0, 0, 1, 16, 100, pages}).Draw(t, "piece"); {
	case s.piece == pages && newMmap != nil:
		s.most = 1 << 16
		m := newMmap(s.most)
		s.under, s.piece = m, m.Size(1)
	case s.piece == pages:
		s.piece = 1 << 12
	}
	return s
}

const pages = -1 // the piece of Mmap

// newMmap is NewMmap, nil if this system has none.
var newMmap func(most int) impl.Rounder

func (s *strictBackend) Size(n int) int {
	if n > s.most {
		return n
	}
	return (n + s.piece - 1) / s.piece * s.piece
}

func (s *strictBackend) Realloc(old []byte, n int) []byte {
	was, known := s.blocks[unsafe.SliceData(old)]
	if old == nil == known || len(old) != was {
		s.t.Fatalf("the backend was passed a block of %d bytes, which has %d", len(old), was)
	}
	if old == nil && n == 0 {
		s.t.Fatalf("the backend was asked to free nil")
	}
	if s.piece > 0 && n%s.piece != 0 && n <= s.most {
		s.t.Fatalf("the backend was asked for %d bytes, which it does not round to", n)
	}
	if !s.next() {
		return nil
	}
	delete(s.blocks, unsafe.SliceData(old))
	s.live += int64(n - len(old))
	var b []byte
	switch {
	case s.under != nil:
		if b, old = s.under.Realloc(old, n), nil; len(b) != n {
			s.t.Fatalf("%T: %d bytes, want %d", s.under, len(b), n)
		}
	case n == 0:
	case n < len(old) && n%2 == 0: // in place
		b, old = old[:n], old[n:]
	default:
		b = make([]byte, n+n%3) // up to 2 bytes longer than asked for
		copy(b, old)
	}
	for i := range old {
		old[i] = 0xDD // gone
	}
	if n > 0 {
		s.blocks[unsafe.SliceData(b)] = n
	}
	return b
}

// mismatch is the index of the first byte that is not c, or -1.
func mismatch(b []byte, c byte) int {
	return slices.IndexFunc(b, func(x byte) bool { return x != c })
}
