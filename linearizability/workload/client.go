package workload

import (
	"fmt"
	"runtime"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A client is one goroutine.
type client struct {
	*run
	recorder   *linearizability.Recorder
	number     int
	calls      []calls.Call
	next       int              // calls made, or begun
	parts      [calls.Vias]part // by what the call goes through
	refused    int64            // growths that did not fit
	rolledBack int64            // growths whose backend failed or panicked
	err        error            // the first check that failed
}

// A part is what a client has through one account, the tenant, or the Budget itself.
type part struct {
	calls.Book
	owner  calls.Owner // nil: the Budget itself, or no account now
	moving int64       // charged beside what is held: calls whose backend runs have or give it back, bytes
}

// charged is what the account has charged for the client.
func (p *part) charged() calls.Book {
	b := p.Book
	b.Held += p.moving
	return b
}

// hold takes over n bytes that are held, with those of a block. What is too much for one block is
// loose.
func (p *part) hold(n, block int64) {
	p.Held += n
	p.Block = min(p.Block+block, model.MaxSize)
}

func (c *client) held() (n int64) {
	for _, p := range c.parts {
		n += p.Held
	}
	return n
}

func (c *client) errorf(format string, args ...any) {
	if c.err == nil {
		format = "client %d, call %d, %v: " + format
		c.err = fmt.Errorf(format, append([]any{c.number, c.next, c.calls[c.next-1]}, args...)...)
	}
	c.failed.Store(true)
}

func (c *client) carryOut() {
	defer c.pace.End(c.number)
	for c.next < len(c.calls) && !c.failed.Load() {
		c.pace.Call(c.number)
		c.do()
	}
}

// yield lets others run, at one call in four: in the backend, or before a call that has none.
func (c *client) yield() {
	if (c.number+c.next)%4 == 0 {
		runtime.Gosched()
	}
}

// do makes the next call.
func (c *client) do() {
	cmd := c.calls[c.next]
	c.next++
	if !cmd.Op.HasBackend() {
		c.yield()
	}
	p := &c.parts[cmd.Via]
	n := cmd.Size.In(func(b calls.Base) int64 { return c.base(b, cmd.Via) })
	switch cmd.Op {
	case calls.Resize, calls.Realloc:
		c.resize(c.through(cmd.Via), p, n, cmd)
	case calls.Reserve:
		c.reserve(c.through(cmd.Via), p, n)
	case calls.Release:
		c.release(c.through(cmd.Via), p, n, cmd)
	case calls.SetLimit:
		for !c.pace.Change() {
			runtime.Gosched()
			c.pace.Call(c.number)
		}
		c.call(c.budget, cmd.Op, limitOf(c.program, cmd))
	case calls.Stats:
		c.lookCheaply()
		c.look()
	case calls.SetAccountLimit:
		c.setAccountLimit(p, cmd)
	case calls.Close, calls.Leave, calls.Drop, calls.NewAccount:
		c.end(cmd.Op, p)
	case calls.Claim: // is misuse
	default:
		c.call(c.through(cmd.Via), cmd.Op, n)
	}
}

// through returns what calls go to. A closed account is left for another, unless a backend works
// for it.
func (c *client) through(v calls.Via) calls.System {
	if v == calls.Budget {
		return c.budget
	}
	p := &c.parts[v]
	if p.Closed && p.moving == 0 {
		c.end(calls.Leave, p)
	}
	if p.owner == nil {
		p.owner = c.budget.NewAccount()
	}
	return calls.Through(c.budget, p.owner)
}

// base is what a size is of. More than All is more than can be held.
func (c *client) base(b calls.Base, v calls.Via) int64 {
	p := &c.parts[v]
	switch b {
	case calls.Block:
		return p.Block
	case calls.Headroom:
		return c.budget.Usage().Headroom
	case calls.Limit:
		return c.budget.Usage().Limit
	}
	if v == calls.Budget || v == calls.Tenant {
		return c.most
	}
	return p.Held + p.moving
}

// call makes one operation of the specification.
func (c *client) call(s calls.System, op calls.Op, n int64) (held int64, err error) {
	out := c.recorder.Do(s, linearizability.Input{Op: op, N: n})
	return out.Reading.Allocated, out.Err
}

// reserve takes n bytes.
func (c *client) reserve(s calls.System, p *part, n int64) {
	_, err := c.call(s, calls.Reserve, n)
	if c.judgeGrowth(p, n, err); err == nil {
		p.Held += n
		c.exist(n)
	}
}

// judgeGrowth judges the error of a growth by n bytes, and counts a refusal. An account that is the
// client's own refuses by itself what its book says, and nothing else.
func (c *client) judgeGrowth(p *part, n int64, err error) {
	if err == model.ErrLimit {
		c.refused++
	}
	own := p.charged().Refuses(calls.Reserve, n)
	ok := err == nil || err == model.ErrLimit
	switch {
	case calls.BadSize(n):
		if err != model.ErrSize {
			c.errorf("WrapSafe: a growth by %d = %v, want %v", n, err, model.ErrSize)
		}
		return
	case own != nil:
		ok = err == own || err == nil && c.unlimited()
	case err == impl.ErrAccountLimit:
		ok = p == &c.parts[calls.Tenant] && c.own > 0
	}
	if !ok {
		c.errorf("NeverOverLimit: a growth by %d = %v, want %v of the account, else nil or %v", n, err, own, model.ErrLimit)
	}
}

// release gives back n bytes, or what the client has of them, or more than can be held.
func (c *client) release(s calls.System, p *part, n int64, cmd calls.Call) {
	switch {
	case cmd.Of == calls.All && cmd.N > 0:
		c.overRelease(s, p, n, cmd.Via)
	case c.anyone:
		c.releaseAny(min(max(0, n), model.CountingBase+1))
	default:
		c.releaseOwn(s, p, max(0, min(n, p.Loose())))
	}
}

func (c *client) releaseOwn(s calls.System, p *part, n int64) {
	c.exist(-n)
	p.Held -= n
	if _, err := c.call(s, calls.Release, n); err != nil {
		c.errorf("OverReleaseCaught: Release(%d) = %v with %d held", n, err, p.Held+n)
	}
}

// releaseAny gives back n bytes, if they are held. Its outcome is for the history to explain.
func (c *client) releaseAny(n int64) {
	c.exist(-n)
	if _, err := c.call(c.budget, calls.Release, n); err != nil {
		c.exist(n)
		return
	}
	c.parts[calls.Budget].Held -= n
}

// overRelease releases n bytes, which are more than can be held. An account finds that by itself,
// whatever others hold, so it is no operation of the specification.
func (c *client) overRelease(s calls.System, p *part, n int64, v calls.Via) {
	var got, want error
	if v == calls.Budget || v == calls.Tenant {
		want = model.ErrOverRelease
		_, got = c.call(s, calls.Release, n)
	} else {
		want = impl.OverRelease{Released: n, Held: p.Held + p.moving}
		_, got = calls.Try(func() error { s.Release(n); return nil })
	}
	if got != want && !c.unlimited() {
		c.errorf("OverReleaseCaught: Release(%d) = %v, want %v", n, got, want)
	}
}

// setAccountLimit sets the limit of an account or of the tenant itself.
func (c *client) setAccountLimit(p *part, cmd calls.Call) {
	if cmd.Via == calls.Budget {
		return
	}
	s, n := c.through(cmd.Via), limitOf(c.program, cmd)
	want := p.Refuses(cmd.Op, n)
	_, err := calls.Try(func() error { _, err := cmd.Op.Do(s, n); return err })
	if err = calls.InModel(err); err != want {
		c.errorf("%v = %v, want %v", cmd.Op, err, want)
	}
	if err == nil && cmd.Via != calls.Tenant {
		p.Limit = n
	}
}

// end closes, leaves, drops or replaces an account, if there is one. As long as a backend works for
// it, it is not given up.
func (c *client) end(op calls.Op, p *part) {
	if p.owner == nil || p == &c.parts[calls.Tenant] || op != calls.Close && p.moving > 0 {
		return
	}
	switch op {
	case calls.Drop: // from now on a direct call may release what it holds
		c.parts[calls.Budget].hold(p.Held, p.Block)
		*p = part{}
		return
	case calls.NewAccount:
		op = calls.Leave
	}
	s, held := calls.Through(c.budget, p.owner), p.Held+p.moving
	if op == calls.Leave {
		c.exist(-held)
		*p = part{}
	}
	p.Closed = op == calls.Close
	if got, _ := c.call(s, op, held); got != held && !c.unlimited() {
		c.errorf("%v() = %d, want the %d held", op, got, held)
	}
}

// resize makes the client's block one of nsize bytes.
func (c *client) resize(s calls.System, p *part, nsize int64, cmd calls.Call) {
	osize := p.Block
	take, give := moved(osize, nsize)
	fate := cmd.Fate.Choose(0)
	reached := false
	backend := func() bool {
		reached = true
		p.Held, p.Block, p.moving = p.Held-give, p.Block-give, p.moving+take+give
		c.yield()
		if cmd.Nest && c.next < len(c.calls) {
			c.do()
		}
		p.moving -= take + give
		if fate == calls.Succeeds {
			c.exist(take - give)
			p.hold(take, take)
		} else {
			p.hold(give, give)
		}
		return fate.End()
	}
	err := calls.InModel(c.recorder.Resize(s, osize, nsize, backend))
	want := [...]error{nil, impl.ErrBackend, calls.ErrBackendPanic}[fate]
	switch {
	case reached && err == want:
		if take > 0 && fate != calls.Succeeds {
			c.rolledBack++
		}
	case reached:
		c.errorf("Resize(%d, %d) = %v, but its backend %v", osize, nsize, err, fate)
	case calls.BadSize(nsize):
		c.judgeGrowth(p, nsize, err)
	case take == 0 && err != nil:
		c.errorf("ShrinkNeverRefused: Resize(%d, %d) = %v", osize, nsize, err)
	case err == nil && osize|nsize != 0:
		c.errorf("Resize(%d, %d) = %v without a call of its backend", osize, nsize, err)
	case take > 0:
		c.judgeGrowth(p, take, err)
	}
}

// moved is what a Resize takes, or gives back: nothing, if nsize is no size.
func moved(osize, nsize int64) (take, give int64) {
	if calls.BadSize(nsize) {
		return 0, 0
	}
	return max(0, nsize-osize), max(0, osize-nsize)
}

// exist counts n bytes that have come into existence, or -n that are about to go: what is counted
// at any instant exists.
func (c *client) exist(n int64) {
	if c.watch == Apart {
		return
	}
	if live := c.live.Add(n); live > c.ceiling {
		c.errorf("LiveWithinCharge: %d bytes exist, no limit was above %d", live, c.ceiling)
	}
}

// charged is what the client holds, and what is charged beside that for calls whose backend runs.
// If the clients release what others hold, nothing is known of one.
func (c *client) charged() (n int64) {
	if c.anyone {
		return 0
	}
	for _, p := range c.parts {
		n += p.Held + p.moving
	}
	return n
}

// look reads the counter: what this client holds is charged.
func (c *client) look() {
	s := c.recorder.Do(c.budget, linearizability.Input{Op: calls.Stats}).Reading
	switch n := c.charged(); {
	case s.Mode == model.Unlimited:
	case s.Allocated < n:
		c.errorf("LiveWithinCharge: counter %d, want at least the %d bytes of one client", s.Allocated, n)
	case s.Allocated > c.ceiling:
		c.errorf("NeverOverLimit: counter %d, no limit was above %d", s.Allocated, c.ceiling)
	}
}

// lookCheaply reads what can be read without draining accounts. The lock of the tenant would order
// clients that are Apart.
func (c *client) lookCheaply() {
	if c.shares && c.watch != Apart {
		p := &c.parts[calls.Tenant]
		switch n := c.tenant.Held(); {
		case n < p.Held+p.moving && !c.unlimited():
			c.errorf("LiveWithinCharge: the tenant holds %d, want at least the %d bytes of one client", n, p.Held+p.moving)
		case c.own > 0 && n > c.own:
			c.errorf("NeverOverLimit: the tenant holds %d, no limit of its own was above %d", n, c.own)
		}
	}
	if u := c.budget.Usage(); u.Mode != impl.Unlimited && (u.Taken < c.charged() || u.Taken > c.ceiling) {
		c.errorf("Usage() = %+v, want at least the %d bytes of one client taken, and no limit was above %d",
			u, c.charged(), c.ceiling)
	}
}

// unlimited reports whether the boot has ended without a limit: from then on what is released is
// not looked at.
func (c *client) unlimited() bool { return c.budget.Usage().Mode == impl.Unlimited }
