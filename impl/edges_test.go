package impl_test

import (
	"testing"

	"casalloc/impl"
)

// The edges of what is allowed, from the inside: nothing is not too little, and the largest size not too large.
func TestEdges(t *testing.T) {
	b := newBudget(t, impl.Counting, 0, 0)
	b.Release(0)
	must(t, b.Reserve(impl.MaxSize))
	must(t, b.Resize(impl.MaxSize, impl.MaxSize-1, func() bool { return true }))
	b.EndBoot()
	b.Release(0)
	must(t, b.Resize(impl.MaxSize, 0, func() bool { return true }))
}
