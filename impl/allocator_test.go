package impl_test

import (
	"bytes"
	"math"
	"testing"

	"casalloc/impl"
)

func TestReallocKeepsContents(t *testing.T) {
	a := impl.NewAllocator(impl.NewBudget())
	block, err := a.Realloc(nil, 4)
	must(t, err)
	copy(block, "abcd")
	for _, n := range []int{4, 9, 2} {
		block, err = a.Realloc(block, n)
		must(t, err)
		if len(block) != n || cap(block) != n || !bytes.HasPrefix(block, []byte("abcd")[:min(n, 4)]) {
			t.Errorf("Realloc(block, %d) = %q with capacity %d", n, block, cap(block))
		}
	}
	if block, err = a.Realloc(block, 0); block != nil || err != nil {
		t.Errorf("Realloc(block, 0) = %v, %v, want nil, nil", block, err)
	}
}

// A shorter slice of the old block would keep all of its memory.
func TestHeapShrinkMoves(t *testing.T) {
	block := make([]byte, 8)
	if shrunk := (impl.Heap{}).Realloc(block, 4); len(shrunk) != 4 || &shrunk[0] == &block[0] {
		t.Errorf("Realloc(block of 8, 4): %d bytes, in place %v", len(shrunk), &shrunk[0] == &block[0])
	}
}

// What is charged and released is the capacity, however the slice was cut at its end.
func TestResliceDoesNotFalsify(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 10, 0)
	var passed []byte
	a := impl.NewAllocatorOver(b, backendFunc(func(block []byte, n int) []byte {
		passed = block
		return impl.Heap{}.Realloc(block, n)
	}))
	block, err := a.Realloc(nil, 6)
	must(t, err)

	if same, err := a.Realloc(block[:0], 11); err != impl.ErrLimit || len(same) != 0 || cap(same) != 6 {
		t.Errorf("Realloc(block[:0], 11) = %d bytes of %d, %v, want the slice that was passed, ErrLimit",
			len(same), cap(same), err)
	}
	block, err = a.Realloc(block[:1], 10)
	must(t, err)
	if len(passed) != 6 {
		t.Errorf("the backend was passed %d bytes, want the whole block of 6", len(passed))
	}
	diff(t, "growth of block[:1] from 6 to 10", b.Stats(),
		impl.Stats{Mode: impl.Enforcing, Limit: 10, Used: 10, Peak: 10, Refused: 1})
	_, err = a.Realloc(block[:0], 0)
	must(t, err)
	if got := b.Stats().Used; got != 0 {
		t.Errorf("counter %d after the free of block[:0], want 0", got)
	}
}

func TestReallocBadSizes(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 10, 0)
	a := impl.NewAllocator(b)
	block, err := a.Realloc(nil, 4)
	must(t, err)
	huge := "ErrSize"
	if math.MaxInt == math.MaxInt32 {
		huge = "ErrLimit" // a size like any other there
	}
	for _, tt := range []struct {
		n    int
		want string
	}{{-1, "ErrSize"}, {math.MinInt, "ErrSize"}, {math.MaxInt, huge}, {11, "ErrLimit"}} {
		var same []byte
		got := outcome(func() (err error) { same, err = a.Realloc(block, tt.n); return err })
		if got != tt.want || &same[0] != &block[0] || len(same) != 4 || b.Stats().Used != 4 {
			t.Errorf("Realloc(block of 4, %d) = %d bytes, %q, counter %d; want the block, %q, 4",
				tt.n, len(same), got, b.Stats().Used, tt.want)
		}
	}
}

// At each place in a tree a growth can be refused, and a free never is.
func TestAllocatorOverChildren(t *testing.T) {
	for _, p := range parties(t, E, 9000, Max-10) {
		if p.closed {
			continue
		}
		alloc := impl.NewAllocator(p.Budget)
		block, err := alloc.Realloc(nil, 50)
		must(t, err)
		refused := func(n int, want error) {
			same, err := alloc.Realloc(block, n)
			if err != want || len(same) != 50 || &same[0] != &block[0] || p.held() != 70 {
				t.Errorf("%s: Realloc(block of 50, %d) = %d bytes, %v, %d held; want the block, %v, 70",
					p.name, n, len(same), err, p.held(), want)
			}
		}
		refused(8971, impl.ErrLimit)
		p.limit = 75 + p.below
		must(t, p.SetLimit(p.limit))
		refused(56, impl.ErrLimit)
		p.Close()
		p.limit, p.closed = 0, true
		refused(51, impl.ErrClosed)
		_, err = alloc.Realloc(block, 0)
		must(t, err)
		p.check(t, "a free", impl.Stats{Used: 20, Peak: 70, Refused: 3})
	}
	// Once nothing is counted, nothing is refused.
	for _, p := range parties(t, U, 0, 50) {
		if block, err := impl.NewAllocator(p.Budget).Realloc(nil, 80); err != nil || len(block) != 80 || p.held() != 0 {
			t.Errorf("%s: Realloc(nil, 80) = %d bytes, %v, %d held when Unlimited", p.name, len(block), err, p.held())
		}
	}
}

// Frees of nothing reach no backend, in any mode: one in five calls of a Lua program is one.
func TestFreeOfNothing(t *testing.T) {
	for _, m := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		b := newBudget(t, m, 10, 0)
		a := impl.NewAllocatorOver(b, backendFunc(func([]byte, int) []byte {
			t.Errorf("%v: the backend was called", m)
			return nil
		}))
		for _, nothing := range [][]byte{nil, {}} {
			if block, err := a.Realloc(nothing, 0); block != nil || err != nil {
				t.Errorf("%v: Realloc(%#v, 0) = %v, %v, want nil, nil", m, nothing, block, err)
			}
		}
	}
}

func TestBackendMisbehaves(t *testing.T) {
	for _, tt := range []struct {
		name    string
		n       int // the block has 4 bytes
		backend backendFunc
		want    string // the outcome
		counter int64
	}{
		{"fails a growth", 6, func([]byte, int) []byte { return nil }, "ErrBackend", 4},
		{"fails a shrink", 2, func([]byte, int) []byte { return nil }, "ErrBackend", 4},
		{"panics in a growth", 6, func([]byte, int) []byte { panic("oops") }, "oops", 4},
		{"panics in a free", 0, func([]byte, int) []byte { panic("oops") }, "oops", 4},
		{"returns a short block", 6, func([]byte, int) []byte { return make([]byte, 5, 6) }, "casalloc: backend returned 5 bytes, want 6", 4},
		{"returns an empty block", 6, func([]byte, int) []byte { return []byte{} }, "casalloc: backend returned 0 bytes, want 6", 4},
		{"returns a long block", 6, func([]byte, int) []byte { return make([]byte, 8, 16) }, "", 6},
		{"returns a block from a free", 0, func([]byte, int) []byte { return make([]byte, 8) }, "", 0},
	} {
		b := newBudget(t, impl.Enforcing, 10, 0)
		block, err := impl.NewAllocator(b).Realloc(nil, 4)
		must(t, err)
		result := block
		got := outcome(func() (err error) {
			result, err = impl.NewAllocatorOver(b, tt.backend).Realloc(block, tt.n)
			return err
		})
		charged := b.Stats().Used
		if got != tt.want || int64(cap(result)) != tt.counter || len(result) != cap(result) || charged != tt.counter {
			t.Errorf("a backend %s: %q, block of %d, counter %d; want %q, block and counter of %d",
				tt.name, got, cap(result), charged, tt.want, tt.counter)
		}
	}
}

func TestFreeTwice(t *testing.T) {
	b := impl.NewBudget()
	a := impl.NewAllocator(b)
	block, err := a.Realloc(nil, 64)
	must(t, err)
	_, err = a.Realloc(block, 0)
	must(t, err)
	want := impl.OverRelease{Released: 64}
	if got := catch(func() { a.Realloc(block, 0) }); got != want {
		t.Errorf("the second free: %v, want %v", got, want)
	}
	diff(t, "it", b.Stats(), impl.Stats{Limit: None, Peak: 64})
}

func TestNilMisuse(t *testing.T) {
	for want, f := range map[string]func(){
		"casalloc: nil budget":  func() { impl.NewAllocator(nil) },
		"casalloc: nil backend": func() { impl.NewAllocatorOver(impl.NewBudget(), nil) },
	} {
		if got := catch(f); got != want {
			t.Errorf("panic %v, want %s", got, want)
		}
	}
}

// A rounder is a Backend with any Size.
type rounder struct {
	backendFunc
	size func(n int) int
}

func (r rounder) Size(n int) int { return r.size(n) }

// What a backend rounds up to is charged, asked for, and the capacity of the block.
func TestRounder(t *testing.T) {
	for _, m := range []impl.Mode{impl.Enforcing, impl.Unlimited} {
		b := newBudget(t, m, 40, 0)
		var passed, asked int
		a := impl.NewAllocatorOver(b, rounder{func(block []byte, n int) []byte {
			passed, asked = len(block), n
			return impl.Heap{}.Realloc(block, n)
		}, func(n int) int { return (n + 15) / 16 * 16 }})
		var block []byte
		for _, tt := range []struct {
			n, size int
			want    string
		}{{1, 16, ""}, {16, 16, ""}, {17, 32, ""}, {33, 48, "ErrLimit"}, {32, 32, ""}, {15, 16, ""}, {0, 0, ""}} {
			if m == impl.Unlimited {
				tt.want = ""
			}
			old := block
			got := outcome(func() (err error) { block, err = a.Realloc(block[:len(block)/2], tt.n); return err })
			if got != tt.want {
				t.Fatalf("%v: Realloc(block of %d, %d): %q, want %q", m, cap(old), tt.n, got, tt.want)
			}
			if got != "" {
				block = old
				continue
			}
			charged := int64(tt.size)
			if m == impl.Unlimited {
				charged = 0
			}
			if len(block) != tt.n || cap(block) != tt.size || passed != cap(old) || asked != tt.size || b.Stats().Used != charged {
				t.Errorf("%v: Realloc(block of %d, %d) = %d of %d bytes, %d asked for with %d passed, counter %d; want %d",
					m, cap(old), tt.n, len(block), cap(block), asked, passed, b.Stats().Used, tt.size)
			}
		}
	}
	// A size that is no size any more, and one that is too small.
	b := newBudget(t, impl.Enforcing, 40, 0)
	working := backendFunc(func(_ []byte, n int) []byte { return make([]byte, n) })
	for _, tt := range []struct {
		size int
		want string
	}{
		{math.MaxInt, map[bool]string{true: "ErrLimit", false: "ErrSize"}[math.MaxInt == math.MaxInt32]},
		{4, "casalloc: backend rounds 5 bytes to 4"}, {-1, "casalloc: backend rounds 5 bytes to -1"}, {5, ""},
	} {
		a := impl.NewAllocatorOver(b, rounder{working, func(int) int { return tt.size }})
		if got := outcome(func() error { _, err := a.Realloc(nil, 5); return err }); got != tt.want {
			t.Errorf("5 bytes rounded to %d: %q, want %q", tt.size, got, tt.want)
		}
	}
	if got := b.Stats().Used; got != 5 {
		t.Errorf("%d used, want 5", got)
	}
}
