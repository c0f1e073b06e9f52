package impl

// The largest batches, in bytes: of a child, and of one that has children.
const (
	MaxBatch   = maxBatch
	InnerBatch = innerBatch
)

// Slack is the slack of a child, in bytes, or -1 if it is drained.
func Slack(b *Budget) int64 {
	if w := b.word.Load(); w&drained == 0 {
		return w >> tagBits
	}
	return -1
}

// Cap is the most slack that a release leaves a stocked child, in bytes.
func Cap(b *Budget) int64 { return b.cap.Load() >> tagBits }

// Listed is how many children b has in its lists: those that are open, and those that are stocked.
func Listed(b *Budget) (open, stocked int64) {
	Busy(b, func() { open, stocked = b.children.len(), b.stock.len() })
	return open, stocked
}

// Busy calls f while another caller has the lock of the tree of b.
func Busy(b *Budget, f func()) {
	b.tree.lock.Lock()
	defer b.tree.lock.Unlock()
	f()
}
