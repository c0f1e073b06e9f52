package main

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"casalloc/impl/internal/bytesize"
)

// limits are the limits of a run in bytes, one after another. None: there is no limit.
type limits []int64

// Set implements flag.Value.
func (l *limits) Set(text string) error {
	var set limits
	for size := range strings.SplitSeq(text, ",") {
		var n bytesize.Size
		if err := n.Set(size); err != nil {
			return err
		}
		set = append(set, int64(n))
	}
	*l = set
	return nil
}

// String implements flag.Value.
func (l *limits) String() string {
	var sizes []string
	for _, n := range *l {
		sizes = append(sizes, strconv.FormatInt(n, 10))
	}
	return strings.Join(sizes, ",")
}

// A schedule says when the limit moves: each is in force for an equal share of the traces.
type schedule struct {
	limits limits
	traces int64 // of the run; at least as many as limits

	mu sync.Mutex // orders changes
}

// largest returns the largest limit, in bytes, or 0 if there is none.
func (s *schedule) largest() int64 {
	if len(s.limits) == 0 {
		return 0
	}
	return slices.Max(s.limits)
}

// traceEnded counts a trace, and sets the limit that is due then.
func (b *books) traceEnded() error {
	s := &b.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	ended, n := b.progress.traces.Add(1), int64(len(s.limits))
	due := ended * n / s.traces
	if due == (ended-1)*n/s.traces || ended == s.traces {
		return nil
	}
	return b.setLimit(s.limits[due])
}
