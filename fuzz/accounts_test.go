package fuzz

import (
	"fmt"
	"slices"

	"casalloc/impl"
	"casalloc/model"
)

// accountants are the accounts of a pair. The model knows nothing of them: accounts change nothing that can be observed but that each
// has its own limit and its own over-release, which is all that is kept here.
type accountants struct {
	accounts []*account // by number; nil: none
	made     int64      // ever
	promised int64      // bytes that direct calls in flight will give back
	look     bool       // compare the statistics after this step
	most     int64      // what the peak may be, slack included
}

// An account is one and what is known of it. A nil account is the Budget itself.
type account struct {
	*impl.Account
	number int
	held   int64 // while counted
	limit  int64
	closed bool
}

// slack is the most that lies in one account, in bytes.
const slack = 512 << 10

func (a *account) String() string {
	if a == nil {
		return ""
	}
	return fmt.Sprintf("account %d: ", a.number)
}

// account returns account number i. It is made if it is not there, but not in the middle of another call (nested): then it is the
// Budget itself.
func (p *pair) account(i int, nested bool) *account {
	for len(p.accounts) <= i {
		p.accounts = append(p.accounts, nil)
	}
	if p.accounts[i] == nil && !nested {
		p.accounts[i] = &account{Account: p.got.NewAccount(), number: i, limit: model.MaxSize * 4}
		p.made++
	}
	return p.accounts[i]
}

// drop forgets an account, closed or not. What it held is anyone's to release.
func (p *pair) drop(a *account) {
	if i := slices.Index(p.accounts, a); i >= 0 {
		p.accounts[i] = nil
	}
}

func (p *pair) memory(a *account) impl.Accountant {
	if a == nil {
		return p.got
	}
	return a.Account
}

func (a *account) add(n int64) {
	if a != nil {
		a.held += n
	}
}

// refuses is the error of a growth by n > 0, if the account itself has one.
func (a *account) refuses(n int64) error {
	switch {
	case a == nil:
		return nil
	case a.closed:
		return impl.ErrClosed
	case n > a.limit-a.held:
		return impl.ErrAccountLimit
	}
	return nil
}

func (p *pair) close(a *account) {
	p.t.Helper()
	held := p.heldBy(a)
	p.step(fmt.Sprintf("%vClose()", a), func() string {
		a.closed = true
		return fmt.Sprintf("%d held", held)
	}, func() error { return fmt.Errorf("%d held", a.Close()) })
}

func (p *pair) setAccountLimit(a *account, n int64) {
	p.t.Helper()
	p.step(fmt.Sprintf("%vSetLimit(%d)", a, n), func() string {
		switch {
		case n < 1 || !valid(n):
			return "ErrSize"
		case a.closed:
			return "ErrClosed"
		}
		a.limit = n
		return "nil"
	}, func() error { return a.SetLimit(n) })
}

func (p *pair) heldBy(a *account) int64 {
	if p.want.Mode == model.Unlimited {
		return 0
	}
	return a.held
}

// direct is how much a direct call that would release n bytes may release. What is held through accounts, and what direct calls in flight
// have yet to give back, is not its own, and releasing that is a bug that nobody promises to find. More than all
// that is held is found, and may be tried, unless it comes later and is not too much any more by then.
func (p *pair) direct(n int64, later bool) int64 {
	own := p.want.Allocated - p.promised
	for _, a := range p.accounts {
		if a != nil {
			own -= a.held
		}
	}
	if p.made == 0 || p.want.Mode == model.Unlimited || n <= own || n > p.want.Allocated && !later {
		return n
	}
	return max(0, own)
}

// promise runs others while a direct call that grew by d (shrinks by -d) is in flight.
func (p *pair) promise(a *account, d int64, others func()) {
	if a != nil {
		d = 0
	}
	p.promised += max(d, -d)
	others()
	p.promised -= max(d, -d)
}

// compareHeld compares what accounts say they hold, which disturbs nobody, and keeps book of what the peak may be: the counter and
// the slack of all accounts, which are not granted above the limit either.
func (p *pair) compareHeld(at int, command string, w model.State) {
	p.t.Helper()
	for _, a := range p.accounts {
		if a == nil {
			continue
		}
		if got, want := a.Held(), p.heldBy(a); got != want {
			p.t.Fatalf("command %d: after %s: account %d holds %d, want %d", at, command, a.number, got, want)
		}
	}
	most := w.Allocated + p.made*slack
	if w.Mode == model.Enforcing {
		most = min(most, max(w.Limit, w.Allocated))
	}
	p.most = max(p.most, most)
}
