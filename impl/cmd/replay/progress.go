package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"casalloc/impl"
)

// A progress is how far a run is. Written by the states after each batch, refusal and trace.
type progress struct {
	calls   atomic.Int64
	refused atomic.Int64 // growths
	traces  atomic.Int64 // played to the end, or out of memory
}

// show prints q on a terminal, again and again while a run lasts. The function that it returns ends
// that and erases the line.
func (p program) show(q *progress, mode impl.Mode, traces int64) (end func()) {
	if p.progress == 0 {
		return func() {}
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(p.progress)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprintf(p.stderr, "\r\x1b[K%s: %d of %d traces, %s calls",
					mode, q.traces.Load(), traces, thousands(q.calls.Load()))
			case <-done:
				fmt.Fprint(p.stderr, "\r\x1b[K")
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
