// Package wazeromem puts wasm guests that run in wazero under a casalloc Budget. A growth that does
// not fit is memory.grow = -1 in the guest, which may go on without it. The limit may move while
// guests run.
//
// Make instances with [Allocator.Instantiate]. Each has a child of its own of the Budget:
//
//	guest := budget.NewChild(64 << 20) // if the instances of a guest have a limit
//	a := wazeromem.New(guest, impl.NewMmap(1<<30))
//	mod, err := a.Instantiate(ctx, runtime, compiled, config)
//
// # What is charged
//
// The linear memory, in whole pages of 64 KiB, from before a page exists. From before the module is
// instantiated, also what its tables may grow to, its globals and its segments: 8 bytes for a table
// entry, and so on (needs.go). A module that can grow a table without a maximum is not
// instantiated: [ErrUnbounded]. The README lists what else a guest makes the host hold, and what
// bounds it.
//
// # Until when
//
// The users of an instance are its module while it is open, each call that runs in it, and each
// instance that imports from it. When the last user is gone, its memory is freed and its child
// leaves the Budget. That is in Close, or when the last call returns that was in progress then. An
// instance that imports a table may have left functions in it, which other instances call. It is
// freed when the garbage collector has found that nothing refers to it.
//
// Counted are calls of functions of the module that Instantiate returned, and of start functions.
// Not counted are calls of functions of Runtime.Module, or of the module that a host function was
// passed once the host function has returned, and importers that Instantiate has not made. What
// they do after the instance was freed is not charged over impl.Heap. Over another Backend wasm
// code traps if it is called then, and if it runs while the memory is freed, the process may end.
//
// wazero forgets the allocator of a memory when it closes a module that has the memory, and from
// then on grows it on the Go heap. So the memory is hidden from wazero while it closes a module
// (instance.go). That needs fields of wazero's own types; Instantiate returns an error if wazero
// does not have them (wazero.go).
//
// # Which backend
//
// A backend must make memory that is zero.
//
// impl.Heap is memory of the Go heap. It moves when it grows, so it is no backend of a shared
// memory (wazero panics), and while it is copied the old memory exists too. Memory that was freed
// can be read until the collector takes it.
//
// impl.Mmap never moves, and memory that was freed is gone at once: api.Memory.Read returns false
// from then on. A slice that it returned earlier must not be used: the process ends.
package wazeromem

import (
	"context"
	"fmt"
	"sync/atomic"

	"casalloc/impl"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"
)

// An Allocator makes instances of modules that are charged to one Budget. It is safe for concurrent
// use if the Backend is.
type Allocator struct {
	budget    *impl.Budget
	backend   impl.Backend
	collected bool // memory that was freed is there until the collector takes it
	refusal   atomic.Pointer[error]
}

var _ experimental.MemoryAllocator = (*Allocator)(nil)

// New returns an Allocator that charges b for memory of backend.
func New(b *impl.Budget, backend impl.Backend) *Allocator {
	_, collected := backend.(impl.Heap)
	return &Allocator{budget: b, backend: backend, collected: collected}
}

// Instantiate is Runtime.InstantiateModule of a module that is charged to a child of a's Budget,
// with a memory of a. The child has the name of the instance.
//
// It returns an error that wraps the one of the Budget, as an [impl.Refusal], if the tables,
// globals and segments of the module are refused, or the memory that it begins with, for which
// wazero itself panics. It returns one that wraps [ErrUnbounded] if the module can make the host
// hold any amount. If the instantiation fails, nothing stays charged.
//
// The module counts the calls of its functions. Once its instance is freed, a call of them returns
// a [sys.ExitError], as for a closed module, and wasm code is not called.
//
// The context that start functions pass to host functions carries a, as for [Allocator.Allocate]. A
// host function that instantiates another module should do so with Instantiate too.
func (a *Allocator) Instantiate(
	ctx context.Context, r wazero.Runtime, compiled wazero.CompiledModule, config wazero.ModuleConfig,
) (api.Module, error) {
	n, err := needsOf(compiled)
	if err != nil {
		return nil, fmt.Errorf("module %q: %w", compiled.Name(), err)
	}
	start, err := startFunctions(config)
	if err != nil {
		return nil, err
	}
	in := &instance{memory: a.newMemory(), references: n.references, users: 1} // this call
	defer in.leave()
	if err := in.memory.budget.Reserve(n.bytes); err != nil {
		return nil, fmt.Errorf("casalloc: the tables, globals and segments of module %q: %w",
			compiled.Name(), in.memory.refuse(n.bytes, err))
	}
	mod, err := in.instantiate(ctx, r, compiled, config.WithStartFunctions(), n.memory)
	if err != nil {
		return nil, err
	}
	return mod, mod.start(experimental.WithMemoryAllocator(ctx, a), start)
}

// start calls the start functions as wazero does, and closes the module if one fails. wazero itself
// calls them before it returns the module, which they may close.
func (m *module) start(ctx context.Context, names []string) error {
	for _, name := range names {
		f := m.Module.ExportedFunction(name)
		if f == nil {
			continue
		}
		if _, err := f.Call(ctx); err != nil {
			m.Close(ctx)
			exit, ok := err.(*sys.ExitError)
			switch {
			case !ok:
				return fmt.Errorf("module[%s] function[%s] failed: %w", m.Name(), name, err)
			case exit.ExitCode() != 0:
				return err
			}
			return nil
		}
	}
	return nil
}

// Allocate implements experimental.MemoryAllocator, for callers that instantiate modules without
// [Allocator.Instantiate]. Only memory is charged then, and only until the module is closed: close
// it when no call of it runs, and let no other module import from it. A refusal of the memory that
// a module begins with is a panic.
func (a *Allocator) Allocate(_, _ uint64) experimental.LinearMemory {
	return &linear{memory: a.newMemory()}
}

// Refusal returns why the last growth was not granted that was refused or failed, as an
// [impl.Refusal], or nil if there was none. Any goroutine may call it.
func (a *Allocator) Refusal() error {
	if p := a.refusal.Load(); p != nil {
		return *p
	}
	return nil
}
