package wazeromem_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

var (
	exporting = guest(1, 100)
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
	if got := h.grow(mod, 4-pages); got != int32(pages) {
		h.Errorf("NoFalseRefusal: grow(%d) = %d, want %d", 4-pages, got, pages)
	}
	if got := h.grow(mod, 50); got != -1 || mod.Memory().Size() != 4*page {
		h.Errorf("NeverOverLimit: grow(50) = %d, size %d; want -1, 4 pages", got, mod.Memory().Size())
	}
	h.charged("after the exporter went on", 4)
}

// One module exports a memory, and another imports it. Whichever is closed first, and however: the
// other goes on with the memory, which is whole and grows as far as the limit.
func TestImporterCloses(t *testing.T) {
	spinning := importing
	spinning.imports = append([]imported{callsFirst}, importing.imports...)
	spinning.functions = []function{{"spin", nothing, "", "\x03\x40" + callFirst + "\x0c\x00\x0b"}} // loop, br 0
	resolved := func(h *host, decoy api.Module, resolve func(exporter api.Module) api.Module) api.Module {
		exporter := h.must("other", exporting)
		ctx := experimental.WithImportResolver(h.Context(), func(name string) api.Module {
			if name != "a" {
				return nil
			}
			return resolve(exporter)
		})
		importer, err := h.allocator().Instantiate(ctx, h, compile(h, h, importing.binary()), anonymous())
		must(h, err)
		exporter.Memory().WriteByte(100, 42)
		if got, _ := importer.Memory().ReadByte(100); got != 42 {
			h.Error("the memory is another one")
		}
		must(h, decoy.Close(h.Context()))
		must(h, exporter.Close(h.Context()))
		return importer
	}
	for what, end := range map[string]func(h *host, exporter api.Module) (goesOn api.Module){
		// wazero frees the memory then.
		"the importer is closed": func(h *host, exporter api.Module) api.Module {
			importer := h.must("b", importing)
			h.call(importer, "access", 0)
			must(h, importer.Close(h.Context()))
			return exporter
		},
		// wazero closes the importer again at each look.
		"a context ends while the importer runs": func(h *host, exporter api.Module) api.Module {
			importer := h.must("b", spinning)
			ctx, cancel := context.WithCancel(h.Context())
			h.calls["first"] = func(context.Context, api.Module) { cancel() }
			spin := importer.ExportedFunction("spin")
			if _, err := spin.Call(ctx); err == nil {
				h.Error("spin returns")
			}
			h.ends(spin, sys.ExitCodeContextCanceled)
			return exporter
		},
		// wazero closes the importer before there is a way to see that.
		"the name of the importer is taken": func(h *host, exporter api.Module) api.Module {
			h.must("b", wasm{})
			if _, err := h.instantiate("b", importing); err == nil || !strings.Contains(err.Error(), "already been instantiated") {
				h.Errorf("Instantiate = %v", err)
			}
			return exporter
		},
		"the exporter is closed": func(h *host, exporter api.Module) api.Module {
			importer := h.must("b", importing)
			must(h, exporter.Close(h.Context()))
			return importer
		},
		// The caller's import resolver is asked first.
		"the exporter that a resolver returned": func(h *host, decoy api.Module) api.Module {
			return resolved(h, decoy, func(exporter api.Module) api.Module { return exporter })
		},
		"the exporter that a resolver returned, as wazero has it": func(h *host, decoy api.Module) api.Module {
			return resolved(h, decoy, func(api.Module) api.Module { return h.Module("other") })
		},
	} {
		t.Run(what, func(t *testing.T) {
			overAll(t, func(h *host) {
				goesOn := end(h, h.must("a", exporting))
				h.exports(goesOn, 1)
				must(h, goesOn.Close(h.Context()))
				h.charged("both are closed", 0)
			})
		})
	}
}

// An importer that was not made by Instantiate makes wazero forget the allocator of the memory.
// Then it cannot grow, but it stays.
func TestImporterWithoutInstantiate(t *testing.T) {
	overAll(t, func(h *host) {
		exporter := h.must("a", exporting)
		importer, err := h.InstantiateModule(h.Context(), compile(h, h, importing.binary()), anonymous())
		must(h, err)
		h.grow(importer, 1)
		h.charged("it has grown", 2)
		must(h, importer.Close(h.Context()))
		for _, n := range []int64{1, 50} {
			if got := h.grow(exporter, n); got != -1 {
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

// A module is closed while a function of it runs, by a host function that the function has called,
// or by another goroutine meanwhile. The function goes on: with its memory, which stays charged and
// does not grow unseen, until the call returns. As wazero does it, Instantiate returns no error if
// a start function ends with exit code 0; and no module if the function is that of the start
// section.
func TestClosedByItsHostFunction(t *testing.T) {
	const write = "\x41\xff\xff\x03" + store7 // at page-1
	growing := callFirst + constant(50) + memoryGrow + drop + constant(1) + memoryGrow + drop + write + callSecond
	calls := []imported{callsFirst, callsSecond}
	for what, row := range map[string]struct {
		w         wasm
		codes     []uint32 // exit codes
		elsewhere bool     // another goroutine closes the module
		pages     int64    // at the end
	}{
		"called": {w: wasm{functions: []function{{name: "run", body: growing}}}, codes: []uint32{0, 3}, pages: 2},
		"called, and closed elsewhere": {w: wasm{functions: []function{{name: "run", body: growing}}},
			codes: []uint32{0, 5}, elsewhere: true, pages: 2},
		"start function": {w: wasm{functions: []function{{name: "_start", body: growing}}}, codes: []uint32{0, 3}, pages: 2},
		"start section":  {w: wasm{start: callFirst + write + callSecond}, codes: []uint32{3}, pages: 1},
	} {
		row.w.imports, row.w.memory = calls, limits(1, 100)
		t.Run(what, func(t *testing.T) {
			overAll(t, func(h *host) {
				for _, code := range row.codes {
					var mod api.Module
					h.calls["first"] = func(_ context.Context, inside api.Module) {
						inside.Memory().WriteUint32Le(16, 1234)
						closed := make(chan error, 1)
						if row.elsewhere {
							go func() { closed <- mod.CloseWithExitCode(context.Background(), code) }()
						} else {
							closed <- inside.CloseWithExitCode(context.Background(), code)
						}
						must(h, <-closed)
						if n, ok := inside.Memory().ReadUint32Le(16); !ok || n != 1234 {
							h.Errorf("closed: reads %d, %v", n, ok)
						}
						h.charged("closed", 1)
					}
					goneOn := false
					h.calls["second"] = func(context.Context, api.Module) {
						goneOn = true
						h.charged("the guest has not grown by 50", row.pages)
					}
					var err error
					mod, err = h.instantiate("c", row.w)
					switch {
					case mod == nil:
						h.exits("Instantiate returns", err, code)
					case mod.ExportedFunction("run") != nil:
						must(h, err)
						h.ends(mod.ExportedFunction("run"), code)
					case code == 0:
						must(h, err)
					default:
						h.exits("Instantiate returns", err, code)
					}
					if !goneOn || (mod == nil) != (row.w.start != "") || mod != nil && !mod.IsClosed() {
						h.Errorf("exit code %d: the guest has gone on: %v, module %v", code, goneOn, mod)
					}
					h.charged("the call has returned", 0)
				}
			})
		})
	}
}

// A module that is closed and idle is not called any more. What goes around the count of calls
// finds no memory: over Mmap it traps, and does not end the process.
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
		if _, ok := memory.Grow(1); ok || h.budget.Exact().Used != 0 {
			h.Errorf("the memory of a closed module grows, %d bytes charged", h.budget.Exact().Used)
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
	caller := wasm{tables: []string{table(1, 1)}, exports: []string{exportsTable}, functions: []function{
		{"call", i32ToI32, "", "\x20\x00" + constant(0) + "\x11\x01\x00"}, // call_indirect
	}}
	callee := wasm{imports: []imported{callsFirst, {"a", "t", "\x01" + table(1, 1)}}, memory: limits(1, 100),
		functions: []function{accesses, {"_start", nothing, "", callFirst}},
		elements:  []string{"\x00\x41\x00\x0b\x01\x01"}} // access, at 0
	overAll(t, func(h *host) {
		for _, fails := range []bool{false, true} {
			func() {
				exporter := h.must("a", caller)
				least := h.budget.Exact().Used
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
				if n := h.budget.Exact().Used; n < least+page {
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
		if runtime.GC(); h.budget.Exact().Used == 0 {
			return
		}
		runtime.Gosched()
	}
	h.Errorf("Exact: %d bytes charged, and nothing refers to them", h.budget.Exact().Used)
}

// A start function has the host instantiate another module, without Instantiate but with its
// context, and fails. The other one keeps its memory.
func TestNestedInstantiation(t *testing.T) {
	outer := map[string]wasm{
		"start section": {start: callFirst + unreachable},
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
