//go:build interleave

package linearizability

import (
	"flag"
	"testing"
	"time"
)

var (
	large     = flag.Bool("large", false, "explore the large scenarios too, with progress")
	maxStates = flag.Int("states", 100_000_000, "explore so many states of one scenario at most; more is a failure")
)

func explore(t *testing.T, text string) *graph {
	t.Helper()
	x, err := newExplorer(text)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	g, err := x.explore(t.Context(), *maxStates, func(states, open int) {
		t.Logf("%v: %d states, %d open", time.Since(begin).Round(time.Second), states, open)
	})
	if f, ok := err.(*failure); ok {
		t.Fatal(f.report())
	} else if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d states, %d steps, %d ends, %d local states, %d histories, %v", len(g.states), g.steps, g.runs, len(x.locals),
		len(x.monitors), time.Since(begin).Round(time.Millisecond))
	return g
}

func TestTry(t *testing.T) {
	for _, s := range flag.Args() {
		t.Run(s, func(t *testing.T) { explore(t, s) })
	}
}
