// Package arrowmem puts the buffers of Apache Arrow under a casalloc Budget: builders, arrays,
// records, IPC readers and writers. A growth that does not fit is refused, and the limit may move
// meanwhile.
//
// Give each query, or whatever ends as one, a child of the Budget, and its code an Allocator:
//
//	query := budget.NewChild(impl.NoLimit) // or its limit
//	mem := arrowmem.New(query, arrowmem.Heap{})
//	b := array.NewInt64Builder(mem)
//	defer b.Release()
//
// What is charged is the blocks that Arrow asks for, from before they exist until they are freed,
// as the backend rounds them: to 64 bytes by [Heap], to whole pages by impl.Mmap. What arrow-go
// makes without asking is not charged: the metadata of a stream, codecs, and its Go objects.
// README.md has a table of it, with measured sizes, and of what bounds it. The worst of it: a
// stream of zstd can have 512 MiB taken for each record, whatever the limit.
//
// # Release
//
// With Arrow's default allocator Release is optional, since the garbage collector frees what was
// forgotten. Here it is not: what nobody releases stays charged, until the query leaves. Release
// may come from any goroutine.
//
// # Refusal
//
// The interface of Arrow has no way to refuse, and its own allocators panic when memory runs out.
// So does this one, with an [impl.Refusal] as the value. Builders let the panic through: [Catch]
// makes it an error. Some functions of arrow-go make it an error themselves, and most of those
// wrap it. [Allocator.Refusal] tells where they do not.
//
// After a refusal the block is what it was before, and so is what is charged. What was built so far
// is still to be released. Where arrow-go itself loses buffers when it is refused, they stay
// charged, since nobody can free them. They go with the query:
//
//	defer query.Leave() // after all that the query has made was released, or lost
//
// A block that is released after Leave is freed, and changes no counter. What outlives the query
// must be built with an Allocator of what keeps it: after Leave it is not charged.
//
// arrow-go does some work on goroutines of its own that do not recover: a refusal there ends the
// program, as running out of memory would. Known are those of ipc.WithCompressConcurrency and of
// the functions of package compute. Give them an allocator that does not refuse.
package arrowmem

import (
	"errors"
	"sync/atomic"

	"casalloc/impl"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// An Allocator makes Arrow's blocks and charges them to one Budget. It is safe for concurrent use,
// if its backend is. A block belongs to one goroutine at a time.
type Allocator struct {
	budget  *impl.Budget
	blocks  *impl.Allocator
	refusal atomic.Pointer[impl.Refusal]
}

var _ memory.Allocator = (*Allocator)(nil)

// New returns an Allocator that charges b for memory of backend. Arrow wants blocks that are
// aligned to 64 bytes: those of [Heap] and of impl.Mmap are.
func New(b *impl.Budget, backend impl.Backend) *Allocator {
	return &Allocator{budget: b, blocks: impl.NewAllocatorOver(b, backend)}
}

// Allocate implements memory.Allocator: a new block of size bytes, all zero if the backend makes
// them so. It panics with an [impl.Refusal] if the block is refused, also if size is below 0. A
// block of no bytes is not nil, takes nothing, and need not be freed.
func (a *Allocator) Allocate(size int) []byte { return a.Reallocate(size, nil) }

// Reallocate implements memory.Allocator. The result is a block of size bytes with the contents of
// b, as far as they fit, and b is gone. It panics with an [impl.Refusal] if the growth is refused,
// also if size is below 0. Then b is still valid, and still charged.
func (a *Allocator) Reallocate(size int, b []byte) []byte {
	block, err := a.blocks.Realloc(b, size)
	switch {
	case err != nil:
		panic(a.refuse(size, b, err))
	case block == nil:
		return []byte{}
	}
	return block
}

// Free implements memory.Allocator. It panics with an [impl.OverRelease] if the block is larger
// than all that is held. That is a block that was freed before, or is not a block of the Budget.
func (a *Allocator) Free(b []byte) {
	if _, err := a.blocks.Realloc(b, 0); err != nil {
		panic(err) // a free cannot fail
	}
}

// refuse returns err, by which b does not become a block of size bytes, and keeps it.
func (a *Allocator) refuse(size int, b []byte, err error) impl.Refusal {
	growth := int64(size)
	if size > 0 { // or the difference could wrap
		growth -= int64(cap(b))
	}
	r := impl.Explain(a.budget, growth, err).(impl.Refusal)
	a.refusal.Store(&r)
	return r
}

// Refusal returns why the last growth was not granted that was refused or failed, as an
// [impl.Refusal], or nil if there was none. Any goroutine may call it. It is for errors of arrow-go
// that do not wrap the refusal that they are about.
func (a *Allocator) Refusal() error {
	if r := a.refusal.Load(); r != nil {
		return *r
	}
	return nil
}

// AllocatedBytes returns what the Budget uses, in bytes, as its Stats have it. It has the name that
// it has in arrow-go's own allocators.
func (a *Allocator) AllocatedBytes() int64 { return a.budget.Stats().Used }

// AssertSize fails a test if AllocatedBytes is not size.
func (a *Allocator) AssertSize(t memory.TestingT, size int) {
	t.Helper()
	if n := a.AllocatedBytes(); n != int64(size) {
		t.Errorf("casalloc: %d bytes held, want %d", n, size)
	}
}

// Catch calls f and returns its error. If f panics with an error that is or wraps an
// [impl.Refusal], Catch returns that error. Every other panic goes on.
func Catch(f func() error) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		e, _ := p.(error)
		if _, ok := errors.AsType[impl.Refusal](e); !ok {
			panic(p)
		}
		err = e
	}()
	return f()
}
