package wazeromem_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero/experimental"
)

// failAt is a Backend whose k-th growth fails.
type failAt struct {
	impl.Backend
	k, calls int
}

func (f *failAt) Realloc(block []byte, n int) []byte {
	if n > len(block) {
		if f.calls++; f.calls == f.k {
			return nil
		}
	}
	return f.Backend.Realloc(block, n)
}

// Every answer of memory.grow, over refusals by the limit of all, by the guest's own, by the
// module's maximum and by the backend, and what is charged after it.
func TestGrow(t *testing.T) {
	overAll(t, func(h *host) {
		must(h, h.budget.SetLimit(20*page))
		own, backend := h.budget.NewChild(100*page), &failAt{Backend: h.backend}
		a := wazeromem.New(own, backend)
		mod, err := h.instantiateBy(a, "", guest(2, 12))
		must(h, err)
		must(h, h.budget.Reserve(5*page)) // somebody else's
		pages := int64(2)
		for i, step := range []struct {
			limit, own int64 // set before, in pages; 0: as it was
			grow       int64
			want       int32
			err        error // why -1, if a was asked
		}{
			{grow: 0, want: 2},
			{grow: 3, want: 2},
			{limit: 10, grow: 1, want: -1, err: impl.ErrLimit},
			{grow: 0, want: 5},
			{limit: 11, grow: 2, want: -1, err: impl.ErrLimit},
			{grow: 1, want: 5},
			{limit: 3, grow: 1, want: -1, err: impl.ErrLimit}, // below what is held
			{limit: 100, grow: 1, want: 6},
			{own: 8, grow: 2, want: -1, err: impl.ErrLimit},
			{grow: 1, want: 7},
			{own: 4, grow: 1, want: -1, err: impl.ErrLimit},
			{own: 100, grow: 5, want: -1}, // above the maximum: a is not asked
			{grow: 65536, want: -1},
			{grow: -1, want: -1},
			{grow: 4, want: -1, err: impl.ErrBackend},
			{grow: 4, want: 8},
			{grow: 1, want: -1},
		} {
			if step.limit > 0 {
				must(h, h.budget.SetLimit(step.limit*page))
			}
			if step.own > 0 {
				must(h, own.SetLimit(step.own*page))
			}
			if step.err == impl.ErrBackend {
				backend.k = backend.calls + 1
			}
			before := a.Refusal()
			got := h.grow(mod, step.grow)
			if got >= 0 {
				pages += step.grow
			}
			if size, used := h.call(mod, "size"), own.Exact().Used; got != step.want || int64(size) != pages || used != pages*page {
				h.Fatalf("step %d: grow(%d) = %d, size %d, %d bytes used; want %d, %d, %d",
					i, step.grow, got, size, used, step.want, pages, pages*page)
			}
			refusal := a.Refusal()
			if e, _ := refusal.(impl.Refusal); step.err != nil && (e.Err != step.err || e.Requested != step.grow*page) ||
				step.err == impl.ErrLimit && (e.Budget == own) != (step.own > 0) || step.err == nil && refusal != before {
				h.Errorf("step %d: grow(%d): Refusal() = %v, want %v, nil as before", i, step.grow, refusal, step.err)
			}
			// What is there is what was written, and what is new is zero.
			view, _ := mod.Memory().Read(0, uint32(pages*page))
			if n := bytes.Count(view, []byte{0}); i > 0 && got >= 0 && int64(n) != step.grow*page {
				h.Errorf("step %d: grow(%d): %d zero bytes, want only the new ones", i, step.grow, n)
			}
			for j := range view {
				view[j] = 'x'
			}
		}
		must(h, mod.Close(h.Context()))
		must(h, mod.Close(h.Context()))
		h.charged("closed twice", 5)
	})
}

// Each instance is a child with its name until it is gone: the host finds out which it has
// forgotten.
func TestChildren(t *testing.T) {
	overEngines(t, func(h *host) {
		a := h.allocator()
		for _, name := range []string{"a", "b"} {
			_, err := h.instantiateBy(a, name, guest(1, 5))
			must(h, err)
		}
		must(h, h.Module("a").Close(h.Context()))
		children := h.budget.Children()
		if len(children) != 1 || children[0].Name() != "b" || children[0].Stats().Used != page {
			h.Errorf("%v, want b only, of a page", children)
		}
	})
}

// wazero panics on a refused first memory: what this package is for.
func TestFirstMemoryRefused(t *testing.T) {
	overAll(t, func(h *host) {
		must(h, h.budget.SetLimit(3*page))
		a := h.allocator()
		mod, err := h.instantiateBy(a, "big", guest(4, 5))
		want := impl.Refusal{Err: impl.ErrLimit, Requested: 4 * page, Budget: h.budget, Limit: 3 * page}
		if got, _ := errors.AsType[impl.Refusal](err); mod != nil || got != want || a.Refusal() != want {
			h.Errorf("Instantiate = %v, %v, want %v", mod, err, want)
		}
		h.charged("refused", 0)
		func() {
			defer func() {
				if recover() == nil {
					h.Error("wazero no longer panics on a refused first memory")
				}
			}()
			ctx := experimental.WithMemoryAllocator(h.Context(), a)
			h.InstantiateModule(ctx, compile(h, h, guest(4, 5).binary()), anonymous())
		}()
		h.charged("refused without Instantiate", 0)
		// The runtime is none the worse for it.
		must(h, h.budget.SetLimit(4*page))
		mod, err = h.instantiateBy(a, "big", guest(4, 5))
		must(h, err)
		h.charged("granted", 4)
		must(h, h.Runtime.Close(h.Context()))
		h.charged("the runtime is closed", 0)
		if !mod.IsClosed() {
			h.Error("the module outlives its runtime")
		}
	})
}

// wazero does not free the memory of a module whose instantiation fails after it was made.
func TestInstantiationFails(t *testing.T) {
	outOfBounds, traps, growsFirst := guest(1, 5), guest(1, 5), guest(1, 5)
	outOfBounds.data = []string{datum(0), datum(page)}
	traps.start = unreachable
	growsFirst.start = constant(2) + memoryGrow + drop + unreachable
	overAll(t, func(h *host) {
		for name, w := range map[string]wasm{
			"a data segment out of bounds": outOfBounds, "the start function traps": traps, "it grows, and then traps": growsFirst,
		} {
			h.budget = limited(t, 10)
			mod, err := h.instantiate("", w)
			if mod != nil || err == nil || errors.Is(err, impl.ErrLimit) {
				h.Errorf("%s: Instantiate = %v, %v, want the error of wazero", name, mod, err)
			}
			if s := h.budget.Exact(); s.Used != 0 || s.Peak < page {
				h.Errorf("Exact: %s: %d bytes charged, peak %d; want 0, a page or more", name, s.Used, s.Peak)
			}
		}
		h.must("one", guest(1, 5))
		if _, err := h.instantiate("one", guest(1, 5)); err == nil {
			h.Error("two modules have one name")
		}
		h.charged("one module, and one whose name is taken", 1)
	})
}

// A memory of no pages takes a byte, or what the backend makes of one, and has none that can be
// read or written.
func TestMemoryWithoutPages(t *testing.T) {
	overAll(t, func(h *host) {
		mod := h.must("", guest(0, 5))
		if n := h.budget.Exact().Used; n < 1 || n > page || h.call(mod, "size") != 0 {
			h.Errorf("%d bytes charged, size %d; want few, 0", n, h.call(mod, "size"))
		}
		_, err := mod.ExportedFunction("access").Call(h.Context(), 0)
		if err == nil || !strings.Contains(err.Error(), "out of bounds") {
			h.Errorf("access of byte 0: %v, want out of bounds", err)
		}
		if _, ok := mod.Memory().ReadByte(0); ok || mod.Memory().Size() != 0 {
			h.Errorf("the host reads byte 0: %v, size %d", ok, mod.Memory().Size())
		}
		if got := h.grow(mod, 2); got != 0 || h.call(mod, "access", 2*page-1) != 7 {
			h.Errorf("grow(2) = %d, want 0, or what was written is not there", got)
		}
		h.charged("grown by 2", 2)
		must(h, mod.Close(h.Context()))
		h.charged("closed", 0)
		// No room even for a byte is an error too, although wazero would go on.
		must(h, h.budget.Reserve(4*page))
		if mod, err := h.instantiate("", guest(0, 5)); mod != nil || !errors.Is(err, impl.ErrLimit) {
			h.Errorf("Instantiate = %v, %v with no room", mod, err)
		}
		h.charged("no room", 4)
	})
}

// A shared memory must not move, and over Mmap does not. Over the Go heap it does, and wazero says
// that this is a bug of the allocator.
func TestSharedMemory(t *testing.T) {
	overAll(t, func(h *host) {
		must(h, h.budget.SetLimit(10*page))
		for _, min := range []uint32{0, 1} {
			w := guest(min, 50)
			w.memory = "\x03" + w.memory[1:]
			mod := h.must("", w)
			if _, heap := h.backend.(impl.Heap); heap {
				if _, err := mod.ExportedFunction("grow").Call(h.Context(), 3); err == nil {
					h.Error("a shared memory grew, and so moved")
				}
			} else {
				for _, step := range []struct {
					grow int64
					want int32
				}{{3, int32(min)}, {20, -1}, {2, int32(min + 3)}} {
					if got := h.grow(mod, step.grow); got != step.want {
						h.Errorf("grow(%d) = %d, want %d", step.grow, got, step.want)
					}
				}
				h.charged("grown by 5", int64(min+5))
			}
			must(h, mod.Close(h.Context()))
			h.charged("closed", 0)
		}
	})
}

// Close comes from another goroutine than the one that grows: a growth that comes later is refused.
func TestCloseFromElsewhere(t *testing.T) {
	for range 50 {
		b := limited(t, 1000)
		var m experimental.LinearMemory = wazeromem.New(b, impl.Heap{}).Allocate(0, 1000*page)
		var wg sync.WaitGroup
		var grown atomic.Int64
		wg.Go(func() {
			for i := range uint64(100) {
				if m.Reallocate((i+1)*page) == nil {
					return
				}
				grown.Add(1)
			}
		})
		wg.Go(func() {
			for grown.Load() < rand.Int64N(20) {
			}
			m.Free()
		})
		wg.Wait()
		if m.Reallocate(page) != nil {
			t.Fatal("a memory grows after Free")
		}
		m.Free()
		nothingLeft(t, b)
	}
}
