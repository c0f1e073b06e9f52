package wazeromem_test

import (
	"fmt"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// An instance of a module of one page is made, grows to so many pages one by one, writes a byte of
// each, and is closed: with wazero's own memory, and with that of each backend.
func BenchmarkInstance(b *testing.B) {
	r := runtimeOf(b, cached())
	compiled := compile(b, r, guest(1, 1000).binary())
	type instantiate func() (api.Module, error)
	impls := []struct {
		name string
		do   instantiate
	}{{"default", func() (api.Module, error) { return r.InstantiateModule(b.Context(), compiled, anonymous()) }}}
	budget := limited(b, 1<<20)
	for _, backend := range backends {
		impls = append(impls, struct {
			name string
			do   instantiate
		}{backend.name, func() (api.Module, error) {
			return wazeromem.New(budget, backend.Backend).Instantiate(b.Context(), r, compiled, anonymous())
		}})
	}
	for _, pages := range []uint32{1, 16, 256} {
		for _, impl := range impls {
			b.Run(fmt.Sprintf("pages=%d/impl=%s", pages, impl.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					mod, err := impl.do()
					must(b, err)
					grow := mod.ExportedFunction("grow")
					for i := uint32(1); i < pages; i++ {
						if _, err := grow.Call(b.Context(), 1); err != nil {
							b.Fatal(err)
						}
						mod.Memory().WriteByte(i*page, 1)
					}
					mod.Close(b.Context())
				}
			})
		}
	}
}

// A refused growth.
func BenchmarkRefusal(b *testing.B) {
	r := runtimeOf(b, cached())
	mod, err := wazeromem.New(limited(b, 1), impl.Heap{}).
		Instantiate(b.Context(), r, compile(b, r, guest(1, 1000).binary()), wazero.NewModuleConfig())
	must(b, err)
	grow := mod.ExportedFunction("grow")
	b.ReportAllocs()
	for b.Loop() {
		if results, err := grow.Call(b.Context(), 1); err != nil || int32(results[0]) != -1 {
			b.Fatal(results, err)
		}
	}
}

// A call of a function that returns the size of the memory: of wazero's module, and of the one that
// counts calls.
func BenchmarkCall(b *testing.B) {
	r := runtimeOf(b, cached())
	compiled := compile(b, r, guest(1, 1000).binary())
	plain, err := r.InstantiateModule(b.Context(), compiled, anonymous())
	must(b, err)
	counted, err := wazeromem.New(limited(b, 1), impl.Heap{}).Instantiate(b.Context(), r, compiled, anonymous())
	must(b, err)
	for _, mod := range []struct {
		name string
		api.Module
	}{{"default", plain}, {"Heap", counted}} {
		b.Run("impl="+mod.name, func(b *testing.B) {
			size, stack := mod.ExportedFunction("size"), make([]uint64, 1)
			for b.Loop() {
				must(b, size.CallWithStack(b.Context(), stack))
			}
		})
	}
}
