//go:build darwin || dragonfly || freebsd || linux || netbsd

package wazeromem_test

import (
	"math"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"
)

func init() {
	mmap := impl.NewMmap(int(min(math.MaxInt/16, int64(1<<30))))
	backends = append(backends, struct {
		name string
		impl.Backend
	}{"Mmap", mmap})
}

// A shared memory must not move, and over Mmap does not. Over the Go heap it does, and wazero says
// that this is a bug of the allocator.
func TestSharedMemory(t *testing.T) {
	for _, backend := range backends {
		b := limited(t, 10)
		r := newRuntime(t)
		for _, min := range []uint32{0, 1} {
			mod, err := wazeromem.New(b.NewTenant(), backend.Backend).Instantiate(t.Context(), r,
				compile(t, r, module{min: min, max: 50, shared: true}.binary()), anonymous())
			must(t, err)
			if backend.name == "Heap" {
				_, err := mod.ExportedFunction("grow").Call(t.Context(), 3)
				if err == nil {
					t.Error("Heap: a shared memory grew, and so moved")
				}
			} else {
				for _, step := range []struct {
					grow int64
					want int32
				}{{3, int32(min)}, {20, -1}, {2, int32(min + 3)}} {
					if got := grow(t, mod, step.grow); got != step.want {
						t.Errorf("Mmap: grow(%d) = %d, want %d", step.grow, got, step.want)
					}
				}
				if n := b.Stats().Allocated; n != int64(min+5)*page {
					t.Errorf("Mmap: %d bytes charged, want %d pages", n, min+5)
				}
			}
			must(t, mod.Close(t.Context()))
			nothingLeft(t, b)
		}
	}
}
