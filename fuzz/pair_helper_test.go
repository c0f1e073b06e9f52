package fuzz

import (
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/model"
)

// A pair is a tree of budgets and the model it must agree with, given the same calls.
type pair struct {
	t       fataler
	tree    calls.Tree
	got     []*impl.Budget // nil: not made yet
	want    model.State
	blocks  [calls.Vias]int64 // of each budget, in bytes
	depth   int               // of calls in the backends of others
	used    [calls.Vias]int64 // at the last comparison
	maxPeak [calls.Vias]int64 // what the peak may be, slack included
	steps   int
}

// A fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newPair(t fataler, tree calls.Tree) *pair {
	return &pair{t: t, tree: tree, got: tree.Make(), want: tree.State()}
}

// maxDepth is how many calls may be in flight, one in the backend of the other.
const maxDepth = 8

// do makes a call, if its budgets are made. next makes the one after it, if that is made in its
// backend.
func (p *pair) do(c calls.Call, next func()) {
	p.t.Helper()
	n := c.Size.In(func(b calls.Base) int64 { return p.base(c.Via, b) })
	switch op := c.Op; {
	case op == calls.NewChild:
		p.newChild(c.Via)
	case p.got[c.Via] == nil || p.got[c.To] == nil:
	case op == calls.Claim:
		p.blocks[c.Via] = n
	case op == calls.Stats:
		p.compare(p.steps, "the last call")
	case op.HasBackend():
		var during func()
		if c.Nest && p.depth < maxDepth {
			during = next
		}
		p.resize(c.Via, p.blocks[c.Via], n, c.Fate, during)
	default:
		p.call(op, c.Via, c.To, n)
	}
}

func (p *pair) newChild(v calls.Via) {
	if parent := p.got[p.tree[v].Parent]; p.got[v] == nil && parent != nil {
		p.got[v] = parent.NewChild(p.tree[v].Limit)
		p.want = p.want.Made(int(v))
		p.compare(p.steps, "NewChild")
	}
}

// base is what a size is of.
func (p *pair) base(v calls.Via, b calls.Base) int64 {
	switch b {
	case calls.Block:
		return p.blocks[v]
	case calls.Limit:
		return p.want.Limit(int(v))
	case calls.Headroom:
		n := int64(impl.NoLimit)
		for _, at := range p.want.Path(int(v)) {
			n = min(n, p.want.Headroom(at))
		}
		return n
	}
	return p.want.Budgets[v].Held
}

// call gives one operation to the model and to the budget, and compares.
func (p *pair) call(op calls.Op, v, to calls.Via, n int64) {
	p.t.Helper()
	p.steps++
	command := calls.Call{Op: op, Via: v, To: to, Size: calls.Size{N: n}}.String()
	before := p.want
	reading, want := p.expect(op, v, to, n)
	var got calls.Reading
	panicked, err := calls.Try(func() (err error) {
		got, err = op.Do(p.got[v], p.got[to], n)
		return err
	})
	if panicked != nil {
		panic(panicked)
	}
	if got != reading {
		p.t.Fatalf("call %d: %s = %s, want %s (%s)",
			p.steps, command, op.Outcome(got, err), op.Outcome(reading, want), p.tree.Describe(before))
	}
	p.judge(p.steps, command, before, err, want)
}

// expect makes an operation of the model, and returns what must come of it.
func (p *pair) expect(op calls.Op, v, to calls.Via, n int64) (calls.Reading, error) {
	held := p.want.Budgets[v].Held
	next, reading, err := op.Step(p.want, v, to, n)
	if p.want = next; err == model.ErrOverRelease && n >= 0 {
		err = impl.OverRelease{Released: n, Held: held}
	}
	return reading, err
}

// resize is a call of a block of osize bytes to nsize. The backend calls during, if there is one,
// and then ends as fate says.
func (p *pair) resize(v calls.Via, osize, nsize int64, fate calls.Fate, during func()) {
	p.t.Helper()
	ended := p.resizeBy(v, osize, nsize, fate, during, func(backend func() bool) error {
		return p.got[v].Resize(osize, nsize, backend)
	})
	switch {
	case ended && fate == calls.Succeeds:
		p.blocks[v] = nsize
	case calls.BadSize(osize): // no call can make it a block
		p.blocks[v] = 0
	}
}

// resizeBy is resize by a call that is given the backend. Model and tree are compared in the backend
// too. It reports whether the backend is called.
func (p *pair) resizeBy(
	v calls.Via, osize, nsize int64, fate calls.Fate, during func(), call func(backend func() bool) error,
) (reached bool) {
	p.t.Helper()
	p.steps++
	at, before := p.steps, p.want
	command := fmt.Sprintf("%v of %d bytes, backend %v",
		calls.Call{Via: v, Size: calls.Size{N: nsize}}, osize, fate)
	var want error
	switch {
	case calls.BadSize(osize) || calls.BadSize(nsize):
		want = model.ErrSize
	case nsize > osize:
		_, want = p.expect(calls.Reserve, v, v, nsize-osize)
		reached = want == nil
	default:
		reached = osize > 0
	}
	ended := 0
	panicked, err := calls.Try(func() error {
		return call(func() bool {
			p.compare(at, command+" in the backend")
			if during != nil {
				p.depth++
				during()
				p.depth--
			}
			ended++
			return fate.End()
		})
	})
	if panicked != nil {
		panic(panicked)
	}
	if wantEnds := map[bool]int{true: 1}[reached]; ended != wantEnds {
		p.t.Fatalf("call %d: %s: %d calls of the backend, want %d (%s)",
			at, command, ended, wantEnds, p.tree.Describe(before))
	}
	if reached {
		want = [...]error{nil, impl.ErrBackend, calls.ErrBackendPanic}[fate]
		var over error
		switch {
		case fate != calls.Succeeds && nsize > osize:
			_, over = p.expect(calls.RollBack, v, v, nsize-osize)
		case fate == calls.Succeeds && nsize < osize:
			_, over = p.expect(calls.Release, v, v, osize-nsize)
		}
		if over != nil {
			want = over
		}
	}
	p.judge(at, command, before, err, want)
	return reached
}

func (p *pair) judge(at int, command string, before model.State, got, want error) {
	p.t.Helper()
	if got != want && calls.InModel(got) != want {
		p.t.Fatalf("call %d: %s = %v, want %v (%s)", at, command, got, want, p.tree.Describe(before))
	}
	p.compare(at, command)
}

// maxSlack is what a budget may have of slack, and what is below it, in bytes: each less than what it
// is asked for twice and a batch, and it is topped up for no more than a batch, of 16 MiB.
const maxSlack = calls.Vias * 3 * 16 << 20

// compare compares what drains nothing, and so whatever an error may have changed. Of a budget
// without children that is all.
func (p *pair) compare(at int, command string) {
	p.t.Helper()
	for v, b := range p.got {
		if b == nil {
			continue
		}
		w, s := p.want.Budgets[v], b.Stats()
		if w.Used > p.used[v] && w.Used > p.want.Limit(v) && !p.want.Unlimited {
			p.t.Fatalf("call %d: %s: NeverOverLimit: %v went from %d to %d, limit %d",
				at, command, calls.Via(v), p.used[v], w.Used, w.Limit)
		}
		p.used[v] = w.Used
		// The counter may have slack, above the limit only what is used.
		most := w.Used
		if !p.isLeaf(v) && !w.Closed && !p.want.Unlimited {
			most = max(most, min(w.Used+maxSlack, p.want.Limit(v)))
		}
		p.maxPeak[v] = max(p.maxPeak[v], most)
		got, want := calls.Observed(s), calls.ReadingOf(p.want, calls.Via(v))
		if got.Used >= w.Used && got.Used <= most {
			got.Used = want.Used
		}
		if got != want || s.Refused != w.Refused || s.RolledBack != w.RolledBack ||
			s.Peak < w.Peak || s.Peak > p.maxPeak[v] {
			p.t.Fatalf("call %d: after %s: %v: Stats() = %+v, want %v, used up to %d, peak up to %d (%s, %+v)",
				at, command, calls.Via(v), s, want, most, p.maxPeak[v], p.tree.Describe(p.want), w)
		}
	}
}

// isLeaf reports whether a budget has had no children.
func (p *pair) isLeaf(v int) bool {
	for c, n := range p.tree {
		if c > v && int(n.Parent) == v && p.got[c] != nil {
			return false
		}
	}
	return true
}

// compareExactly compares all counters. It drains the tree.
func (p *pair) compareExactly() {
	p.t.Helper()
	for v, b := range p.got {
		if b != nil {
			p.call(calls.Exact, calls.Via(v), calls.Root, 0)
		}
	}
}
