//go:build !interleave

package impl

import "sync/atomic"

// A readable is what others may read of a stock's taken, which is the owner's own. It follows taken
// by less than grain. Exactly it would cost the owner a locked instruction for each call that goes
// to the word, a third of its price.
type readable struct{ v atomic.Int64 }

// follow is called by the owner when taken becomes n.
func (r *readable) follow(n int64) {
	if d := n - r.v.Load(); d >= grain || d <= -grain {
		r.v.Store(n)
	}
}

// readTaken returns the taken of st, give or take less than grain.
func readTaken(st *stock) int64 { return st.readable.v.Load() }
