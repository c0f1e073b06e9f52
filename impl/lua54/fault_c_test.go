//go:build lua54 && fault

package lua54

import (
	"errors"
	"testing"

	"casalloc/impl"
)

// The tests of fault_test.go for the fast path in C: malloc itself fails, at every point. Run them
// with
//
//	go test -tags lua54,fault ./impl/lua54 -run FaultInC

// lifeInC runs every.lua in a state of its own while calls from to to fail. The books must balance.
func lifeInC(t *testing.T, from, to int64, shrinks bool) (seen int64, err error) {
	t.Helper()
	budget := newBudget(t, 64<<20)
	setFault(from, to, shrinks)
	mode := "generational"
	if shrinks {
		mode = "incremental"
	}
	var s *State
	err = func() (err error) {
		if s, err = Open(budget, Options{Output: discard}); err != nil {
			return err
		}
		if err := s.LoadFile(path("every")); err != nil {
			return err
		}
		return s.Run(t.Context(), mode)
	}()
	if s != nil {
		if e := s.Close(); e != nil {
			t.Errorf("calls %d to %d failed: %v", from, to, e)
		}
		if st := s.Stats(); st.Crossed > st.Calls/4+to-from+10 {
			t.Errorf("%d calls went into Go %d times: this is not the fast path", st.Calls, st.Crossed)
		}
	}
	seen = faultSeen()
	stats, failed := budget.Stats(), int64(0)
	if !shrinks {
		failed = max(0, min(seen, to)-from+1)
	}
	if stats.Allocated != 0 || stats.RolledBack != failed {
		t.Errorf("calls %d to %d failed: %d bytes charged and %d rolled back after Close, want 0 and %d",
			from, to, stats.Allocated, stats.RolledBack, failed)
	}
	return seen, err
}

func testFaultInC(t *testing.T, shrinks bool, length int64) {
	calls, err := lifeInC(t, always, always, shrinks)
	if err != nil {
		t.Fatal(err)
	}
	var fatal int64
	for n := int64(1); n <= calls && !t.Failed(); n += thin {
		to := min(n+length-1, always)
		if _, err := lifeInC(t, n, to, shrinks); err != nil {
			fatal++
			if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrBackend) {
				t.Errorf("call %d of %d failed: %v, want ErrMemory and ErrBackend", n, calls, err)
			}
		}
	}
	t.Logf("%d calls, %d of them fatal", calls, fatal)
	if calls < 20 || !shrinks && fatal < calls/2/thin {
		t.Errorf("%d calls, %d of them fatal, want more", calls, fatal)
	}
}

// Malloc fails at each growth in turn, and at the next growth, which is Lua's second try.
func TestFaultInCAtEachGrowth(t *testing.T) { testFaultInC(t, false, 2) }

// Malloc fails from each growth on, for good.
func TestFaultInCFromEachGrowthOn(t *testing.T) { testFaultInC(t, false, always) }

// Malloc fails at each shrink in turn and at the next.
func TestFaultInCAtEachShrink(t *testing.T) { testFaultInC(t, true, 2) }
