package wazeromem_test

import (
	"context"
	"errors"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// A namedBackend is one that the tests run over.
type namedBackend struct {
	name string
	impl.Backend
}

// backends has Mmap too where there is one.
var backends = []namedBackend{{"Heap", impl.Heap{}}}

const features = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads

// engines are wazero's two. The compiler is the default.
var engines = map[string]wazero.RuntimeConfig{
	"compiler": wazero.NewRuntimeConfigCompiler(), "interpreter": wazero.NewRuntimeConfigInterpreter(),
}

// A host is a budget of four pages and a runtime, over one of the backends and engines.
type host struct {
	*testing.T
	budget  *impl.Budget
	engine  string
	backend impl.Backend
	wazero.Runtime
	calls map[string]func(context.Context, api.Module) // host functions of module env
}

// overAll runs a test over each backend with each engine. The host functions of env are those that
// the test puts into calls.
func overAll(t *testing.T, test func(h *host)) { over(t, backends, test) }

// overEngines is overAll of the Go heap only.
func overEngines(t *testing.T, test func(h *host)) { over(t, backends[:1], test) }

func over(t *testing.T, backends []namedBackend, test func(h *host)) {
	for engine, config := range engines {
		for _, backend := range backends {
			t.Run(engine+"/"+backend.name, func(t *testing.T) {
				r := runtimeOf(t, config.WithCloseOnContextDone(true).WithCoreFeatures(features))
				h := &host{T: t, budget: limited(t, 4), engine: engine, backend: backend.Backend, Runtime: r}
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

func (h *host) allocator() *wazeromem.Allocator { return wazeromem.New(h.budget, h.backend) }

func (h *host) instantiateBy(a *wazeromem.Allocator, name string, w wasm) (api.Module, error) {
	return a.Instantiate(h.Context(), h, compile(h, h, w.binary()), wazero.NewModuleConfig().WithName(name))
}

// instantiate makes a module of an allocator of its own. Modules without a name may be many.
func (h *host) instantiate(name string, w wasm) (api.Module, error) {
	return h.instantiateBy(h.allocator(), name, w)
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
	if n := h.budget.Exact().Used; n != pages*page {
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

// grow is memory.grow in the guest: the old size in pages, or -1.
func (h *host) grow(mod api.Module, pages int64) int32 {
	h.Helper()
	return h.call(mod, "grow", api.EncodeI32(int32(pages)))
}

// ends checks that a call of a function of a closed module ends with the exit code.
func (h *host) ends(f api.Function, code uint32, params ...uint64) {
	h.Helper()
	_, err := f.Call(h.Context(), params...)
	h.exits("the call returns", err, code)
}

func (h *host) exits(what string, err error, code uint32) {
	h.Helper()
	if exit, ok := errors.AsType[*sys.ExitError](err); !ok || exit.ExitCode() != code {
		h.Errorf("%s %v, want exit code %d", what, err, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// runtimeOf returns a runtime that ends with the test.
func runtimeOf(t testing.TB, config wazero.RuntimeConfig) wazero.Runtime {
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
	if n := b.Exact().Used; n != 0 {
		t.Errorf("Exact: %d bytes charged at the end", n)
	}
}
