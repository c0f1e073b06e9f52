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

// lifeInC runs every.lua in a state of its own while the calls of f fail. The books must balance.
func lifeInC(t *testing.T, f fault) (seen int64, err error) {
	t.Helper()
	budget := newBudget(t, 64<<20)
	setFault(f.from, f.to, f.shrinks)
	s, err := live(t, budget, Options{Output: discard}, "every", f.mode())
	seen = faultSeen()
	if used := budget.Stats().Used; used != 0 {
		t.Errorf("calls %d to %d failed: %d bytes charged after Close, want 0", f.from, f.to, used)
	}
	if s == nil {
		return seen, err
	}
	if st := s.Stats(); st.Crossed > st.Calls/4+f.to-f.from+10 {
		t.Errorf("%d calls went into Go %d times: this is not the fast path", st.Calls, st.Crossed)
	}
	var failed int64
	if !f.shrinks {
		failed = max(0, min(seen, f.to)-f.from+1)
	}
	if got := s.Budget().Stats().RolledBack; got != failed {
		t.Errorf("calls %d to %d failed: %d rolled back, want %d", f.from, f.to, got, failed)
	}
	return seen, err
}

// Malloc fails at each growth, or shrink, in turn and at the next one, which is Lua's second try,
// or from each growth on for good.
func TestFaultInC(t *testing.T) {
	for name, c := range map[string]struct {
		length  int64
		shrinks bool
	}{"AtEachGrowth": {2, false}, "FromEachGrowthOn": {always, false}, "AtEachShrink": {2, true}} {
		t.Run(name, func(t *testing.T) {
			calls, err := lifeInC(t, fault{from: always, to: always, shrinks: c.shrinks})
			must(t, err)
			var fatal int64
			for n := int64(1); n <= calls && !t.Failed(); n += thin {
				_, err := lifeInC(t, fault{from: n, to: min(n+c.length-1, always), shrinks: c.shrinks})
				if err == nil {
					continue
				}
				fatal++
				if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrBackend) {
					t.Errorf("call %d of %d failed: %v, want ErrMemory and ErrBackend", n, calls, err)
				}
			}
			t.Logf("%d calls, %d of them fatal", calls, fatal)
			if calls < 20 || !c.shrinks && fatal < calls/2/thin {
				t.Errorf("%d calls, %d of them fatal, want more", calls, fatal)
			}
		})
	}
}
