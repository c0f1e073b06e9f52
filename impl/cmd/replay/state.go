package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// batchSize is how many calls are made between two looks at the clock: a small part of a time slice
// of 10 ms.
const batchSize = 1024

// A state is a Lua state that plays traces: the calls of one batch, and its own statistics.
type state struct {
	_ [lineSize]byte

	mode   impl.Mode
	budget budget // the state's own, or the one that all share
	books  *books
	local  bool       // live bytes are counted here and added to the books between batches, unchecked
	fail   float64    // probability that the backend fails
	rand   *rand.Rand // decides it

	osize, nsize int64       // arguments of the call in progress, for the backend
	limit        *int64      // of the books when it began
	realloc      func() bool // s.backend, made once: a method value in the call is an allocation
	check        func(int64) // of the books, or s.checkOwn; likewise
	batch        []trace.Call

	calls, refused, failed, failedGrowths int64
	outOfMemory                           int64
	unbooked                              int64 // live bytes not yet added to the books; 0 unless local
	live                                  int64 // live bytes of this state; not counted if local
	heldAtEnd                             int64 // bytes, at the state's own budget
	busy                                  time.Duration

	_ [lineSize]byte
}

func newState(mode impl.Mode, b *books, cfg config) *state {
	s := &state{mode: mode, budget: b.budget, books: b, fail: cfg.fail, batch: make([]trace.Call, 0, batchSize)}
	s.local = mode == impl.Unlimited || cfg.unchecked
	s.realloc, s.check = s.backend, b.check
	if !b.shared {
		s.budget, s.check = b.budget.newChild(), s.checkOwn
	}
	return s
}

// end closes the own budget of a state whose blocks are freed.
func (s *state) end() {
	if !s.books.shared {
		s.heldAtEnd = s.budget.Close()
	}
}

// play makes the calls of a trace, up to its end or until memory runs out; then the state is
// closed. The error is the trace's.
func (s *state) play(ctx context.Context, r *trace.Reader, random *rand.Rand) error {
	s.rand = random
	for {
		batch, err := s.read(r)
		var done int
		s.timed(func() { done = s.do(batch) })
		s.books.progress.calls.Add(int64(done))
		if done < len(batch) {
			s.outOfMemory++
		} else if err == nil && ctx.Err() == nil {
			continue
		}
		for _, c := range slices.Backward(batch[done:]) {
			r.Live().Undo(c)
		}
		s.timed(func() { s.close(r.Live()) })
		if err == io.EOF {
			err = nil
		}
		return err
	}
}

// read returns the next batch and the error that ended it.
func (s *state) read(r *trace.Reader) ([]trace.Call, error) {
	s.batch = s.batch[:0]
	for c, err := range r.All() {
		if err != nil {
			return s.batch, err
		}
		if s.batch = append(s.batch, c); len(s.batch) == cap(s.batch) {
			return s.batch, nil
		}
	}
	return s.batch, io.EOF
}

// do makes calls until one fails, and returns how many did not.
func (s *state) do(calls []trace.Call) (done int) {
	for _, c := range calls {
		if !s.resize(c.Sizes()) {
			break
		}
		done++
	}
	return done
}

// close frees all blocks, as lua_close does.
func (s *state) close(live *trace.Blocks) {
	for _, size := range live.All() {
		s.resize(size, 0)
	}
}

// timed does work on the clock. Before that the goroutine goes to the end of the queue: it then has
// a whole time slice for the work, and the waiting for a processor is not measured.
func (s *state) timed(work func()) {
	runtime.Gosched()
	start := time.Now()
	work()
	s.busy += time.Since(start)
	s.books.add(s.unbooked)
	s.unbooked = 0
	if !s.books.shared && !s.local {
		s.books.check(s.books.live.Load())
	}
}

// resize makes a block of osize bytes one of nsize bytes, as a lua_Alloc function does. It reports
// whether the call succeeded.
func (s *state) resize(osize, nsize int64) bool {
	s.calls++
	s.osize, s.nsize, s.limit = osize, nsize, s.books.limit.Load()
	err := s.budget.Resize(osize, nsize, s.realloc)
	if err == nil {
		return true
	}
	s.failure(err)
	return false
}

// failure books a call that failed.
func (s *state) failure(err error) {
	switch {
	case errors.Is(err, impl.ErrBackend):
		return // the backend has counted it
	case s.nsize <= s.osize:
		s.books.fail("ShrinkNeverRefused", "%d bytes to %d: %v", s.osize, s.nsize, err)
	case s.mode != impl.Enforcing || !errors.Is(err, impl.ErrLimit):
		s.books.fail("NoFalseRefusal", "%s, %d bytes to %d: %v", s.mode, s.osize, s.nsize, err)
	}
	s.refused++
	s.books.progress.refused.Add(1)
}

// backend is the memory behind the state: it counts bytes where malloc would make them.
func (s *state) backend() bool {
	d := s.nsize - s.osize
	if s.fail > 0 && s.nsize > 0 && s.rand.Float64() < s.fail {
		s.failed++
		if d > 0 {
			s.failedGrowths++
		}
		return false
	}
	if s.local {
		s.unbooked += d
		return true
	}
	if d > 0 {
		s.live += d
	}
	s.books.move(d, s.limit, s.check)
	if d < 0 {
		s.live += d
	}
	return true
}

// checkOwn compares the live bytes of this state with what its own budget uses. Only this goroutine
// moves either, so the comparison is exact.
func (s *state) checkOwn(int64) {
	if used := s.budget.Stats().Used; s.live > used {
		s.books.fail("LiveWithinCharge", "%d bytes of a state live with %d used", s.live, used)
	}
}

// recovered turns an over-release into a broken promise, and passes on any other panic.
func (s *state) recovered(p any) {
	switch p := p.(type) {
	case nil:
	case impl.OverRelease:
		s.books.fail("Exact", "%d bytes to %d: panic: %v", s.osize, s.nsize, p)
	default:
		panic(p)
	}
}
