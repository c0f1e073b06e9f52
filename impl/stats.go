package impl

import "fmt"

// Mode is what a Budget does with a request.
type Mode uint8

const (
	Counting  Mode = iota // counts, refuses nothing
	Enforcing             // counts, refuses what does not fit
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

// Stats are a Budget's statistics; sizes are in bytes.
type Stats struct {
	Mode       Mode
	Limit      int64 // 0 unless Enforcing
	Allocated  int64 // the counter: held, reserved and not yet rolled back; 0 when Unlimited
	Peak       int64 // the largest Allocated so far, slack of accounts included; stays when Unlimited
	Refused    int64 // growths that did not fit
	RolledBack int64 // growths whose backend failed or panicked after they were reserved
}

// Stats returns the statistics. Mode, Limit and Allocated are exact together: they were true at one
// instant during the call. The others leave out what calls in progress have yet to add. Stats does
// not allocate. It waits, for the setter lock, only if there are accounts. Then it reads the line
// of each and drains those that are stocked, which costs their owners a refill. It panics with an
// [OverRelease] if the counter is below 0.
func (b *Budget) Stats() Stats {
	for {
		w := b.word.Load()
		if w&stocked != 0 || b.accounts.Load() > 0 {
			return b.statsOfAll()
		}
		base := b.baseOf(w)
		if w >= unlimited || (base-w)&tagMask == 0 {
			// Linearization point of Stats (no action: a reading): the load of w.
			return b.stats(w, base)
		}
		// R7: the limit has changed since w was loaded.
	}
}

// statsOfAll is Stats of a Budget that has accounts.
func (b *Budget) statsOfAll() Stats {
	b.setter.Lock()
	defer b.setter.Unlock()
	b.drainAccounts()
	// Linearization point of Stats (no action: a reading): the load of w. Until we unlock, nobody
	// stocks an account or changes the limit.
	w := b.word.Load()
	s := b.stats(w, b.baseOf(w))
	for _, st := range b.stocks.all() {
		s.Refused += st.refused.Load()
		s.RolledBack += st.rolledBack.Load()
	}
	return s
}

// stats returns the statistics as of a word w, when no account was stocked, and its base. The
// tallies of accounts are not in it.
func (b *Budget) stats(w, base int64) Stats {
	var s Stats
	if w >= unlimited {
		s.Mode = Unlimited
	} else {
		s.Allocated = (base - w) >> tagBits
		checkCounter(s.Allocated)
		if limit := base >> tagBits; limit != countingBase {
			s.Mode, s.Limit = Enforcing, limit
		}
	}
	s.Peak = max(b.peak.Load(), s.Allocated)
	for i := range b.direct {
		s.Refused += b.direct[i].refused.Load()
		s.RolledBack += b.direct[i].rolledBack.Load()
	}
	return s
}
