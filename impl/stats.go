package impl

import "fmt"

// Mode is what a Budget does with a request.
type Mode uint8

const (
	Counting  Mode = iota // counts, and refuses nothing by a limit of its own
	Enforcing             // counts, and refuses what does not fit
	Unlimited             // does neither
)

func (m Mode) String() string {
	switch m {
	case Counting:
		return "counting"
	case Enforcing:
		return "enforcing"
	case Unlimited:
		return "unlimited"
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// Stats are the statistics of a Budget; sizes are in bytes.
type Stats struct {
	Mode       Mode
	Closed     bool  // after Close or Leave
	Limit      int64 // its own; NoLimit if it has none; 0 after Close
	Used       int64 // held at it and below it, reserved and not yet rolled back; 0 when Unlimited
	Peak       int64 // the largest Used so far, slack of its children included; stays when Unlimited
	Refused    int64 // growths called on it that did not fit, at it or above it
	RolledBack int64 // growths called on it whose backend failed or panicked
}

// Stats returns the statistics without a lock: it drains nobody and waits for nobody. Used was true
// at one instant during the call, and of a root so were Mode and Limit with it; the Limit of a child
// is of an instant after it. But Used includes the slack of the children of b, and of theirs: it is
// an upper bound, exact if b has no children. Another reading beside it may see a release at a
// child, and not yet at b. Stats does not allocate.
func (b *Budget) Stats() Stats {
	for {
		w := b.word.Load()
		base := b.baseOf(w)
		if w < unlimited && w&drained == 0 && (base^w)&genMask != 0 {
			continue // R7: the base has changed since w was loaded.
		}
		// Linearization point of Stats (BudgetTree!StatsLoad): the load of w.
		return b.stats(w, base)
	}
}

// Exact is Stats with a Used that is exact: the slack of all below b comes back first, which costs
// them a refill each, and takes the lock of the tree.
func (b *Budget) Exact() Stats {
	b.tree.lock.Lock()
	defer b.tree.lock.Unlock()
	b.drainStock()
	// Linearization point of Exact (BudgetTree!ReadWord): the load of the word.
	w := b.word.Load()
	return b.stats(w, b.baseOf(w))
}

// stats returns the statistics as of a word w and its base.
func (b *Budget) stats(w, base int64) Stats {
	s := Stats{Limit: b.limit.Load()}
	switch {
	case b.parent != nil:
	case s.Limit == closed:
		// Linearization point of Stats of a root that is closed (BudgetTree!StatsLoad): it may have been
		// closed after w. The base stays.
		w = b.word.Load()
		base = b.baseOf(w)
	case w < unlimited:
		if s.Limit = base >> tagBits; s.Limit == countingBase {
			s.Limit = NoLimit
		}
	}
	s.Used = usedOf(w, base)
	s.Peak = max(b.peak.Load(), s.Used)
	switch {
	case w >= unlimited, w&drained != 0 && b.tree.root.word.Load() >= unlimited:
		s.Mode, s.Used = Unlimited, 0
	case s.Limit != NoLimit:
		s.Mode = Enforcing
	}
	if s.Limit == closed {
		s.Closed, s.Limit = true, 0
	}
	s.Refused, s.RolledBack = b.refused.Load(), b.rolledBack.Load()
	if b.parent == nil {
		for i := range b.tree.tallies {
			s.Refused += b.tree.tallies[i].refused.Load()
			s.RolledBack += b.tree.tallies[i].rolledBack.Load()
		}
	}
	return s
}

// Parent returns the budget that b is a child of; nil of a root.
func (b *Budget) Parent() *Budget { return b.parent }

// Children returns the children of b that were not closed, the newest last. It takes the lock of
// the tree, and allocates.
func (b *Budget) Children() []*Budget {
	b.tree.lock.Lock()
	defer b.tree.lock.Unlock()
	return b.children.all(ofChildren)
}

// SetName gives b a name for reports.
func (b *Budget) SetName(name string) { b.name.Store(&name) }

// Name returns the name that SetName gave to b, "" if none.
func (b *Budget) Name() string {
	if name := b.name.Load(); name != nil {
		return *name
	}
	return ""
}

// Path returns the names of b and of all above it, the root first, with slashes between. One
// without a name is a "?", and the root then nothing.
func (b *Budget) Path() string {
	name := b.Name()
	switch {
	case b.parent == nil:
		return name
	case name == "":
		name = "?"
	}
	return b.parent.Path() + "/" + name
}
