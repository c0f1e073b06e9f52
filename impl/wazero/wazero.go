package wazeromem

import (
	"fmt"
	"iter"
	"reflect"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// What this package needs of wazero beyond its API, as of v1.12.0. All of it is in this file, and
// is looked up by name. If a field is missing, Instantiate returns an error, before the guest has
// run more than the function of its start section.

// A layoutError is what wazero has not.
type layoutError string

func (e layoutError) Error() string {
	return "casalloc: package wazeromem does not know this version of wazero: no " + string(e)
}

// field returns a field of a struct, or panics with a layoutError.
func field(v reflect.Value, name string, kind reflect.Kind) reflect.Value {
	f := v.FieldByName(name)
	if !f.IsValid() || f.Kind() != kind {
		panic(layoutError(fmt.Sprintf("%s %s in %s", kind, name, v.Type())))
	}
	return f
}

// object returns the struct that p, of an interface of wazero's, points to.
func object(p any) reflect.Value {
	v := reflect.ValueOf(p)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic(layoutError(fmt.Sprintf("struct behind %T", p)))
	}
	return v.Elem()
}

// section returns the elements of a field that is a slice of structs.
func section(v reflect.Value, name string) iter.Seq2[int, reflect.Value] {
	list := field(v, name, reflect.Slice)
	return func(yield func(int, reflect.Value) bool) {
		for i := range list.Len() {
			if !yield(i, list.Index(i)) {
				return
			}
		}
	}
}

// catchLayout makes an error of a panic with a layoutError.
func catchLayout(err *error) {
	if p := recover(); p != nil {
		missing, ok := p.(layoutError)
		if !ok {
			panic(p)
		}
		*err = missing
	}
}

// startFunctions returns the names of the functions to call once a module is instantiated.
func startFunctions(config wazero.ModuleConfig) (names []string, err error) {
	defer catchLayout(&err)
	list := field(object(config), "startFunctions", reflect.Slice)
	for i := range list.Len() {
		names = append(names, list.Index(i).String())
	}
	return names, nil
}

// decodedModule returns the module as wazero has decoded it, a *wasm.Module, and whether wazero's
// interpreter is to run it.
func decodedModule(compiled wazero.CompiledModule) (decoded reflect.Value, interpreted bool) {
	c := object(compiled)
	engine := field(c, "compiledEngine", reflect.Interface).Elem().Type().String()
	return field(c, "module", reflect.Pointer), engine == "*interpreter.engine"
}

// A wazeroModule is a *wasm.ModuleInstance.
type wazeroModule struct{ fields reflect.Value }

// A failer is a wasm.ModuleInstance: FailIfClosed also closes what a context that ended has left.
type failer interface{ FailIfClosed() error }

func wazeroModuleOf(mod api.Module) (m wazeroModule, err error) {
	defer catchLayout(&err)
	if _, ok := mod.(failer); !ok {
		panic(layoutError("FailIfClosed"))
	}
	m.fields = object(mod)
	m.closedField()
	for name, want := range map[string]reflect.Type{
		"CloseNotifier": reflect.TypeFor[experimental.CloseNotifier](), "CodeCloser": reflect.TypeFor[api.Closer](),
	} {
		if f := field(m.fields, name, reflect.Interface); f.Type() != want || !f.CanSet() {
			panic(layoutError(name + " to set"))
		}
	}
	if _, ok := field(m.fields, "Engine", reflect.Interface).Type().MethodByName("MemoryGrown"); !ok {
		panic(layoutError("MemoryGrown"))
	}
	memory := field(m.fields, "MemoryInstance", reflect.Pointer)
	fields := reflect.New(memory.Type().Elem()).Elem()
	if !memory.CanSet() || field(fields, "Buffer", reflect.Slice).Type() != reflect.TypeFor[[]byte]() {
		panic(layoutError("memory to set"))
	}
	field(fields, "Max", reflect.Uint32)
	if field(fields, "expBuffer", reflect.Interface).Type() != reflect.TypeFor[experimental.LinearMemory]() {
		panic(layoutError("allocated memory"))
	}
	return m, nil
}

func (m wazeroModule) pointer() *byte { return (*byte)(m.fields.Addr().UnsafePointer()) }

func (m wazeroModule) closedField() *atomic.Uint64 {
	closed, ok := field(m.fields, "Closed", reflect.Struct).Addr().Interface().(*atomic.Uint64)
	if !ok {
		panic(layoutError("atomic Closed"))
	}
	return closed
}

func (m wazeroModule) memoryField() reflect.Value { return m.fields.FieldByName("MemoryInstance") }

// hook has c called when wazero closes the module: CloseNotify before it frees the memory, Close
// after it.
func (m wazeroModule) hook(c interface {
	experimental.CloseNotifier
	api.Closer
}) {
	m.fields.FieldByName("CodeCloser").Set(reflect.ValueOf(c))
	m.fields.FieldByName("CloseNotifier").Set(reflect.ValueOf(c))
}

func (m wazeroModule) notifier() experimental.CloseNotifier {
	n, _ := m.fields.FieldByName("CloseNotifier").Interface().(experimental.CloseNotifier)
	return n
}

func (m wazeroModule) closer() api.Closer {
	c, _ := m.fields.FieldByName("CodeCloser").Interface().(api.Closer)
	return c
}

// memory returns the module's memory, its own or imported.
func (m wazeroModule) memory() wazeroMemory {
	memory := wazeroMemory{instance: reflect.ValueOf(m.memoryField().Interface()), module: m}
	if !memory.instance.IsNil() {
		memory.max = memory.instance.Elem().FieldByName("Max").Uint()
	}
	return memory
}

// hideMemory gives the module an empty memory that cannot grow, and returns its own.
func (m wazeroModule) hideMemory() wazeroMemory {
	own := m.memory()
	if !own.instance.IsNil() {
		m.memoryField().Set(reflect.New(own.instance.Type().Elem()))
	}
	return own
}

// showMemory gives the module its memory back. wazero, which has closed the module, will not close
// it again; it does so otherwise, after a context has ended, at each look whether it is closed.
func (m wazeroModule) showMemory(own wazeroMemory) {
	const resources, all = 1, 0xff // flags: what the module had is closed
	closed := m.closedField()
	closed.Store(closed.Load()&^all | resources)
	if own.known() {
		m.memoryField().Set(own.instance)
	}
}

// A wazeroMemory is a *wasm.MemoryInstance of a module.
type wazeroMemory struct {
	instance reflect.Value
	module   wazeroModule
	max      uint64 // pages
}

func (m wazeroMemory) known() bool { return m.instance.IsValid() }

// freeze makes the memory's size its maximum.
func (m wazeroMemory) freeze() {
	fields := m.instance.Elem()
	fields.FieldByName("Max").SetUint(uint64(fields.FieldByName("Buffer").Len() >> 16))
}

// thaw undoes freeze, and has the memory grow by l.
func (m wazeroMemory) thaw(l experimental.LinearMemory) {
	fields := m.instance.Elem()
	f := fields.FieldByName("expBuffer")
	reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(l)) // it is not exported
	fields.FieldByName("Max").SetUint(m.max)
}

// clear makes the memory one of no bytes, for the host and for wasm code that is yet to be called.
func (m wazeroMemory) clear() {
	m.instance.Elem().FieldByName("Buffer").SetZero()
	m.module.fields.FieldByName("Engine").MethodByName("MemoryGrown").Call(nil)
}
