//go:build lua54

package lua54

import (
	"errors"
	"sync"
	"testing"
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
	if st := budget.Stats(); st.Allocated != 0 || st.Peak > limit || meter.Peak() > limit {
		t.Errorf("limit %d: %d bytes charged at the end, peak %d; Lua held at most %d",
			limit, st.Allocated, st.Peak, meter.Peak())
	}
	return errors.Join(errs[:]...) == nil
}
