//go:build lua54

package lua54

/*
#include "host.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// A backend makes a block of osize bytes one of nsize, as impl.Backend does. If p is 0, the block
// is new and osize is 0. Blocks are C memory that Go does not look into. They are integers here
// because cgo checks every pointer at every call.
type backend func(s *State, p, osize, nsize uintptr) uintptr

// malloc is the backend of the C library.
func malloc(_ *State, p, osize, nsize uintptr) uintptr {
	return uintptr(C.host_realloc(C.uintptr_t(p), C.size_t(osize), C.size_t(nsize)))
}

// casallocResize is a call of lua_Alloc: see alloc in host.c.
//
//export casallocResize
func casallocResize(handle, p C.uintptr_t, osize, nsize C.size_t) C.uintptr_t {
	s := cgo.Handle(handle).Value().(*State)
	tag := osize
	if p == 0 {
		osize = 0
	}
	s.block, s.osize, s.nsize = uintptr(p), uintptr(osize), uintptr(nsize)
	// A size of 1<<63 or more becomes negative here, and Resize returns ErrSize.
	resize := (*impl.Budget).Resize
	if s.opts.resize != nil {
		resize = s.opts.resize
	}
	if err := resize(s.budget, int64(osize), int64(nsize), s.realloc); err != nil {
		s.failure = impl.Explain(s.budget, int64(nsize)-int64(osize), err)
		return 0
	}
	if s.trace != nil {
		s.fail(s.trace.record(uintptr(p), s.block, int64(tag), int64(nsize)))
	}
	return C.uintptr_t(s.block)
}

// casallocRelease is a release that C has declined: see fast_alloc in host.c.
//
//export casallocRelease
func casallocRelease(handle C.uintptr_t, n C.int64_t) {
	cgo.Handle(handle).Value().(*State).budget.Release(int64(n))
}

// casallocRollBack ends a call that malloc has failed: a growth of n bytes that C has reserved, or
// a shrink, of which n is 0.
//
//export casallocRollBack
func casallocRollBack(handle C.uintptr_t, n C.int64_t) {
	s := cgo.Handle(handle).Value().(*State)
	if n > 0 {
		impl.CRollBack(s.budget, int64(n))
	}
	s.failure = impl.ErrBackend
}

// callBackend does what Resize has granted. If it fails, the block stays what it was.
func (s *State) callBackend() bool {
	do := s.opts.backend
	if do == nil {
		do = malloc
	}
	q := do(s, s.block, s.osize, s.nsize)
	if q == 0 && s.nsize > 0 {
		return false
	}
	s.block = q
	return true
}

// casallocWrite is a write to the script's standard output. It returns how many bytes were written;
// 0 is an error.
//
//export casallocWrite
func casallocWrite(handle C.uintptr_t, p unsafe.Pointer, n C.size_t) C.ssize_t {
	s := cgo.Handle(handle).Value().(*State)
	written, err := s.opts.Output.Write(unsafe.Slice((*byte)(p), int(n)))
	if err != nil {
		s.fail(err)
		return 0
	}
	return C.ssize_t(written)
}

// fail keeps the first error of writing, for Close to return.
func (s *State) fail(err error) {
	if s.failed == nil {
		s.failed = err
	}
}

// A recorder writes the calls of one state to a trace. In a trace a block is a number.
type recorder struct {
	out  *trace.Writer
	ids  map[uintptr]int64 // the numbers of live blocks
	free []int64           // numbers of blocks that were freed, for new blocks
}

func newRecorder(out *trace.Writer) *recorder {
	return &recorder{out: out, ids: make(map[uintptr]int64)}
}

// record writes the call that turned block p into q. If p is 0, osize is the type tag.
func (r *recorder) record(p, q uintptr, osize, nsize int64) error {
	c := trace.Call{Op: trace.Resize, OSize: osize, NSize: nsize}
	switch {
	case nsize == 0:
		c.Op = trace.Free
		if p != 0 {
			c.ID = r.ids[p]
			r.free = append(r.free, c.ID)
			delete(r.ids, p)
		}
	case p == 0:
		c.Op = trace.New
		c.ID = r.newID()
		r.ids[q] = c.ID
	default:
		c.ID = r.ids[p]
		delete(r.ids, p)
		r.ids[q] = c.ID
	}
	return r.out.Write(c)
}

func (r *recorder) newID() int64 {
	if n := len(r.free); n > 0 {
		id := r.free[n-1]
		r.free = r.free[:n-1]
		return id
	}
	return int64(len(r.ids)) + 1
}
