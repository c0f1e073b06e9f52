//go:build lua54

package lua54

/*
#cgo pkg-config: lua5.4
#cgo nocallback host_realloc
#include <stdlib.h>
#include "host.h"
*/
import "C"

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/cgo"
	"strings"
	"sync/atomic"
	"unsafe"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// Options of a State. The zero value is ready for use.
type Options struct {
	// Limit is the State's own, in bytes: it holds no more, whatever others hold. 0 is none for
	// good; a State that may get one later has one of impl.MaxSize.
	Limit int64
	// Output gets what the script writes with print, io.write and io.stdout: at the end of a
	// line, and within a line that is longer than 512 bytes. Nil leaves Lua the standard output
	// of the process. Output must not call the State.
	Output io.Writer
	// ID is what the script finds as arg.state.
	ID int
	// Trace gets every call of the allocator that was not refused. The caller closes it after the
	// State; see Close.
	Trace *trace.Writer
	// Meter counts what the State holds together with other States; nil: none.
	Meter *Meter

	// resize is a wrong Resize of the budget; nil: the right one.
	resize  func(b *impl.Budget, osize, nsize int64, realloc func() bool) error
	backend backend // nil: malloc
	plain   bool    // the allocator of luaL_newstate: no budget, no Stats
}

// A State is a Lua state. One goroutine at a time may use it, and not always the same one. Lua
// keeps nothing in a thread, so no goroutine need be locked to a thread. States are independent
// of each other: any number of them may run at once, in one tree of budgets. The zero value is not
// usable.
type State struct {
	host   *C.host
	handle cgo.Handle     // which keeps the State until Close
	pinned runtime.Pinner // the budget, which the host uses
	budget *impl.Budget   // nil: Options.plain
	opts   Options
	trace  *recorder // nil: none

	name  string // of what is loaded
	busy  atomic.Bool
	final Stats // those at Close

	// The call of the allocator in progress.
	block, osize, nsize uintptr
	realloc             func() bool // s.callBackend, bound once: a call must not allocate Go memory

	failure error // the last of the allocator since enter
	failed  error // the first of writing to Output or Trace
}

// Stats are what a State counts itself, also when its budget counts nothing. Sizes are in bytes.
type Stats struct {
	Live  int64 // what Lua holds; 0 after Close
	Peak  int64 // the largest Live since ResetPeak or Open
	Calls int64 // of the allocator, refused ones and frees of NULL included
	// Crossed is how many times these calls went from C into Go.
	Crossed int64
}

// Open returns a State with the libraries of Lua loaded, whose memory is charged to a child of
// parent that it makes. If a limit or malloc refuse the memory, it returns an error that wraps
// ErrMemory, and nothing is held. It panics if opts.Limit is no size.
func Open(parent *impl.Budget, opts Options) (*State, error) {
	s := &State{opts: opts}
	if !opts.plain {
		s.budget = parent.NewChild(cmp.Or(opts.Limit, impl.NoLimit))
	}
	s.host = (*C.host)(C.calloc(1, C.sizeof_host))
	s.realloc = s.callBackend
	s.handle = cgo.NewHandle(s)
	s.host.handle = C.uintptr_t(s.handle)
	if opts.Meter != nil {
		s.host.meter = opts.Meter.c
	}
	if !s.seen() {
		if b := impl.CBudget(s.budget); b != nil {
			s.pinned.Pin(b)
			s.host.budget = (*C.budget)(unsafe.Pointer(b))
		}
	}
	if opts.Trace != nil {
		s.trace = newRecorder(opts.Trace)
		s.host.traced = 1
	}
	s.enter()
	err := s.result(C.host_open(s.host, cBool(opts.Output != nil), cBool(opts.plain)))
	s.leave()
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Load compiles source for Run. Name is a Lua chunk name: "@file", "=name", or the source itself.
// On failure it returns an *Error or an error that wraps ErrMemory, and what was loaded before
// stays.
func (s *State) Load(name, source string) error {
	s.enter()
	defer s.leave()
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	if strings.HasPrefix(source, "#") { // a first line for the shell
		source = "--" + source
	}
	err := s.result(C.host_load(s.host, charsOf(source), C.size_t(len(source)), cname))
	if err == nil {
		s.name = strings.TrimLeft(name, "@=")
	}
	return err
}

// LoadFile loads the file at path.
func (s *State) LoadFile(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return s.Load("@"+path, string(source))
}

// Run runs what was loaded, with args as its arguments and in the table arg. On failure it
// returns an *Error or an error that wraps ErrMemory. If ctx ended and the script was stopped, it
// returns an error that wraps the context's cause. The State is usable afterwards.
func (s *State) Run(ctx context.Context, args ...string) error {
	if s.name == "" {
		return errors.New("lua54: nothing loaded")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.enter()
	defer s.leave()

	if ctx.Done() != nil {
		stop := (*int32)(&s.host.stop)
		set := make(chan struct{})
		cancel := context.AfterFunc(ctx, func() {
			atomic.StoreInt32(stop, 1)
			close(set)
		})
		defer func() {
			if !cancel() {
				<-set // without waiting, it could stop the next Run
			}
			atomic.StoreInt32(stop, 0)
		}()
	}

	all, lens := strings.Join(args, ""), make([]C.size_t, len(args))
	for i, a := range args {
		lens[i] = C.size_t(len(a))
	}
	status := C.host_run(s.host, charsOf(s.name), C.size_t(len(s.name)), C.int(s.opts.ID),
		charsOf(all), unsafe.SliceData(lens), C.int(len(lens)), cBool(ctx.Done() != nil))
	if status != C.LUA_OK && s.host.stopped != 0 {
		return &stopError{C.GoString(&s.host.where[0]), context.Cause(ctx)}
	}
	return s.result(status)
}

// Budget returns the child that the State is charged to: for a new limit, a name, or a reading.
// Close closes it.
func (s *State) Budget() *impl.Budget { return s.budget }

// Collect runs a full garbage collection.
func (s *State) Collect() {
	s.enter()
	defer s.leave()
	C.host_collect(s.host)
}

// Stats returns the statistics. After Close they are those at Close.
func (s *State) Stats() Stats {
	if s.host == nil {
		return s.final
	}
	return Stats{int64(s.host.live), int64(s.host.peak), int64(s.host.calls), int64(s.host.crossed)}
}

// ResetPeak makes what the State holds now the Peak of its Stats.
func (s *State) ResetPeak() {
	s.enter()
	defer s.leave()
	s.host.peak = s.host.live
}

// Close runs the finalizers, ends the State, and releases what it held. If anything is still
// held, it returns that as an error, else the first error of writing to Output or Trace. A second
// Close does nothing and returns the same.
func (s *State) Close() error {
	if s.host == nil {
		return s.failed
	}
	s.enter()
	defer s.leave()
	C.host_close(s.host)
	s.final = s.Stats()
	C.free(unsafe.Pointer(s.host))
	s.host = nil
	s.pinned.Unpin()
	s.handle.Delete()
	if s.budget != nil {
		if held := s.budget.Close(); held != 0 || s.final.Live != 0 {
			s.failed = fmt.Errorf("lua54: %d bytes live and %d charged after Close", s.final.Live, held)
		}
	}
	return s.failed
}

// enter begins a call into Lua.
func (s *State) enter() {
	if !s.busy.CompareAndSwap(false, true) {
		panic("lua54: State used by two goroutines at once")
	}
	if s.host == nil {
		panic("lua54: State used after Close")
	}
	s.failure = nil
	if !s.seen() && s.budget.Stats().Mode == impl.Unlimited { // for good
		s.host.unlimited = 1
	}
}

// seen reports that C decides no call of the allocator: a trace, and a test, must see every call.
func (s *State) seen() bool {
	return s.opts.plain || s.opts.Trace != nil || s.opts.backend != nil || s.opts.resize != nil
}

func (s *State) leave() { s.busy.Store(false) }

func cBool(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// charsOf returns the bytes of s, to be used during one call of C.
func charsOf(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }
