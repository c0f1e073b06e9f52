package wazeromem_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
	wazeromem "casalloc/impl/wazero"

	"github.com/tetratelabs/wazero/api"
)

// growsTable is a function that grows a table with null.
func growsTable(index string) function {
	return function{"grow", i32ToI32, "", "\xd0\x70\x20\x00\xfc\x0f" + index}
}

var exportsTable = name("t") + "\x01\x00"

// A table is charged at what it may grow to, and a module that can grow one without a maximum is
// not instantiated. It can if it exports the table, or if its code does it.
func TestTables(t *testing.T) {
	for what, row := range map[string]struct {
		w     wasm
		least int64  // entries that there may be
		err   string // what the error says of the table
		only  string // the engine that compiles it; "": both
	}{
		"not grown":                     {w: wasm{tables: []string{table(1000, 1_000_000)}}, least: 1000},
		"not grown, no maximum":         {w: wasm{tables: []string{table(1000, -1)}}, least: 1000},
		"grown":                         {w: wasm{tables: []string{table(10, 5000)}, functions: []function{growsTable("\x00")}}, least: 5000},
		"exported":                      {w: wasm{tables: []string{table(10, 5000)}, exports: []string{exportsTable}}, least: 5000},
		"the other one is grown":        {w: wasm{tables: []string{table(10, -1), table(10, 5000)}, functions: []function{growsTable("\x01")}}, least: 5010},
		"that one is grown":             {w: wasm{tables: []string{table(10, 20), table(10, -1)}, functions: []function{growsTable("\x01")}}, err: "table 1 can grow"},
		"grown, no maximum":             {w: wasm{tables: []string{table(10, -1)}, functions: []function{growsTable("\x00")}}, err: "table 0 can grow"},
		"grown by a longer instruction": {w: wasm{tables: []string{table(10, -1)}, functions: []function{growsTable("\x80\x80\x00")}}, err: "table 0 can grow"},
		"grown by a longer opcode": {w: wasm{tables: []string{table(10, -1)},
			functions: []function{{"grow", i32ToI32, "", "\xd0\x70\x20\x00\xfc\x8f\x80\x00\x00"}}}, err: "table 0 can grow", only: "compiler"},
		"a constant that looks like it": {w: wasm{tables: []string{table(10, -1)},
			functions: []function{{"f", toI32, "", "\x41\xfc\x0f"}}}, least: 10},
		"exported, no maximum": {w: wasm{tables: []string{table(10, -1)}, exports: []string{exportsTable}}, err: `table 0 (exported as "t") can grow`},
	} {
		overEngines(t, func(h *host) {
			if row.only != "" && h.engine != row.only {
				return
			}
			mod, err := h.instantiate("", row.w)
			if row.err != "" {
				if !errors.Is(err, wazeromem.ErrUnbounded) || !strings.Contains(err.Error(), row.err) {
					h.Errorf("%s: Instantiate = %v, want that %s", what, err, row.err)
				}
				h.charged(what, 0)
				return
			}
			must(h, err)
			// An entry is a pointer. Room to spare is a quarter if it can grow, and what the heap
			// rounds up to.
			if n := h.budget.Exact().Used; n < row.least*8 || n > row.least*8*3/2+4096 {
				h.Errorf("%s: %d bytes charged for %d entries", what, n, row.least)
			}
			must(h, mod.Close(h.Context()))
			h.charged(what, 0)
		})
	}
}

// A table that does not fit is refused before the host has it.
func TestTableIsChargedFirst(t *testing.T) {
	large := wasm{tables: []string{table(30_000_000, -1)}}
	overEngines(t, func(h *host) {
		a := h.allocator()
		compiled := compile(h, h, large.binary())
		before := allocated()
		_, err := a.Instantiate(h.Context(), h, compiled, anonymous())
		taken := allocated() - before
		refusal, _ := errors.AsType[impl.Refusal](err)
		if refusal.Err != impl.ErrLimit || refusal.Requested < 240_000_000 || refusal.Limit != 4*page || a.Refusal() != refusal {
			h.Errorf("Instantiate = %v, Refusal() = %v", err, a.Refusal())
		}
		if taken > 1<<20 {
			h.Errorf("%d bytes were allocated for it", taken)
		}
		h.charged("refused", 0)
		must(h, h.budget.SetLimit(300<<20))
		mod, err := a.Instantiate(h.Context(), h, compiled, anonymous())
		must(h, err)
		must(h, mod.Close(h.Context()))
		h.charged("closed", 0)
	})
}

// A table belongs to the module that defines it: one that imports it and can grow it is not charged
// for it, and is refused for tables of its own only.
func TestImportedTable(t *testing.T) {
	overEngines(t, func(h *host) {
		exporter := h.must("a", wasm{tables: []string{table(1, 100)}, exports: []string{exportsTable}})
		charged := h.budget.Exact().Used
		w := wasm{imports: []imported{{"a", "t", "\x01" + table(1, 100)}}, functions: []function{growsTable("\x00")}}
		importer := h.must("", w)
		for _, step := range []struct{ n, want int32 }{{99, 1}, {1, -1}} {
			if got := h.call(importer, "grow", api.EncodeI32(step.n)); got != step.want {
				h.Errorf("table.grow(%d) = %d, want %d", step.n, got, step.want)
			}
		}
		if n := h.budget.Exact().Used; n != charged {
			h.Errorf("%d bytes charged with the importer, %d without", n, charged)
		}
		w.tables, w.functions = []string{table(1, -1)}, []function{growsTable("\x01")}
		if _, err := h.instantiate("", w); err == nil || !strings.Contains(err.Error(), "table 1 can grow") {
			h.Errorf("Instantiate = %v, want that table 1 can grow", err)
		}
		must(h, importer.Close(h.Context()))
		must(h, exporter.Close(h.Context()))
		h.charged("both are closed", 0)
	})
}

// wazero's compiler keeps something each time ref.func is executed. That has no bound either.
func TestRefFunc(t *testing.T) {
	w := wasm{functions: []function{{body: ""}, {"f", nothing, "", "\xd2\x00\x1a"}}, elements: []string{"\x03\x00\x01\x00"}}
	overEngines(t, func(h *host) {
		_, err := h.instantiate("", w)
		if refused := errors.Is(err, wazeromem.ErrUnbounded) && strings.Contains(err.Error(), "function 1"); refused != (h.engine == "compiler") {
			h.Errorf("Instantiate = %v", err)
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
	overEngines(t, func(h *host) {
		base, _ := instances(h, 1000, wasm{})
		for _, kind := range kinds {
			for _, n := range []int{1, 9, 5000} {
				// Other things come and go in the heap, some KB, whatever the count of instances.
				count := max(1000/n, 10)
				const noise = 64 << 10
				held, charged := instances(h, count, kind.of(n))
				if held -= base * int64(count) / 1000; held > charged+noise {
					h.Errorf("%d %s take %d bytes of %d instances, %d are charged", n, kind.name, held, count, charged)
				} else if n == 5000 {
					each := float64(n * count)
					h.Logf("%s: %.1f bytes each, %.1f charged", kind.name, float64(held)/each, float64(charged)/each)
				}
			}
		}
	})
}

// instances makes so many instances of a module, and returns the bytes that the heap holds and that
// are charged for all of them.
func instances(h *host, count int, w wasm) (held, charged int64) {
	compiled := compile(h, h, w.binary())
	defer compiled.Close(h.Context())
	b := impl.NewBudget()
	a := wazeromem.New(b, impl.Heap{})
	mods := make([]api.Module, count)
	before := heap()
	for i := range mods {
		var err error
		mods[i], err = a.Instantiate(h.Context(), h, compiled, anonymous())
		must(h, err)
		if grow := mods[i].ExportedFunction("grow"); grow != nil {
			_, err := grow.Call(h.Context(), 1)
			must(h, err)
		}
	}
	held, charged = heap()-before, b.Exact().Used
	for _, mod := range mods {
		must(h, mod.Close(h.Context()))
	}
	nothingLeft(h.T, b)
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

// allocated returns the bytes that have been taken of the Go heap so far.
func allocated() int64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.TotalAlloc)
}
