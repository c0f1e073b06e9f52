// Package wazeromem puts the memories of wasm guests that run in wazero under a casalloc Budget. A
// growth that does not fit is memory.grow = -1 in the guest, which may go on without it. The limit
// may move while guests run.
//
// Give each instance a tenant of the Budget, and make it with [Allocator.Instantiate]:
//
//	guest := budget.NewTenant()
//	a := wazeromem.New(guest, impl.NewMmap(1<<30))
//	mod, err := a.Instantiate(ctx, runtime, compiled, config)
//
// What is charged is the linear memory, whole pages of 64 KiB, from before it exists until the
// module is closed. Tables, globals and compiled code are not charged.
//
// # Which backend
//
// A backend must make memory that is zero.
//
// impl.Heap is memory of the Go heap. It moves when it grows, so it is no backend of a shared
// memory (wazero panics), and while it is copied the old memory exists besides. A module may be
// closed while its functions run: the collector frees the memory when the last of them has
// returned, which is after it was released.
//
// impl.Mmap never moves, and a closed module's memory is gone at once. So a module must not be
// closed while a function of it runs, nor may one be called through a table of another module
// afterwards, also if its instantiation has failed: the access to memory that is gone ends the
// process. A guest that is stopped by its context is closed by wazero when its function has stopped
// (RuntimeConfig.WithCloseOnContextDone).
package wazeromem

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"casalloc/impl"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// An Allocator makes linear memories that are charged to one Accountant. It is safe for concurrent
// use if the Accountant and the Backend are; an impl.Account is not: a module may be closed by
// another goroutine than the one that runs it.
type Allocator struct {
	accountant impl.Accountant
	blocks     *impl.Allocator
	refusal    atomic.Pointer[error]
}

var _ experimental.MemoryAllocator = (*Allocator)(nil)

// New returns an Allocator that charges a for memory of backend.
func New(a impl.Accountant, backend impl.Backend) *Allocator {
	return &Allocator{accountant: a, blocks: impl.NewAllocatorOver(a, backend)}
}

// Instantiate is Runtime.InstantiateModule with a memory of a.
//
// It returns an error that wraps the one of a's Accountant, as an [impl.Refusal], if the memory
// that the module begins with is refused: wazero itself panics then. If the instantiation fails
// after the memory was made, Instantiate frees it, which wazero does not do.
//
// The context that start functions pass to host functions carries the allocator of this module. A
// host function that instantiates another module must do so with Instantiate too.
func (a *Allocator) Instantiate(
	ctx context.Context, r wazero.Runtime, compiled wazero.CompiledModule, config wazero.ModuleConfig,
) (mod api.Module, err error) {
	own := &instantiation{allocator: a}
	defer func() {
		m := own.memory
		if m == nil || mod != nil && m.refused == nil {
			return // no memory of its own, or all is well
		}
		if m.refused != nil {
			recover() // wazero's: an index out of range
			if mod != nil {
				mod.Close(ctx)
			}
			mod, err = nil, fmt.Errorf("casalloc: the memory of module %q: %w", compiled.Name(), m.refused)
		}
		m.Free()
	}()
	return r.InstantiateModule(experimental.WithMemoryAllocator(ctx, own), compiled, config)
}

// Allocate implements experimental.MemoryAllocator, for who instantiates modules without
// [Allocator.Instantiate]. A refusal of the memory that a module begins with is a panic then.
func (a *Allocator) Allocate(_, _ uint64) experimental.LinearMemory { return &memory{allocator: a} }

// Refusal returns why the last growth was not granted that was refused or failed, as an
// [impl.Refusal], or nil if there was none. Any goroutine may call it.
func (a *Allocator) Refusal() error {
	if p := a.refusal.Load(); p != nil {
		return *p
	}
	return nil
}

// An instantiation is the allocator of one call of Instantiate. A module has one memory at most.
type instantiation struct {
	allocator *Allocator
	memory    *memory // of the module, nil before it is made
}

func (i *instantiation) Allocate(_, _ uint64) experimental.LinearMemory {
	m := &memory{allocator: i.allocator}
	if i.memory == nil {
		i.memory = m
	}
	return m
}

// A memory is the linear memory of one module.
type memory struct {
	allocator *Allocator

	lock    sync.Mutex // of the rest: Close, and so Free, may come from any goroutine
	block   []byte     // of no bytes: there is none
	freed   bool
	refused error // why there never was a block
}

var errFreed = errors.New("casalloc: memory of a closed module")

// Reallocate implements experimental.LinearMemory: growth, or nil. A memory of no bytes has one, so
// that it has an address which it keeps.
func (m *memory) Reallocate(size uint64) []byte {
	m.lock.Lock()
	defer m.lock.Unlock()
	err, grown := errFreed, m.block
	switch {
	case m.freed:
	case size > math.MaxInt:
		err = impl.ErrSize
	default:
		grown, err = m.allocator.blocks.Realloc(m.block, int(max(size, 1)))
	}
	if err != nil {
		err = impl.Explain(m.allocator.accountant, int64(size)-int64(len(m.block)), err)
		m.allocator.refusal.Store(&err)
		if m.block == nil && !m.freed {
			m.refused = err
		}
		return nil
	}
	m.block = grown
	return grown[:size]
}

// Free implements experimental.LinearMemory. Freeing again changes nothing.
func (m *memory) Free() {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.freed {
		return
	}
	m.freed = true
	if _, err := m.allocator.blocks.Realloc(m.block, 0); err != nil {
		panic(err) // a free cannot fail
	}
	m.block = nil
}
