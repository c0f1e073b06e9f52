package fuzz

import (
	"fmt"
	"math"
	"slices"

	"casalloc/impl"
	"casalloc/model"
)

// accountPairs are the accounts of a pair, tenants among them. The model has none. All that can be
// observed of an account is its own limit and its own over-release, and that is kept here.
type accountPairs struct {
	accounts []*accountPair // by number; nil: none
	made     int64          // ever, with tenants
	promised int64          // bytes that direct calls in flight will give back
	look     bool           // compare the statistics after this step
	maxPeak  int64          // what the peak may be, slack included
}

// An accountPair is an account and what must be so of it. A nil one is the Budget itself.
type accountPair struct {
	owner
	number int
	held   int64 // while counted
	limit  int64
	closed bool // Close was called on it
}

// An owner is an Account or a Tenant: one goroutine can tell them apart by their readings only.
type owner interface {
	impl.Accountant
	SetLimit(n int64) error
	Held() int64
	Close() int64
	Leave() int64
}

// maxSlack bounds the slack of one account, in bytes.
const maxSlack = 512 << 10

func (a *accountPair) String() string {
	if a == nil {
		return ""
	}
	return fmt.Sprintf("account %d: ", a.number)
}

// account returns account number i, and makes it if there is none. In the middle of another call
// (nested) none is made, and nil is returned, which is the Budget itself.
func (p *pair) account(i int, nested bool) *accountPair {
	for len(p.accounts) <= i {
		p.accounts = append(p.accounts, nil)
	}
	if p.accounts[i] == nil && !nested {
		p.newPair(i, p.got.NewAccount())
	}
	return p.accounts[i]
}

func (p *pair) newPair(number int, o owner) {
	p.accounts[number] = &accountPair{owner: o, number: number, limit: model.MaxSize * 4}
	p.made++
}

// tenant forgets an account, as drop does, and has a tenant in its place.
func (p *pair) tenant(a *accountPair) {
	p.drop(a)
	p.newPair(a.number, p.got.NewTenant())
}

// drop forgets an account, closed or not. From then on a direct call may release what it held.
func (p *pair) drop(a *accountPair) {
	if i := slices.Index(p.accounts, a); i >= 0 {
		p.accounts[i] = nil
	}
}

// accountant returns what a call through a goes to.
func (p *pair) accountant(a *accountPair) impl.Accountant {
	if a == nil {
		return p.got
	}
	return a.owner
}

func (a *accountPair) add(n int64) {
	if a != nil {
		a.held += n
	}
}

// refuses returns the error of the account itself for a growth by n > 0, or nil.
func (a *accountPair) refuses(n int64) error {
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

func (p *pair) close(a *accountPair) {
	p.t.Helper()
	held := p.heldBy(a)
	p.step(fmt.Sprintf("%vClose()", a), func() string {
		a.closed = true
		return fmt.Sprintf("%d held", held)
	}, func() error { return fmt.Errorf("%d held", a.Close()) })
}

func (p *pair) leave(a *accountPair) {
	p.t.Helper()
	held := p.heldBy(a)
	p.step(fmt.Sprintf("%vLeave()", a), func() string {
		a.closed = true
		p.giveBack(a, held, model.State.Release)
		return fmt.Sprintf("%d held", held)
	}, func() error { return fmt.Errorf("%d held", a.Leave()) })
}

func (p *pair) setAccountLimit(a *accountPair, n int64) {
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

func (p *pair) heldBy(a *accountPair) int64 {
	if p.want.Mode == model.Unlimited {
		return 0
	}
	return a.held
}

// direct returns how much a direct call that would release n bytes may release. What is held
// through accounts, and what direct calls in flight have yet to give back, is not its own: to
// release that is a bug that nobody promises to find. To release more than all that is held is
// found, and may be tried, unless the release comes later: by then it need not be too much any
// more.
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

// promise runs others while a direct call is in flight that grew by d, or that will shrink by -d.
func (p *pair) promise(a *accountPair, d int64, others func()) {
	if a != nil {
		d = 0
	}
	p.promised += max(d, -d)
	others()
	p.promised -= max(d, -d)
}

// grain is how far HeldAtMost may be above what is held and slack, in bytes.
const grain = 8 << 10

// compareHeld compares what accounts say they hold, and the Usage of the Budget, which drains none
// of them. It also keeps what the peak may be: the counter and the slack of all accounts, and above
// the limit only what is held.
func (p *pair) compareHeld(at int, command string, w model.State) {
	p.t.Helper()
	for _, a := range p.accounts {
		if a == nil {
			continue
		}
		want := p.heldBy(a)
		if got := a.Held(); got != want {
			p.t.Fatalf("command %d: after %s: account %d holds %d, want %d", at, command, a.number, got, want)
		}
		one, ok := a.owner.(*impl.Account)
		if !ok {
			continue
		}
		most := want + maxSlack + grain
		if w.Mode == model.Unlimited {
			most = 0
		}
		if got := one.HeldAtMost(); got < want || got > most {
			p.t.Fatalf("command %d: after %s: account %d: HeldAtMost() = %d, want %d to %d",
				at, command, a.number, got, want, most)
		}
	}
	p.compareUsage(at, command, w)
	taken := w.Allocated + p.made*maxSlack
	if w.Mode == model.Enforcing {
		taken = min(taken, max(w.Limit, w.Allocated))
	}
	p.maxPeak = max(p.maxPeak, taken)
}

// compareUsage compares what can be read without draining: the counter and the slack of accounts.
func (p *pair) compareUsage(at int, command string, w model.State) {
	p.t.Helper()
	u := p.got.Usage()
	slack := u.Taken - w.Allocated
	want := impl.Usage{Mode: impl.Mode(w.Mode), Limit: w.Limit, Taken: u.Taken, Headroom: w.Headroom() - slack}
	if w.Mode == model.Unlimited {
		want.Headroom = math.MaxInt64
	}
	if u != want || slack < 0 || slack > p.made*maxSlack {
		p.t.Fatalf("command %d: after %s: Usage() = %+v, want slack of 0 to %d beside %+v",
			at, command, u, p.made*maxSlack, w)
	}
}
