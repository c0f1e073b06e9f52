package impl_test

import (
	"errors"
	"testing"

	"casalloc/impl"
)

// However large the requests, a child keeps no more slack than two batches, and one after growth: a
// peak overstates by no more. A child that has children keeps larger ones.
func TestSlackIsBounded(t *testing.T) {
	root := newBudget(t, E, Max, 0)
	mid := root.NewChild(Max)
	for n := int64(1); n < 1<<40; n += 1 + n/2 {
		for name, tt := range map[string]struct {
			b     *impl.Budget
			batch int64
		}{
			"child": {root.NewChild(None), impl.MaxBatch}, "grandchild": {mid.NewChild(None), impl.MaxBatch}, "mid": {mid, impl.InnerBatch},
		} {
			for range 3 {
				must(t, tt.b.Reserve(n))
				if s := impl.Slack(tt.b); s > tt.batch {
					t.Fatalf("%s: slack %d after a growth by %d, want at most %d", name, s, n, tt.batch)
				}
				tt.b.Release(n)
				if s := impl.Slack(tt.b); s > 2*tt.batch {
					t.Fatalf("%s: slack %d after %d bytes came and went, want at most %d", name, s, n, 2*tt.batch)
				}
			}
			if tt.b != mid {
				tt.b.Close()
			}
		}
	}
	if got := root.Exact().Used; got != 0 {
		t.Errorf("%d used, want 0", got)
	}
}

// While another caller has the lock, these calls do not wait for it: each kind of release, a
// rollback, a cheap reading, and a growth from slack, from the root, or from the word of a parent.
// Slack above the cap stays then, until a release that gets the lock.
func TestCallsThatDoNotWait(t *testing.T) {
	root := newBudget(t, E, 1<<20, 20)
	mid := root.NewChild(Max)
	must(t, mid.Reserve(20))
	stocked := newStocked(t, mid, None, 400_000)
	drained, left := root.NewChild(None), mid.NewChild(None)
	must(t, errors.Join(drained.Reserve(20), left.Reserve(20)))
	root.Exact()
	left.Leave()
	must(t, stocked.Reserve(1))
	if impl.Slack(stocked) <= 0 || impl.Slack(drained) >= 0 {
		t.Fatalf("slack %d and %d", impl.Slack(stocked), impl.Slack(drained))
	}
	impl.Busy(root, func() {
		must(t, stocked.Reserve(impl.Slack(stocked)))
		stocked.Release(200_000)
		if s, most := impl.Slack(stocked), impl.Cap(stocked); s <= most {
			t.Errorf("slack %d, want more than its cap of %d", s, most)
		}
		must(t, root.Reserve(20))
		must(t, drained.Reserve(20))
		for _, b := range []*impl.Budget{root, mid, stocked, drained, left} {
			b.Release(20)
			b.Stats()
		}
		drained.Resize(0, 5, fail)
		if drained.Reserve(Max) != impl.ErrLimit {
			t.Error("a growth without hope is granted")
		}
	})
	stocked.Release(1)
	if s, most := impl.Slack(stocked), impl.Cap(stocked); s > most {
		t.Errorf("slack %d after a release that had the lock, want at most its cap of %d", s, most)
	}
	if s := stocked.Stats(); impl.Slack(drained) != -1 || root.Exact().Used != s.Used+20+20 {
		t.Errorf("%d used, want %d and the 20 of the root and of the other child", root.Exact().Used, s.Used)
	}
}
