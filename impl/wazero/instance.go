package wazeromem

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"weak"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// An instance has the charges of one module, and counts its users. It does not refer to the module
// in wazero, so that the collector can find that nothing does.
type instance struct {
	memory     *memory
	linear     weak.Pointer[linear] // of memory; nil: the module has none of its own
	references bool                 // the module imports a table or a reference: see leave

	lock      sync.Mutex
	users     int         // the package comment lists them; 0: the instance is freed
	exporters []*instance // of which it is a user
	exitCode  uint32      // of the module, once it is closed
}

// instances has the open ones, by weak.Pointer to the module in wazero, for importers.
var instances sync.Map

// enter adds a user, and reports whether it has: an instance that is freed stays so.
func (in *instance) enter() bool {
	in.lock.Lock()
	defer in.lock.Unlock()
	if in.users == 0 {
		return false
	}
	in.users++
	return true
}

// leave removes a user. The last one frees the instance.
func (in *instance) leave() {
	in.lock.Lock()
	in.users--
	last := in.users == 0
	in.lock.Unlock()
	if !last {
		return
	}
	// The module may have put functions that use its memory into a table that it imports. wazero
	// keeps a module reachable from such a table.
	if l := in.linear.Value(); l != nil && in.references && len(in.exporters) > 0 {
		runtime.AddCleanup(l, (*instance).free, in)
		return
	}
	in.free()
}

// free frees the memory and leaves the exporters.
func (in *instance) free() {
	if l := in.linear.Value(); l != nil && !in.memory.allocator.collected {
		l.clear()
	}
	in.memory.free()
	for _, exporter := range in.exporters {
		exporter.leave()
	}
}

// use makes in a user of exporter, unless either is freed.
func (in *instance) use(exporter *instance) {
	if in == exporter || !exporter.enter() {
		return
	}
	in.lock.Lock()
	used := in.users > 0
	if used {
		in.exporters = append(in.exporters, exporter)
	}
	in.lock.Unlock()
	if !used {
		exporter.leave()
	}
}

// instantiate makes the module with wazero, and opens it.
func (in *instance) instantiate(
	ctx context.Context, r wazero.Runtime, compiled wazero.CompiledModule, config wazero.ModuleConfig, hasMemory bool,
) (mod *module, err error) {
	var own *linear
	allocate := func(min, max uint64) experimental.LinearMemory {
		if hasMemory && own == nil { // otherwise the start section has the host instantiate a module
			own = &linear{memory: in.memory, owned: true}
			in.linear = weak.Make(own)
			return own
		}
		return in.memory.allocator.Allocate(min, max)
	}
	defer func() {
		if own != nil && own.refused != nil {
			recover() // wazero's: an index out of range
			if mod != nil {
				mod.Close(ctx)
			}
			mod, err = nil, fmt.Errorf("casalloc: the memory of module %q: %w", compiled.Name(), own.refused)
		}
	}()
	ctx = experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(allocate))
	raw, err := r.InstantiateModule(&resolving{ctx, in, r}, compiled, config)
	if err != nil {
		in.restore()
		return nil, err
	}
	return in.open(ctx, raw, own)
}

// restore makes the memory that the module imports grow again, after wazero has closed the module
// before it was open: its name was taken, for example.
func (in *instance) restore() {
	for _, exporter := range in.exporters {
		if l := exporter.linear.Value(); l != nil {
			l.restore()
		}
	}
}

// open makes the module a user until it is closed.
func (in *instance) open(ctx context.Context, raw api.Module, own *linear) (*module, error) {
	w, err := wazeroModuleOf(raw)
	if err != nil {
		raw.Close(ctx)
		return nil, err
	}
	in.enter()
	in.memory.budget.SetName(raw.Name())
	key := weak.Make(w.pointer())
	instances.Store(key, in)
	runtime.AddCleanup(w.pointer(), func(key weak.Pointer[byte]) { instances.Delete(key) }, key)
	c := &closing{instance: in, module: w, notifier: w.notifier(), closer: w.closer(), closed: sync.OnceFunc(func() {
		instances.Delete(key)
		in.leave()
	})}
	w.hook(c)
	if own != nil {
		own.seen(w.memory())
	}
	if raw.IsClosed() { // before the hooks were there
		in.restore()
		c.closed()
	}
	return &module{Module: raw, instance: in}, nil
}

// A closing hides the memory of a module while wazero closes it. wazero would forget the linear of
// the memory, which may be another module's, or in use by a call.
type closing struct {
	*instance
	module   wazeroModule
	memory   wazeroMemory               // the hidden one
	notifier experimental.CloseNotifier // the caller's, or nil
	closer   api.Closer                 // wazero's, or nil
	closed   func()
}

// CloseNotify implements experimental.CloseNotifier. wazero calls it before it looks at the memory.
func (c *closing) CloseNotify(ctx context.Context, exitCode uint32) {
	if c.notifier != nil {
		c.notifier.CloseNotify(ctx, exitCode)
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.exitCode = exitCode
	if !c.memory.known() {
		c.memory = c.module.hideMemory()
	}
}

// Close implements api.Closer. wazero calls it after it has looked at the memory.
func (c *closing) Close(ctx context.Context) (err error) {
	c.module.showMemory(c.memory)
	c.closed()
	if c.closer != nil {
		err = c.closer.Close(ctx)
	}
	return err
}

// A resolving is the caller's context, in which wazero finds the modules to import from as before.
// An instance becomes a user of those that are instances.
type resolving struct {
	context.Context
	instance *instance
	runtime  wazero.Runtime
}

// hasResolver is a context that has an experimental.ImportResolver, under the key that only wazero
// knows, and nothing else.
var hasResolver = experimental.WithImportResolver(context.Background(), func(string) api.Module { return nil })

// Value implements context.Context.
func (c *resolving) Value(key any) any {
	value := c.Context.Value(key)
	if hasResolver.Value(key) == nil {
		return value
	}
	return experimental.ImportResolver(func(name string) (found api.Module) {
		if callers, _ := value.(experimental.ImportResolver); callers != nil {
			found = callers(name)
		}
		if m, ok := found.(*module); ok {
			found = m.Module
		}
		exporter := found
		if found == nil {
			exporter = c.runtime.Module(name)
		}
		if w, err := wazeroModuleOf(exporter); err == nil { // and no host module
			if e, ok := instances.Load(weak.Make(w.pointer())); ok {
				c.instance.use(e.(*instance))
			}
		}
		return found
	})
}

// A module is a module of wazero's that counts the calls of its functions.
type module struct {
	api.Module
	instance *instance
}

// Close implements api.Module.
func (m *module) Close(ctx context.Context) error { return m.CloseWithExitCode(ctx, 0) }

// CloseWithExitCode implements api.Module. If a context has ended while a call returned, wazero has
// marked the module closed and left the rest to the next call. FailIfClosed does the rest.
func (m *module) CloseWithExitCode(ctx context.Context, exitCode uint32) error {
	err := m.Module.CloseWithExitCode(ctx, exitCode)
	m.Module.(failer).FailIfClosed()
	return err
}

// ExportedFunction implements api.Module.
func (m *module) ExportedFunction(name string) api.Function {
	f := m.Module.ExportedFunction(name)
	if f == nil {
		return nil
	}
	return &function{Function: f, instance: m.instance}
}

type function struct {
	api.Function
	instance *instance
}

// Call implements api.Function.
func (f *function) Call(ctx context.Context, params ...uint64) ([]uint64, error) {
	if !f.instance.enter() {
		return nil, sys.NewExitError(f.instance.exitCode)
	}
	defer f.instance.leave()
	return f.Function.Call(ctx, params...)
}

// CallWithStack implements api.Function.
func (f *function) CallWithStack(ctx context.Context, stack []uint64) error {
	if !f.instance.enter() {
		return sys.NewExitError(f.instance.exitCode)
	}
	defer f.instance.leave()
	return f.Function.CallWithStack(ctx, stack)
}
