//go:build lua54

package lua54

import (
	"bytes"
	"errors"
	"testing"

	"casalloc/impl"
	"casalloc/impl/trace"
)

// The trace of a state is read back and played against a budget. A limit of the state's peak is
// enough, and one byte less is not. That of a state that runs out of memory has the calls that were
// granted. Each ends with nothing live.
func TestTrace(t *testing.T) {
	limits := map[string]int64{"greedy": 1 << 20}
	for _, script := range append([]string{"greedy"}, scripts...) {
		var text bytes.Buffer
		w, refused := trace.NewWriter(&text), limits[script] > 0
		s, err := live(t, newBudget(t, limits[script]), Options{Output: discard, Trace: w}, script)
		if errors.Is(err, impl.ErrLimit) != refused || err != nil && !refused {
			t.Fatalf("%s: %v", script, err)
		}
		must(t, w.Close())
		calls, err := play(text.Bytes(), newBudget(t, s.Stats().Peak))
		if err != nil || calls != s.Stats().Calls && !refused {
			t.Errorf("%s: played %d calls, %v; the state made %d", script, calls, err, s.Stats().Calls)
		}
		if _, err := play(text.Bytes(), newBudget(t, s.Stats().Peak-1)); err != impl.ErrLimit {
			t.Errorf("%s: with a limit below the peak: %v, want ErrLimit", script, err)
		}
	}
}

// play makes the calls of a trace to a budget.
func play(text []byte, b *impl.Budget) (calls int64, err error) {
	for c, err := range trace.NewReader(bytes.NewReader(text), "trace").All() {
		if err != nil {
			return calls, err
		}
		calls++
		osize, nsize := c.Sizes()
		if err := b.Resize(osize, nsize, func() bool { return true }); err != nil {
			return calls, err
		}
	}
	if got := b.Stats().Used; got != 0 {
		return calls, errors.New("bytes used at the end")
	}
	return calls, nil
}
