package wazeromem_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// What a guest makes the host hold that is not charged: each figure of the README is within a half
// of what is measured here, in bytes.
func TestFigures(t *testing.T) {
	text, err := os.ReadFile("README.md")
	must(t, err)
	compiler, interpreter := wazero.NewRuntimeConfigCompiler(), wazero.NewRuntimeConfigInterpreter()
	for _, figure := range []struct {
		page    string // as it stands there
		bytes   float64
		measure func(*testing.T) float64
	}{
		{"7 KB", 7e3, func(t *testing.T) float64 { return instanceOf(t, compiler, wasm{}) }},
		{"7 KB", 7e3, func(t *testing.T) float64 { return instanceOf(t, interpreter, wasm{}) }},
		{"33 bytes a function", 33, func(t *testing.T) float64 {
			return instanceOf(t, interpreter, functions(10000)) / 10000
		}},
		{"84 MB", 84e6, func(t *testing.T) float64 { return stackOf(t, compiler, "") }},
		{"8 bytes a local", 8, func(t *testing.T) float64 { // 1000 of 64 bits
			return stackOf(t, interpreter, "\x01\xe8\x07\x7e") / 2000 / 1000
		}},
		{"32 bytes each time", 32, func(t *testing.T) float64 { return refFuncs(t, compiler, 100000) / 100000 }},
		{"190 bytes a file", 190, func(t *testing.T) float64 { return openFiles(t, 10000) / 10000 }},
		{"14 MB", 14e6, func(t *testing.T) float64 { return compiledGuest(t, compiler) }},
		{"55 MB", 55e6, func(t *testing.T) float64 { return compiledGuest(t, interpreter) }},
		{"112 bytes an import", 112, func(t *testing.T) float64 {
			return decoding(t, compiler, "\x02"+name(string(leb(1<<20)))) / (1 << 20)
		}},
		{"30 bytes a local", 30, func(t *testing.T) float64 { return decoding(t, compiler, locals(100000)) / 100000 }},
		{"430 with the interpreter", 430, func(t *testing.T) float64 {
			return decoding(t, interpreter, locals(100000)) / 100000
		}},
		{"140 bytes an address", 140, func(t *testing.T) float64 { return addresses(t, 16000) / 16000 }},
		{"52 KB a `try_table`", 52e3, func(t *testing.T) float64 { return tries(t, 1000) / 1000 }},
	} {
		if !strings.Contains(string(text), figure.page) {
			t.Errorf("README.md does not say %q", figure.page)
		}
		got := figure.measure(t)
		t.Logf("%s: %.0f", figure.page, got)
		if got < figure.bytes/2 || got > figure.bytes*1.5 {
			t.Errorf("%s: measured %.0f bytes", figure.page, got)
		}
	}
}

// held returns by how much the heap is larger after do, which returns what is to be kept.
func held(do func() any) float64 {
	before := heap()
	kept := do()
	after := heap()
	runtime.KeepAlive(kept)
	return float64(after - before)
}

// instanceOf returns what an instance takes.
func instanceOf(t *testing.T, config wazero.RuntimeConfig, w wasm) float64 {
	r := runtimeOf(t, config)
	compiled := compile(t, r, w.binary())
	const count = 20
	return held(func() any {
		var mods []api.Module
		for range count {
			mod, err := r.InstantiateModule(t.Context(), compiled, anonymous())
			must(t, err)
			mods = append(mods, mod)
		}
		return mods
	}) / count
}

func functions(n int) (w wasm) {
	for range n {
		w.functions = append(w.functions, function{})
	}
	return w
}

// stackOf returns what a function of which the stack has overflowed holds.
func stackOf(t *testing.T, config wazero.RuntimeConfig, locals string) float64 {
	w := wasm{functions: []function{{name: "f", locals: locals, body: "\x10\x00"}}}
	mod, err := runtimeOf(t, config).Instantiate(t.Context(), w.binary())
	must(t, err)
	return held(func() any {
		f := mod.ExportedFunction("f")
		if _, err := f.Call(t.Context()); err == nil || !strings.Contains(err.Error(), "stack overflow") {
			t.Errorf("f = %v", err)
		}
		return f
	})
}

// refFuncs returns what so many executions of ref.func hold.
func refFuncs(t *testing.T, config wazero.RuntimeConfig, n uint64) float64 {
	w := wasm{elements: []string{"\x03\x00\x01\x00"}, functions: []function{
		{"f", i32ToI32, "", "\x03\x40\xd2\x00\x1a\x20\x00\x41\x01\x6b\x22\x00\x0d\x00\x0b\x20\x00"}}}
	mod, err := runtimeOf(t, config).Instantiate(t.Context(), w.binary())
	must(t, err)
	return held(func() any {
		_, err := mod.ExportedFunction("f").Call(t.Context(), n)
		must(t, err)
		return mod
	})
}

// openFiles returns what so many open files hold, of a file system in memory.
func openFiles(t *testing.T, n int) float64 {
	r := runtimeOf(t, wazero.NewRuntimeConfigCompiler())
	wasi_snapshot_preview1.MustInstantiate(t.Context(), r)
	open := wasm{memory: limits(1, 1), exports: []string{name("memory") + "\x02\x00"},
		data:    []string{"\x00\x41\x00\x0b\x01f"},
		imports: []imported{{"wasi_snapshot_preview1", "path_open", "\x00" + string(byte(pathOpen))}},
		functions: []function{{"open", toI32, "", constant(3) + constant(0) + constant(0) + constant(1) + constant(0) +
			"\x42\x00\x42\x00" + constant(0) + constant(8) + "\x10\x00"}}}
	config := anonymous().WithFSConfig(wazero.NewFSConfig().WithFSMount(fstest.MapFS{"f": {}}, "/"))
	mod, err := r.InstantiateModule(t.Context(), compile(t, r, open.binary()), config)
	must(t, err)
	return held(func() any {
		f := mod.ExportedFunction("open")
		for range n {
			results, err := f.Call(t.Context())
			if err != nil || results[0] != 0 {
				t.Fatalf("path_open = %d, %v", results, err)
			}
		}
		return mod
	})
}

// compiledGuest returns what the Go program takes once it is compiled, machine code included.
func compiledGuest(t *testing.T, config wazero.RuntimeConfig) (bytes float64) {
	binary, err := guestBinary()
	must(t, err)
	dir := t.TempDir()
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	must(t, err)
	r := runtimeOf(t, config.WithCompilationCache(cache))
	bytes = held(func() any { return compile(t, r, binary) })
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if info, e := d.Info(); e == nil && !d.IsDir() {
			bytes += float64(info.Size())
		}
		return err
	}))
	return bytes
}

// decoding returns what is allocated to compile a module of these sections.
func decoding(t *testing.T, config wazero.RuntimeConfig, sections string) float64 {
	r := runtimeOf(t, config)
	before := allocated()
	r.CompileModule(t.Context(), []byte("\x00asm\x01\x00\x00\x00"+sections))
	return float64(allocated() - before)
}

// locals is a function of so many.
func locals(n uint32) string {
	w := wasm{functions: []function{{locals: "\x01" + string(leb(n)) + "\x7f"}}}
	return strings.TrimPrefix(string(w.binary()), "\x00asm\x01\x00\x00\x00")
}

// addresses returns what so many addresses hold on which a thread has waited.
func addresses(t *testing.T, n uint64) float64 {
	w := wasm{memory: "\x03\x01\x01", functions: []function{ // memory.atomic.wait32, for 1 where there is 0
		{"wait", i32ToI32, "", "\x20\x00\x41\x01\x42\x00\xfe\x01\x02\x00"}}}
	mod, err := runtimeOf(t, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features)).Instantiate(t.Context(), w.binary())
	must(t, err)
	return held(func() any {
		f := mod.ExportedFunction("wait")
		for i := range n {
			_, err := f.Call(t.Context(), 4*i)
			must(t, err)
		}
		return mod
	})
}

// tries returns what is allocated for calls that are so many try_tables deep.
func tries(t *testing.T, depth uint64) float64 {
	w := wasm{functions: []function{{"f", i32ToI32, "", "\x02\x40\x1f\x40\x01\x02\x00" + // block, try_table, catch_all 0
		"\x20\x00\x04\x40\x20\x00\x41\x01\x6b\x10\x00\x1a\x0b\x0b\x0b\x20\x00"}}} // if n > 0, f(n-1), drop
	const features = api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling
	mod, err := runtimeOf(t, wazero.NewRuntimeConfigCompiler().WithCoreFeatures(features)).Instantiate(t.Context(), w.binary())
	must(t, err)
	before := allocated()
	_, err = mod.ExportedFunction("f").Call(t.Context(), depth)
	must(t, err)
	return float64(allocated() - before)
}
