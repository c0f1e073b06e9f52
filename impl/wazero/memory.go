package wazeromem

import (
	"errors"
	"math"
	"sync"

	"casalloc/impl"

	"github.com/tetratelabs/wazero/experimental"
)

// A memory is the linear memory of one module.
type memory struct {
	allocator *Allocator

	lock    sync.Mutex // of the rest: Close may come from any goroutine
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
		err = m.allocator.refuse(int64(size)-int64(len(m.block)), err)
		if m.block == nil && !m.freed {
			m.refused = err
		}
		return nil
	}
	m.block = grown
	return grown[:size]
}

// free frees the block. Freeing again changes nothing.
func (m *memory) free() {
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

// A linear is the reference to a memory that wazero holds. The memory can be touched as long as the
// linear is reachable, so neither a memory nor an instance refers to its linear.
type linear struct {
	*memory
	owned bool         // by an instance, which frees the memory
	view  wazeroMemory // the memory in wazero; zero while the module is instantiated
	lost  bool         // wazero has forgotten the linear
}

var _ experimental.LinearMemory = (*linear)(nil)

// Free implements experimental.LinearMemory. wazero calls it when it closes a module that has the
// memory, and forgets the linear then: it would grow the memory on the Go heap.
//
// For an instance that happens if the module that is closed imports the memory and was not made by
// Instantiate, or if a module is closed before wazero has returned it. The memory stays, and does
// not grow any more.
func (l *linear) Free() {
	if !l.owned {
		l.free()
		return
	}
	l.lock.Lock()
	defer l.lock.Unlock()
	l.lost = true
	if l.view.known() {
		l.view.freeze()
	}
}

// restore makes the memory grow again after a Free, once wazero has forgotten the linear.
func (l *linear) restore() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.lost && l.view.known() {
		l.lost = false
		l.view.thaw(l)
	}
}

// seen sets the memory that wazero has made.
func (l *linear) seen(view wazeroMemory) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.view = view; l.lost {
		view.freeze()
	}
}

// clear takes the block from wazero, before it is freed.
func (l *linear) clear() {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.view.known() {
		l.view.clear()
	}
}
