//go:build lua54

package lua54

import (
	"testing"

	"casalloc/impl"
)

// A State asks the budget for its mode, before each call into Lua and when it is asked what it
// holds. The slack of others stays where it is.
func TestModeDrainsNobody(t *testing.T) {
	for _, opts := range []Options{{}, {Shared: true}} {
		budget := impl.NewBudget() // Counting, which may yet become Unlimited
		s := open(t, budget, opts)
		budget.Stats()
		other := budget.NewAccount()
		must(t, other.Reserve(1))
		before := budget.Usage().Taken
		s.ResetPeak() // calls no allocator
		held := s.charger.Held()
		if after := budget.Usage().Taken; after != before || before <= held+1 {
			t.Errorf("Shared %v: %d bytes taken, then %d; want the same, with slack over the %d held",
				opts.Shared, before, after, held+1)
		}
		budget.EndBoot()
		s.ResetPeak()
		if s.host.unlimited == 0 || s.charger.Held() != 0 {
			t.Errorf("Shared %v: still counted after EndBoot, %d held", opts.Shared, s.charger.Held())
		}
	}
}
