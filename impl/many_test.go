//go:build !interleave

package impl_test

import (
	"runtime"
	"slices"
	"testing"
	"weak"

	"casalloc/impl"
)

// The seam that the tag interleave puts below has no more than 15 budgets.

// 10,000 children that were closed, or have left, leave no trace: neither in a list nor in memory,
// whether they are counted or not.
func TestClosedLeaveNoTrace(t *testing.T) {
	for _, m := range []impl.Mode{E, U} {
		root := newBudget(t, m, Max, 0)
		mid := root.NewChild(Max)
		var gone []weak.Pointer[impl.Budget]
		for i := range 10_000 {
			b := []*impl.Budget{root, mid}[i%2].NewChild([]int64{None, 1000}[i/2%2])
			b.SetName("guest")
			must(t, b.Reserve(10))
			b.Release(5)
			if gone = append(gone, weak.Make(b)); i%3 == 0 {
				b.Leave()
			} else {
				b.Close()
			}
		}
		runtime.GC()
		left := slices.DeleteFunc(gone, func(p weak.Pointer[impl.Budget]) bool { return p.Value() == nil })
		if len(left) > 1 { // the last can still be in a register
			t.Errorf("%v: %d of 10,000 closed children are still in memory", m, len(left))
		}
		for name, b := range map[string]*impl.Budget{"root": root, "mid": mid} {
			if open, stocked := impl.Listed(b); open > 1 || stocked > 1 || len(b.Children()) != int(open) {
				t.Errorf("%v: %s still knows %d children, %d stocked, %d open", m, name, open, stocked, len(b.Children()))
			}
		}
		// What those who were closed hold stays charged.
		if got, want := root.Exact().Used, int64(10_000/3*2*5); got != want && m == E {
			t.Errorf("%d used, want %d", got, want)
		}
	}
}

// To make, stock, drain and close one of 100,000 children, none of the others is touched: only its
// two neighbors in a list.
func TestSiblingsAreNotTouched(t *testing.T) {
	root := newBudget(t, E, Max, 0)
	var all []*impl.Budget
	for range 100_000 {
		all = append(all, root.NewChild(1000))
	}
	i := len(all) / 2
	b := all[i]
	before := make([]impl.Memory, len(all))
	for i, o := range all {
		before[i] = impl.MemoryOf(o)
	}
	must(t, b.Reserve(10))
	must(t, b.SetLimit(500))
	root.Exact()
	late := root.NewChild(None)
	must(t, late.Reserve(10))
	b.Close()
	b.Leave()
	var touched []int
	for i, o := range all {
		if before[i] != impl.MemoryOf(o) {
			touched = append(touched, i)
		}
	}
	if want := []int{i - 1, i, i + 1, len(all) - 1}; !slices.Equal(touched, want) { // the last is next to late
		t.Errorf("children %d are touched, want %d", touched, want)
	}
}

// An active child has the same batch beside 100,000 idle ones as beside none: those that were never
// used, and those that were drained since. So it is refilled no more often.
func TestIdleSiblings(t *testing.T) {
	const limit = 1 << 20 // a hundred-thousandth of it is too little for a batch
	batches := map[string]int64{}
	for name, idle := range map[string]int{"alone": 0, "beside idle ones": 100_000} {
		root := newBudget(t, E, limit, 0)
		var all []*impl.Budget
		for i := range idle {
			b := root.NewChild(None)
			all = append(all, b)
			if i%1000 == 0 {
				must(t, b.Reserve(1))
				b.Release(1)
			}
		}
		if root.Reserve(limit) != nil { // which drains those that were used
			t.Fatal("slack of idle children is a reason to refuse")
		}
		root.Release(limit)
		batches[name] = impl.Slack(newStocked(t, root, None, 1))
		runtime.KeepAlive(all)
	}
	if batches["alone"] != batches["beside idle ones"] {
		t.Errorf("batches %v, want the same", batches)
	}
}

// A request that is larger than all that can be free drains none of 10,000 children, nor does one
// that is larger than a limit on its path.
func TestHopelessDrainsNobody(t *testing.T) {
	root := newBudget(t, E, 1<<40, 0)
	mid := root.NewChild(1 << 30)
	must(t, root.Reserve(1<<39)) // and as much is free
	var all []*impl.Budget
	for range 10_000 {
		all = append(all, newStocked(t, root, None, 1))
	}
	hostile := map[*impl.Budget]int64{root: 1<<39 + 1<<36, mid: 1<<30 + 1, all[0]: 1<<39 + 1<<36, mid.NewChild(None): 1<<30 + 1, all[1]: Max}
	impl.Busy(root, func() { // nor does it wait for the lock
		for b, n := range hostile {
			if err := b.Reserve(n); err != impl.ErrLimit {
				t.Errorf("Reserve(%d) = %v, want ErrLimit", n, err)
			}
		}
	})
	for i, b := range all {
		if impl.Slack(b) <= 0 {
			t.Fatalf("child %d was drained", i)
		}
	}
	// One that other children's slack could avert drains those that are stocked, once.
	if err := root.Reserve(1<<39 - 10_000 + 1); err != impl.ErrLimit {
		t.Errorf("a growth by a byte more than is free = %v, want ErrLimit", err)
	}
	if _, stocked := impl.Listed(root); stocked != 0 {
		t.Errorf("%d children are stocked after a refusal that drains", stocked)
	}
	must(t, root.Reserve(1<<39-10_000))
}
