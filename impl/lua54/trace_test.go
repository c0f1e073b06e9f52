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
// enough, and one byte less is not.
func TestTrace(t *testing.T) {
	for _, script := range scripts {
		var text bytes.Buffer
		w := trace.NewWriter(&text)
		s := open(t, newBudget(t, 0), Options{Output: discard, Trace: w})
		must(t, runFile(s, script))
		if err := errors.Join(s.Close(), w.Close()); err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		calls, err := play(text.Bytes(), newBudget(t, s.Stats().Peak))
		if err != nil || calls != s.Stats().Calls {
			t.Errorf("%s: played %d calls, %v; the state made %d", script, calls, err, s.Stats().Calls)
		}
		if _, err := play(text.Bytes(), newBudget(t, s.Stats().Peak-1)); err != impl.ErrLimit {
			t.Errorf("%s: with a limit below the peak: %v, want ErrLimit", script, err)
		}
	}
}

// The trace of a state that runs out of memory has the calls that were granted. It ends with
// nothing live.
func TestTraceOutOfMemory(t *testing.T) {
	const limit = 1 << 20
	var text bytes.Buffer
	w := trace.NewWriter(&text)
	s := open(t, newBudget(t, limit), Options{Trace: w})
	if err := runFile(s, "greedy"); !errors.Is(err, impl.ErrLimit) {
		t.Fatalf("Run = %v, want ErrLimit", err)
	}
	must(t, errors.Join(s.Close(), w.Close()))
	if _, err := play(text.Bytes(), newBudget(t, limit)); err != nil {
		t.Error(err)
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
	if got := b.Stats().Allocated; got != 0 {
		return calls, errors.New("counter not 0 at the end")
	}
	return calls, nil
}
