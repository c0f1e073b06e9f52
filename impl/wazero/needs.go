package wazeromem

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"runtime"
	"sync"
	"weak"

	"casalloc/impl"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// ErrUnbounded is wrapped by the error of Instantiate for a module that can grow a table which has
// no maximum, or that executes ref.func, which wazero's compiler never forgets.
var ErrUnbounded = errors.New("casalloc: no bound on what the module can make the host hold")

// What one of each takes of each instance, in bytes, at most. The interpreter needs less than the
// compiler. TestInstanceTakesNoMore measures it.
const (
	entryBytes   = bits.UintSize / 8 // an entry of a table
	tableBytes   = 128               // a table without entries
	globalBytes  = 144               // a global, which may refer to a function
	elementBytes = 56                // an element of a segment, besides the entry of the table
	segmentBytes = 32                // a segment; what is in a data segment is the module's
)

// needs has what an instance of a module takes besides its memory.
type needs struct {
	bytes      int64 // above impl.MaxSize: more than can be counted
	memory     bool  // it has a memory of its own
	references bool  // it imports a table, or a global that is a reference
}

// inspected has the results of inspect by weak.Pointer to the module: reading the code of a large
// one takes milliseconds.
var inspected sync.Map

type inspection struct {
	needs
	err error
}

// needsOf returns the needs of each instance of a module.
func needsOf(compiled wazero.CompiledModule) (n needs, err error) {
	defer catchLayout(&err)
	module, interpreted := decodedModule(compiled)
	object := (*byte)(module.UnsafePointer())
	key := weak.Make(object)
	found, ok := inspected.Load(key)
	if !ok {
		n, err := inspect(module.Elem(), interpreted)
		if found, ok = inspected.LoadOrStore(key, inspection{n, err}); !ok {
			runtime.AddCleanup(object, func(key weak.Pointer[byte]) { inspected.Delete(key) }, key)
		}
	}
	i := found.(inspection)
	return i.needs, i.err
}

// inspect returns the needs of a wasm.Module.
func inspect(module reflect.Value, interpreted bool) (n needs, err error) {
	code, err := effectsOf(module, interpreted)
	if err != nil {
		return n, err
	}
	imported := field(module, "ImportTableCount", reflect.Uint32).Uint()
	exported := exportedTables(module)
	for i, table := range section(module, "TableSection") {
		index := imported + uint64(i)
		entries := field(table, "Min", reflect.Uint32).Uint()
		name, isExported := exported[index]
		if isExported || code.grows[index] { // others can grow what is exported
			most := field(table, "Max", reflect.Pointer)
			if most.IsNil() {
				return n, fmt.Errorf("%w: table %d%s can grow and has no maximum: declare one", ErrUnbounded, index, name)
			}
			entries = appended(most.Elem().Uint())
		}
		n.bytes = min(n.bytes+tableBytes+sliceBytes(entries), impl.MaxSize+1)
	}
	for _, elements := range section(module, "ElementSection") {
		n.bytes += segmentBytes + elementBytes*int64(field(elements, "Init", reflect.Slice).Len())
	}
	n.bytes += segmentBytes * int64(field(module, "DataSection", reflect.Slice).Len())
	n.bytes += globalBytes * int64(field(module, "GlobalSection", reflect.Slice).Len())
	n.memory = !field(module, "MemorySection", reflect.Pointer).IsNil()
	n.references = imported > 0 || importsReference(module)
	return n, nil
}

// effectsOf returns the effects of all code of a module.
func effectsOf(module reflect.Value, interpreted bool) (code effects, err error) {
	code.grows = make(map[uint64]bool)
	first := int(field(module, "ImportFunctionCount", reflect.Uint32).Uint())
	for i, function := range section(module, "CodeSection") {
		if err := code.scan(field(function, "Body", reflect.Slice).Bytes()); err != nil {
			return code, fmt.Errorf("casalloc: function %d: %w", first+i, err)
		}
		if code.refFunc && !interpreted {
			return code, fmt.Errorf("%w: function %d executes ref.func, each of which wazero's compiler keeps "+
				"until the module is gone: use its interpreter", ErrUnbounded, first+i)
		}
	}
	return code, nil
}

// exportedTables returns the tables that are exported by index, and under which name.
func exportedTables(module reflect.Value) map[uint64]string {
	names := make(map[uint64]string)
	for _, export := range section(module, "ExportSection") {
		if field(export, "Type", reflect.Uint8).Uint() == uint64(api.ExternTypeTable) {
			names[field(export, "Index", reflect.Uint32).Uint()] =
				fmt.Sprintf(" (exported as %q)", field(export, "Name", reflect.String).String())
		}
	}
	return names
}

func importsReference(module reflect.Value) bool {
	for _, i := range section(module, "ImportSection") {
		if field(i, "Type", reflect.Uint8).Uint() != uint64(api.ExternTypeGlobal) {
			continue
		}
		switch field(field(i, "DescGlobal", reflect.Struct), "ValType", reflect.Uint64).Uint() {
		case uint64(api.ValueTypeI32), uint64(api.ValueTypeI64), uint64(api.ValueTypeF32), uint64(api.ValueTypeF64), v128:
		default:
			return true
		}
	}
	return false
}

const v128 = 0x7b // a value type that package api does not name

// appended returns the most entries that a slice has room for which append has made n long in any
// number of steps: it doubles up to 256, and adds a quarter and 192 beyond, to less than n.
func appended(n uint64) uint64 { return n + n/4 + 192 }

// sliceBytes returns what the Go heap takes for a table of so many entries.
func sliceBytes(entries uint64) int64 {
	const small, page = 32 << 10, 8 << 10 // above small, whole pages
	if bytes := entries * entryBytes; bytes > small {
		return int64((bytes + page - 1) / page * page)
	}
	return int64(cap(append([]uintptr(nil), make([]uintptr, entries)...))) * entryBytes
}
