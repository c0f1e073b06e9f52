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
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/cgo"
	"strings"
	"sync/atomic"
	"unsafe"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// An account decides what one State may allocate: an *impl.Account, or a wrong one in the tests.
type account interface {
	Resize(osize, nsize int64, realloc func() bool) error
	Held() int64
	Close() int64
}

// direct is no account: it charges the budget itself, and only remembers what it holds, in bytes.
type direct struct {
	*impl.Budget
	held int64
}

func (d *direct) Resize(osize, nsize int64, realloc func() bool) error {
	err := d.Budget.Resize(osize, nsize, realloc)
	if err == nil {
		d.held += nsize - osize
	}
	return err
}

func (d *direct) Held() int64 {
	if d.Stats().Mode == impl.Unlimited {
		return 0
	}
	return d.held
}

func (d *direct) Close() int64 { return d.Held() }

// Options of a State. The zero value is ready for use.
type Options struct {
	// Output gets what the script prints, a line at a time if lines are short: print, io.write and io.stdout. Nil leaves Lua the
	// standard output of the process. It must not call the State.
	Output io.Writer
	// ID is what the script finds as arg.state.
	ID int
	// Trace gets every call of the allocator that was not refused. The caller closes it after the State; see Close.
	Trace *trace.Writer
	// Shared charges the budget itself; otherwise the state has an account of it.
	Shared bool

	account func(*impl.Budget) account // nil: as Shared says
	backend backend                    // nil: malloc
	plain   bool                       // the allocator of luaL_newstate, for comparison: no budget, no Stats
}

// A State is a Lua state. It belongs to one goroutine at a time, whichever: Lua keeps nothing in a thread, so no goroutine need
// be locked to one. States are independent of each other; any number may run at once, on one Budget: each has an account of
// it. The zero value is not usable.
type State struct {
	host    *C.host
	self    cgo.Handle
	budget  *impl.Budget
	account account
	opts    Options
	trace   *recorder // nil: none
	boot    bool      // when last asked, the budget was counting: neither limited nor unlimited for good

	name   string // of what is loaded
	busy   atomic.Bool
	closed Stats // after Close

	// The call of the allocator in progress.
	block, osize, nsize uintptr
	resize              func() bool // s.callBackend, bound once: a call must not allocate Go memory

	refusal error // why the last growth failed since the call into Lua began
	failed  error // the first error of writing to Output or Trace
}

// Stats are a State's own, whatever its budget says; sizes are in bytes. All are 0 before Lua has allocated anything.
type Stats struct {
	Live  int64 // what Lua holds; 0 after Close
	Peak  int64 // the largest Live
	Calls int64 // of the allocator, refused ones and frees of NULL included
}

// Open returns a State with the libraries of Lua loaded. It returns an error that wraps ErrMemory if budget or malloc refuse
// the memory, and holds nothing then.
func Open(budget *impl.Budget, opts Options) (*State, error) {
	s := &State{budget: budget, opts: opts, boot: !opts.plain, host: (*C.host)(C.calloc(1, C.sizeof_host))}
	switch {
	case opts.plain:
	case opts.account != nil:
		s.account = opts.account(budget)
	case opts.Shared:
		s.account = &direct{Budget: budget}
	default:
		s.account = budget.NewAccount()
	}
	s.resize = s.callBackend
	s.self = cgo.NewHandle(s)
	s.host.state = C.uintptr_t(s.self)
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

// Load compiles source, which then is what Run runs. Name is a Lua chunk name: "@file", "=name", or the source itself.
// On failure it returns an *Error, or an error that wraps ErrMemory, and what was loaded before stays.
func (s *State) Load(name, source string) error {
	s.enter()
	defer s.leave()
	cname := C.CString(name)
	defer C.free(unsafe.Pointer(cname))
	if strings.HasPrefix(source, "#") { // a line for the shell
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

// Run runs what was loaded, with args as its arguments and in the table arg. It returns an *Error, an error that wraps ErrMemory,
// or if ctx ended and the script was stopped, one that wraps the context's cause. The State is usable afterwards.
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
				<-set // or it would stop the next Run
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

// Collect runs a full garbage collection.
func (s *State) Collect() {
	s.enter()
	defer s.leave()
	C.host_collect(s.host)
}

// Stats returns the statistics.
func (s *State) Stats() Stats {
	if s.host == nil {
		return s.closed
	}
	return Stats{int64(s.host.live), int64(s.host.peak), int64(s.host.calls)}
}

// Close ends the State; finalizers run. Everything it held is released, and if it is not, that is the error. Otherwise it
// returns the first error of writing to Output or Trace. A second Close does nothing and returns the same.
func (s *State) Close() error {
	if s.host == nil {
		return s.failed
	}
	s.enter()
	defer s.leave()
	C.host_close(s.host)
	s.closed = s.Stats()
	C.free(unsafe.Pointer(s.host))
	s.host = nil
	s.self.Delete()
	if s.account != nil {
		if held := s.account.Close(); held != 0 || s.closed.Live != 0 {
			s.failed = fmt.Errorf("lua54: %d bytes live and %d charged after Close", s.closed.Live, held)
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
	s.refusal = nil
	if s.boot { // Stats drains the accounts of others, so do not ask once the answer cannot change
		mode := s.budget.Stats().Mode
		s.boot = mode == impl.Counting
		if mode == impl.Unlimited && s.trace == nil && s.opts.backend == nil { // who records or counts wants to see the calls
			s.host.unlimited = 1
		}
	}
}

func (s *State) leave() { s.busy.Store(false) }

func cBool(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// charsOf returns the bytes of a string for the time of a call.
func charsOf(s string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(s))) }
