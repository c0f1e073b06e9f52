package wazeromem_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// engines are wazero's two. The compiler is the default.
var engines = map[string]wazero.RuntimeConfig{
	"compiler": wazero.NewRuntimeConfigCompiler(), "interpreter": wazero.NewRuntimeConfigInterpreter(),
}

func overEngines(t *testing.T, test func(t *testing.T, engine string, r wazero.Runtime)) {
	for engine, config := range engines {
		t.Run(engine, func(t *testing.T) {
			r := wazero.NewRuntimeWithConfig(t.Context(), config)
			defer r.Close(t.Context())
			test(t, engine, r)
		})
	}
}

// growsTable is a function that grows a table with null.
func growsTable(index string) function {
	return function{"grow", i32ToI32, "", "\xd0\x70\x20\x00\xfc\x0f" + index}
}

// A table is charged at what it may grow to, and a module that can grow one without a maximum is
// not instantiated. It can if it exports the table, or if its code does it.
func TestTables(t *testing.T) {
	export := func(index string) []string { return []string{name("t") + "\x01" + index} }
	for what, row := range map[string]struct {
		w     wasm
		least int64  // entries that there may be
		err   string // what the error says of the table
		only  string // the engine that compiles it; "": both
	}{
		"not grown":                     {w: wasm{tables: []string{table(1000, 1_000_000)}}, least: 1000},
		"not grown, no maximum":         {w: wasm{tables: []string{table(1000, -1)}}, least: 1000},
		"grown":                         {w: wasm{tables: []string{table(10, 5000)}, functions: []function{growsTable("\x00")}}, least: 5000},
		"exported":                      {w: wasm{tables: []string{table(10, 5000)}, exports: export("\x00")}, least: 5000},
		"the other one is grown":        {w: wasm{tables: []string{table(10, -1), table(10, 5000)}, functions: []function{growsTable("\x01")}}, least: 5010},
		"that one is grown":             {w: wasm{tables: []string{table(10, 20), table(10, -1)}, functions: []function{growsTable("\x01")}}, err: "table 1 can grow"},
		"grown, no maximum":             {w: wasm{tables: []string{table(10, -1)}, functions: []function{growsTable("\x00")}}, err: "table 0 can grow"},
		"grown by a longer instruction": {w: wasm{tables: []string{table(10, -1)}, functions: []function{growsTable("\x80\x80\x00")}}, err: "table 0 can grow"},
		"grown by a longer opcode": {w: wasm{tables: []string{table(10, -1)},
			functions: []function{{"grow", i32ToI32, "", "\xd0\x70\x20\x00\xfc\x8f\x80\x00\x00"}}}, err: "table 0 can grow", only: "compiler"},
		"a constant that looks like it": {w: wasm{tables: []string{table(10, -1)},
			functions: []function{{"f", toI32, "", "\x41\xfc\x0f"}}}, least: 10},
		"exported, no maximum": {w: wasm{tables: []string{table(10, -1)}, exports: export("\x00")}, err: `table 0 (exported as "t") can grow`},
	} {
		overEngines(t, func(t *testing.T, engine string, r wazero.Runtime) {
			if row.only != "" && engine != row.only {
				return
			}
			b := impl.NewBudget()
			a := wazeromem.New(b.NewTenant(), impl.Heap{})
			mod, err := a.Instantiate(t.Context(), r, compile(t, r, row.w.binary()), anonymous())
			if row.err != "" {
				if !errors.Is(err, wazeromem.ErrUnbounded) || !strings.Contains(err.Error(), row.err) {
					t.Errorf("%s: Instantiate = %v, want that %s", what, err, row.err)
				}
				nothingLeft(t, b)
				return
			}
			must(t, err)
			// An entry is a pointer. Room to spare is a quarter if it can grow, and what the heap
			// rounds up to.
			if n := b.Stats().Allocated; n < row.least*8 || n > row.least*8*3/2+4096 {
				t.Errorf("%s: %d bytes charged for %d entries", what, n, row.least)
			}
			must(t, mod.Close(t.Context()))
			nothingLeft(t, b)
		})
	}
}

// A table that does not fit is refused before the host has it.
func TestTableIsChargedFirst(t *testing.T) {
	large := wasm{tables: []string{table(30_000_000, -1)}}
	overEngines(t, func(t *testing.T, engine string, r wazero.Runtime) {
		b := impl.NewBudget()
		must(t, b.SetLimit(1<<20))
		a := wazeromem.New(b.NewTenant(), impl.Heap{})
		compiled := compile(t, r, large.binary())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := a.Instantiate(t.Context(), r, compiled, anonymous())
		runtime.ReadMemStats(&after)
		refusal, _ := errors.AsType[impl.Refusal](err)
		if refusal.Err != impl.ErrLimit || refusal.Requested < 240_000_000 || refusal.Limit != 1<<20 || a.Refusal() != refusal {
			t.Errorf("Instantiate = %v, Refusal() = %v", err, a.Refusal())
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%d bytes were allocated for it", n)
		}
		nothingLeft(t, b)
		must(t, b.SetLimit(300<<20))
		mod, err := a.Instantiate(t.Context(), r, compiled, anonymous())
		must(t, err)
		must(t, mod.Close(t.Context()))
		nothingLeft(t, b)
	})
}

// A table belongs to the module that defines it: one that imports it and can grow it is not charged
// for it, and is refused for tables of its own only.
func TestImportedTable(t *testing.T) {
	overEngines(t, func(t *testing.T, engine string, r wazero.Runtime) {
		b := impl.NewBudget()
		a := wazeromem.New(b.NewTenant(), impl.Heap{})
		exporter, err := a.Instantiate(t.Context(), r, compile(t, r, wasm{tables: []string{table(1, 100)},
			exports: []string{name("t") + "\x01\x00"}}.binary()), wazero.NewModuleConfig().WithName("a"))
		must(t, err)
		charged := b.Stats().Allocated
		w := wasm{imports: []imported{{"a", "t", "\x01" + table(1, 100)}}, functions: []function{growsTable("\x00")}}
		importer, err := a.Instantiate(t.Context(), r, compile(t, r, w.binary()), anonymous())
		must(t, err)
		for _, step := range []struct{ n, want int32 }{{99, 1}, {1, -1}} {
			results, err := importer.ExportedFunction("grow").Call(t.Context(), api.EncodeI32(step.n))
			if err != nil || api.DecodeI32(results[0]) != step.want {
				t.Errorf("table.grow(%d) = %d, %v, want %d", step.n, results, err, step.want)
			}
		}
		if n := b.Stats().Allocated; n != charged {
			t.Errorf("%d bytes charged with the importer, %d without", n, charged)
		}
		w.tables, w.functions = []string{table(1, -1)}, []function{growsTable("\x01")}
		if _, err := a.Instantiate(t.Context(), r, compile(t, r, w.binary()), anonymous()); err == nil || !strings.Contains(err.Error(), "table 1 can grow") {
			t.Errorf("Instantiate = %v, want that table 1 can grow", err)
		}
		must(t, importer.Close(t.Context()))
		must(t, exporter.Close(t.Context()))
		nothingLeft(t, b)
	})
}

// wazero's compiler keeps something each time ref.func is executed. That has no bound either.
func TestRefFunc(t *testing.T) {
	w := wasm{functions: []function{{body: ""}, {"f", nothing, "", "\xd2\x00\x1a"}}, elements: []string{"\x03\x00\x01\x00"}}
	overEngines(t, func(t *testing.T, engine string, r wazero.Runtime) {
		_, err := wazeromem.New(impl.NewBudget(), impl.Heap{}).Instantiate(t.Context(), r, compile(t, r, w.binary()), anonymous())
		if refused := errors.Is(err, wazeromem.ErrUnbounded) && strings.Contains(err.Error(), "function 1"); refused != (engine == "compiler") {
			t.Errorf("Instantiate = %v", err)
		}
	})
}

// What an instance is charged besides its memory is at least what the Go heap then holds more, and
// not much more than that with the compiler.
func TestInstanceTakesNoMore(t *testing.T) {
	repeat := func(n int, item string) (items []string) {
		for range n {
			items = append(items, item)
		}
		return items
	}
	body := func(n int, head string) string { return head + string(leb(uint32(n))) + strings.Repeat("\x00", n) }
	kinds := []struct {
		name string
		of   func(n int) wasm
	}{
		{"tables", func(n int) wasm { return wasm{tables: repeat(n, table(0, -1))} }},
		{"entries", func(n int) wasm { return wasm{tables: []string{table(uint32(n), -1)}} }},
		{"entries, grown by one", func(n int) wasm {
			return wasm{tables: []string{table(uint32(n), int64(n)+1)}, functions: []function{growsTable("\x00")}}
		}},
		{"globals", func(n int) wasm { return wasm{globals: repeat(n, "\x7e\x01\x42\x00\x0b")} }},
		{"globals that refer to functions", func(n int) wasm {
			return wasm{globals: repeat(n, "\x70\x01\xd2\x00\x0b"), functions: []function{{}}}
		}},
		{"passive elements", func(n int) wasm { return wasm{elements: []string{body(n, "\x01\x00")}, functions: []function{{}}} }},
		{"active elements, with entries", func(n int) wasm {
			return wasm{tables: []string{table(uint32(n), -1)}, elements: []string{body(n, "\x00\x41\x00\x0b")}, functions: []function{{}}}
		}},
		{"segments of elements", func(n int) wasm { return wasm{elements: repeat(n, "\x01\x00\x00")} }},
		{"segments of data", func(n int) wasm { return wasm{data: repeat(n, "\x01\x00")} }},
	}
	overEngines(t, func(t *testing.T, engine string, r wazero.Runtime) {
		base, _ := instances(t, r, 1000, wasm{})
		for _, kind := range kinds {
			for _, n := range []int{1, 9, 5000} {
				// Other things come and go in the heap, some KB, whatever the count of instances.
				count := max(1000/n, 10)
				const noise = 64 << 10
				held, charged := instances(t, r, count, kind.of(n))
				if held -= base * int64(count) / 1000; held > charged+noise {
					t.Errorf("%d %s take %d bytes of %d instances, %d are charged", n, kind.name, held, count, charged)
				} else if n == 5000 {
					each := float64(n * count)
					t.Logf("%s: %.1f bytes each, %.1f charged", kind.name, float64(held)/each, float64(charged)/each)
				}
			}
		}
	})
}

// instances makes so many instances of a module, and returns the bytes that the heap holds and that
// are charged for all of them.
func instances(t *testing.T, r wazero.Runtime, count int, w wasm) (held, charged int64) {
	compiled := compile(t, r, w.binary())
	defer compiled.Close(t.Context())
	b := impl.NewBudget()
	a := wazeromem.New(b, impl.Heap{})
	mods := make([]api.Module, count)
	before := heap()
	for i := range mods {
		var err error
		mods[i], err = a.Instantiate(t.Context(), r, compiled, anonymous())
		must(t, err)
		if grow := mods[i].ExportedFunction("grow"); grow != nil {
			_, err := grow.Call(t.Context(), 1)
			must(t, err)
		}
	}
	held, charged = heap()-before, b.Stats().Allocated
	for _, mod := range mods {
		must(t, mod.Close(t.Context()))
	}
	nothingLeft(t, b)
	return held, charged
}

// heap returns the bytes of the Go heap that are reachable.
func heap() int64 {
	var s runtime.MemStats
	for range 2 { // what has a finalizer takes two
		runtime.GC()
	}
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
