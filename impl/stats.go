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
// not allocate. It waits only while accounts are stocked: then it drains them all, which costs an
// atomic operation each, and their owners a refill.
func (b *Budget) Stats() Stats {
	var s Stats
	if w, base := b.reading(); w >= unlimited {
		s.Mode = Unlimited
	} else {
		s.Allocated = (base - w) >> tagBits
		if limit := base >> tagBits; limit != countingBase {
			s.Mode, s.Limit = Enforcing, limit
		}
	}
	s.Peak = max(b.peak.Load(), s.Allocated)
	s.Refused = b.refused.Load()
	s.RolledBack = b.rolledBack.Load()
	return s
}

// reading returns the word, at an instant when no account is stocked, and unless it is in the
// unlimited band its base.
func (b *Budget) reading() (w, base int64) {
	for {
		w = b.word.Load()
		base = b.baseOf(w)
		if w >= unlimited || (base-w)&tagMask == 0 {
			// Linearization point of Stats (no action: a reading): the load of w.
			return w, base
		}
		if w&stocked != 0 {
			b.setter.Lock()
			b.drainAccounts()
			// Linearization point of Stats (no action: a reading): the load of w. Until we unlock,
			// nobody stocks an account or changes the limit.
			w = b.word.Load()
			base = b.baseOf(w)
			b.setter.Unlock()
			return w, base
		}
		// R7: the limit has changed since w was loaded.
	}
}
