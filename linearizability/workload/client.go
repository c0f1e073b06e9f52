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
	recorder *linearizability.Recorder
	number   int
	calls    []calls.Call
	next     int              // calls made, or begun
	parts    [calls.Vias]part // by budget
	err      error            // the first check that failed
}

// A part is what a client has at one budget, in bytes.
type part struct {
	Held       int64 // reserved and not released; in a program where anyone releases it may be negative
	Block      int64 // of that, the client's block
	moving     int64 // charged beside what is held: calls whose backend runs have or give it back
	refused    int64 // growths that did not fit
	rolledBack int64 // growths whose backend failed or panicked
}

// Loose is what is held beside the block.
func (p *part) Loose() int64 { return p.Held - p.Block }

// hold takes over n bytes that are held, all of a block. What is too much for one block is loose.
func (p *part) hold(n int64) {
	p.Held += n
	p.Block = min(p.Block+n, model.MaxSize)
}

func (c *client) errorf(format string, args ...any) {
	if c.err == nil {
		format = "client %d, call %d, %v: " + format
		c.err = fmt.Errorf(format, append([]any{c.number, c.next, c.calls[c.next-1]}, args...)...)
	}
	c.failed.Store(true)
}

func (c *client) carryOut() {
	for c.next < len(c.calls) && !c.failed.Load() {
		c.do()
	}
}

// yield lets others run, at one call in four: in the backend, or before a call that has none.
func (c *client) yield() {
	if (c.number+c.next)%4 == 0 {
		runtime.Gosched()
	}
}

// do makes the next call, if its budgets are made.
func (c *client) do() {
	cmd := c.calls[c.next]
	c.next++
	if !cmd.Op.HasBackend() {
		c.yield()
	}
	v := cmd.Via
	b := c.budget(v)
	switch {
	case b == nil && cmd.Op == calls.NewChild:
		c.makeBudget(v)
		return
	case b == nil || cmd.Op == calls.Move && c.budget(cmd.To) == nil:
		return
	}
	n := cmd.Size.In(func(base calls.Base) int64 { return c.base(base, v) })
	switch cmd.Op {
	case calls.Resize, calls.Realloc:
		c.resize(b, v, n, cmd)
	case calls.Reserve:
		c.reserve(b, v, n)
	case calls.Release:
		c.release(v, n, cmd)
	case calls.Move:
		c.move(v, cmd.To, n)
	case calls.SetLimit:
		c.setLimit(v, limitOf(c.tree, cmd))
	case calls.EndBoot:
		c.call(cmd.Op, v, 0)
	case calls.Stats, calls.Exact:
		c.look(b, v, cmd.Op)
	case calls.Close, calls.Leave:
		c.end(v, cmd.Op)
	case calls.NewChild, calls.Claim: // it is made already; is misuse
	}
}

// makeBudget makes a budget, if its parent is made. One client does.
func (c *client) makeBudget(v calls.Via) {
	parent := c.budget(c.tree[v].Parent)
	if parent != nil && c.begun[v].CompareAndSwap(false, true) {
		c.budgets[v].Store(c.recorder.NewChild(parent, v, c.tree[v].Limit))
	}
}

// base is what a size is of. More than All is more than can be held.
func (c *client) base(b calls.Base, v calls.Via) int64 {
	switch b {
	case calls.Block:
		return c.parts[v].Block
	case calls.Limit:
		return c.budget(v).Stats().Limit
	case calls.Headroom:
		n := int64(model.CountingBase)
		for b := c.budget(v); b != nil; b = b.Parent() {
			s := b.Stats()
			n = min(n, s.Limit-s.Used)
		}
		return n
	}
	return c.most
}

// call makes one operation of the specification.
func (c *client) call(op calls.Op, v calls.Via, n int64) (used int64, err error) {
	out := c.recorder.Do(c.budget(v), nil, linearizability.Input{Op: op, At: v, N: n})
	return out.Reading.Used, out.Err
}

// reserve takes n bytes.
func (c *client) reserve(s calls.System, v calls.Via, n int64) {
	err := c.recorder.Do(s, nil, linearizability.Input{Op: calls.Reserve, At: v, N: n}).Err
	if c.judgeGrowth(v, n, err); err == nil {
		c.parts[v].Held += n
		c.exist(v, n)
	}
}

// judgeGrowth judges the error of a growth by n bytes, and counts a refusal.
func (c *client) judgeGrowth(v calls.Via, n int64, err error) {
	switch {
	case calls.BadSize(n):
		if err != model.ErrSize {
			c.errorf("WrapSafe: a growth by %d = %v, want %v", n, err, model.ErrSize)
		}
	case err == model.ErrLimit, err == model.ErrClosed && c.ends[v]:
		c.parts[v].refused++
	case err != nil:
		c.errorf("NoFalseRefusal: a growth by %d = %v, want nil or %v", n, err, model.ErrLimit)
	}
}

// release gives back n bytes, or what the client has of them, or more than can be held.
func (c *client) release(v calls.Via, n int64, cmd calls.Call) {
	switch {
	case cmd.Of == calls.All && cmd.N > 0:
		if _, err := c.call(calls.Release, v, n); err != model.ErrOverRelease && !c.leaves[v] && !c.unlimited() {
			c.errorf("OverReleaseCaught: Release(%d) = %v, want %v", n, err, model.ErrOverRelease)
		}
	case c.anyone:
		c.releaseAny(v, anyOf(n))
	default:
		c.releaseOwn(v, max(0, min(n, c.parts[v].Loose())))
	}
}

// anyOf is n bytes as anyone may release or move them: not below 0, and as much too much as may be.
func anyOf(n int64) int64 { return min(max(0, n), model.CountingBase+1) }

func (c *client) releaseOwn(v calls.Via, n int64) {
	c.exist(v, -n)
	c.parts[v].Held -= n
	if _, err := c.call(calls.Release, v, n); err != nil {
		c.errorf("OverReleaseCaught: Release(%d) = %v with %d held", n, err, c.parts[v].Held+n)
	}
}

// releaseAny gives back n bytes, if they are held. Its outcome is for the history to explain.
func (c *client) releaseAny(v calls.Via, n int64) {
	c.exist(v, -n)
	if _, err := c.call(calls.Release, v, n); err != nil {
		c.exist(v, n)
		return
	}
	c.parts[v].Held -= n
}

// move has n bytes, or what the client has of them, be held at another budget, if that is any.
func (c *client) move(v, to calls.Via, n int64) {
	if n = anyOf(n); !c.anyone {
		n = max(0, min(n, c.parts[v].Loose()))
	}
	if n == 0 {
		return
	}
	c.exist(v, -n)
	move := linearizability.Input{Op: calls.Move, At: v, To: to, N: n}
	switch err := c.recorder.Do(c.budget(v), c.budget(to), move).Err; {
	case err == nil:
		c.parts[v].Held -= n
		c.parts[to].Held += n
		c.exist(to, n)
		return
	case err == model.ErrLimit, err == model.ErrClosed && (c.ends[to] || c.leaves[v]):
	case err == model.ErrOverRelease && c.anyone:
	default:
		c.errorf("Move(%v, %d) = %v with %d held", to, n, err, c.parts[v].Held)
	}
	c.exist(v, n)
}

func (c *client) setLimit(v calls.Via, n int64) {
	_, err := c.call(calls.SetLimit, v, n)
	want := error(nil)
	switch {
	case badLimit(n):
		want = model.ErrSize
	case v != calls.Root && c.tree[v].Limit == impl.NoLimit:
		want = model.ErrNoLimit
	case err == model.ErrClosed && c.shuts[v], err == model.ErrUnlimited && c.unlimited():
		return
	}
	if err != want {
		c.errorf("SetLimit(%d) = %v, want %v", n, err, want)
	}
}

// end closes or leaves a budget.
func (c *client) end(v calls.Via, op calls.Op) {
	if op == calls.Leave {
		c.run.left[v].Store(true)
	}
	want := c.charged(v)
	if got, _ := c.call(op, v, 0); got < want && !c.unlimited() {
		c.errorf("Exact: %v() = %d, want at least the %d held", op, got, want)
	}
}

// resize makes the client's block one of nsize bytes.
func (c *client) resize(s calls.System, v calls.Via, nsize int64, cmd calls.Call) {
	p := &c.parts[v]
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
			c.exist(v, take-give)
			p.hold(take)
		} else {
			p.hold(give)
		}
		return fate.End()
	}
	err := calls.InModel(c.recorder.Resize(s, v, osize, nsize, backend))
	want := [...]error{nil, impl.ErrBackend, calls.ErrBackendPanic}[fate]
	switch {
	case reached && err == want:
		if take > 0 && fate != calls.Succeeds {
			p.rolledBack++
		}
	case reached:
		c.errorf("Resize(%d, %d) = %v, but its backend %v", osize, nsize, err, fate)
	case calls.BadSize(nsize):
		c.judgeGrowth(v, nsize, err)
	case take == 0 && err != nil:
		c.errorf("ShrinkNeverRefused: Resize(%d, %d) = %v", osize, nsize, err)
	case err == nil && osize|nsize != 0:
		c.errorf("Resize(%d, %d) = %v without a call of its backend", osize, nsize, err)
	case take > 0:
		c.judgeGrowth(v, take, err)
	}
}

// moved is what a Resize takes, or gives back: nothing, if nsize is no size.
func moved(osize, nsize int64) (take, give int64) {
	if calls.BadSize(nsize) {
		return 0, 0
	}
	return max(0, nsize-osize), max(0, osize-nsize)
}

// exist counts n bytes that have come into existence at a budget, or -n that are about to go: what
// is counted at any instant exists. Of a budget that is left while others have bytes there, it is
// not known what exists.
func (c *client) exist(v calls.Via, n int64) {
	if c.watch == Apart || c.leaves[v] {
		return
	}
	for {
		if live := c.live[v].Add(n); live > c.ceiling[v] {
			c.errorf("LiveWithinCharge: %d bytes exist at %v, no limit was above %d", live, v, c.ceiling[v])
		}
		if v == calls.Root {
			return
		}
		v = c.tree[v].Parent
	}
}

// charged is what the client holds at a budget and below it, and what is charged beside that for
// calls whose backend runs. If the clients release what others hold, nothing is known of one.
func (c *client) charged(v calls.Via) (n int64) {
	if c.anyone {
		return 0
	}
	for w := range calls.Via(len(c.tree)) {
		if c.tree.Within(w, v) && !c.leaves[w] {
			n += c.parts[w].Held + c.parts[w].moving
		}
	}
	return n
}

// look reads a budget: what this client holds is charged.
func (c *client) look(s calls.System, v calls.Via, op calls.Op) {
	want := c.charged(v)
	r := c.recorder.Do(s, nil, linearizability.Input{Op: op, At: v}).Reading
	switch {
	case r.Mode == model.Unlimited:
	case r.Used < want:
		c.errorf("LiveWithinCharge: %d used, want at least the %d bytes of one client", r.Used, want)
	case r.Used > c.ceiling[v]:
		c.errorf("NeverOverLimit: %d used, no limit was above %d", r.Used, c.ceiling[v])
	}
}
