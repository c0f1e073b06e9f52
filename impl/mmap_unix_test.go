//go:build darwin || dragonfly || freebsd || linux || netbsd

package impl_test

import (
	"bytes"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"casalloc/impl"
)

// A block grows and shrinks where it is, in whole pages, which are charged.
func TestMmap(t *testing.T) {
	const pages = 8 // of the largest block
	m := impl.NewMmap(1)
	page := impl.Page(m)
	m = impl.NewMmap(pages*page - 1)
	b := newBudget(t, impl.Enforcing, int64(10*page), 0)
	a := impl.NewAllocatorOver(b, m)
	other, err := a.Realloc(nil, 1)
	must(t, err)

	var block []byte
	for _, tt := range []struct {
		n    int
		want string
		size int // of the block then, in pages
	}{
		{1, "", 1}, {page, "", 1}, {page + 1, "", 2}, {7*page + 1, "", 8}, {pages * page, "", 8},
		{pages*page + 1, "ErrBackend", 8}, {10 * page, "ErrLimit", 8}, {math.MaxInt, "", 8},
		{3 * page, "", 3}, {2*page + 1, "", 3}, {5 * page, "", 5}, {-1, "ErrSize", 5}, {1, "", 1}, {0, "", 0},
	} {
		if tt.n == math.MaxInt { // no size on most machines
			tt.want = "ErrSize"
			if math.MaxInt == math.MaxInt32 {
				tt.want = "ErrLimit"
			}
		}
		name := fmt.Sprintf("Realloc(block of %d, %d)", len(block), tt.n)
		old := block
		got := outcome(func() (err error) { block, err = a.Realloc(block, tt.n); return err })
		n := tt.n
		if tt.want != "" {
			n = len(old)
		}
		if got != tt.want || len(block) != n || cap(block) != tt.size*page || b.Stats().Used != int64((1+tt.size)*page) {
			t.Fatalf("%s = %d of %d bytes, %q, counter %d; want %d of %d pages, %q", name, len(block), cap(block), got,
				b.Stats().Used, n, tt.size, tt.want)
		}
		if block != nil && old != nil && unsafe.SliceData(block) != unsafe.SliceData(old) {
			t.Errorf("%s moved", name)
		}
		whole, had := block[:cap(block)], min(cap(old), cap(block))
		if bytes.Count(whole[:had], []byte{'x'}) != had || bytes.Count(whole[had:], []byte{0}) != len(whole)-had {
			t.Errorf("%s: want the %d bytes that were there, and then zero", name, had)
		}
		for i := range whole {
			whole[i] = 'x'
		}
		if block != nil {
			if end := unsafe.Add(unsafe.Pointer(unsafe.SliceData(block)), cap(block)); !faults((*byte)(end)) {
				t.Errorf("%s: the byte after the block is accessible", name)
			}
		}
	}
	if other[0] != 0 {
		t.Error("one block has written to another")
	}
	_, err = a.Realloc(other, 0)
	must(t, err)
	if s := b.Stats(); s.Used != 0 || s.RolledBack != 1 {
		t.Errorf("%+v, want 0 used, 1 rolled back", s)
	}
}

// faults reports whether reading p is a fault.
func faults(p *byte) (yes bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { yes = recover() != nil }()
	sink = *p
	return false
}

var sink byte

// Each call of the system fails in turn: the block is what it was and so are the books, and nothing
// is left at the end.
func TestMmapFaults(t *testing.T) {
	m := impl.NewMmap(1)
	page := impl.Page(m)
	m = impl.NewMmap(8 * page)
	for fail, failed := 1, true; failed; fail++ {
		var calls int
		var call string
		failed = false
		impl.SetFault(m, func(name string) error {
			if calls++; calls == fail {
				failed, call = true, name
				return syscall.ENOMEM
			}
			return nil
		})
		b := newBudget(t, impl.Enforcing, int64(100*page), 0)
		a := impl.NewAllocatorOver(b, m)
		var blocks [2][]byte
		for step, n := range []int{2, 1, 5, 8, 3, 4, 1, 3, 0, 0, 1, 0} {
			p := &blocks[step%2]
			old, before := *p, failed
			grown, err := a.Realloc(old, n*page)
			want := error(nil)
			if failed && !before {
				want = impl.ErrBackend
			}
			if err != want || want != nil && (len(grown) != len(old) || unsafe.SliceData(grown) != unsafe.SliceData(old)) {
				t.Fatalf("call %d (%s) fails: step %d: Realloc(%d bytes, %d pages) = %d bytes, %v, want %v",
					fail, call, step, len(old), n, len(grown), err, want)
			}
			had := min(len(old), len(grown))
			if i := slices.IndexFunc(grown[:had], func(c byte) bool { return c != byte(1+step%2) }); i >= 0 {
				t.Fatalf("call %d (%s) fails: step %d: byte %d is %d", fail, call, step, i, grown[i])
			}
			for i := range grown {
				grown[i] = byte(1 + step%2)
			}
			*p = grown
			if got, want := b.Stats().Used, int64(cap(blocks[0])+cap(blocks[1])); got != want {
				t.Fatalf("call %d (%s) fails: step %d: Exact: counter %d, want %d", fail, call, step, got, want)
			}
		}
		for _, p := range blocks {
			_, err := a.Realloc(p, 0)
			must(t, err)
		}
		if n := b.Stats().Used; n != 0 {
			t.Errorf("call %d (%s) fails: Exact: %d bytes charged with all freed", fail, call, n)
		}
		if !failed && calls < 12 {
			t.Errorf("%d calls of the system, want 12 or more", calls)
		}
	}
}

// What no machine has fails for real.
func TestMmapOutOfAddresses(t *testing.T) {
	most := int(min(math.MaxInt-1<<20, int64(1<<50)))
	b := newBudget(t, impl.Counting, 0, 0)
	a := impl.NewAllocatorOver(b, impl.NewMmap(most))
	var blocks [][]byte
	var err error
	for len(blocks) < 4 && err == nil { // 32 bits may have addresses for one or two
		var block []byte
		if block, err = a.Realloc(nil, 1); err == nil {
			blocks = append(blocks, block)
		}
	}
	if err != impl.ErrBackend {
		t.Errorf("Realloc(nil, 1) = %v with %d blocks of up to %d bytes, want %v", err, len(blocks), most, impl.ErrBackend)
	}
	for _, block := range blocks {
		_, err := a.Realloc(block, 0)
		must(t, err)
	}
	if s := b.Stats(); s.Used != 0 || s.RolledBack != 1 {
		t.Errorf("%+v, want 0 used, 1 rolled back", s)
	}
}

func TestMmapMisuse(t *testing.T) {
	for _, most := range []int{0, -1, math.MinInt, math.MaxInt, math.MaxInt - 5000} {
		want := fmt.Sprintf("casalloc: blocks of up to %d bytes", most)
		if got := catch(func() { impl.NewMmap(most) }); got != want {
			t.Errorf("NewMmap(%d): panic %v, want %s", most, got, want)
		}
	}
	m := impl.NewMmap(1)
	hidden := impl.NewAllocatorOver(impl.NewBudget(), struct{ impl.Backend }{m})
	if got, want := catch(func() { hidden.Realloc(nil, 5) }), "casalloc: mmap of 5 bytes, want whole pages: is Size hidden?"; got != want {
		t.Errorf("Realloc(nil, 5) without Size: panic %v, want %s", got, want)
	}
	block := m.Realloc(nil, impl.Page(m))
	m.Realloc(block, 0)
	want := fmt.Sprintf("casalloc: free of %d bytes that are no block: invalid argument", 2*impl.Page(m))
	if got := catch(func() { m.Realloc(block, 0) }); got != want {
		t.Errorf("the second free: panic %v, want %s", got, want)
	}
}

// Each goroutine finds in its block what it wrote there.
func TestMmapConcurrent(t *testing.T) {
	b := newBudget(t, impl.Enforcing, 1<<20, 0)
	a := impl.NewAllocatorOver(b, impl.NewMmap(1<<20))
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			var block []byte
			for i := range 300 {
				grown, err := a.Realloc(block, (i*7919+g*104729)%(256<<10))
				if err != nil && err != impl.ErrLimit {
					t.Error(err)
				}
				had := min(len(block), len(grown))
				if bytes.Count(grown[:had], []byte{byte(g)}) != had {
					t.Errorf("of the %d bytes that were there, some are not %d", had, g)
				}
				block = grown
				for j := range block {
					block[j] = byte(g)
				}
			}
			a.Realloc(block, 0)
		})
	}
	wg.Wait()
	if n := b.Stats().Used; n != 0 {
		t.Errorf("Exact: %d bytes charged with all freed", n)
	}
}

// Growth and shrink in place allocate nothing. (Package syscall keeps a table of mappings, which a
// new block may enlarge.)
func TestMmapAllocs(t *testing.T) {
	a := impl.NewAllocatorOver(newBudget(t, impl.Enforcing, 1<<20, 0), impl.NewMmap(1<<20))
	block, err := a.Realloc(nil, 1)
	must(t, err)
	if n := testing.AllocsPerRun(100, func() {
		block, _ = a.Realloc(block, 1<<19)
		block, _ = a.Realloc(block, 1<<21) // refused
		block, _ = a.Realloc(block, 1)
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	_, err = a.Realloc(block, 0)
	must(t, err)
}
