//go:build interleave

package linearizability

import (
	"fmt"

	"casalloc/impl"
)

// A past is what the promises need to know beyond memory and threads. Sizes are in bytes.
type past struct {
	limit      int64 // in force, as the calls that set it say; CountingBase; or unlimited
	peak       int64 // the largest counter so far
	refused    int64 // ErrLimit returned
	rolledBack int64 // counted rollbacks
	threads    [maxThreads]threadPast
}

type threadPast struct {
	moved bool  // the open operation has had its effect
	carry int64 // bytes on their way between the word and an account
	top   int64 // the largest limit in force since the open Reserve was invoked
	fits  bool  // it has fitted at every instant since
}

const unlimited = -1

// taken is what the word says is allocated, less the slack of accounts, against the limit that the explorer knows to be in force: what
// the code keeps about its limit besides the word has no say in it. It is the counter, but for bytes that whoever has the setter lock
// carries between the word and an account.
func (x *explorer) taken(limit int64, m memory) int64 {
	n := limit - impl.Headroom(m[x.word])
	for _, s := range x.slack {
		n -= max(m[s], 0)
	}
	return n
}

func (p *past) carried() (n int64) {
	for _, t := range p.threads {
		n += t.carry
	}
	return n
}

// moves notes that thread t's step from l has changed what is taken by d. Without accounts that must be the effect of its open operation.
// With them, the swap that grants or releases may move slack besides, and any other change must be slack that t carries.
func (x *explorer) moves(p *past, t int, l *local, d int64) {
	me := &p.threads[t]
	var n int64
	if l.open {
		n = map[Op]int64{Reserve: l.in.N, Release: -l.in.N, RollBack: -l.in.N}[l.in.Op]
	}
	swap := l.at == stepOp && l.pending.op.Kind == impl.OpCompareAndSwap
	switch {
	case x.slack != nil && (!swap || me.moved || n == 0):
		me.carry += d
		return
	case x.slack != nil:
		me.carry += d - n
	}
	me.moved = true
	if l.open && l.in.Op == RollBack {
		p.rolledBack++
	}
}

// owned is what the thread should be charged: bytes held and bytes of its call in flight.
func owned(l *local, p threadPast) int64 {
	if p.moved && l.open {
		switch l.in.Op {
		case Reserve:
			return l.charge + l.in.N
		case Release, RollBack:
			return l.charge - l.in.N
		}
	}
	return l.charge
}

// judge checks the promises on the step of thread t from s to next by way of events, and completes next.
func (x *explorer) judge(s state, next *state, t int, events []event) error {
	l := x.locals[s.threads[t]]
	before, after := x.memories.values[s.memory], x.memories.values[next.memory]
	p := x.pasts.values[s.past]
	me := &p.threads[t]
	old, word := p.limit, after[x.word]

	if moved := word != before[x.word]; moved && old == unlimited {
		return fmt.Errorf("Exact: the word moved in Unlimited, from %d to %d", before[x.word], word)
	} else if moved && impl.IsUnlimited(word) {
		if l.phase != booting || old != impl.CountingBase {
			return fmt.Errorf("Exact: the accounting ended in %v, with limit %d", l.call, old)
		}
		p.limit = unlimited
	} else if moved && l.phase == setting && !me.moved && (x.slack == nil || impl.Gen(word) != impl.Gen(before[x.word])) {
		p.limit, me.moved = l.in.N, true
	}

	if p.limit != unlimited {
		was, is := x.taken(old, before), x.taken(p.limit, after)
		d := is - was
		was -= p.carried()
		if d != 0 {
			x.moves(&p, t, l, d)
		}
		is -= p.carried()
		if me.carry < 0 {
			return fmt.Errorf("Exact: %d bytes are both slack and held", -me.carry)
		}
		if after[x.lock] == 0 && p.carried() != 0 {
			return fmt.Errorf("Exact: %d bytes are neither in the word nor slack, and the setter lock is free", p.carried())
		}
		if is < 0 {
			return fmt.Errorf("OverReleaseCaught: the counter is %d", is)
		}
		if top := max(me.top, p.limit); is > was && is > top {
			return fmt.Errorf("NeverOverLimit: the counter went from %d to %d of %d", was, is, top)
		} else if is > was && is > p.limit {
			return fmt.Errorf("StrictLimit: the counter went from %d to %d with the limit at %d", was, is, p.limit)
		}
		p.peak = max(p.peak, is)
		var live, charge int64
		misuse := false
		for t := range x.threads {
			// The step's own thread is judged before the call goes on: its open operation is still the one it was.
			l := x.locals[s.threads[t]]
			charge += owned(l, p.threads[t])
			l = x.locals[next.threads[t]]
			live += l.phys
			misuse = misuse || l.misuse
		}
		if !misuse && live > is {
			return fmt.Errorf("LiveWithinCharge: %d bytes exist, the counter is %d", live, is)
		}
		if charge != is {
			return fmt.Errorf("Exact: the counter is %d, held and in flight are %d", is, charge)
		}
	}

	for _, ev := range events {
		if err := x.judgeEvent(&p, next, t, ev, after); err != nil {
			return err
		}
	}

	for t := range x.threads {
		q := &p.threads[t]
		if l := x.locals[next.threads[t]]; !l.open || l.in.Op != Reserve || p.limit == unlimited || q.moved {
			q.top, q.fits = 0, p.limit == unlimited
		} else {
			q.top = max(q.top, p.limit)
			q.fits = q.fits && l.in.N <= p.limit-x.taken(p.limit, after)+p.carried()
		}
		if p.limit == unlimited {
			q.moved, q.carry = false, 0 // nothing is counted any more
		}
	}
	next.past = x.pasts.intern(p)
	return nil
}

// judgeEvent judges an invocation or a return.
func (x *explorer) judgeEvent(p *past, next *state, t int, ev event, m memory) error {
	me := &p.threads[t]
	next.monitor = x.observe(next.monitor, t, ev)
	if !ev.ret {
		*me = threadPast{fits: true, carry: me.carry}
		return nil
	}
	counted := p.limit != unlimited
	switch ev.in.Op {
	case Reserve, Release, RollBack:
		if ev.out.Err != nil && me.moved {
			return fmt.Errorf("Exact: %v, and the counter has changed", describe(ev.in, ev.out))
		}
		if ev.out.Err == nil && counted && !me.moved && ev.in.N != 0 {
			return fmt.Errorf("Exact: %v, and the counter has not changed", describe(ev.in, ev.out))
		}
		if ev.in.Op == Reserve && outcome(ev.out.Err) == "over limit" {
			p.refused++
			if me.fits {
				return fmt.Errorf("NoFalseRefusal: %v, and at every instant since the call it fitted", describe(ev.in, ev.out))
			}
		}
	}
	*me = threadPast{carry: me.carry}
	if len(x.monitors[next.monitor].configs) == 0 {
		return fmt.Errorf("Linearizable: nothing explains %v", describe(ev.in, ev.out))
	}
	return nil
}

// judgeEnd judges a state in which no thread can go on.
func (x *explorer) judgeEnd(s state) error {
	for t := range x.threads {
		if l := x.locals[s.threads[t]]; l.at != stepDone {
			return fmt.Errorf("Progress: deadlock: %s waits at %s", threadName(t), x.action(l, 0))
		}
	}
	// What Stats says now must fit the history as if one more thread had read it.
	stats, ok := x.stats(x.memories.values[s.memory])
	if !ok {
		return fmt.Errorf("Progress: Stats does not end")
	}
	r := readingOfStats(stats)
	seen := event{in: Input{Op: Stats}}
	after := x.observe(s.monitor, 0, seen)
	seen.ret, seen.out = true, Output{Reading: r}
	if after = x.observe(after, 0, seen); len(x.monitors[after].configs) == 0 {
		return fmt.Errorf("Linearizable: nothing explains that at the end there is %v", r)
	}
	p := x.pasts.values[s.past]
	// Slack that lay about when the peak was reached is part of it.
	if stats.Peak < p.peak || stats.Peak > p.peak && x.slack == nil || stats.Refused != p.refused || stats.RolledBack != p.rolledBack {
		return fmt.Errorf("Statistics: peak, refused, rolled back are %d, %d, %d, want %d, %d, %d",
			stats.Peak, stats.Refused, stats.RolledBack, p.peak, p.refused, p.rolledBack)
	}
	return nil
}
