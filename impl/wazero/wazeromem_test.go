package wazeromem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// backends are those that the tests run over. Mmap is added where there is one.
var backends = []struct {
	name string
	impl.Backend
}{{"Heap", impl.Heap{}}}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// cache spares compiling the Go program for each runtime.
var cache = wazero.NewCompilationCache()

func newRuntime(t testing.TB) wazero.Runtime {
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithCompilationCache(cache).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesThreads)
	r := wazero.NewRuntimeWithConfig(t.Context(), config)
	t.Cleanup(func() { r.Close(context.Background()) })
	return r
}

func compile(t testing.TB, r wazero.Runtime, binary []byte) wazero.CompiledModule {
	t.Helper()
	c, err := r.CompileModule(t.Context(), binary)
	must(t, err)
	return c
}

// anonymous is a configuration under which many instances of a module may exist.
func anonymous() wazero.ModuleConfig { return wazero.NewModuleConfig().WithName("") }

// limited returns a budget with a limit of so many pages.
func limited(t testing.TB, pages int64) *impl.Budget {
	b := impl.NewBudget()
	must(t, b.SetLimit(pages*page))
	return b
}

// nothingLeft checks that nothing is charged any more.
func nothingLeft(t *testing.T, b *impl.Budget) {
	t.Helper()
	if n := b.Stats().Allocated; n != 0 {
		t.Errorf("Exact: %d bytes charged at the end", n)
	}
}

// grow is memory.grow in the guest: the old size in pages, or -1.
func grow(t *testing.T, mod api.Module, pages int64) int32 {
	t.Helper()
	results, err := mod.ExportedFunction("grow").Call(t.Context(), api.EncodeI32(int32(pages)))
	must(t, err)
	return api.DecodeI32(results[0])
}

func size(t *testing.T, mod api.Module) int32 {
	t.Helper()
	results, err := mod.ExportedFunction("size").Call(t.Context())
	must(t, err)
	return api.DecodeI32(results[0])
}

// Every answer of memory.grow, over refusals by the limit of all, by the tenant's own, by the
// module's maximum and by the backend, and what is charged after it.
func TestGrow(t *testing.T) {
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			b := limited(t, 20)
			tenant := b.NewTenant()
			a := wazeromem.New(tenant, backend.Backend)
			r := newRuntime(t)
			mod, err := a.Instantiate(t.Context(), r, compile(t, r, module{min: 2, max: 12}.binary()), anonymous())
			must(t, err)
			must(t, b.Reserve(5*page)) // somebody else's
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
				{own: 8, grow: 2, want: -1, err: impl.ErrAccountLimit},
				{grow: 1, want: 7},
				{own: 4, grow: 1, want: -1, err: impl.ErrAccountLimit},
				{own: 100, grow: 5, want: -1}, // above the maximum: a is not asked
				{grow: 65536, want: -1},
				{grow: -1, want: -1},
				{grow: 4, want: 8},
				{grow: 1, want: -1},
			} {
				if step.limit > 0 {
					must(t, b.SetLimit(step.limit*page))
				}
				if step.own > 0 {
					must(t, tenant.SetLimit(step.own*page))
				}
				before := a.Refusal()
				got := grow(t, mod, step.grow)
				if got >= 0 {
					pages += step.grow
				}
				if got != step.want || int64(size(t, mod)) != pages || tenant.Held() != pages*page {
					t.Fatalf("step %d: grow(%d) = %d, size %d, %d bytes held; want %d, %d, %d",
						i, step.grow, got, size(t, mod), tenant.Held(), step.want, pages, pages*page)
				}
				refusal := a.Refusal()
				if step.err == nil && refusal != before {
					t.Errorf("step %d: grow(%d): Refusal() = %v, want it unchanged", i, step.grow, refusal)
				}
				if step.err != nil {
					e, ok := errors.AsType[impl.Refusal](refusal)
					if !ok || !errors.Is(refusal, step.err) || e.Requested != step.grow*page {
						t.Errorf("step %d: grow(%d): Refusal() = %v, want %v", i, step.grow, refusal, step.err)
					}
				}
				// What is there is what was written, and what is new is zero.
				view, _ := mod.Memory().Read(0, uint32(pages*page))
				if n := bytes.Count(view, []byte{0}); i > 0 && got >= 0 && int64(n) != step.grow*page {
					t.Errorf("step %d: grow(%d): %d zero bytes, want only the new ones", i, step.grow, n)
				}
				for j := range view {
					view[j] = 'x'
				}
			}
			must(t, mod.Close(t.Context()))
			must(t, mod.Close(t.Context()))
			b.Release(5 * page)
			nothingLeft(t, b)
		})
	}
}

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

// Each growth is refused in turn, the first memory included: the guest goes on with what it has,
// and nothing is left.
func TestEachGrowthRefused(t *testing.T) {
	growths := []int64{1, 2, 0, 3, 1, 1}
	r := newRuntime(t)
	compiled := compile(t, r, module{min: 1, max: 100}.binary())
	for k := 1; ; k++ {
		b := limited(t, 100)
		f := &failAt{Backend: impl.Heap{}, k: k}
		mod, err := wazeromem.New(b.NewTenant(), f).Instantiate(t.Context(), r, compiled, anonymous())
		if k == 1 {
			if !errors.Is(err, impl.ErrBackend) {
				t.Errorf("Instantiate = %v, want %v", err, impl.ErrBackend)
			}
			nothingLeft(t, b)
			continue
		}
		must(t, err)
		pages, asked := int64(1), 1
		for _, n := range growths {
			if n > 0 {
				asked++
			}
			want := int32(pages)
			if n > 0 && asked == k {
				want = -1
			} else {
				pages += n
			}
			if got := grow(t, mod, n); got != want || int64(size(t, mod)) != pages || b.Stats().Allocated != pages*page {
				t.Fatalf("growth %d fails: grow(%d) = %d, %d charged, want %d, %d pages", k, n, got, b.Stats().Allocated, want, pages)
			}
		}
		must(t, mod.Close(t.Context()))
		nothingLeft(t, b)
		if asked < k {
			break
		}
	}
}

// wazero panics on a refused first memory.
func TestFirstMemoryRefused(t *testing.T) {
	for _, backend := range backends {
		b := limited(t, 3)
		a := wazeromem.New(b.NewTenant(), backend.Backend)
		r := newRuntime(t)
		compiled := compile(t, r, module{min: 4, max: 5}.binary())
		config := wazero.NewModuleConfig().WithName("big")
		mod, err := a.Instantiate(t.Context(), r, compiled, config)
		want := impl.Refusal{Err: impl.ErrLimit, Requested: 4 * page, Held: 0, Limit: 3 * page}
		if got, _ := errors.AsType[impl.Refusal](err); mod != nil || got != want || a.Refusal() != want {
			t.Errorf("Instantiate = %v, %v, want %v", mod, err, want)
		}
		nothingLeft(t, b)
		// The runtime is none the worse for it.
		must(t, b.SetLimit(4*page))
		mod, err = a.Instantiate(t.Context(), r, compiled, config)
		must(t, err)
		if n := b.Stats().Allocated; n != 4*page {
			t.Errorf("%d bytes charged, want 4 pages", n)
		}
		must(t, r.Close(t.Context()))
		nothingLeft(t, b)
		if !mod.IsClosed() {
			t.Error("the module outlives its runtime")
		}
	}
}

// Without Instantiate it is a panic: what this package is for.
func TestFirstMemoryRefusedWithoutInstantiate(t *testing.T) {
	b := limited(t, 3)
	r := newRuntime(t)
	compiled := compile(t, r, module{min: 4, max: 5}.binary())
	defer func() {
		if p := recover(); p == nil {
			t.Error("wazero no longer panics on a refused first memory")
		}
		nothingLeft(t, b)
	}()
	ctx := experimental.WithMemoryAllocator(t.Context(), wazeromem.New(b.NewTenant(), impl.Heap{}))
	r.InstantiateModule(ctx, compiled, anonymous())
}

// wazero does not free the memory of a module whose instantiation fails after it was made.
func TestInstantiationFails(t *testing.T) {
	for name, m := range map[string]module{
		"a data segment out of bounds": {min: 1, max: 5, data: []uint32{0, page}},
		"the start function traps":     {min: 1, max: 5, start: unreachable},
		"it grows, and then traps": {min: 1, max: 5,
			start: constant(2) + "\x40\x00\x1a" + unreachable}, // memory.grow, drop
	} {
		for _, backend := range backends {
			b := limited(t, 10)
			r := newRuntime(t)
			mod, err := wazeromem.New(b.NewTenant(), backend.Backend).Instantiate(t.Context(), r, compile(t, r, m.binary()), anonymous())
			if mod != nil || err == nil || errors.Is(err, impl.ErrLimit) {
				t.Errorf("%s: Instantiate = %v, %v, want the error of wazero", name, mod, err)
			}
			if s := b.Stats(); s.Allocated != 0 || s.Peak < page {
				t.Errorf("Exact: %s: %d bytes charged, peak %d; want 0, a page or more", name, s.Allocated, s.Peak)
			}
		}
	}
	// Two of one name.
	b := limited(t, 10)
	r := newRuntime(t)
	compiled := compile(t, r, module{min: 1, max: 5}.binary())
	for i, want := range []bool{true, false} {
		_, err := wazeromem.New(b.NewTenant(), impl.Heap{}).Instantiate(t.Context(), r, compiled, wazero.NewModuleConfig().WithName("one"))
		if (err == nil) != want || b.Stats().Allocated != page {
			t.Errorf("module %d of one name: %v, %d bytes charged, want those of one", i+1, err, b.Stats().Allocated)
		}
	}
}

// A memory that begins with nothing takes a byte, or what the backend makes of one.
func TestEmptyMemory(t *testing.T) {
	for _, backend := range backends {
		b := limited(t, 10)
		r := newRuntime(t)
		mod, err := wazeromem.New(b.NewTenant(), backend.Backend).Instantiate(t.Context(), r, compile(t, r, module{min: 0, max: 5}.binary()), anonymous())
		must(t, err)
		if n := b.Stats().Allocated; n < 1 || n > page || size(t, mod) != 0 {
			t.Errorf("%s: %d bytes charged, size %d; want few, 0", backend.name, n, size(t, mod))
		}
		if got := grow(t, mod, 2); got != 0 || b.Stats().Allocated != 2*page {
			t.Errorf("%s: grow(2) = %d, %d bytes charged; want 0, 2 pages", backend.name, got, b.Stats().Allocated)
		}
		must(t, mod.Close(t.Context()))
		nothingLeft(t, b)
	}
	// No room even for that is an error too, although wazero would go on.
	b := limited(t, 10)
	must(t, b.Reserve(10*page))
	r := newRuntime(t)
	mod, err := wazeromem.New(b.NewTenant(), impl.Heap{}).Instantiate(t.Context(), r, compile(t, r, module{min: 0, max: 5}.binary()), anonymous())
	if mod != nil || !errors.Is(err, impl.ErrLimit) || b.Stats().Allocated != 10*page {
		t.Errorf("Instantiate = %v, %v with no room, %d bytes charged", mod, err, b.Stats().Allocated)
	}
}

// Close comes from another goroutine than the one that grows: a growth that comes later is refused.
func TestCloseFromElsewhere(t *testing.T) {
	for range 50 {
		b := limited(t, 1000)
		tenant := b.NewTenant()
		var m experimental.LinearMemory = wazeromem.New(tenant, impl.Heap{}).Allocate(0, 1000*page)
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
		if m.Reallocate(page) != nil || tenant.Held() != 0 {
			t.Fatalf("%d bytes held after Free", tenant.Held())
		}
		m.Free()
		nothingLeft(t, b)
	}
}

// guestBinary is testdata/guest, built for wasip1.
var guestBinary = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", out, "./testdata/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return os.ReadFile(out)
})

func compileGuest(t testing.TB, r wazero.Runtime) wazero.CompiledModule {
	t.Helper()
	binary, err := guestBinary()
	must(t, err)
	wasi_snapshot_preview1.MustInstantiate(t.Context(), r)
	return compile(t, r, binary)
}

// guestConfig has a guest work so many rounds and hold so many KiB.
func guestConfig(rounds, kib int, out *bytes.Buffer) wazero.ModuleConfig {
	return anonymous().WithStdout(out).WithArgs("guest", fmt.Sprint(rounds), fmt.Sprint(kib))
}

// A Go program runs as it would without a limit, if the limit lets it; if not, it ends, says why,
// and leaves nothing.
func TestGoGuest(t *testing.T) {
	r := newRuntime(t)
	compiled := compileGuest(t, r)
	var want bytes.Buffer
	_, err := r.InstantiateModule(t.Context(), compiled, guestConfig(300, 1000, &want))
	must(t, err)
	for _, backend := range backends {
		b := limited(t, 16000)
		a := wazeromem.New(b.NewTenant(), backend.Backend)
		var got, said bytes.Buffer
		_, err = a.Instantiate(t.Context(), r, compiled, guestConfig(300, 1000, &got))
		if err != nil || got.String() != want.String() || want.Len() == 0 {
			t.Errorf("%s: the guest says %q, %v; want %q", backend.name, got.String(), err, want.String())
		}
		nothingLeft(t, b)
		peak := b.Stats().Peak

		must(t, b.SetLimit(peak/page*page*3/4))
		got.Reset()
		_, err = a.Instantiate(t.Context(), r, compiled, guestConfig(300, 1000, &got).WithStderr(&said))
		refusal, _ := errors.AsType[impl.Refusal](a.Refusal())
		if err == nil || !strings.Contains(said.String(), "out of memory") || refusal.Err != impl.ErrLimit {
			t.Errorf("%s: under three quarters of its peak the guest ended with %v, said %q; refusal %v", backend.name, err, said.String(), a.Refusal())
		}
		nothingLeft(t, b)
	}
}

// Each growth of a Go program fails in turn, the first memory included: it ends, and leaves
// nothing.
func TestEachGrowthOfGoGuestFails(t *testing.T) {
	r := newRuntime(t)
	compiled := compileGuest(t, r)
	for k, failed := 1, true; failed; k++ {
		b := limited(t, 16000)
		f := &failAt{Backend: impl.Heap{}, k: k}
		var out bytes.Buffer
		_, err := wazeromem.New(b.NewTenant(), f).Instantiate(t.Context(), r, compiled, guestConfig(40, 200, &out))
		if failed = f.calls >= k; failed != (err != nil) {
			t.Errorf("growth %d of %d fails: the guest ended with %v", k, f.calls, err)
		}
		nothingLeft(t, b)
	}
}

// Forty instances of a Go program on eight goroutines, a tenant each, under a limit that moves
// every millisecond. Some are stopped in the middle. Whatever becomes of each, nothing is left.
func TestManyGoGuests(t *testing.T) {
	const instances, workers = 40, 8
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			r := newRuntime(t)
			compiled := compileGuest(t, r)
			probe := limited(t, 16000)
			var want bytes.Buffer
			_, err := wazeromem.New(probe.NewTenant(), backend.Backend).Instantiate(t.Context(), r, compiled, guestConfig(150, 600, &want))
			must(t, err)
			low, high := probe.Stats().Peak*(workers-2), probe.Stats().Peak*(workers+1)

			b := impl.NewBudget()
			must(t, b.SetLimit(high))
			var ended, refused, stopped atomic.Int64
			next := make(chan int, instances)
			for i := range instances {
				next <- i
			}
			close(next)
			var working, moving sync.WaitGroup
			for range workers {
				working.Go(func() {
					for i := range next {
						tenant := b.NewTenant()
						a := wazeromem.New(tenant, backend.Backend)
						ctx, cancel := context.WithCancel(t.Context())
						if i%5 == 0 {
							time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
						}
						var out bytes.Buffer
						mod, err := a.Instantiate(ctx, r, compiled, guestConfig(150, 600, &out))
						cancel()
						switch {
						case err == nil && out.String() == want.String():
							ended.Add(1)
						case err == nil:
							t.Errorf("guest %d says %q, want %q", i, out.String(), want.String())
						case a.Refusal() != nil:
							refused.Add(1)
						case i%5 == 0:
							stopped.Add(1)
						default:
							t.Errorf("guest %d: %v", i, err)
						}
						if mod != nil {
							mod.Close(t.Context())
						}
						if n := tenant.Held(); n != 0 {
							t.Errorf("Exact: guest %d: %d bytes held at its end, %v", i, n, err)
						}
						tenant.Close()
					}
				})
			}
			done := make(chan struct{})
			moving.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-done:
						return
					case <-time.After(time.Millisecond):
					}
					must(t, b.SetLimit([]int64{low, high, high, high}[i%4]))
					if u := b.Usage(); u.Taken > high {
						t.Errorf("NeverOverLimit: %+v, no limit was above %d", u, high)
					}
				}
			})
			working.Wait()
			close(done)
			moving.Wait()
			t.Logf("%d ended, %d refused, %d stopped", ended.Load(), refused.Load(), stopped.Load())
			if s := b.Stats(); ended.Load() == 0 || refused.Load() == 0 || s.Peak > high {
				t.Errorf("%+v, limit at most %d; want some that ended and some refused", s, high)
			}
			nothingLeft(t, b)
		})
	}
}
