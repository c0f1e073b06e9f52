package impl_test

import (
	"testing"

	"casalloc/impl"
)

// Every row ends with nothing used. What was held is the peak of each budget above it, whoever held
// it, and however it went; slack may have come to it.
func TestPeak(t *testing.T) {
	const held = 1000
	for name, call := range map[string]func(root, mid, leaf *impl.Budget){
		"a release to the slack, which is drained": func(root, mid, leaf *impl.Budget) {
			leaf.Release(held)
			root.Exact()
		},
		"a release to the slack of the level above": func(root, mid, leaf *impl.Budget) {
			must(t, leaf.SetLimit(held)) // drains it, and leaves mid stocked
			leaf.Release(held)
			root.Exact()
		},
		"a release at drained budgets": func(root, mid, leaf *impl.Budget) { root.Exact(); leaf.Release(held) },
		"one leaves":                   func(root, mid, leaf *impl.Budget) { leaf.Leave() },
		"all leave":                    func(root, mid, leaf *impl.Budget) { root.Leave() },
		"the level above leaves, then a late release": func(root, mid, leaf *impl.Budget) {
			mid.Leave()
			leaf.Release(held)
		},
		"all leave, then a late release": func(root, mid, leaf *impl.Budget) { root.Leave(); leaf.Release(held) },
		"a move": func(root, mid, leaf *impl.Budget) {
			must(t, leaf.Move(root, held))
			root.Release(held)
		},
		"the end of the boot": func(root, mid, leaf *impl.Budget) { root.EndBoot() },
	} {
		root := impl.NewBudget()
		mid := root.NewChild(Max)
		leaf := newStocked(t, mid, Max, held)
		most := []int64{root.Stats().Used, mid.Stats().Used, held}
		if most[1] == held || most[0] == most[1] {
			t.Fatalf("%d used: neither level has slack", most)
		}
		call(root, mid, leaf)
		for i, b := range []*impl.Budget{root, mid, leaf} {
			if s := b.Stats(); s.Peak < held || s.Peak > most[i] {
				t.Errorf("%s: level %d: peak %d, want %d to %d", name, i, s.Peak, held, most[i])
			}
		}
	}
	// A growth on the word of a level above that has slack, since another has the lock.
	root := impl.NewBudget()
	mid := root.NewChild(Max)
	leaf := mid.NewChild(None)
	must(t, mid.Reserve(1))
	impl.Busy(root, func() {
		must(t, leaf.Reserve(held))
		leaf.Release(held)
	})
	if got := mid.Stats(); got.Peak != held+1 || got.Used != 1 {
		t.Errorf("%+v, want 1 used, peak %d", got, held+1)
	}
}
