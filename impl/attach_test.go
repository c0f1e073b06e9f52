//go:build interleave

package impl_test

import (
	"fmt"
	"math"
	"testing"

	"casalloc/impl"
)

// attach has on see each atomic operation on the memory of the tree of b before it happens, with
// the number of the budget whose memory it is; -1 is the tree's. What one goroutine does is then a
// sequence that can be counted, and interrupted.
func attach(b *impl.Budget, on func(cell string, owner int, op impl.Op)) {
	var cells []impl.Cell
	var owners []int
	cells = impl.Attach(b, 0, func(i int, op impl.Op) int64 {
		c := &cells[i]
		if c.Guard == 0 {
			on(c.Name, owners[i], op)
		}
		if !op.Enabled(c.Value) {
			panic("a call waits for a lock, and there is no other call")
		}
		return op.Do(&c.Value)
	})
	for _, c := range cells {
		owner := -1
		fmt.Sscanf(c.Name, "budgets[%d]", &owner)
		owners = append(owners, owner)
	}
}

// A Release of 4 bytes stalls before its compare-and-swap, while the 4 bytes are released by another
// and the limit changes: it must be an OverRelease, up to 2,047 changes.
func TestStalledRelease(t *testing.T) {
	for _, changes := range []int{0, 1, 2, 127, 128, 256, 1024, 2047} {
		for at := range 2 { // the root, a child
			b := stallable(t, at)
			meanwhile := func() {
				b.Release(4)
				for range changes {
					must(t, b.SetLimit(6))
				}
			}
			attach(b, func(_ string, owner int, op impl.Op) {
				if m := meanwhile; m != nil && op.Kind == impl.OpCompareAndSwap {
					meanwhile = nil
					m()
				}
			})
			want := impl.OverRelease{Released: 4}
			if got := catch(func() { b.Release(4) }); got != want || b.Stats().Used != 0 {
				t.Errorf("budget %d, %d changes: %v with %d used, want %v", at, changes, got, b.Stats().Used, want)
			}
		}
	}
}

// A Release of 4 bytes that are held stalls before any of its steps, while the limit changes: however
// often, it must not be reported.
func TestNoFalseReport(t *testing.T) {
	for _, changes := range []int{1, 2, 2047, 2048, 4096} {
		for at := range 2 {
			for stalled := range 12 {
				b := stallable(t, at)
				step := 0
				attach(b, func(string, int, impl.Op) {
					if step++; step != stalled {
						return
					}
					for i := range changes {
						must(t, b.SetLimit([]int64{6, 1}[i%2]))
						if at == 1 { // it is stocked when its limit lets it be: that is a change too
							must(t, b.SetLimit(600))
							must(t, b.Reserve(1))
							b.Release(1)
						}
					}
				})
				got := catch(func() { b.Release(4) })
				step = stalled // a reading is not stalled: it may be wrong after as many changes
				if used := b.Stats().Used; got != nil || used != 0 {
					t.Errorf("budget %d, %d changes before step %d: %v with %d used, want 0", at, changes, stalled, got, used)
				}
			}
		}
	}
}

// stallable returns the root of a tree, or a child with slack, at which 4 bytes are held.
func stallable(t *testing.T, at int) *impl.Budget {
	b := newBudget(t, E, 10, 0)
	if at == 1 {
		must(t, b.SetLimit(1<<20))
		return newStocked(t, b, 1000, 4)
	}
	must(t, b.Reserve(4))
	return b
}

// Every row is a call, and how many operations on shared memory it may take more for each sibling
// that has slack: none, or as many as drain it. Those that have none never count.
func TestStepsBesideSiblings(t *testing.T) {
	for _, tt := range []struct {
		name   string
		drains bool
		call   func(root, b *impl.Budget)
	}{
		{"a growth from slack, and its release", false, func(_, b *impl.Budget) { must(t, b.Reserve(1)); b.Release(1) }},
		{"a growth that is refilled", false, func(_, b *impl.Budget) { must(t, b.Reserve(impl.Slack(b)+1)) }},
		{"a growth and a release at the root", false, func(root, _ *impl.Budget) { must(t, root.Reserve(1)); root.Release(1) }},
		{"a refusal without hope", false, func(root, _ *impl.Budget) { refused(t, root, 4<<20) }},
		{"a refusal by its own limit", false, func(_, b *impl.Budget) { refused(t, b, 1<<19-9) }},
		{"a refusal by what it may have in all", false, func(_, b *impl.Budget) { refused(t, b, 1<<19+1) }},
		{"SetLimit", false, func(_, b *impl.Budget) { must(t, b.SetLimit(5)) }},
		{"Stats", false, func(root, _ *impl.Budget) { root.Stats() }},
		{"Close", false, func(_, b *impl.Budget) { b.Close() }},
		{"Leave", false, func(_, b *impl.Budget) { b.Leave() }},
		{"a refusal that drains", true, func(root, _ *impl.Budget) { refused(t, root, 1<<20-9) }},
		{"Exact", true, func(root, _ *impl.Budget) { root.Exact() }},
		{"SetLimit of the root", true, func(root, _ *impl.Budget) { must(t, root.SetLimit(5)) }},
	} {
		count := func(idle, stocked int) (n int) {
			root := newBudget(t, E, 8<<20, 7<<20)
			for range idle {
				root.NewChild(None)
			}
			b := newStocked(t, root, 1<<19, 10)
			for range stocked {
				newStocked(t, root, None, 1)
			}
			attach(root, func(string, int, impl.Op) { n++ })
			tt.call(root, b)
			return n
		}
		alone, one, ten := count(0, 0), count(0, 1), count(0, 10)
		if idle := count(10, 0); idle != alone {
			t.Errorf("%s: %d operations beside 10 without slack, %d alone", tt.name, idle, alone)
		}
		if (one > alone) != tt.drains || math.Abs(float64(10*(one-alone)-(ten-alone))) > 10 {
			t.Errorf("%s: %d operations alone, %d beside one that has slack, %d beside ten; drains: %v",
				tt.name, alone, one, ten, tt.drains)
		}
	}
}

func refused(t *testing.T, b *impl.Budget, n int64) {
	t.Helper()
	if err := b.Reserve(n); err != impl.ErrLimit {
		t.Errorf("Reserve(%d) = %v, want ErrLimit", n, err)
	}
}

// A growth from slack and its release take as many operations at the fourth level as at the first.
func TestStepsAtLevels(t *testing.T) {
	var counts []int
	for levels := range 5 {
		root := newBudget(t, E, 1<<30, 0)
		b := root
		for range levels {
			b = b.NewChild(Max)
		}
		must(t, b.Reserve(20))
		b.Release(10) // which is the peak
		n := 0
		attach(root, func(_ string, owner int, _ impl.Op) {
			if n++; owner != levels {
				t.Errorf("level %d: an operation on the memory of %d", levels, owner)
			}
		})
		must(t, b.Reserve(1))
		b.Release(1)
		counts = append(counts, n)
	}
	const want = 2 + 5 // word, compare-and-swap; word, base, cap, peak, compare-and-swap
	for levels, n := range counts {
		if n != want {
			t.Errorf("%d operations at level %d, want %d", n, levels, want)
		}
	}
}
