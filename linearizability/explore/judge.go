//go:build interleave

package explore

import (
	"fmt"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A judge holds what threads do against the promises.
type judge struct {
	layout
	machine  *machine // whose Stats it reads at the end of a run
	monitor  *engine.Monitor[calls.Reading, operation, linearizability.Output]
	observed observation
}

// step observes a step, holds it against the promises, and returns the past after it.
func (j *judge) step(p past, s *engine.Observation[callerState, event]) (past, error) {
	o := &j.observed
	*o = observation{Observation: s, returned: o.returned[:0], explained: true}
	was := p.limit
	j.followLimit(&p, o)
	if p.limit != unlimited {
		j.followCounter(&p, o, was)
	}
	j.followHistory(&p, o)
	for _, promise := range promises {
		if err := promise.kept(o); err != nil {
			return p, fmt.Errorf("%s: %w", promise.name, err)
		}
	}
	j.remember(&p, o)
	return p, nil
}

// followLimit notes which limit is in force after the step.
func (j *judge) followLimit(p *past, o *observation) {
	me, v := &p.threads[o.Thread], &o.From[o.Thread].View
	before, after := o.Before[j.word], o.After[j.word]
	switch {
	case before == after:
	case p.limit == unlimited:
		o.unlawful = fmt.Sprintf("the word moved in Unlimited, from %d to %d", before, after)
	case impl.IsUnlimited(after):
		if v.call.Op != calls.EndBoot || p.limit != impl.CountingBase {
			o.unlawful = fmt.Sprintf("the accounting ended in %v, with limit %d", v.call, p.limit)
		}
		p.limit = unlimited
	case v.call.Op == calls.SetLimit && !me.moved && (j.stocks == nil || impl.Gen(after) != impl.Gen(before)):
		p.limit, me.moved = v.in.N, true
	}
	o.limit = p.limit
}

// followCounter notes what the step did to the counter, and whose bytes those are. was is the limit
// before the step.
func (j *judge) followCounter(p *past, o *observation, was int64) {
	me := &p.threads[o.Thread]
	o.counted, o.top = true, me.top
	o.was, o.is = j.taken(was, o.Before), j.taken(p.limit, o.After)
	d := o.is - o.was
	o.was -= p.carried()
	if d != 0 {
		j.attribute(p, o, d)
	}
	o.is -= p.carried()
	o.carry, o.carried, o.locked = me.carry, p.carried(), o.After[j.lock] != 0
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

// attribute notes that the step has changed what is taken by d. Without accounts that must be the
// effect of the thread's open operation. With them, the swap that grants or releases may move slack
// besides, and any other change must be slack that the thread carries.
func (j *judge) attribute(p *past, o *observation, d int64) {
	from, me := o.From[o.Thread], &p.threads[o.Thread]
	v := &from.View
	n := v.moves()
	swap := from.Kind == engine.Operation && from.Op.(impl.Op).Kind == impl.OpCompareAndSwap
	switch {
	case j.stocks != nil && (!swap || me.moved || n == 0):
		me.carry += d
		return
	case j.stocks != nil:
		me.carry += d - n
	}
	me.moved = true
	if v.open && v.in.Op == calls.RollBack {
		p.rolledBack++
	}
}

// owned is what the thread should be charged: bytes held, and bytes of its call in flight.
func owned(v *callerState, p *threadPast) int64 {
	if p.moved {
		return v.charge + v.moves()
	}
	return v.charge
}

// followHistory notes the calls and returns of the step.
func (j *judge) followHistory(p *past, o *observation) {
	me := &p.threads[o.Thread]
	if account := o.From[o.Thread].View.account; account > 0 {
		o.slack = o.After[j.stocks[account-1].slack]
	}
	for _, e := range o.Notes {
		switch e.kind {
		case called:
			p.history = j.monitor.Call(p.history, o.Thread, e.in)
			*me = threadPast{fits: true, carry: me.carry}
		case made:
			p.accounts++
		case dropped:
			p.accounts--
		case returned:
			p.history = j.monitor.Return(p.history, o.Thread, e.out)
			o.returned = append(o.returned, returnedOp{e, me.moved, me.fits, p.limit != unlimited})
			o.explained = o.explained && j.monitor.Explained(p.history)
			if e.in.Op == calls.Reserve && refusal(e.out.Err) {
				p.refused++
			}
			*me = threadPast{carry: me.carry}
		}
	}
}

// remember notes what later steps must know: which open growths have fitted so far.
func (j *judge) remember(p *past, o *observation) {
	for t := range o.To {
		q, v := &p.threads[t], &o.To[t].View
		if !v.open || v.in.Op != calls.Reserve || p.limit == unlimited || q.moved {
			q.top, q.fits = 0, p.limit == unlimited
		} else {
			q.top = max(q.top, p.limit)
			q.fits = q.fits && v.in.N <= p.limit-j.taken(p.limit, o.After)+p.carried()
		}
		if p.limit == unlimited {
			q.moved, q.carry = false, 0 // nothing is counted any more
		}
	}
}

// end judges a state in which every thread has ended. What Stats says now must fit the
// history, as if one more thread had read it.
func (j *judge) end(p past, m *engine.Memory) error {
	stats, ok := j.machine.stats(*m)
	if !ok {
		return fmt.Errorf("Progress: Stats does not end")
	}
	r := calls.Observed(stats)
	after := j.monitor.Call(p.history, 0, operation{Input: linearizability.Input{Op: calls.Stats}})
	after = j.monitor.Return(after, 0, linearizability.Output{Reading: r})
	if !j.monitor.Explained(after) {
		return fmt.Errorf("Linearizable: nothing explains that at the end there is %v", r)
	}
	// Slack that lay about when the peak was reached is part of it.
	peak := stats.Peak >= p.peak && (stats.Peak == p.peak || j.stocks != nil)
	if !peak || stats.Refused != p.refused || stats.RolledBack != p.rolledBack {
		return fmt.Errorf("Statistics: peak, refused, rolled back are %d, %d, %d, want %d, %d, %d",
			stats.Peak, stats.Refused, stats.RolledBack, p.peak, p.refused, p.rolledBack)
	}
	listed := 0
	for list := m[j.list]; list != 0; list >>= 4 {
		listed++
	}
	if m[j.count] != int64(p.accounts) || listed != p.accounts {
		return fmt.Errorf("Contract: %d accounts are counted and %d listed, want %d", m[j.count], listed, p.accounts)
	}
	return nil
}
