package impl

import "fmt"

// A Backend is the allocator behind an Allocator: malloc, mmap, an arena, the Go heap.
type Backend interface {
	// Realloc returns a block of n bytes with the contents of block, as far as they fit, and block
	// is gone. A nil block is a new one. If n is 0 the block is freed and the result is nil; a free
	// cannot fail. Otherwise nil reports failure, and block is still valid. Never called with nil
	// and 0. An Allocator calls it from any goroutine that calls the Allocator.
	Realloc(block []byte, n int) []byte
}

// A Rounder is a Backend whose blocks take more than was asked for, such as whole pages. What they
// take is charged.
type Rounder interface {
	Backend
	// Size returns how many bytes a block of n > 0 bytes takes, n or more, and always the same for
	// the same n. Realloc is then asked for as many, and not for n. Called as Realloc is.
	Size(n int) int
}

// An Allocator makes, resizes and frees blocks of memory under a Budget, which it may share. It is
// safe for concurrent use if its Backend is; a block belongs to one goroutine at a time. The zero value is not usable.
type Allocator struct {
	budget  *Budget
	backend Backend
	rounder Rounder // the backend, if it is one; else nil
}

// NewAllocator returns an Allocator over the Go heap that charges b.
func NewAllocator(b *Budget) *Allocator { return NewAllocatorOver(b, Heap{}) }

// NewAllocatorOver returns an Allocator over backend that charges b. It panics if either is nil.
func NewAllocatorOver(b *Budget, backend Backend) *Allocator {
	if b == nil {
		panic("casalloc: nil budget")
	}
	if backend == nil {
		panic("casalloc: nil backend")
	}
	rounder, _ := backend.(Rounder)
	return &Allocator{budget: b, backend: backend, rounder: rounder}
}

// Realloc makes block n bytes long, moving it if need be: nil is a new block, n = 0 frees it and
// returns nil. The contents stay, up to the shorter of the two lengths; bytes beyond the old block
// are the Backend's, zero or not.
//
// On failure it returns block itself, still valid and still charged, with ErrLimit, ErrBackend or
// ErrSize (see Resize). It does not allocate beyond the block.
//
// What is charged for a block is its capacity: n, or what the Backend rounds n up to if it is a
// [Rounder]. So block[:k] is the same block. Any other slice is a caller's bug. A block cut at the
// front (block[k:]) or by a full slice expression releases less than was charged. One that append
// has moved is another block, which the Backend has not made: it releases its own capacity, which
// is more than was charged. That is an [OverRelease] only if it is more than is held.
func (a *Allocator) Realloc(block []byte, n int) ([]byte, error) {
	size := n // what the block will take
	if a.rounder != nil && n > 0 && uint64(n) <= MaxSize {
		size = a.size(n)
	}
	switch {
	case uint64(size) > MaxSize:
		return block, ErrSize
	case cap(block)|n == 0:
		return nil, nil
	case a.budget.isUnlimited():
		p, ok := a.realloc(block, n, size)
		if !ok {
			return block, ErrBackend
		}
		return p, nil
	}
	result := block
	err := a.budget.resizeCounted(int64(cap(block)), int64(size), func() bool {
		p, ok := a.realloc(block, n, size)
		if ok {
			result = p
		}
		return ok
	})
	return result, err
}

// size asks the backend what a block of n > 0 bytes takes, and holds it to its contract.
func (a *Allocator) size(n int) int {
	size := a.rounder.Size(n)
	if size < n {
		panic(fmt.Sprintf("casalloc: backend rounds %d bytes to %d", n, size))
	}
	return size
}

// realloc calls the backend and holds it to its contract: the block it returns is charged as size
// bytes, of which the caller wants n, and its capacity says so.
func (a *Allocator) realloc(block []byte, n, size int) (p []byte, ok bool) {
	if cap(block) == 0 {
		block = nil
	}
	p = a.backend.Realloc(block[:cap(block)], size)
	if n == 0 {
		return nil, true
	}
	if p == nil {
		return nil, false
	}
	if len(p) < size {
		panic(fmt.Sprintf("casalloc: backend returned %d bytes, want %d", len(p), size))
	}
	return p[:n:size], true
}

// Heap is the Go heap as a Backend. It is safe for concurrent use.
//
// It never reports failure: Go ends the program when memory runs out. A freed block exists until
// the garbage collector has run, so the process holds up to GOGC percent more than the counter; a
// Backend of mmap is exact, and one of malloc but for the free blocks that malloc keeps.
type Heap struct{}

// Realloc implements Backend. A shrink moves the block: a shorter slice would keep all the memory.
func (Heap) Realloc(block []byte, n int) []byte {
	if n == 0 {
		return nil
	}
	p := make([]byte, n)
	copy(p, block)
	return p
}
