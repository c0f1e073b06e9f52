//go:build interleave

package explore

import (
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
)

// judge observes a step, holds it against the promises, and returns the past after it.
func (x *Explorer) judge(p past, s *engine.Observation[view, event]) (past, error) {
	o := &x.observed
	*o = observation{Observation: s, returned: o.returned[:0], explained: true}
	was := p.limit
	x.followLimit(&p, o)
	if p.limit != unlimited {
		x.followCounter(&p, o, was)
	}
	x.followHistory(&p, o)
	for _, promise := range promises {
		if err := promise.kept(o); err != nil {
			return p, fmt.Errorf("%s: %w", promise.name, err)
		}
	}
	x.remember(&p, o)
	return p, nil
}

// followLimit notes which limit is in force after the step.
func (x *Explorer) followLimit(p *past, o *observation) {
	me, v := &p.threads[o.Thread], &o.From[o.Thread].View
	before, after := o.Before[x.word], o.After[x.word]
	switch {
	case before == after:
	case p.limit == unlimited:
		o.unlawful = fmt.Sprintf("the word moved in Unlimited, from %d to %d", before, after)
	case impl.IsUnlimited(after):
		if v.phase != booting || p.limit != impl.CountingBase {
			o.unlawful = fmt.Sprintf("the accounting ended in %v, with limit %d", v.call, p.limit)
		}
		p.limit = unlimited
	case v.phase == setting && !me.moved && (x.slack == nil || impl.Gen(after) != impl.Gen(before)):
		p.limit, me.moved = v.in.N, true
	}
	o.limit = p.limit
}

// followCounter notes what the step did to the counter, and whose bytes those are. was is the limit
// before the step.
func (x *Explorer) followCounter(p *past, o *observation, was int64) {
	me := &p.threads[o.Thread]
	o.counted, o.top = true, me.top
	o.was, o.is = x.taken(was, o.Before), x.taken(p.limit, o.After)
	d := o.is - o.was
	o.was -= p.carried()
	if d != 0 {
		x.attribute(p, o, d)
	}
	o.is -= p.carried()
	o.carry, o.carried, o.locked = me.carry, p.carried(), o.After[x.lock] != 0
	p.peak = max(p.peak, o.is)
	for t := range o.From {
		// The step's own thread is looked at before the call goes on: its open operation is still
		// the one that it was.
		o.charged += owned(&o.From[t].View, &p.threads[t])
		to := &o.To[t].View
		o.live += to.phys
		o.misuse = o.misuse || to.misuse
	}
}

// taken is what the word says is taken, less the slack of accounts. It is the counter, but for
// bytes that whoever has the setter lock carries between the word and an account.
func (x *Explorer) taken(limit int64, m *engine.Memory) int64 {
	n := limit - impl.Headroom(m[x.word])
	for _, s := range x.slack {
		n -= max(m[s], 0)
	}
	return n
}

func (p *past) carried() (n int64) {
	for i := range p.threads {
		n += p.threads[i].carry
	}
	return n
}

// attribute notes that the step has changed what is taken by d. Without accounts that must be the
// effect of the thread's open operation. With them, the swap that grants or releases may move slack
// besides, and any other change must be slack that the thread carries.
func (x *Explorer) attribute(p *past, o *observation, d int64) {
	from, me := o.From[o.Thread], &p.threads[o.Thread]
	v := &from.View
	var n int64 // what the open operation moves
	if v.open {
		switch v.in.Op {
		case linearizability.Reserve:
			n = v.in.N
		case linearizability.Release, linearizability.RollBack:
			n = -v.in.N
		}
	}
	swap := from.Kind == engine.Operation && from.Op.(impl.Op).Kind == impl.OpCompareAndSwap
	switch {
	case x.slack != nil && (!swap || me.moved || n == 0):
		me.carry += d
		return
	case x.slack != nil:
		me.carry += d - n
	}
	me.moved = true
	if v.open && v.in.Op == linearizability.RollBack {
		p.rolledBack++
	}
}

// owned is what the thread should be charged: bytes held, and bytes of its call in flight.
func owned(v *view, p *threadPast) int64 {
	if p.moved && v.open {
		switch v.in.Op {
		case linearizability.Reserve:
			return v.charge + v.in.N
		case linearizability.Release, linearizability.RollBack:
			return v.charge - v.in.N
		}
	}
	return v.charge
}

// followHistory notes the calls and returns of the step.
func (x *Explorer) followHistory(p *past, o *observation) {
	me := &p.threads[o.Thread]
	if account := o.From[o.Thread].View.account; account > 0 {
		o.slack = o.After[x.slack[account-1]]
	}
	for _, e := range o.Notes {
		switch e.kind {
		case called:
			p.history = x.monitor.Call(p.history, o.Thread, e.in)
			*me = threadPast{fits: true, carry: me.carry}
		case made:
			p.accounts++
		case dropped:
			p.accounts--
		case returned:
			p.history = x.monitor.Return(p.history, o.Thread, e.out)
			o.returned = append(o.returned, returnedOp{e, me.moved, me.fits, p.limit != unlimited})
			o.explained = o.explained && x.monitor.Explained(p.history)
			if e.in.Op == linearizability.Reserve && refusal(e.out.Err) {
				p.refused++
			}
			*me = threadPast{carry: me.carry}
		}
	}
}

// remember notes what later steps must know: which open growths have fitted so far.
func (x *Explorer) remember(p *past, o *observation) {
	for t := range o.To {
		q, v := &p.threads[t], &o.To[t].View
		if !v.open || v.in.Op != linearizability.Reserve || p.limit == unlimited || q.moved {
			q.top, q.fits = 0, p.limit == unlimited
		} else {
			q.top = max(q.top, p.limit)
			q.fits = q.fits && v.in.N <= p.limit-x.taken(p.limit, o.After)+p.carried()
		}
		if p.limit == unlimited {
			q.moved, q.carry = false, 0 // nothing is counted any more
		}
	}
}

// judgeEnd judges a state in which every thread has ended. What Stats says now must fit the
// history, as if one more thread had read it.
func (x *Explorer) judgeEnd(p past, m *engine.Memory) error {
	stats, ok := x.stats(*m)
	if !ok {
		return fmt.Errorf("Progress: Stats does not end")
	}
	r := readingOf(stats)
	after := x.monitor.Call(p.history, 0, operation{Input: linearizability.Input{Op: linearizability.Stats}})
	after = x.monitor.Return(after, 0, linearizability.Output{Reading: r})
	if !x.monitor.Explained(after) {
		return fmt.Errorf("Linearizable: nothing explains that at the end there is %v", r)
	}
	// Slack that lay about when the peak was reached is part of it.
	peak := stats.Peak >= p.peak && (stats.Peak == p.peak || x.slack != nil)
	if !peak || stats.Refused != p.refused || stats.RolledBack != p.rolledBack {
		return fmt.Errorf("Statistics: peak, refused, rolled back are %d, %d, %d, want %d, %d, %d",
			stats.Peak, stats.Refused, stats.RolledBack, p.peak, p.refused, p.rolledBack)
	}
	listed := 0
	for list := m[x.list]; list != 0; list >>= 4 {
		listed++
	}
	if m[x.count] != int64(p.accounts) || listed != p.accounts {
		return fmt.Errorf("Contract: %d accounts are counted and %d listed, want %d", m[x.count], listed, p.accounts)
	}
	return nil
}
