//go:build interleave

package impl

// Nothing is decided by what others read of a stock, so in this build it is no memory: it would
// only make states that no call can tell apart. The reading is for one goroutine, or with none at
// work.
type readable struct{}

func (readable) follow(int64) {}

func readTaken(st *stock) int64 { return st.taken.Load() }
