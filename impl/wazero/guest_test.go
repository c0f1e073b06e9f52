package wazeromem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// cache spares compiling the Go program for each runtime.
var cache = wazero.NewCompilationCache()

func cached() wazero.RuntimeConfig {
	return wazero.NewRuntimeConfig().WithCloseOnContextDone(true).WithCompilationCache(cache)
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
	r := runtimeOf(t, cached())
	compiled := compileGuest(t, r)
	var want bytes.Buffer
	_, err := r.InstantiateModule(t.Context(), compiled, guestConfig(300, 1000, &want))
	must(t, err)
	for _, backend := range backends {
		b := limited(t, 16000)
		a := wazeromem.New(b, backend.Backend)
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
	r := runtimeOf(t, cached())
	compiled := compileGuest(t, r)
	for k, failed := 1, true; failed; k++ {
		b := limited(t, 16000)
		f := &failAt{Backend: impl.Heap{}, k: k}
		var out bytes.Buffer
		_, err := wazeromem.New(b, f).Instantiate(t.Context(), r, compiled, guestConfig(40, 200, &out))
		if failed = f.calls >= k; failed != (err != nil) {
			t.Errorf("growth %d of %d fails: the guest ended with %v", k, f.calls, err)
		}
		nothingLeft(t, b)
	}
}

// Forty instances of a Go program on eight goroutines, a child each, under a limit that moves
// every millisecond. Some are stopped in the middle. Whatever becomes of each, nothing is left.
func TestManyGoGuests(t *testing.T) {
	const instances, workers = 40, 8
	for _, backend := range backends {
		t.Run(backend.name, func(t *testing.T) {
			r := runtimeOf(t, cached())
			compiled := compileGuest(t, r)
			probe := limited(t, 16000)
			var want bytes.Buffer
			_, err := wazeromem.New(probe, backend.Backend).Instantiate(t.Context(), r, compiled, guestConfig(150, 600, &want))
			must(t, err)
			low, high := probe.Stats().Peak*(workers-2), probe.Stats().Peak*(workers+1)

			b := impl.NewBudget()
			must(t, b.SetLimit(high))
			var next, ended, refused, stopped atomic.Int64
			one := func(i int64) {
				guest := b.NewChild(impl.NoLimit)
				defer guest.Close()
				a := wazeromem.New(guest, backend.Backend)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i%5 == 0 {
					time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
				}
				var out bytes.Buffer
				mod, err := a.Instantiate(ctx, r, compiled, guestConfig(150, 600, &out))
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
				if n := guest.Exact().Used; n != 0 {
					t.Errorf("Exact: guest %d: %d bytes held at its end, %v", i, n, err)
				}
			}
			var working sync.WaitGroup
			for range workers {
				working.Go(func() {
					for i := next.Add(1); i <= instances; i = next.Add(1) {
						one(i)
					}
				})
			}
			done := make(chan struct{})
			go func() {
				working.Wait()
				close(done)
			}()
			tick := time.NewTicker(time.Millisecond)
			defer tick.Stop()
			for i, working := 0, true; working; i++ {
				select {
				case <-done:
					working = false
				case <-tick.C:
				}
				must(t, b.SetLimit([]int64{low, high, high, high}[i%4]))
				if s := b.Stats(); s.Used > high {
					t.Errorf("NeverOverLimit: %+v, no limit was above %d", s, high)
				}
			}
			t.Logf("%d ended, %d refused, %d stopped", ended.Load(), refused.Load(), stopped.Load())
			if s := b.Stats(); ended.Load() == 0 || refused.Load() == 0 || s.Peak > high {
				t.Errorf("%+v, limit at most %d; want some that ended and some refused", s, high)
			}
			nothingLeft(t, b)
		})
	}
}
