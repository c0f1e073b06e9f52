package workload

import (
	"errors"
	"fmt"
	"runtime"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/model"
)

// A client is one goroutine.
type client struct {
	*run
	recorder    *linearizability.Recorder
	number      int
	commands    []Command
	next        int           // commands carried out, or begun
	account     *impl.Account // nil: none now
	closed      bool          // Close was called on the account
	own, shared holding       // through the account, and through the tenant of all clients
	direct      holding       // through neither
	refused     int64         // growths that did not fit
	rolledBack  int64         // growths whose backend failed or panicked
	err         error         // the first check that failed
}

// A holding is in bytes.
type holding struct{ block, loose int64 }

func (h holding) held() int64 { return h.block + h.loose }

func (c *client) held() int64 { return c.own.held() + c.shared.held() + c.direct.held() }

func (c *client) errorf(format string, args ...any) {
	if c.err == nil {
		format = "client %d, command %d, %v: " + format
		c.err = fmt.Errorf(format, append([]any{c.number, c.next, c.commands[c.next-1]}, args...)...)
	}
	c.failed.Store(true)
}

func (c *client) carryOut() {
	defer c.pace.End(c.number)
	for _, cmd := range c.commands {
		if c.failed.Load() {
			return
		}
		c.next++
		c.pace.Call(c.number)
		c.do(cmd)
	}
}

func (c *client) do(cmd Command) {
	if cmd.Yield && !cmd.Op.hasBackend() {
		runtime.Gosched()
	}
	s, h := c.through(cmd)
	switch n := cmd.N; cmd.Op {
	case Grow:
		c.resize(s, h, h.block+n, cmd)
	case Shrink:
		c.resize(s, h, max(0, h.block-n), cmd)
	case Resize:
		c.resize(s, h, n, cmd)
	case Reserve:
		c.reserve(s, h, n)
	case Release:
		c.release(s, h, max(0, min(n, h.loose)))
	case SetLimit:
		for !c.pace.Change() {
			runtime.Gosched()
			c.pace.Call(c.number)
		}
		c.call(c.budget, linearizability.SetLimit, n)
	case Stats:
		c.call(c.budget, linearizability.Stats, 0)
	case OverRelease:
		if cmd.Account && !cmd.Tenant {
			c.overReleaseOwn(n)
		} else {
			c.overRelease(s, n)
		}
	case EndBoot:
		c.call(c.budget, linearizability.EndBoot, 0)
	case Close:
		c.close()
	case Leave:
		c.leave()
	case ReleaseAny:
		c.releaseAny(n)
	}
	if cmd.Look {
		c.look(c.held())
		c.lookCheaply()
	}
}

// through returns what a command goes through, and what is held through that.
func (c *client) through(cmd Command) (linearizability.System, *holding) {
	switch {
	case cmd.Op == Close || cmd.Op == Leave || !cmd.Account && !cmd.Tenant:
		return c.budget, &c.direct
	case cmd.Tenant:
		return linearizability.Through(c.budget, c.tenant), &c.shared
	}
	if c.account == nil || c.closed && cmd.Op != OverRelease {
		c.leave()
		c.account = c.budget.NewAccount()
	}
	return linearizability.Through(c.budget, c.account), &c.own
}

// call is one operation of the specification. It counts a refusal.
func (c *client) call(s linearizability.System, op linearizability.Op, n int64) error {
	err := c.recorder.Do(s, linearizability.Input{Op: op, N: n}).Err
	if err == model.ErrLimit {
		c.refused++
	}
	return err
}

func (c *client) reserve(s linearizability.System, h *holding, n int64) {
	err := c.call(s, linearizability.Reserve, n)
	switch bad := n < 0 || n > model.MaxSize; {
	case bad:
		if err != model.ErrSize {
			c.errorf("WrapSafe: Reserve(%d) = %v, want %v", n, err, model.ErrSize)
		}
	case err == nil:
		h.loose += n
		c.exist(n)
	case err != model.ErrLimit:
		c.errorf("Reserve(%d) = %v, want nil or %v", n, err, model.ErrLimit)
	}
}

// release gives back n bytes, which the client holds.
func (c *client) release(s linearizability.System, h *holding, n int64) {
	c.exist(-n)
	h.loose -= n
	if err := c.call(s, linearizability.Release, n); err != nil && !c.anyone {
		c.errorf("OverReleaseCaught: Release(%d) = %v with %d held", n, err, h.held()+n)
	}
}

// releaseAny gives back n bytes, if anybody holds them. Its outcome is for the history to explain.
func (c *client) releaseAny(n int64) {
	c.exist(-n)
	if err := c.call(c.budget, linearizability.Release, n); err != nil {
		c.exist(n)
		return
	}
	c.direct.loose -= n
}

// overRelease releases n bytes more than can be held by all clients.
func (c *client) overRelease(s linearizability.System, n int64) {
	n += c.maxHeld + 1
	if err := c.call(s, linearizability.Release, n); err != model.ErrOverRelease && !c.unlimited() {
		c.errorf("OverReleaseCaught: Release(%d) = %v", n, err)
	}
}

// overReleaseOwn releases n bytes more than the account holds. The account finds that by itself,
// whatever others hold, so it is no operation of the specification.
func (c *client) overReleaseOwn(n int64) {
	n += c.own.held() + 1
	got := func() (panicked any) {
		defer func() { panicked = recover() }()
		c.account.Release(n)
		return nil
	}()
	if want := (impl.OverRelease{Released: n, Held: c.own.held()}); got != want && !c.unlimited() {
		c.errorf("OverReleaseCaught: Release(%d): panic %v, want %v", n, got, want)
	}
}

func (c *client) close() {
	if c.account == nil {
		return
	}
	c.closed = true
	if n := c.account.Close(); n != c.own.held() && !c.unlimited() {
		c.errorf("Close() = %d, want the %d held", n, c.own.held())
	}
}

func (c *client) leave() {
	if c.account == nil {
		return
	}
	held := c.own.held()
	c.exist(-held)
	var got int64
	leaving := linearizability.Leaving(c.budget, func() { got = c.account.Leave() })
	c.call(leaving, linearizability.Release, held)
	if got != held && !c.unlimited() {
		c.errorf("Leave() = %d, want the %d held", got, held)
	}
	c.account, c.closed, c.own = nil, false, holding{}
}

var errBackendPanic = errors.New("the backend panicked")

// resize makes the block of h one of nsize bytes.
func (c *client) resize(s linearizability.System, h *holding, nsize int64, cmd Command) {
	osize := h.block
	err := func() (err error) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case errBackendPanic:
				err = errBackendPanic
			default:
				panic(p)
			}
		}()
		return c.recorder.Resize(s, osize, nsize, func() bool {
			if cmd.Look {
				c.look(c.held() + max(nsize-osize, 0))
			}
			if cmd.Yield {
				runtime.Gosched()
			}
			switch cmd.Fate {
			case Fails:
				return false
			case Panics:
				panic(errBackendPanic)
			}
			c.exist(nsize - osize)
			h.block = nsize
			return true
		})
	}()
	switch {
	case err == nil:
	case err == model.ErrLimit && nsize <= osize:
		c.errorf("ShrinkNeverRefused: Resize(%d, %d) = %v", osize, nsize, err)
	case err == model.ErrLimit:
		c.refused++
	case err == impl.ErrBackend && cmd.Fate == Fails, err == errBackendPanic && cmd.Fate == Panics:
		if nsize > osize {
			c.rolledBack++
		}
	default:
		c.errorf("Resize(%d, %d) = %v, but its backend %v", osize, nsize, err, cmd.Fate)
	}
}

// exist counts n bytes that have come into existence, or -n that are about to go out of it: what
// is counted at any instant exists.
func (c *client) exist(n int64) {
	if c.watch == Apart {
		return
	}
	if live := c.live.Add(n); live > c.ceiling {
		c.errorf("LiveWithinCharge: %d bytes exist, no limit was above %d", live, c.ceiling)
	}
}

// look reads the counter: the n bytes that this client holds are charged.
func (c *client) look(n int64) {
	if c.anyone {
		n = 0
	}
	s := c.recorder.Look(c.budget)
	switch {
	case s.Mode == impl.Unlimited:
	case s.Allocated < n:
		c.errorf("LiveWithinCharge: counter %d, want at least the %d bytes of one client", s.Allocated, n)
	case s.Allocated > c.ceiling:
		c.errorf("NeverOverLimit: counter %d, no limit was above %d", s.Allocated, c.ceiling)
	}
}

// lookCheaply reads what can be read without draining anybody. The lock of the tenant would order
// clients that are Apart.
func (c *client) lookCheaply() {
	if c.shares && c.watch != Apart {
		if n, own := c.tenant.Held(), c.shared.held(); n < own && !c.unlimited() {
			c.errorf("LiveWithinCharge: the tenant holds %d, want at least the %d bytes of one client", n, own)
		}
	}
	if u := c.budget.Usage(); u.Mode != impl.Unlimited && (u.Taken < c.held() && !c.anyone || u.Taken > c.ceiling) {
		c.errorf("Usage() = %+v, want at least the %d bytes of one client taken, and no limit was above %d",
			u, c.held(), c.ceiling)
	}
}

// unlimited reports whether the boot has ended without a limit: from then on what is released is
// not looked at.
func (c *client) unlimited() bool { return c.budget.Stats().Mode == impl.Unlimited }
