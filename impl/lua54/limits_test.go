//go:build lua54

package lua54

import (
	"cmp"
	"errors"
	"sync"
	"testing"

	"casalloc/impl"
)

// Two states at once run each script under limits in small steps, from 64 KiB up to where it is
// never refused. Every run ends in success or in a clean memory error, all books balance, and while
// the limit is in force what Lua holds never passes it.
func TestLimitsInSmallSteps(t *testing.T) {
	all := 0
	for _, script := range scripts {
		t.Run(script, func(t *testing.T) {
			var succeeded, refused int
			for limit := int64(64 << 10); succeeded < 3 && !t.Failed(); limit += limit/32*thin + 4096 {
				ok := underLimit(t, script, limit)
				if ok {
					succeeded++
				} else {
					refused++
				}
			}
			t.Logf("%d limits refused, %d did not", refused, succeeded)
			all += refused
		})
	}
	if all < 20 {
		t.Errorf("%d limits refused, want more", all)
	}
}

// underLimit reports whether a script ended well in both of two states.
func underLimit(t *testing.T, script string, limit int64) bool {
	t.Helper()
	budget, meter := newBudget(t, limit), NewMeter()
	var wg sync.WaitGroup
	var errs [2]error
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = live(t, budget, Options{Output: discard, Meter: meter}, script)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil && !errors.Is(err, ErrMemory) {
			t.Errorf("limit %d: %v, want a memory error", limit, err)
		}
	}
	if st := budget.Stats(); st.Used != 0 || st.Peak > limit || meter.Peak() > limit {
		t.Errorf("limit %d: %d bytes charged at the end, peak %d; Lua held at most %d",
			limit, st.Used, st.Peak, meter.Peak())
	}
	return errors.Join(errs[:]...) == nil
}

// A state ends at its own limit, at that of its customer, or at that of all, and the error names
// the budget that refused.
func TestLimitsAtThreeLevels(t *testing.T) {
	all := newBudget(t, 4<<20)
	customer := all.NewChild(2 << 20)
	for _, c := range []struct {
		parent  *impl.Budget
		limit   int64
		refuses *impl.Budget // nil: that of the state
	}{{customer, 1 << 20, nil}, {customer, 3 << 20, customer}, {customer, 0, customer}, {all, 0, all}} {
		s := open(t, c.parent, Options{Limit: c.limit})
		want := cmp.Or(c.refuses, s.Budget())
		err := runFile(s, "greedy")
		got, ok := errors.AsType[impl.Refusal](err)
		if !ok || !errors.Is(err, ErrMemory) || got.Err != impl.ErrLimit || got.Budget != want {
			t.Errorf("%+v: %v", c, err)
		}
		if peak := s.Stats().Peak; peak > got.Limit || peak < got.Limit*99/100 {
			t.Errorf("%+v: peak %d with a limit of %d", c, peak, got.Limit)
		}
		must(t, s.Close())
	}
}
