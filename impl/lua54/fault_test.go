//go:build lua54

package lua54

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
)

// A fault says which calls of one kind fail.
type fault struct {
	from, to int64 // the first and the last that fail, counted from 1
	shrinks  bool  // the kind: shrinks, or growths
	seen     int64 // how many calls of the kind there were
}

func (f *fault) hits(_, osize, nsize uintptr) bool {
	if nsize == 0 || nsize == osize || (nsize < osize) != f.shrinks {
		return false
	}
	f.seen++
	return f.from <= f.seen && f.seen <= f.to
}

const always = 1 << 62

// mode is that of the collector for which calls of the kind are the most.
func (f *fault) mode() string {
	if f.shrinks {
		return "incremental"
	}
	return "generational"
}

// life opens a state, runs every.lua, closes it, and returns the first error. The books must
// balance. In every sixteenth life whose fault is over, the state must then run the script again.
func life(t *testing.T, f *fault) error {
	t.Helper()
	b := newBooks(t, 64<<20)
	b.fails = f.hits
	err := func() error {
		s, err := Open(b.budget, Options{Output: discard, backend: b.realloc})
		if err != nil {
			return err
		}
		defer s.Close()
		err = runFile(s, "every", f.mode())
		if err != nil && f.seen > f.to && f.from%16 == 0 { // malloc works again: so must the state
			s.Collect()
			if err := runFile(s, "every", f.mode()); err != nil {
				t.Errorf("Run after call %d failed: %v", f.from, err)
			}
		}
		return err
	}()
	if e := b.balance(); e != nil {
		t.Errorf("calls %d to %d failed: %v", f.from, f.to, e)
	}
	return err
}

// eachCall runs one life for every step-th call, with the fault that make returns for that call. It
// returns how many calls of the kind one life makes, and how many lives had an error.
func eachCall(t *testing.T, step int64, make func(n int64) *fault) (calls, failed int64) {
	step *= thin
	all := make(always)
	must(t, life(t, all))
	calls = all.seen
	var next, failures atomic.Int64
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := next.Add(step); n <= calls && !t.Failed(); n = next.Add(step) {
				err := life(t, make(n))
				if err == nil {
					continue
				}
				failures.Add(1)
				if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrBackend) {
					t.Errorf("call %d of %d failed: %v, want ErrMemory and ErrBackend", n, calls, err)
				}
			}
		})
	}
	wg.Wait()
	return calls, failures.Load()
}

// Malloc fails at every step-th growth, or shrink, in turn, and at those that come directly after
// it.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name         string
		step, length int64
		shrinks      bool
		calls        int64                          // at least
		fatal        func(failed, calls int64) bool // as it is to be
	}{
		// Lua collects and tries again, so most scripts go on. String buffers do not try again, nor
		// does a state that is not complete yet.
		{"Once", 4, 1, false, 3000, func(failed, calls int64) bool { return 0 < failed && failed <= calls/10 }},
		// The next growth is Lua's second try.
		{"AtEachGrowth", 1, 2, false, 3000, nearlyAll},
		// For good. The state must close without a growth.
		{"FromEachGrowthOn", 1, always, false, 3000, nearlyAll},
		// As in Lua's own tests.
		{"AtEachShrink", 1, 2, true, 20, func(failed, calls int64) bool { return true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls, failed := eachCall(t, c.step, func(n int64) *fault {
				return &fault{from: n, to: min(n+c.length-1, always), shrinks: c.shrinks}
			})
			t.Logf("%d calls, %d of them fatal", calls, failed)
			if calls < c.calls || !c.fatal(failed, calls) {
				t.Errorf("%d calls, %d of them fatal: too few, or too many", calls, failed)
			}
		})
	}
}

func nearlyAll(failed, calls int64) bool { return failed >= calls*3/4/thin }

// stern refuses every call after which more than the limit would be used, so also a shrink, as
// HAProxy does.
func stern(b *impl.Budget, osize, nsize int64, realloc func() bool) error {
	if s := b.Parent().Exact(); s.Mode == impl.Enforcing && nsize > 0 && s.Used+nsize-osize > s.Limit {
		return impl.ErrLimit
	}
	return b.Resize(osize, nsize, realloc)
}

// The limit is lowered below what a state holds. Then the state collects garbage in the
// generational mode, and Lua 5.4.4 shrinks its table of strings. It moves the strings to the
// lower half and asks for the shrink. If that fails, it runs an emergency collection, which looks
// for dead strings where they no longer are, and crashes. Because of ShrinkNeverRefused such a
// state lives.
func TestShrinkAboveTheLimit(t *testing.T) {
	const refuse = "LUA54_TEST_REFUSE_SHRINKS"
	const limit = 64 << 10
	b := newBooks(t, 0)
	opts := Options{backend: b.realloc, Output: writerFunc(func(p []byte) (int, error) {
		return len(p), b.budget.SetLimit(limit)
	})}
	if os.Getenv(refuse) != "" {
		opts.resize = stern
	}
	s := open(t, b.budget, opts)
	must(t, run(t, s, `
		local big = ("x"):rep(1e6)
		local old = {}
		for i = 1, 2000 do old[i] = "old" .. i end
		collectgarbage("generational")
		collectgarbage("stop")
		local young = {}
		for i = 1, 30000 do young[i] = "young" .. i end
		old, young = nil, nil
		print() -- now the limit is lowered
		local before = collectgarbage("count")
		collectgarbage("step") -- frees young; the collector has not found that old is garbage
		assert(collectgarbage("count") < before and #big == 1e6)`))
	if got := b.budget.Stats(); got.Used <= limit {
		t.Errorf("%+v, want more used than the limit", got)
	}
	s.Close()
	b.check(t)

	if os.Getenv(refuse) == "" {
		child := exec.Command(os.Args[0], "-test.run=^TestShrinkAboveTheLimit$")
		child.Env = append(os.Environ(), refuse+"=1")
		out, err := child.CombinedOutput()
		if first, _, _ := strings.Cut(string(out), "\n"); !strings.HasPrefix(first, "SIGSEGV") {
			t.Logf("this Lua survives a refused shrink: %v, %s", err, first)
		} else {
			t.Logf("this Lua does not survive a refused shrink: %s", first)
		}
	}
}
