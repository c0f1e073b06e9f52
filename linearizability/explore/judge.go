//go:build interleave

package explore

import (
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// A judge holds what threads do against the promises.
type judge struct {
	scenario
	layout
	machine  *machine // whose statistics it reads at the end of a run
	firstGen int64    // of the root
	monitor  *engine.Monitor[model.State, calls.Call, output]
	observed observation
}

// step observes a step, holds it against the promises, and returns the past after it.
func (j *judge) step(p past, s *engine.Observation[callerState, event]) (past, error) {
	o := &j.observed
	*o = observation{Observation: s, scenario: &j.scenario, past: &p, holder: p.holder,
		counted: !p.unlimited, returned: o.returned[:0], explained: true}
	if o.counted {
		o.before, _, _ = j.counters(&p, o.From)
	}
	j.followMemory(&p, o)
	if o.counted = !p.unlimited; o.counted {
		j.followBytes(&p, o)
		j.followLive(&p, o)
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

// operation is what the step did to memory, if it was that.
func (o *observation) operation() (cell int, op impl.Op, ok bool) {
	from := o.From[o.Thread]
	if from.Kind != engine.Operation {
		return 0, impl.Op{}, false
	}
	return from.Cell, from.Op.(impl.Op), true
}

// followMemory notes who has the lock, which limits are in force and which budgets are left after
// the step, and what each word says.
func (j *judge) followMemory(p *past, o *observation) {
	for v := range j.Tree {
		o.was[v] = j.level(calls.Via(v), p.limitOf(&j.scenario, calls.Root), o.Before)
	}
	j.followLock(p, o)
	in := &o.From[o.Thread].View.in
	switch isUnlimited := impl.WordOf(o.After[j.budgets[0].word]).Unlimited; {
	case p.unlimited && !isUnlimited:
		o.unlawful = "the accounting has begun again"
	case !p.unlimited && isUnlimited:
		if in.Op != calls.EndBoot || in.Via != calls.Root || p.limits[0] != impl.NoLimit {
			o.unlawful = fmt.Sprintf("the accounting ended in %v, with limit %d", *in, p.limits[0])
		}
		p.endBoot()
	case !p.unlimited:
		j.followLimit(p, o)
	}
	for v := range j.Tree {
		via := calls.Via(v)
		o.limits[v] = p.limitOf(&j.scenario, via)
		o.is[v] = j.level(via, o.limits[0], o.After)
		if p.unlimited || !o.is[v].Left || p.gone.has(via) {
			continue
		}
		p.gone.add(via)
		if in.Op != calls.Leave || in.Via != via {
			o.unlawful = fmt.Sprintf("%v was left in %v", via, *in)
		}
	}
}

// followLock notes who has the lock, and that what it guards is not written without it.
func (j *judge) followLock(p *past, o *observation) {
	switch was, is := o.Before[j.lock], o.After[j.lock]; {
	case is == 0:
		p.holder = 0
	case was == 0:
		p.holder = o.Thread + 1
	}
	o.bound = impl.WordOf(o.After[j.bound]).Value
	cell, op, ok := o.operation()
	if ok && j.machine.underLock[cell] && op.Kind != impl.OpLoad && p.holder != o.Thread+1 && j.isMade(cell, o.Before) {
		o.unlawful = j.cells[cell].Name + " is written without the lock"
	}
}

// isMade reports whether a cell is one of a budget that has been made.
func (j *judge) isMade(cell int, m *engine.Memory) bool {
	for _, c := range j.budgets {
		of := strings.TrimSuffix(j.cells[c.word].Name, "word")
		if m[c.word] == 0 && strings.HasPrefix(j.cells[cell].Name, of) {
			return false
		}
	}
	return true
}

// endBoot forgets what was in flight: nothing is counted any more.
func (p *past) endBoot() {
	p.unlimited = true
	for t := range p.threads {
		q := &p.threads[t]
		*q = threadPast{misfit: q.misfit, over: q.over, barred: q.barred}
	}
}

// followLimit notes a limit that the step has put in force.
func (j *judge) followLimit(p *past, o *observation) {
	cell, op, ok := o.operation()
	if !ok || op.Kind == impl.OpLoad {
		return
	}
	me, in := &p.threads[o.Thread], &o.From[o.Thread].View.in
	n := int64(closed)
	if in.Op == calls.SetLimit {
		n = in.N
	}
	for v := range j.Tree {
		c, word := &j.budgets[v], o.was[v]
		moves := cell == c.limit && word.made
		if v == 0 { // its limit is in force by the word
			moves = cell == c.word && !impl.WordOf(o.After[cell]).Left && impl.WordOf(o.After[cell]).Gen != word.Gen
		}
		switch {
		case !moves:
		case in.Via != calls.Via(v) || !p.mayLimit(in.Op, j.above(in.Via)):
			o.unlawful = fmt.Sprintf("the limit of %v has changed in %v", calls.Via(v), *in)
		default:
			p.limits[v] = n
			me.moved = in.Op != calls.Leave
		}
	}
}

// mayLimit reports whether an operation may change a limit. A child that is made of a budget that
// was closed, which parent is, is closed.
func (p *past) mayLimit(op calls.Op, parent calls.Via) bool {
	switch op {
	case calls.SetLimit, calls.Close, calls.Leave:
		return true
	}
	return op == calls.NewChild && p.limits[parent] == closed
}

// counters are the bytes at and below each budget that are held or on their way, those that are
// held at itself, and those of them that callers know of. A budget that was left has none.
func (j *judge) counters(p *past, points []*engine.Point[callerState]) (counter, held, known [maxBudgets]int64) {
	for v := len(j.Tree) - 1; v >= 0; v-- {
		via := calls.Via(v)
		if p.gone.has(via) {
			counter[v] = 0 // of what is below
			continue
		}
		for t := range points {
			view, q := &points[t].View, &p.threads[t]
			n := view.at[v].charge
			held[v] += n + q.effect(view, via)
			known[v] += n + min(0, q.effect(view, via))
			if q.way > 0 && q.at == via {
				counter[v] += q.way
			}
		}
		counter[v] += held[v]
		if v > 0 {
			counter[j.Tree[v].Parent] += counter[v]
		}
	}
	return counter, held, known
}

// effect is by how much the open operation has moved what is held at a budget.
func (q *threadPast) effect(view *callerState, v calls.Via) int64 {
	switch n := view.moves(v); {
	case n < 0 && q.moved, n > 0 && q.moved && (view.in.Op != calls.Move || q.arrived):
		return n
	}
	return 0
}

// followBytes notes where the step has moved bytes, and who has them on their way.
func (j *judge) followBytes(p *past, o *observation) {
	_, heldBefore, _ := j.counters(p, o.From)
	j.followOperation(p, o)
	for t := range p.threads {
		if q := &p.threads[t]; p.gone.has(q.at) {
			q.way = 0
		}
	}
	me := &p.threads[o.Thread]
	o.counter, o.held, o.known = j.counters(p, o.From)
	for v := range j.Tree {
		via := calls.Via(v)
		if v > 0 {
			taken := o.is[v].taken - o.was[v].taken
			me.carry[j.above(via)] -= taken
		}
		if p.gone.has(via) {
			continue
		}
		me.carry[v] += o.is[v].used - o.was[v].used - (o.held[v] - heldBefore[v])
		me.owes += j.owed(o.is[v], o.held[v], o.After, via) - j.owed(o.was[v], heldBefore[v], o.Before, via)
		p.peak[v] = max(p.peak[v], o.counter[v])
	}
	for v := range j.Tree {
		if via := calls.Via(v); p.gone.has(via) {
			p.forget(via, o.From)
		}
	}
}

// forget drops what was in flight at a budget that was left.
func (p *past) forget(v calls.Via, points []*engine.Point[callerState]) {
	for t := range points {
		q := &p.threads[t]
		q.carry[v] = 0
		if in := &points[t].View.in; in.Via == v || in.Op == calls.Move && in.To == v {
			q.owes = 0
		}
	}
}

// owed is what is held at a budget that has children and is not counted in its direct.
func (j *judge) owed(at level, held int64, m *engine.Memory, v calls.Via) int64 {
	if !at.Inner {
		return 0
	}
	return held - m[j.budgets[v].direct]
}

// followOperation notes what the step does of the thread's open operation.
func (j *judge) followOperation(p *past, o *observation) {
	cell, op, ok := o.operation()
	view := &o.From[o.Thread].View
	in, me := view.in, &p.threads[o.Thread]
	if !ok || !view.open {
		return
	}
	s := memoryStep{cell: cell, add: op.Kind == impl.OpAdd}
	if s.of, s.ofWord = j.wordAt(cell); s.ofWord {
		s.used = o.is[s.of].used - o.was[s.of].used
	}
	s.drained = o.was[s.of].Drained
	locked, moved := p.holder == o.Thread+1, me.moved
	switch {
	case in.Op == calls.Leave:
		j.followLeave(me, o, s, in.Via)
	case in.N <= 0:
	case in.Op == calls.Reserve:
		j.followGrowth(me, s, in, locked)
	case in.Op == calls.Move:
		j.followMove(me, o, s, in)
	case in.Op == calls.Release, in.Op == calls.RollBack:
		j.followRelease(me, o, s, in, locked)
		if !moved && me.moved && in.Op == calls.RollBack {
			p.rolledBack[in.Via]++
		}
	}
}

// A memoryStep is what an operation does.
type memoryStep struct {
	cell    int
	of      calls.Via // the budget that the cell is the word of
	ofWord  bool
	used    int64 // by how much what it uses has changed
	drained bool  // before it
	add     bool
}

func (j *judge) above(v calls.Via) calls.Via { return j.Tree[v].Parent }

// rise notes that bytes on their way up have passed a budget: they are at its parent then, if it
// was drained.
func (j *judge) rise(me *threadPast, s memoryStep) {
	switch {
	case me.way == 0 || !s.ofWord || s.of != me.at || s.used != -me.way:
	case s.drained && s.of != calls.Root:
		me.at = j.above(s.of)
	default:
		me.way = 0
	}
}

// sink notes that bytes on their way down to a budget have passed the next one. It reports whether
// they have reached it.
func (j *judge) sink(me *threadPast, s memoryStep, n int64, to calls.Via) bool {
	if !s.ofWord || s.used != n || s.of == me.at || j.above(s.of) != me.at || !j.Tree.Within(to, s.of) {
		return false
	}
	me.at = s.of
	if me.at == to {
		me.way = 0
	}
	return me.at == to
}

func (j *judge) followGrowth(me *threadPast, s memoryStep, in calls.Call, locked bool) {
	n := in.N
	switch {
	case !s.ofWord:
	case !me.granted && s.used == n && j.Tree.Within(in.Via, s.of):
		me.granted = true
		if me.moved = s.of == in.Via; !me.moved {
			me.way, me.at = n, s.of
		}
	case me.granted && !me.moved && j.sink(me, s, n, in.Via): // even from a budget that was left
		me.moved = true
	case !s.add || !locked:
		j.rise(me, s) // the budget was left meanwhile
	}
}

// followRelease notes how bytes are given back, and go up.
func (j *judge) followRelease(me *threadPast, o *observation, s memoryStep, in calls.Call, locked bool) {
	switch {
	case !me.moved:
		j.takeOut(me, o, s, in)
	case !s.add || !locked: // what a drain gives back is added, under the lock
		j.rise(me, s)
	}
}

// takeOut notes that bytes are no longer held: a change of the word, or of direct at a budget that
// has children.
func (j *judge) takeOut(me *threadPast, o *observation, s memoryStep, in calls.Call) {
	n, at := in.N, &o.was[in.Via]
	switch {
	case at.Inner && j.direct(o, s, in.Via) == -n:
		me.moved, me.way, me.at = true, n, in.Via
	case !at.Inner && s.ofWord && s.of == in.Via && s.used == -n:
		me.moved = true
		if s.drained && in.Via != calls.Root {
			me.way, me.at = n, j.above(in.Via)
		}
	}
}

// direct is by how much the step has changed direct of a budget.
func (j *judge) direct(o *observation, s memoryStep, v calls.Via) int64 {
	c := j.budgets[v].direct
	if s.cell != c {
		return 0
	}
	return o.After[c] - o.Before[c]
}

// followMove notes how the bytes go up to the lowest budget above both, and down from there.
func (j *judge) followMove(me *threadPast, o *observation, s memoryStep, in calls.Call) {
	switch top := j.common(in.Via, in.To); {
	case !me.moved:
		j.takeOut(me, o, s, in)
	case me.arrived:
	case me.at != top && j.Tree.Within(me.at, top) && !j.Tree.Within(in.To, me.at):
		j.rise(me, s)
	case in.To == top:
		if me.arrived = j.direct(o, s, top) == in.N; me.arrived {
			me.way = 0
		}
	default:
		me.arrived = j.sink(me, s, in.N, in.To)
	}
}

func (j *judge) followLeave(me *threadPast, o *observation, s memoryStep, v calls.Via) {
	switch {
	case me.moved:
		j.rise(me, s)
	case s.ofWord && s.of == v && o.is[v].Left:
		me.moved, me.seen = true, o.was[v].used
		if v != calls.Root {
			me.way, me.at = o.was[v].used, j.above(v)
		}
	}
}

// followLive notes what physically exists. Of what is being moved, a caller knows no more than that
// it is held at all budgets above both.
func (j *judge) followLive(p *past, o *observation) {
	for v := len(j.Tree) - 1; v >= 0; v-- {
		via := calls.Via(v)
		if p.left.has(via) {
			o.live[v] = 0
			continue
		}
		for t := range o.From {
			o.live[v] += o.To[t].View.at[v].phys
			o.misuse = o.misuse || o.To[t].View.misuse
		}
		if v > 0 {
			o.live[j.above(via)] += o.live[v]
		}
	}
	for t := range o.From {
		from, to := &o.From[t].View, &o.To[t].View
		if from.open && from.in.Op == calls.Move {
			to = from
		}
		if !to.open || to.in.Op != calls.Move || p.left.has(to.in.Via) {
			continue
		}
		top := j.common(to.in.Via, to.in.To)
		for v := to.in.Via; v != top; v = j.above(v) {
			o.live[v] -= to.in.N
		}
		for v := to.in.To; v != top; v = j.above(v) {
			o.live[v] -= to.in.N
		}
	}
}

// followHistory notes the calls and returns of the step.
func (j *judge) followHistory(p *past, o *observation) {
	me := &p.threads[o.Thread]
	for _, e := range o.Notes {
		switch e.kind {
		case called:
			p.history = j.monitor.Call(p.history, o.Thread, e.in)
			*me = threadPast{carry: me.carry, owes: me.owes, barred: j.closedOn(e.in, p.shut.has)}
			if e.in.Op == calls.Leave {
				p.left.add(e.in.Via)
			}
		case returned:
			j.followReturn(p, o, me, e)
			*me = threadPast{carry: me.carry, owes: me.owes}
		}
	}
}

func (j *judge) followReturn(p *past, o *observation, me *threadPast, e event) {
	in := e.in
	isClosed := func(v calls.Via) bool { return p.limits[v] == closed }
	switch {
	case e.out.Err != nil || p.unlimited:
	case in.Op == calls.SetLimit && !me.moved:
		p.limits[in.Via] = in.N
	case in.Op == calls.Close, in.Op == calls.Leave:
		p.limits[in.Via] = closed
		p.shut.add(in.Via)
	}
	if in.Op == calls.Reserve && refusal(e.out.Err) {
		p.refused[in.Via]++
	}
	p.history = j.monitor.Return(p.history, o.Thread, recorded(in.Op, e.out))
	o.explained = o.explained && j.monitor.Explained(p.history)
	o.returned = append(o.returned, returnedOp{event: e, threadPast: *me, counted: !p.unlimited,
		gone: p.gone.has(in.Via), isShut: j.closedOn(in, isClosed)})
}

// closedOn reports whether a growth meets a budget of which is says so.
func (j *judge) closedOn(in calls.Call, is func(calls.Via) bool) bool {
	from, top := in.Via, calls.Root
	if in.Op == calls.Move {
		from, top = in.To, j.common(in.Via, in.To)
		if is(in.Via) {
			return true
		}
	}
	for v := from; ; v = j.above(v) {
		if in.Op == calls.Move && v == top {
			return false
		}
		if is(v) || v == calls.Root {
			return is(v)
		}
	}
}

// remember notes what later steps must know: which open growths did not fit, and which releases
// were of more than is held.
func (j *judge) remember(p *past, o *observation) {
	counter, known := o.counter, o.known
	if len(o.Notes) > 0 && o.counted {
		counter, _, known = j.counters(p, o.To)
	}
	for t := range o.To {
		if view := &o.To[t].View; view.open {
			j.rememberOperation(p, o, &p.threads[t], &view.in, &counter, &known)
		}
	}
	me, view := &p.threads[o.Thread], &o.To[o.Thread].View
	cell, op, ok := o.operation()
	if !ok || !view.open || op.Kind != impl.OpLoad || cell != j.budgets[view.in.Via].word {
		return
	}
	switch view.in.Op {
	case calls.Stats:
		me.seen = o.is[view.in.Via].used
	case calls.Exact, calls.Close:
		me.seen = counter[view.in.Via]
	}
}

func (j *judge) rememberOperation(p *past, o *observation, q *threadPast, in *calls.Call,
	counter, known *[maxBudgets]int64) {
	top := calls.Root
	switch in.Op {
	case calls.Release, calls.RollBack:
		q.over = q.over || j.isOver(p, o, q, in, known)
		return
	case calls.Move:
		q.over = q.over || j.isOver(p, o, q, in, known)
		top = j.common(in.Via, in.To)
		if o.counted && !q.moved {
			q.misfit = q.misfit || j.misfits(o, counter, in.N, in.To, top, false)
		}
	case calls.Reserve:
		if o.counted && !q.granted {
			q.misfit = q.misfit || j.misfits(o, counter, in.N, in.Via, top, true)
		}
	default:
		return
	}
	for v := range j.Tree {
		q.top[v] = max(q.top[v], o.limits[v])
	}
}

// isOver reports whether an operation would take more than callers know to be held.
func (j *judge) isOver(p *past, o *observation, q *threadPast, in *calls.Call, known *[maxBudgets]int64) bool {
	return in.N < 0 || o.counted && !q.moved && !p.gone.has(in.Via) && in.N > known[in.Via]
}

// misfits reports whether n bytes do not fit at a budget or at one above it, below top or with it.
func (j *judge) misfits(o *observation, counter *[maxBudgets]int64, n int64, at, top calls.Via, with bool) bool {
	for v := at; v != top; v = j.above(v) {
		if n > o.limits[v]-counter[v] {
			return true
		}
	}
	return with && n > o.limits[top]-counter[top]
}

// end judges a state in which every thread has ended. What each budget reads now must fit the
// history, as if one more thread had read it.
func (j *judge) end(p past, m *engine.Memory) error {
	cheap, exact, ok := j.machine.stats(*m)
	if !ok {
		return fmt.Errorf("Progress: Stats or Exact does not end")
	}
	rootLimit := p.limitOf(&j.scenario, calls.Root)
	for v := range j.Tree {
		via := calls.Via(v)
		at := j.level(via, rootLimit, m)
		if !at.made {
			continue
		}
		if r := calls.Observed(cheap[v]); r.Used != at.used && !p.unlimited || p.unlimited != (r.Mode == model.Unlimited) {
			return fmt.Errorf("Contract: Stats of %v is %v at the end, and %d bytes are used", via, r, at.used)
		}
		r := calls.Observed(exact[v])
		in := calls.Call{Op: calls.Exact, Via: via}
		p.history = j.monitor.Return(j.monitor.Call(p.history, 0, in), 0, output{Reading: r})
		if !j.monitor.Explained(p.history) {
			return fmt.Errorf("Linearizable: nothing explains that %v has %v at the end", via, r)
		}
		if err := j.statistics(&p, via, at, exact[v]); err != nil {
			return err
		}
	}
	return nil
}

// statistics holds those of a budget against the history.
func (j *judge) statistics(p *past, v calls.Via, at level, s impl.Stats) error {
	peak := s.Peak == p.peak[v]
	if at.Inner || p.unlimited && v != calls.Root {
		// Slack that lay below when the peak was reached is part of it, and bytes that landed when the
		// boot had ended. The root may miss it while its limit changes twice.
		peak = peak || s.Peak > p.peak[v] || v == calls.Root && at.Gen >= j.firstGen+2
	}
	if !peak || s.Refused != p.refused[v] || s.RolledBack != p.rolledBack[v] && !j.uncounted(p, v) {
		return fmt.Errorf("Statistics: peak, refused, rolled back of %v are %d, %d, %d, want %d, %d, %d", v,
			s.Peak, s.Refused, s.RolledBack, p.peak[v], p.refused[v], p.rolledBack[v])
	}
	return nil
}

// uncounted reports whether bytes that were given back at a budget may not have been counted at one
// above it any more.
func (j *judge) uncounted(p *past, v calls.Via) bool {
	return v != calls.Root && p.unlimited || p.gone.has(v) || v != calls.Root && j.uncounted(p, j.above(v))
}
