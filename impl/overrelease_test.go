package impl_test

import (
	"testing"

	"casalloc/impl"
)

// What is held at one budget cannot be released at another: not by a child's parent, whose count
// includes it, nor by a sibling, nor by a grandchild. Nothing changes, and the budget that holds it
// can release it then.
func TestReleasedElsewhere(t *testing.T) {
	root := newBudget(t, E, 1<<20, 0)
	mid := root.NewChild(1 << 19)
	all := map[string]*impl.Budget{
		"root": root, "mid": mid, "leaf": mid.NewChild(None), "sibling": root.NewChild(None),
	}
	for _, drained := range []bool{false, true} {
		for at, b := range all {
			for elsewhere, other := range all {
				if other == b {
					continue
				}
				must(t, b.Reserve(50))
				if drained {
					root.Exact()
				}
				want := impl.OverRelease{Released: 50}
				if got := catch(func() { other.Release(50) }); got != want {
					t.Errorf("50 bytes of %s, drained %v, released at %s: %v, want %v", at, drained, elsewhere, got, want)
				}
				b.Release(50)
				if got := root.Exact().Used; got != 0 {
					t.Fatalf("50 bytes of %s, drained %v, released at %s, then by it: %d used", at, drained, elsewhere, got)
				}
			}
		}
	}
}

// What append returns is another block if it has moved, and frees more than was charged. It is
// caught if as much is not held at the budget: of a guest with a child of its own, always.
func TestAppendedBlock(t *testing.T) {
	for _, others := range []int64{0, 1000} {
		root := newBudget(t, E, 9000, others)
		for name, b := range map[string]*impl.Budget{"root": root, "child": root.NewChild(None)} {
			alloc := impl.NewAllocator(b)
			block, err := alloc.Realloc(nil, 50)
			must(t, err)
			moved := append(block, 'x')
			n, held := int64(cap(moved)), int64(50)
			if n <= 50 {
				t.Fatalf("append has not moved a full block of 50: capacity %d", n)
			}
			if b == root {
				held += others
			}
			var want any
			if n > held {
				want = impl.OverRelease{Released: n, Held: held}
			}
			if got := catch(func() { alloc.Realloc(moved, 0) }); got != want {
				t.Errorf("%s, %d of others: free of %d bytes for 50: panic %v, want %v", name, others, n, got, want)
			}
			if want != nil {
				b.Release(50)
			} else {
				must(t, b.Reserve(n-50))
			}
			if got := root.Exact().Used; got != others {
				t.Errorf("%s, %d of others: %d used after the free", name, others, got)
			}
		}
	}
}
