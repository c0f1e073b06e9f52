package fuzz

import (
	"fmt"
	"math"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A pair is a Budget and the model it must agree with, given the same calls. They go to the Budget
// itself or through one of several accounts, a tenant among them, which is made when a call first
// goes through it. The model has no accounts: outcomes must be the model's, wherever slack lies.
type pair struct {
	t       fataler
	got     *impl.Budget
	want    model.State
	parts   [calls.Vias]*part // by what a call goes through; nil: none now
	made    int64             // accounts ever, and tenants
	moving  int64             // bytes that direct calls in flight will give back
	depth   int               // of calls in the backends of others
	counter int64             // Allocated at the last comparison
	maxPeak int64             // what the peak may be, slack included
	steps   int
}

// A part is an account or a tenant, and what must be so of it; or the Budget itself, of which the
// book has no more than the block.
type part struct {
	calls.Book
	owner calls.Owner // nil: the Budget itself
	via   calls.Via
}

// A fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newPair(t fataler, limit int64) *pair {
	p := &pair{t: t, got: impl.NewBudget()}
	p.parts[calls.Budget] = new(part)
	switch {
	case limit > 0:
		p.call(p.parts[calls.Budget], calls.SetLimit, limit)
	case limit == calls.Unlimited:
		p.call(p.parts[calls.Budget], calls.EndBoot, 0)
	}
	return p
}

// maxDepth is how many calls may be in flight, one in the backend of the other.
const maxDepth = 8

// do makes a call. next makes the one after it, if that is made in its backend.
func (p *pair) do(c calls.Call, next func()) {
	p.t.Helper()
	a := p.part(c.Via)
	n := c.Size.In(func(b calls.Base) int64 { return p.base(a, b) })
	switch op := c.Op; {
	case op.OfAccount() && a.owner == nil:
	case op == calls.Stats:
		p.compareStats("the last call")
	case op == calls.Claim:
		a.Block = n
	case op == calls.Drop || op == calls.NewAccount: // closed or not: a direct call may release from now on what it held
		p.parts[a.via] = nil
	case op.HasBackend():
		var during func()
		if c.Nest && p.depth < maxDepth {
			during = next
		}
		p.resize(a, a.Block, n, c.Fate, during)
	default:
		p.call(a, op, n)
	}
}

// part is what calls go through. In the middle of another call no account is made: then it is the
// Budget itself, as long as there is none.
func (p *pair) part(v calls.Via) *part {
	switch a := p.parts[v]; {
	case a != nil:
		return a
	case p.depth > 0:
		return p.parts[calls.Budget]
	}
	a := &part{via: v}
	if v == calls.Tenant {
		a.owner = p.got.NewTenant()
	} else {
		a.owner = p.got.NewAccount()
	}
	p.parts[v] = a
	p.made++
	return a
}

func (p *pair) system(a *part) calls.System {
	if a.owner == nil {
		return p.got
	}
	return calls.Through(p.got, a.owner)
}

func (p *pair) counts() bool { return p.want.Mode != model.Unlimited }

// held is what is held through a.
func (p *pair) held(a *part) int64 {
	switch {
	case !p.counts():
		return 0
	case a.owner == nil:
		return p.want.Allocated
	}
	return a.Held
}

// base is what a size is of.
func (p *pair) base(a *part, b calls.Base) int64 {
	switch b {
	case calls.Block:
		return a.Block
	case calls.Headroom:
		return p.want.Headroom()
	case calls.Limit:
		return p.want.Limit
	}
	return p.held(a)
}

// call gives one operation to the model and to the Budget, and compares.
func (p *pair) call(a *part, op calls.Op, n int64) {
	p.t.Helper()
	p.steps++
	switch {
	case op == calls.Release && a.owner == nil:
		n = p.direct(n, false)
	case op.ReturnsHeld():
		n = p.held(a)
	}
	command := calls.Call{Op: op, Via: a.via, Size: calls.Size{N: n}}.String()
	before := p.want
	reading, want := p.expect(a, op, n)
	var got calls.Reading
	panicked, err := calls.Try(func() (err error) {
		got, err = op.Do(p.system(a), n)
		return err
	})
	if panicked != nil {
		panic(panicked)
	}
	if got != reading {
		p.t.Fatalf("call %d: %s = %s, want %s (state %+v)",
			p.steps, command, op.Outcome(got, err), op.Outcome(reading, want), before)
	}
	p.judge(p.steps, command, before, err, want)
}

// expect makes an operation of the model and of the book, and returns what must come of it.
func (p *pair) expect(a *part, op calls.Op, n int64) (calls.Reading, error) {
	if err := a.Refuses(op, n); a.owner != nil && err != nil && (p.counts() || op == calls.SetAccountLimit) {
		return calls.Reading{}, err
	}
	next, reading, err := op.Step(p.want, n)
	if err == model.ErrOverRelease {
		return reading, impl.OverRelease{Released: n, Held: p.held(a)}
	}
	a.Held += next.Allocated - p.want.Allocated
	p.want = next
	switch {
	case op.ReturnsHeld():
		a.Closed = true
	case op == calls.SetAccountLimit:
		a.Limit = n
	}
	return reading, err
}

// direct returns how much a direct call that would release n bytes may release. What is held
// through accounts, and what direct calls in flight have yet to give back, is not its own: to
// release that is a bug that no promise is about. To release more than all that is held is
// caught, and may be tried, unless the release comes later: by then it need not be too much.
func (p *pair) direct(n int64, later bool) int64 {
	own := p.want.Allocated - p.moving
	for _, a := range p.parts[calls.X:] {
		if a != nil {
			own -= a.Held
		}
	}
	if p.made == 0 || !p.counts() || n <= own || n > p.want.Allocated && !later {
		return n
	}
	return max(0, own)
}

// resize is a call of a block of osize bytes to nsize. The backend calls during, if there is one,
// and then ends as fate says.
func (p *pair) resize(a *part, osize, nsize int64, fate calls.Fate, during func()) {
	p.t.Helper()
	if d := osize - nsize; a.owner == nil && !calls.BadSize(osize) && !calls.BadSize(nsize) && d > 0 {
		osize = nsize + p.direct(d, during != nil)
	}
	system := p.system(a)
	ended := p.resizeBy(a, osize, nsize, fate, during, func(backend func() bool) error {
		return system.Resize(osize, nsize, backend)
	})
	switch {
	case ended && fate == calls.Succeeds:
		a.Block = nsize
	case calls.BadSize(osize): // no call can make it a block
		a.Block = 0
	}
}

// resizeBy is resize by a call that is given the backend. Model and Budget are compared in the
// backend too. It reports whether the backend is called.
func (p *pair) resizeBy(
	a *part, osize, nsize int64, fate calls.Fate, during func(), call func(backend func() bool) error,
) (reached bool) {
	p.t.Helper()
	p.steps++
	at, before := p.steps, p.want
	command := fmt.Sprintf("%v of %d bytes, backend %v",
		calls.Call{Via: a.via, Size: calls.Size{N: nsize}}, osize, fate)
	var want error
	switch {
	case calls.BadSize(osize) || calls.BadSize(nsize):
		want = model.ErrSize
	case nsize > osize:
		_, want = p.expect(a, calls.Reserve, nsize-osize)
		reached = want == nil
	default:
		reached = osize > 0
	}
	ended := 0
	panicked, err := calls.Try(func() error {
		return call(func() bool {
			p.compare(at, command+" in the backend")
			if during != nil {
				p.inBackend(a, nsize-osize, during)
			}
			ended++
			return fate.End()
		})
	})
	if panicked != nil {
		panic(panicked)
	}
	if wantEnds := map[bool]int{true: 1}[reached]; ended != wantEnds {
		p.t.Fatalf("call %d: %s: %d calls of the backend, want %d (state %+v)", at, command, ended, wantEnds, before)
	}
	if reached {
		want = [...]error{nil, impl.ErrBackend, calls.ErrBackendPanic}[fate]
		var over error
		switch {
		case fate != calls.Succeeds && nsize > osize:
			_, over = p.expect(a, calls.RollBack, nsize-osize)
		case fate == calls.Succeeds && nsize < osize:
			_, over = p.expect(a, calls.Release, osize-nsize)
		}
		if over != nil {
			want = over
		}
	}
	p.judge(at, command, before, err, want)
	return reached
}

// inBackend makes other calls while one is in flight that grew by d, or that will shrink by -d.
func (p *pair) inBackend(a *part, d int64, others func()) {
	if a.owner != nil {
		d = 0
	}
	p.moving += max(d, -d)
	p.depth++
	others()
	p.depth--
	p.moving -= max(d, -d)
}

func (p *pair) judge(at int, command string, before model.State, got, want error) {
	p.t.Helper()
	if got != want && calls.InModel(got) != want {
		p.t.Fatalf("call %d: %s = %v, want %v (state %+v)", at, command, got, want, before)
	}
	p.compare(at, command)
}

const (
	maxSlack = 512 << 10 // of one account, in bytes
	grain    = 8 << 10   // how far HeldAtMost may be above what is held and slack, in bytes
)

// compare compares what drains no account, and so whatever an error may have changed. If there are
// no accounts it compares the statistics too.
func (p *pair) compare(at int, command string) {
	p.t.Helper()
	w := p.want
	if w.Mode == model.Enforcing && w.Allocated > max(w.Limit, p.counter) {
		p.t.Fatalf("call %d: %s: NeverOverLimit: the counter went from %d to %d, limit %d",
			at, command, p.counter, w.Allocated, w.Limit)
	}
	p.counter = w.Allocated
	for _, a := range p.parts[calls.X:] {
		if a != nil {
			p.compareHeld(at, command, a)
		}
	}
	// What can be read without draining: the counter and the slack of accounts.
	u := p.got.Usage()
	slack := u.Taken - w.Allocated
	want := impl.Usage{Mode: impl.Mode(w.Mode), Limit: w.Limit, Taken: u.Taken, Headroom: w.Headroom() - slack}
	if w.Mode == model.Unlimited {
		want.Headroom = math.MaxInt64
	}
	if u != want || slack < 0 || slack > p.made*maxSlack {
		p.t.Fatalf("call %d: after %s: Usage() = %+v, want slack of 0 to %d beside %+v",
			at, command, u, p.made*maxSlack, w)
	}
	// The peak may be the counter and the slack of all accounts, above the limit only what is held.
	taken := w.Allocated + p.made*maxSlack
	if w.Mode == model.Enforcing {
		taken = min(taken, max(w.Limit, w.Allocated))
	}
	p.maxPeak = max(p.maxPeak, taken)
	if p.made == 0 {
		p.compareStats(command)
	}
}

// compareHeld compares what an account returns of what it holds.
func (p *pair) compareHeld(at int, command string, a *part) {
	p.t.Helper()
	want := p.held(a)
	if got := a.owner.Held(); got != want {
		p.t.Fatalf("call %d: after %s: %v holds %d, want %d", at, command, a.via, got, want)
	}
	one, ok := a.owner.(*impl.Account)
	if !ok {
		return
	}
	most := want + maxSlack + grain
	if !p.counts() {
		most = 0
	}
	if got := one.HeldAtMost(); got < want || got > most {
		p.t.Fatalf("call %d: after %s: %v: HeldAtMost() = %d, want %d to %d", at, command, a.via, got, want, most)
	}
}

// compareStats compares the statistics. It drains all accounts.
func (p *pair) compareStats(command string) {
	p.t.Helper()
	s := p.got.Stats()
	got := model.State{
		Mode: model.Mode(s.Mode), Limit: s.Limit, Allocated: s.Allocated, Peak: s.Peak,
		Refused: s.Refused, RolledBack: s.RolledBack,
	}
	if p.made > 0 && p.want.Peak <= got.Peak && got.Peak <= p.maxPeak {
		got.Peak = p.want.Peak
	}
	if got != p.want {
		p.t.Fatalf("call %d: after %s:\n got %+v\nwant %+v, peak at most %d",
			p.steps, command, got, p.want, max(p.want.Peak, p.maxPeak))
	}
}
