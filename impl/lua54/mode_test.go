//go:build lua54

package lua54

import (
	"testing"

	"casalloc/impl"
)

// A State asks its budget for the mode before each call into Lua. The slack of others stays where
// it is.
func TestModeDrainsNobody(t *testing.T) {
	budget := impl.NewBudget() // Counting, which may yet become Unlimited
	s := open(t, budget, Options{})
	budget.Exact()
	other := budget.NewChild(impl.NoLimit)
	must(t, other.Reserve(1))
	before := budget.Stats().Used
	s.ResetPeak() // calls no allocator
	held := s.budget.Stats().Used
	if after := budget.Stats().Used; after != before || before <= held+1 {
		t.Errorf("%d bytes used, then %d; want the same, with slack over the %d held", before, after, held+1)
	}
	budget.EndBoot()
	s.ResetPeak()
	if s.host.unlimited == 0 || s.budget.Stats().Used != 0 {
		t.Errorf("still counted after EndBoot: %+v", s.budget.Stats())
	}
}
