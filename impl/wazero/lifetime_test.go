package wazeromem_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// A host is a budget of four pages and a runtime, over one of the backends and engines.
type host struct {
	*testing.T
	*impl.Budget
	backend impl.Backend
	wazero.Runtime
	calls map[string]func(context.Context, api.Module) // host functions of module env
}

// overAll runs a test over each backend with each engine. The host functions of env are those that
// the test puts into calls.
func overAll(t *testing.T, test func(h *host)) {
	for engine, config := range engines {
		for _, backend := range backends {
			t.Run(engine+"/"+backend.name, func(t *testing.T) {
				r := wazero.NewRuntimeWithConfig(t.Context(), config.WithCloseOnContextDone(true))
				t.Cleanup(func() { r.Close(context.Background()) })
				h := &host{T: t, Budget: limited(t, 4), backend: backend.Backend, Runtime: r}
				h.calls = make(map[string]func(context.Context, api.Module))
				env := r.NewHostModuleBuilder("env")
				for _, name := range []string{"first", "second"} {
					env.NewFunctionBuilder().WithFunc(func(ctx context.Context, mod api.Module) {
						h.calls[name](ctx, mod)
					}).Export(name)
				}
				_, err := env.Instantiate(t.Context())
				must(t, err)
				test(h)
			})
		}
	}
}

var (
	callsFirst  = imported{"env", "first", "\x00" + string(byte(nothing))}
	callsSecond = imported{"env", "second", "\x00" + string(byte(nothing))}
)

const callFirst, callSecond = "\x10\x00", "\x10\x01"

// instantiate makes a module of a tenant of its own.
func (h *host) instantiate(name string, w wasm) (api.Module, error) {
	a := wazeromem.New(h.NewTenant(), h.backend)
	return a.Instantiate(h.Context(), h, compile(h, h, w.binary()), wazero.NewModuleConfig().WithName(name))
}

func (h *host) must(name string, w wasm) api.Module {
	h.Helper()
	mod, err := h.instantiate(name, w)
	must(h, err)
	return mod
}

// charged checks how many pages are charged.
func (h *host) charged(when string, pages int64) {
	h.Helper()
	if n := h.Stats().Allocated; n != pages*page {
		h.Errorf("Exact: %s: %d bytes charged, want %d pages", when, n, pages)
	}
}

// call calls a function that cannot fail.
func (h *host) call(mod api.Module, name string, params ...uint64) int32 {
	h.Helper()
	results, err := mod.ExportedFunction(name).Call(h.Context(), params...)
	must(h, err)
	if len(results) == 0 {
		return 0
	}
	return api.DecodeI32(results[0])
}

// ends checks that a call of a function of a closed module ends with the exit code.
func (h *host) ends(f api.Function, code uint32, params ...uint64) {
	h.Helper()
	_, err := f.Call(h.Context(), params...)
	if exit, ok := errors.AsType[*sys.ExitError](err); !ok || exit.ExitCode() != code {
		h.Errorf("the call returns %v, want exit code %d", err, code)
	}
}

// Functions of a module with a memory. access writes 7 to the address, and returns what it then
// reads there.
var (
	grows    = function{"grow", i32ToI32, "", "\x20\x00\x40\x00"}
	accesses = function{"access", i32ToI32, "", "\x20\x00" + constant(7) + "\x3a\x00\x00" + "\x20\x00\x2d\x00\x00"}
)

var (
	exporting = wasm{memory: limits(1, 100), exports: []string{name("m") + "\x02\x00"},
		functions: []function{grows, accesses}}
	importing = wasm{imports: []imported{{"a", "m", "\x02" + limits(1, 100)}}, functions: []function{grows, accesses}}
)

// exports checks that the memory of a module, of so many pages, is whole, and grows as far as the
// limit.
func (h *host) exports(mod api.Module, pages int64) {
	h.Helper()
	h.charged("before the exporter goes on", pages)
	if got := h.call(mod, "access", uint64(pages*page-1)); got != 7 {
		h.Errorf("access = %d", got)
	}
	if got := h.call(mod, "grow", uint64(4-pages)); got != int32(pages) {
		h.Errorf("NoFalseRefusal: grow(%d) = %d, want %d", 4-pages, got, pages)
	}
	if got := h.call(mod, "grow", 50); got != -1 || mod.Memory().Size() != 4*page {
		h.Errorf("NeverOverLimit: grow(50) = %d, size %d; want -1, 4 pages", got, mod.Memory().Size())
	}
	h.charged("after the exporter went on", 4)
}

// A module that imports a memory is closed. wazero then frees the memory of the one that exports
// it.
func TestImporterCloses(t *testing.T) {
	overAll(t, func(h *host) {
		exporter, importer := h.must("a", exporting), h.must("b", importing)
		h.call(importer, "access", 0)
		must(h, importer.Close(h.Context()))
		h.exports(exporter, 1)
		must(h, exporter.Close(h.Context()))
		h.charged("both are closed", 0)
	})
}

// The importer is closed by a context that ends while it runs. wazero then closes it again at each
// look.
func TestContextOfImporterEnds(t *testing.T) {
	spinning := importing
	spinning.imports = append([]imported{callsFirst}, importing.imports...)
	spinning.functions = []function{{"spin", nothing, "", "\x03\x40" + callFirst + "\x0c\x00\x0b"}} // loop, br 0
	overAll(t, func(h *host) {
		exporter, importer := h.must("a", exporting), h.must("b", spinning)
		ctx, cancel := context.WithCancel(h.Context())
		h.calls["first"] = func(context.Context, api.Module) { cancel() }
		spin := importer.ExportedFunction("spin")
		if _, err := spin.Call(ctx); err == nil {
			h.Error("spin returns")
		}
		h.ends(spin, sys.ExitCodeContextCanceled)
		h.exports(exporter, 1)
		must(h, exporter.Close(h.Context()))
		h.charged("both are closed", 0)
	})
}

// A module that imports a memory cannot have its name, which is taken: wazero closes it before there
// is a way to see that.
func TestImporterWithATakenName(t *testing.T) {
	overAll(t, func(h *host) {
		exporter, other := h.must("a", exporting), h.must("b", wasm{})
		_, err := h.instantiate("b", importing)
		if err == nil || !strings.Contains(err.Error(), "already been instantiated") {
			h.Errorf("Instantiate = %v", err)
		}
		h.exports(exporter, 1)
		must(h, other.Close(h.Context()))
		must(h, exporter.Close(h.Context()))
		h.charged("all are closed", 0)
	})
}

// An importer that was not made by Instantiate makes wazero forget the allocator of the memory. Then
// it cannot grow, but it stays.
func TestImporterWithoutInstantiate(t *testing.T) {
	overAll(t, func(h *host) {
		exporter := h.must("a", exporting)
		importer, err := h.InstantiateModule(h.Context(), compile(h, h, importing.binary()), anonymous())
		must(h, err)
		h.call(importer, "grow", 1)
		h.charged("it has grown", 2)
		must(h, importer.Close(h.Context()))
		for _, n := range []uint64{1, 50} {
			if got := h.call(exporter, "grow", n); got != -1 {
				h.Errorf("NeverOverLimit: grow(%d) = %d, and nothing of it would be charged", n, got)
			}
		}
		if got := h.call(exporter, "access", 2*page-1); got != 7 {
			h.Errorf("access = %d", got)
		}
		h.charged("the importer is closed", 2)
		must(h, exporter.Close(h.Context()))
		h.charged("both are closed", 0)
	})
}

// The module that exports a memory is closed, and the one that imports it goes on.
func TestExporterClosesFirst(t *testing.T) {
	overAll(t, func(h *host) {
		exporter, importer := h.must("a", exporting), h.must("b", importing)
		must(h, exporter.Close(h.Context()))
		h.exports(importer, 1)
		must(h, importer.Close(h.Context()))
		h.charged("both are closed", 0)
	})
}

// A module is closed by a host function that it has called, and goes on: with its memory, which
// stays charged and does not grow unseen, until the call returns.
func TestClosedByItsHostFunction(t *testing.T) {
	closing := wasm{imports: []imported{callsFirst, callsSecond}, memory: limits(1, 100), functions: []function{
		grows, accesses,
		{"run", i32ToI32, "", callFirst + "\x20\x00\x40\x00\x1a" + // first(), memory.grow, drop
			constant(1) + "\x40\x00\x1a" + // the same of 1
			constant(page-1) + "\x10\x03" + // access
			callSecond},
	}}
	overAll(t, func(h *host) {
		for _, code := range []uint32{0, 3} {
			mod := h.must("c", closing)
			h.calls["first"] = func(ctx context.Context, raw api.Module) {
				raw.Memory().WriteUint32Le(16, 1234)
				must(h, raw.CloseWithExitCode(ctx, code))
				if n, ok := raw.Memory().ReadUint32Le(16); !ok || n != 1234 {
					h.Errorf("closed: reads %d, %v", n, ok)
				}
				h.charged("closed", 1)
			}
			goneOn := false
			h.calls["second"] = func(context.Context, api.Module) {
				goneOn = true
				h.charged("the guest has grown by 1, and not by 50", 2)
			}
			h.ends(mod.ExportedFunction("run"), code, 50)
			if !goneOn {
				h.Error("the guest has not gone on")
			}
			h.charged("the call has returned", 0)
		}
	})
}

// The same while start functions run, which wazero has before it returns the module: a module is
// freed when they have returned, and as wazero does it, Instantiate returns no error for exit code 0.
func TestClosedByItsStartFunction(t *testing.T) {
	starting := wasm{imports: []imported{callsFirst, callsSecond}, memory: limits(1, 100), functions: []function{
		grows, {"_start", nothing, "", callFirst + constant(50) + "\x40\x00\x1a" + constant(1) + "\x40\x00\x1a" + callSecond},
	}}
	overAll(t, func(h *host) {
		for _, code := range []uint32{0, 3} {
			h.calls["first"] = func(ctx context.Context, raw api.Module) { must(h, raw.CloseWithExitCode(ctx, code)) }
			h.calls["second"] = func(context.Context, api.Module) { h.charged("the guest has grown by 1, and not by 50", 2) }
			mod, err := h.instantiate("s", starting)
			if exit, _ := errors.AsType[*sys.ExitError](err); mod == nil || !mod.IsClosed() || (exit == nil) != (code == 0) {
				h.Errorf("exit code %d: Instantiate = %v, %v", code, mod, err)
			}
			h.charged("the start function has returned", 0)
		}
	})
}

// The same while the function runs that the start section names: no module comes of it.
func TestClosedByItsStartSection(t *testing.T) {
	starting := wasm{imports: []imported{callsFirst, callsSecond}, memory: limits(1, 100), start: "\x02",
		functions: []function{{typ: nothing, body: callFirst + constant(page-1) + constant(7) + "\x3a\x00\x00" + callSecond}}}
	overAll(t, func(h *host) {
		h.calls["first"] = func(ctx context.Context, raw api.Module) { must(h, raw.CloseWithExitCode(ctx, 3)) }
		h.calls["second"] = func(context.Context, api.Module) { h.charged("closed", 1) }
		mod, err := h.instantiate("s", starting)
		if exit, ok := errors.AsType[*sys.ExitError](err); mod != nil || !ok || exit.ExitCode() != 3 {
			h.Errorf("Instantiate = %v, %v, want exit code 3", mod, err)
		}
		h.charged("the start function has returned", 0)
	})
}

// A module is closed by another goroutine while a function of it waits in the host.
func TestClosedFromElsewhereWhileItRuns(t *testing.T) {
	waiting := wasm{imports: []imported{callsFirst}, memory: limits(1, 100), functions: []function{
		{"run", nothing, "", callFirst + constant(page-1) + constant(7) + "\x3a\x00\x00"}, // i32.store8
	}}
	overAll(t, func(h *host) {
		mod := h.must("w", waiting)
		inside, closed := make(chan struct{}), make(chan struct{})
		h.calls["first"] = func(context.Context, api.Module) {
			close(inside)
			<-closed
			h.charged("closed", 1)
		}
		go func() {
			<-inside
			mod.CloseWithExitCode(context.Background(), 5)
			close(closed)
		}()
		h.ends(mod.ExportedFunction("run"), 5)
		h.charged("the call has returned", 0)
	})
}

// A module that is closed and idle is not called any more. What goes around the count of calls finds
// no memory: over Mmap it traps, and does not end the process.
func TestCalledAfterClose(t *testing.T) {
	overAll(t, func(h *host) {
		mod := h.must("a", exporting)
		function, memory := mod.ExportedFunction("access"), mod.Memory()
		around := h.Module("a").ExportedFunction("access")
		must(h, mod.CloseWithExitCode(h.Context(), 9))
		h.charged("closed", 0)
		h.ends(function, 9, 0)
		h.ends(mod.ExportedFunction("access"), 9, 0)
		if err := function.CallWithStack(h.Context(), make([]uint64, 1)); err == nil {
			h.Error("CallWithStack returns no error")
		}
		_, heap := h.backend.(impl.Heap)
		if _, err := around.Call(h.Context(), 0); err == nil || strings.Contains(err.Error(), "out of bounds") == heap {
			h.Errorf("a call that is not counted returns %v", err)
		}
		if _, ok := memory.ReadByte(0); ok != heap {
			h.Errorf("ReadByte of the memory of a closed module = %v", ok)
		}
		if _, ok := memory.Grow(1); ok || h.Stats().Allocated != 0 {
			h.Errorf("the memory of a closed module grows, %d bytes charged", h.Stats().Allocated)
		}
	})
}

// A context that ends as the last call does marks a module closed, and leaves the rest to the next
// call, which there is not.
func TestContextEndsWithTheCall(t *testing.T) {
	overAll(t, func(h *host) {
		mod := h.must("a", exporting)
		wazeromem.MarkClosed(mod, sys.ExitCodeContextCanceled)
		must(h, mod.Close(h.Context()))
		h.charged("closed", 0)
	})
}

// A module that imports a table puts a function of its own there, and is closed, or fails after
// that. The module whose table it is calls the function: with its memory, which stays charged until
// the garbage collector finds that nobody can.
func TestFunctionInTableOfAnother(t *testing.T) {
	caller := wasm{tables: []string{table(1, 1)}, exports: []string{name("t") + "\x01\x00"}, functions: []function{
		{"call", i32ToI32, "", "\x20\x00" + constant(0) + "\x11\x01\x00"}, // call_indirect
	}}
	callee := wasm{imports: []imported{callsFirst, {"a", "t", "\x01" + table(1, 1)}}, memory: limits(1, 100),
		functions: []function{accesses, {"_start", nothing, "", callFirst}},
		elements:  []string{"\x00\x41\x00\x0b\x01\x01"}} // access, at 0
	overAll(t, func(h *host) {
		for _, fails := range []bool{false, true} {
			func() {
				exporter := h.must("a", caller)
				least := h.Stats().Allocated
				h.calls["first"] = func(context.Context, api.Module) {
					if fails {
						panic("fails")
					}
				}
				importer, err := h.instantiate("b", callee)
				if fails != (err != nil) {
					h.Fatalf("Instantiate = %v", err)
				}
				if !fails {
					must(h, importer.Close(h.Context()))
				}
				for range 3 {
					runtime.GC()
				}
				if got := h.call(exporter, "call", page-1); got != 7 {
					h.Errorf("call = %d", got)
				}
				if n := h.Stats().Allocated; n < least+page {
					h.Errorf("LiveWithinCharge: %d bytes charged, and the memory of the closed module is in use", n)
				}
				must(h, exporter.Close(h.Context()))
				runtime.KeepAlive(exporter)
			}()
			collected(h)
		}
	})
}

// collected waits until the collector has found that nothing that is charged can be reached.
func collected(h *host) {
	h.Helper()
	for range 1000 {
		if runtime.GC(); h.Stats().Allocated == 0 {
			return
		}
		runtime.Gosched()
	}
	h.Errorf("Exact: %d bytes charged, and nothing refers to them", h.Stats().Allocated)
}

// A caller's import resolver is asked first, and may return what Instantiate has returned. Either
// way the instance that it returns is in use until the importer is closed.
func TestImportResolver(t *testing.T) {
	overAll(t, func(h *host) {
		for kind, resolve := range map[string]func(exporter api.Module) api.Module{
			"what Instantiate returned": func(exporter api.Module) api.Module { return exporter },
			"wazero's":                  func(api.Module) api.Module { return h.Module("other") },
		} {
			exporter, decoy := h.must("other", exporting), h.must("a", exporting)
			ctx := experimental.WithImportResolver(h.Context(), func(name string) api.Module {
				if name != "a" {
					return nil
				}
				return resolve(exporter)
			})
			importer, err := wazeromem.New(h.NewTenant(), h.backend).
				Instantiate(ctx, h, compile(h, h, importing.binary()), anonymous())
			must(h, err)
			exporter.Memory().WriteByte(100, 42)
			if got, _ := importer.Memory().ReadByte(100); got != 42 {
				h.Errorf("%s: the memory is another one", kind)
			}
			must(h, decoy.Close(h.Context()))
			must(h, exporter.Close(h.Context()))
			h.charged(kind+": the exporter is closed", 1)
			if got := h.call(importer, "access", page-1); got != 7 {
				h.Errorf("%s: access = %d", kind, got)
			}
			must(h, importer.Close(h.Context()))
			h.charged(kind+": both are closed", 0)
		}
	})
}

// A start function has the host instantiate another module, without Instantiate but with its
// context, and fails. The other one keeps its memory.
func TestNestedInstantiation(t *testing.T) {
	outer := map[string]wasm{
		"start section": {start: "\x01", functions: []function{{typ: nothing, body: callFirst + unreachable}}},
		"_start":        {functions: []function{{"_start", nothing, "", callFirst + unreachable}}},
	}
	overAll(t, func(h *host) {
		for kind, w := range outer {
			for _, memory := range []string{"", limits(2, 2)} {
				w.imports, w.memory = []imported{callsFirst}, memory
				var inner api.Module
				h.calls["first"] = func(ctx context.Context, _ api.Module) {
					var err error
					inner, err = h.InstantiateModule(ctx, compile(h, h, exporting.binary()), anonymous())
					must(h, err)
				}
				if _, err := h.instantiate("outer", w); err == nil {
					h.Fatalf("%s: Instantiate returns no error", kind)
				}
				h.charged(kind+": the outer one has failed", 1)
				if got := h.call(inner, "access", page-1); got != 7 {
					h.Errorf("%s: access = %d", kind, got)
				}
				must(h, inner.Close(h.Context()))
				h.charged(kind+": both are gone", 0)
			}
		}
	})
}

// A memory of no pages has no byte that can be read or written.
func TestMemoryWithoutPages(t *testing.T) {
	overAll(t, func(h *host) {
		w := exporting
		w.memory = limits(0, 1)
		mod := h.must("a", w)
		_, err := mod.ExportedFunction("access").Call(h.Context(), 0)
		if err == nil || !strings.Contains(err.Error(), "out of bounds") {
			h.Errorf("access of byte 0: %v, want out of bounds", err)
		}
		if _, ok := mod.Memory().ReadByte(0); ok || mod.Memory().Size() != 0 {
			h.Errorf("the host reads byte 0: %v, size %d", ok, mod.Memory().Size())
		}
		if got := h.call(mod, "grow", 1); got != 0 {
			h.Errorf("grow = %d", got)
		}
		if got := h.call(mod, "access", page-1); got != 7 {
			h.Errorf("access = %d", got)
		}
	})
}
