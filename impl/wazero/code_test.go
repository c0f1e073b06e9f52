package wazeromem

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// The modules that wazero tests itself with have all instructions that it knows: real programs, and
// the tests of WebAssembly's specification. Each function that it compiles is read up to its end.
// If it compiles a module without reference types too, there is nothing to find. No real program is
// refused.
func TestScanReadsWhatWazeroCompiles(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatal(err)
	}
	const exceptions = experimental.CoreFeaturesExceptionHandling | experimental.CoreFeaturesTypedFunctionReferences
	const all = api.CoreFeaturesV2 | experimental.CoreFeaturesThreads | experimental.CoreFeaturesTailCall |
		experimental.CoreFeaturesExtendedConst | exceptions
	with, without := runtimeWith(t, all), runtimeWith(t, all&^(api.CoreFeatureReferenceTypes|exceptions))
	read, grow, refer := 0, 0, 0
	err = filepath.WalkDir(strings.TrimSpace(string(dir)), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".wasm" {
			return err
		}
		binary, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		module, ok := decoded(t, with, binary)
		if !ok {
			return nil // a test of what must not compile
		}
		code, err := effectsOf(module, true)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		grows := len(code.grows) > 0
		if _, ok := decoded(t, without, binary); ok && (grows || code.refFunc) {
			t.Errorf("%s: %+v, and it compiles without reference types", path, code)
		}
		if _, err := inspect(module, false); err != nil && !strings.Contains(path, "integration_test") {
			t.Errorf("%s: %v", path, err)
		}
		read, grow, refer = read+1, grow+count(grows), refer+count(code.refFunc)
		return nil
	})
	t.Logf("%d modules read, %d grow a table, %d execute ref.func", read, grow, refer)
	if err != nil || read < 1000 || grow == 0 || refer == 0 {
		t.Errorf("%v; or that is too few", err)
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func runtimeWith(t *testing.T, features api.CoreFeatures) wazero.Runtime {
	return wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(features))
}

// decoded returns a module as wazero has decoded it, and whether it compiles.
func decoded(t *testing.T, r wazero.Runtime, binary []byte) (module reflect.Value, ok bool) {
	compiled, err := r.CompileModule(t.Context(), binary)
	if err != nil {
		return module, false
	}
	defer compiled.Close(t.Context())
	p, _ := decodedModule(compiled)
	return p.Elem(), true
}

// Instructions that end where another reading would find table.grow, or miss it.
func TestScan(t *testing.T) {
	const grow, end = "\xfc\x0f\x07", "\x0b"
	for what, row := range map[string]struct {
		code  string
		grows bool
		bad   bool
	}{
		"nothing":                         {code: end},
		"table.grow":                      {code: grow + end, grows: true},
		"a constant before it":            {code: "\x41\xfc\x8f\x87\x0b" + grow + end, grows: true},
		"as a constant":                   {code: "\x41\xfc\x0f\x1a" + end},
		"as a constant of 64 bits":        {code: "\x42\xff\xfc\x8f\x07\x1a" + end},
		"as a number of 4 bytes":          {code: "\x43\xfc\x0f\x07\x00\x1a" + end},
		"as a number of 8 bytes":          {code: "\x44\x00\x00\x00\x00\x00\xfc\x0f\x07\x1a" + end},
		"as a vector":                     {code: "\xfd\x0c" + strings.Repeat(grow, 5) + "\x00\x1a" + end},
		"as an offset":                    {code: "\x28\x02\xfc\x0f\x1a" + end},
		"as a lane":                       {code: "\xfd\x54\x00\x00\xfc\x0f" + end}, // v128.load8_lane of lane 0xfc, return
		"as a type of a block":            {code: "\x02\xfc\x0f\x0b" + end},
		"after a block of a type":         {code: "\x02\x63\x70" + grow + end + end, grows: true},
		"after a block of a long type":    {code: "\x02\xe3\x7f\x70" + grow + end + end, grows: true},
		"in the labels of br_table":       {code: "\x0e\x02\xfc\x0f\x07\x00" + end},
		"after br_table":                  {code: "\x0e\x01\x00\x00" + grow + end, grows: true},
		"after select of a type":          {code: "\x1c\x01\x64\x03" + grow + end, grows: true},
		"after try_table":                 {code: "\x1f\x40\x02\x00\x01\x00\x02\x00" + grow + end + end, grows: true},
		"after an atomic instruction":     {code: "\xfe\x03\x00\xfe\x00\x02\x00" + grow + end, grows: true},
		"after the end":                   {code: end + grow, bad: true},
		"no end":                          {code: "\x01", bad: true},
		"no operand":                      {code: "\x02", bad: true},
		"an opcode that there is not":     {code: "\x06" + end, bad: true},
		"a long one that there is not":    {code: "\xfc\x12" + end, bad: true},
		"a clause of try_table likewise":  {code: "\x1f\x40\x01\x04\x00" + end + end, bad: true},
		"more labels than there is of it": {code: "\x0e\xff\xff\xff\xff\x0f" + end, bad: true},
	} {
		e := effects{grows: make(map[uint64]bool)}
		if err := e.scan([]byte(row.code)); (err != nil) != row.bad || !row.bad && e.grows[7] != row.grows {
			t.Errorf("%s: %v, tables that grow: %v", what, err, e.grows)
		}
	}
}

// Whatever the bytes: scan returns, and an instruction before them changes nothing else.
func FuzzScan(f *testing.F) {
	f.Add([]byte("\x0b"))
	f.Add([]byte("\x02"))                         // a block without its type
	f.Add([]byte("\x0e\xff\xff\xff\xff\x0f\x0b")) // labels without end
	f.Fuzz(func(t *testing.T, body []byte) {
		plain, after := effects{grows: make(map[uint64]bool)}, effects{grows: make(map[uint64]bool)}
		err, errAfter := plain.scan(body), after.scan(append([]byte("\xfc\x0f\x07"), body...))
		if (err == nil) != (errAfter == nil) || !after.grows[7] || plain.refFunc != after.refFunc {
			t.Errorf("%+v %v; after table.grow 7: %+v %v", plain, err, after, errAfter)
		}
	})
}
