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
	moved bool  // the open operation has had its effect on the word
	top   int64 // the largest limit in force since the open Reserve was invoked
	fits  bool  // it has fitted at every instant since
}

const unlimited = -1

// counter is what the word says is allocated, against the limit that the explorer knows to be in force: what the code keeps about its
// limit besides the word has no say in it.
func (x *explorer) counter(limit int64, m memory) int64 { return limit - impl.Headroom(m[x.word]) }

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

// judge checks the promises on the step of thread t from s to next by e, and completes next.
func (x *explorer) judge(s state, next *state, t int, e *edge) error {
	if e.fail != "" {
		return fmt.Errorf("%s", e.fail)
	}
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
	} else if moved && l.phase == setting && !me.moved {
		p.limit, me.moved = l.in.N, true
	}

	if p.limit != unlimited {
		was, is := x.counter(old, before), x.counter(p.limit, after)
		if is != was {
			me.moved = true
			if l.open && l.in.Op == RollBack {
				p.rolledBack++
			}
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

	for _, ev := range e.events {
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
			q.fits = q.fits && l.in.N <= p.limit-x.counter(p.limit, after)
		}
		if p.limit == unlimited {
			q.moved = false // of no account any more
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
		*me = threadPast{fits: true}
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
	*me = threadPast{}
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
	if stats.Peak != p.peak || stats.Refused != p.refused || stats.RolledBack != p.rolledBack {
		return fmt.Errorf("Statistics: peak, refused, rolled back are %d, %d, %d, want %d, %d, %d",
			stats.Peak, stats.Refused, stats.RolledBack, p.peak, p.refused, p.rolledBack)
	}
	return nil
}
