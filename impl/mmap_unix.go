//go:build darwin || dragonfly || freebsd || linux || netbsd

package impl

import (
	"fmt"
	"syscall"
	"unsafe"
)

// Mmap is memory of the operating system as a Backend, so that a limit is one on memory that
// exists. Each block reserves address space for the largest block there may be, once, and makes
// pages of it accessible as it grows. So a block never moves. Blocks take whole pages, and that is
// what is charged. Memory that a new block or a growth adds is zero, unless the block had it
// before.
//
// A free unmaps the block, and a shrink gives its pages back: at once on Linux, and elsewhere a
// shrink when the system next needs pages. Growth fails, without effect, if the system is out of
// address space, mappings or memory that it may commit: ErrBackend of the Allocator. A system that
// overcommits, as Linux does by default, can still run out when pages are first written.
//
// The garbage collector does not look into a block: it must hold no pointer to Go memory. Mmap is
// safe for concurrent use. Create one with [NewMmap]. The zero value is not usable.
type Mmap struct {
	page, most int                     // bytes of a page, and of the largest block
	fault      func(call string) error // in tests: an error that is returned instead of the call
}

// NewMmap returns a backend of blocks up to most bytes, rounded up to whole pages. Each block takes
// that much address space and one page, whatever its size. It panics if most is below 1, or too
// large for the machine's addresses.
func NewMmap(most int) *Mmap {
	page := syscall.Getpagesize()
	if rounded := roundUp(most, page); most > 0 && rounded > 0 && rounded+page > 0 {
		return &Mmap{page: page, most: rounded}
	}
	panic(fmt.Sprintf("casalloc: blocks of up to %d bytes", most))
}

// roundUp rounds n up to a multiple of page, a power of two. It is not positive if that wraps.
func roundUp(n, page int) int { return (n + page - 1) &^ (page - 1) }

// Size implements [Rounder]: n bytes in whole pages. What is larger than any block stays as it is.
func (m *Mmap) Size(n int) int {
	if n > m.most {
		return n
	}
	return roundUp(n, m.page)
}

// Realloc implements [Backend]. The block is one that m has returned, or nil. It panics if n is not
// what Size returns: whoever asks does not charge the rest of the page.
func (m *Mmap) Realloc(block []byte, n int) []byte {
	switch {
	case n > m.most:
		return nil
	case n&(m.page-1) != 0:
		panic(fmt.Sprintf("casalloc: mmap of %d bytes, want whole pages: is Size hidden?", n))
	case n == 0:
		m.unmap(m.space(block))
		return nil
	case len(block) == 0:
		return m.create(n)
	case n > len(block):
		space := m.space(block)
		if m.protect(space[len(block):n], syscall.PROT_READ|syscall.PROT_WRITE) != nil {
			return nil
		}
		return space[:n]
	}
	if n < len(block) && !m.giveBack(block[n:]) {
		return nil
	}
	return block[:n]
}

// space returns the address space of a block: of all the same size, so nothing is kept of them. Its
// last page is never accessible. It keeps the memory of two blocks apart for the system, which else
// might make one mapping of them, and need another one when the first is freed.
func (m *Mmap) space(block []byte) []byte {
	return unsafe.Slice(unsafe.SliceData(block), m.most+m.page)
}

// create returns a new block of n bytes, or nil.
func (m *Mmap) create(n int) []byte {
	if m.faulty("mmap") != nil {
		return nil
	}
	space, err := syscall.Mmap(-1, 0, m.most+m.page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	if m.protect(space[:n], syscall.PROT_READ|syscall.PROT_WRITE) != nil {
		m.unmap(space)
		return nil
	}
	return space[:n]
}

// giveBack gives the pages of tail back and makes them inaccessible. It reports false, and has done
// nothing, if that fails.
func (m *Mmap) giveBack(tail []byte) bool {
	if m.protect(tail, syscall.PROT_NONE) != nil {
		return false
	}
	if m.advise(tail) == nil {
		return true
	}
	if err := m.protect(tail, syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		panic(fmt.Sprintf("casalloc: a block has lost %d bytes: %v", len(tail), err))
	}
	return false
}

// unmap panics on what is no address space of a block: that is a bug of the caller.
func (m *Mmap) unmap(space []byte) {
	if err := syscall.Munmap(space); err != nil {
		panic(fmt.Sprintf("casalloc: free of %d bytes that are no block: %v", len(space), err))
	}
}

// protect is mprotect, and advise the madvise by which pages are given back. Package syscall has
// them under no name that is the same on all systems.
func (m *Mmap) protect(p []byte, prot uintptr) error {
	return m.call("mprotect", syscall.SYS_MPROTECT, p, prot)
}

func (m *Mmap) advise(p []byte) error {
	return m.call("madvise", syscall.SYS_MADVISE, p, giveBackPages)
}

func (m *Mmap) call(name string, number uintptr, p []byte, arg uintptr) error {
	if err := m.faulty(name); err != nil {
		return err
	}
	_, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), arg)
	if errno != 0 {
		return errno
	}
	return nil
}

func (m *Mmap) faulty(call string) error {
	if m.fault == nil {
		return nil
	}
	return m.fault(call)
}
