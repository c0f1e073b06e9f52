package impl

import "math"

// grain is by how much what others read of an account may be behind, in bytes.
const grain = 4 << 10

// A Usage is a reading of a Budget that disturbs nobody. Sizes are in bytes.
type Usage struct {
	Mode     Mode
	Limit    int64 // 0 unless Enforcing
	Taken    int64 // at least the counter: it includes the slack of accounts; 0 when Unlimited
	Headroom int64 // so much fits, at least; below 0 if the limit is below Taken
}

// Usage is the cheap reading beside [Budget.Stats], which is exact. It is one load of the word, and
// one of its base. It drains no account, waits for nobody and does not allocate. What it returns
// was true at one instant during the call. It panics with an [OverRelease] if Taken is below 0.
//
// Taken is an upper bound of the counter, and Headroom a lower bound of what fits, each off by the
// slack of all accounts and tenants: at most 512 KiB for each of them, and nothing if there are
// none. While Counting, Headroom is what the range of the counter leaves. When Unlimited it is
// math.MaxInt64.
func (b *Budget) Usage() Usage {
	w, base := b.paired()
	if w >= unlimited {
		return Usage{Mode: Unlimited, Headroom: math.MaxInt64}
	}
	// Linearization point of Usage (no action: a reading): the load of w. Slack is taken from the
	// word before it is in a stock, and is back in the word after it has left.
	u := Usage{Headroom: w >> tagBits}
	limit := base >> tagBits
	u.Taken = limit - u.Headroom
	checkCounter(u.Taken)
	if limit != countingBase {
		u.Mode, u.Limit = Enforcing, limit
	}
	return u
}

// HeldAtMost returns an upper bound of what is held through the account, in bytes, and 0 if the
// Budget is Unlimited. Any goroutine may call it. It reads two words, drains nobody and waits for
// nobody. It leaves out what a call of the owner in progress has yet to add or to take away.
// Otherwise it is at most 520 KiB too high: 512 KiB of slack and two roundings of 4 KiB. The
// owner's [Account.Held] is exact, and so is [Tenant.Held].
func (a *Account) HeldAtMost() int64 {
	if a.budget.word.Load() >= unlimited {
		return 0
	}
	return readTaken(a.stock) + grain
}
