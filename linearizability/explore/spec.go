//go:build interleave

package explore

import (
	"fmt"
	"slices"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A spec has the states of a scenario in the terms of tla/Scenario.tla: each mapped to the variables
// of BudgetTree, and written as TLC prints them.
type spec struct {
	*names
	engine   *engine.Explorer[callerState, past, event]
	firstGen int64          // of the root
	run      []engine.State // the state at hand and what follows it, if only one run is looked at
}

// The numbers of the specification that are too large for TLC in the code.
const (
	specCountBase = 100_000_000
	specNoLimit   = 1_000_000_000
)

// specVars are the variables that are compared. What is held is the callers' affair.
var specVars = []string{"word", "base", "limit", "direct", "locked", "pc", "call", "at", "seen", "carry", "answer",
	"begun", "late", "short", "above", "batch"}

// settle is where a thread is after the steps that the specification does not have. What it writes
// then is in m. It will take them whatever others do, and nothing they read makes a difference that
// the specification can see. Were that not so, the graphs would differ.
func (s *spec) settle(st engine.State, t int, m *engine.Memory) *engine.Point[callerState] {
	p := s.engine.Point(st, t)
	for p.Kind == engine.Operation && s.stepAt(p) == "" {
		if answer := p.Op.Do(&m[p.Cell]); s.run != nil {
			p = s.next(p)
		} else {
			p = s.engine.Continue(p, answer, m)
		}
	}
	return p
}

// next is where the run takes a thread from p.
func (s *spec) next(p *engine.Point[callerState]) *engine.Point[callerState] {
	at := func(st engine.State) bool { return s.engine.Point(st, p.Thread) == p }
	i := slices.IndexFunc(s.run, at)
	for at(s.run[i]) {
		i++
	}
	return s.engine.Point(s.run[i], p.Thread)
}

// refuses reports whether a load decides in the run that a growth is refused without the lock. No
// graph tells: it depends on what the thread loads after that.
func (s *spec) refuses(p *engine.Point[callerState]) bool {
	for s.run != nil {
		if p = s.next(p); p.View.resting() || p.Kind != engine.Operation || s.placeOf(p.Request).action != "" {
			return p.View.ended == refused
		}
	}
	return false
}

// stepAt is the action that a thread takes next, "" if the specification does not have it.
func (s *spec) stepAt(p *engine.Point[callerState]) string {
	at := s.placeOf(p.Request)
	isWrite := p.Op.(impl.Op).Kind != impl.OpLoad
	switch {
	case at.action == "Refuse" && !s.refuses(p): // no program with a graph is hopeless
		return ""
	case at.action == "OpenCount" && isWrite, at.action == "StockBase" && isWrite: // one step with the load
		return ""
	case at.row == "Budget.supply/Budget.batch: word load" && !s.batchDecides(p):
		return ""
	case at.action == "SetNode" && p.View.call.Via == calls.Root: // the specification has that in its base
		return ""
	case at.action == "MoveBegin" && s.hasTaken(p, "MoveOut", impl.OpCompareAndSwap):
		return ""
	case at.action == "SetNothing" && s.asked(p, "limit", impl.OpStore): // the reading of Close
		return ""
	case at.action == "StockTake" && slices.Contains(callsAt(p.Site), "Budget.topUp"):
		return "TopTake"
	case s.run != nil && slices.Contains(callsAt(p.Site), "Budget.trim"): // no program with a graph trims
		return s.trimStep(p, at)
	case at.action == "ReleaseBase":
		if w := impl.WordOf(s.wordSeen(p)); w.Drained || w.Inner || w.Unlimited || w.Left {
			return ""
		}
	case at.action == "MoveOut" && isWrite && s.budgetAt(p) != p.View.call.Via, // further up
		at.action == "MoveOut" && isWrite && s.field(p.Cell) == "word" && s.asked(p, "direct", impl.OpCompareAndSwap):
		return "MoveUp"
	}
	return at.action
}

// trimStep is stepAt in a trim: of the loads those that find too much slack, and what is last under
// the lock. Of a lock that another has, the specification has no step.
func (s *spec) trimStep(p *engine.Point[callerState], at place) string {
	kind := p.Op.(impl.Op).Kind
	switch after, _ := s.next(p).Op.(impl.Op); {
	case kind == impl.OpStore: // one step with the load
		return ""
	case kind == impl.OpTryLock && s.next(p).View.locked:
		return "Over"
	case after.Kind == impl.OpUnlock && at.action == "":
		return "TrimEnd"
	case kind == impl.OpLoad && after.Kind == impl.OpStore:
		return "TrimBase"
	}
	return at.action
}

// batchDecides reports whether a load for the size of a batch is of the parent's word. It comes after
// that of the child's.
func (s *spec) batchDecides(p *engine.Point[callerState]) bool {
	last := p.Asked[len(p.Asked)-1]
	v, ok := s.wordAt(last.Cell)
	return ok && v != calls.Root && s.Tree[v].Parent == s.budgetAt(p) && s.placeOf(last).row == s.placeOf(p.Request).row
}

// hasTaken reports whether the call has taken an action by such an operation.
func (s *spec) hasTaken(p *engine.Point[callerState], action string, kind impl.OpKind) bool {
	return slices.ContainsFunc(p.Asked, func(r engine.Request) bool {
		return r.Kind == engine.Operation && r.Op.(impl.Op).Kind == kind && s.placeOf(r).action == action
	})
}

// asked reports whether the call has made an operation on such a field.
func (s *spec) asked(p *engine.Point[callerState], field string, kind impl.OpKind) bool {
	return slices.ContainsFunc(p.Asked, func(r engine.Request) bool {
		return r.Op != nil && r.Op.(impl.Op).Kind == kind && s.field(r.Cell) == field
	})
}

// wordSeen is the word of its budget that the call has loaded last.
func (s *spec) wordSeen(p *engine.Point[callerState]) int64 { return s.wordSeenAt(p, s.nodeOf(p)) }

// wordSeenAt is that of some budget.
func (s *spec) wordSeenAt(p *engine.Point[callerState], v calls.Via) int64 {
	for i, r := range slices.Backward(p.Asked) {
		if r.Op != nil && r.Op.(impl.Op).Kind == impl.OpLoad && r.Cell == s.budgets[v].word {
			return p.Answers[i]
		}
	}
	return 0
}

// nodeOf is the budget that the specification has in a call.
func (s *spec) nodeOf(p *engine.Point[callerState]) calls.Via {
	c := p.View.call
	if c.Op == calls.NewChild {
		return s.Tree[c.Via].Parent
	}
	return c.Via
}

// budgetAt is the budget whose word the thread is at.
func (s *spec) budgetAt(p *engine.Point[callerState]) calls.Via {
	v, _ := s.wordAt(p.Cell)
	return v
}

// pcOf is the step at which the specification has each action, of those that do not tell it.
var pcOf = map[string]string{"TopTake": "Climb", "TrimEnd": "TrimBase", "ReserveTake": "Reserve", "Refuse": "Reserve", "TryStock": "Take", "StockTake": "Down",
	"LandDown": "Down", "SetNothing": "SetDrain", "SetBase": "SetDrain",
	"SetNode": "SetDrain", "EndBootWord": "SetDrain", "LeaveWord": "LeaveDrain", "OpenCount": "OpenDrain",
	"ReadWord": "ReadDrain", "StatsLoad": "Stats", "ReleaseLoad": "Release", "MoveBegin": "MoveDrain",
	"MoveOut": "MoveCheck"}

// lockOf is the step at which the specification takes the lock, by the function that does.
var lockOf = map[string]string{"Budget.reserveSlow": "Lock", "Budget.land": "LandLock", "Budget.confirm": "Confirm",
	"Budget.SetLimit": "SetLock", "Budget.Close": "SetLock", "Budget.EndBoot": "SetLock", "Budget.Leave": "LeaveLock",
	"Budget.NewChild": "OpenLock", "Budget.Move": "MoveLock", "Budget.Exact": "ReadLock"}

// drainOf is the step at which the specification drains, by the function that does.
var drainOf = map[string]string{"Budget.climb": "Climb", "Budget.land": "LandDrain", "Budget.setLimit": "SetDrain",
	"Budget.SetLimit": "SetDrain", "Budget.EndBoot": "SetDrain", "Budget.makeInner": "OpenDrain",
	"Budget.Move": "MoveDrain", "Budget.Exact": "ReadDrain"}

// pcAt is where a thread that has settled is in the specification.
func (s *spec) pcAt(p *engine.Point[callerState]) string {
	switch {
	case p.View.resting():
		return "Idle"
	case p.Kind == engine.Choice:
		return "Backend"
	}
	step := s.stepAt(p)
	switch {
	case step == "Lock":
		return lockOf[s.placeOf(p.Request).function]
	case step == "Refuse" && s.hasTaken(p, "Take", impl.OpLoad):
		return "Take"
	case step == "Land" && p.View.locked:
		return "LandDrain"
	case strings.HasPrefix(step, "Drain"):
		for _, f := range callsAt(p.Site) {
			if pc, ok := drainOf[f]; ok {
				return pc
			}
		}
	}
	if pc, ok := pcOf[step]; ok {
		return pc
	}
	return step
}

// atOf is the node the thread is at.
func (s *spec) atOf(p *engine.Point[callerState], pc string) calls.Via {
	switch pc {
	case "Take":
		return s.Tree[s.nodeOf(p)].Parent
	case "Down":
		if s.stepAt(p) == "StockTake" {
			return s.toward(s.budgetAt(p), s.nodeOf(p))
		}
		return s.budgetAt(p)
	case "StockBase", "StockWord", "Pass", "MoveUp", "MoveDown":
		return s.budgetAt(p)
	case "Land", "LandLock", "LandDrain", "Lock", "TopBase", "TopWord":
		return s.nodeOf(p)
	case "Over", "TrimBase", "TrimWord", "TrimGive":
		return s.movedAt(p)
	case "MoveDirect":
		return p.View.call.To
	case "MoveCheck":
		if s.stepAt(p) == "MoveOut" {
			return s.common(p.View.call.Via, p.View.call.To)
		}
		return s.budgetAt(p)
	case "Climb":
		return s.climbAt(p)
	}
	return calls.Root
}

// movedAt is the budget whose word the call has moved last, or tried to.
func (s *spec) movedAt(p *engine.Point[callerState]) calls.Via {
	for _, r := range slices.Backward(p.Asked) {
		if v, ok := s.wordAt(r.Cell); ok && r.Op != nil && r.Op.(impl.Op).Kind != impl.OpLoad {
			return v
		}
	}
	return calls.Root
}

// toward is the child of a that n is, or is below.
func (s *spec) toward(a, n calls.Via) calls.Via {
	for s.Tree[n].Parent != a {
		n = s.Tree[n].Parent
	}
	return n
}

// climbAt is the budget that a growth under the lock looks at.
func (s *spec) climbAt(p *engine.Point[callerState]) calls.Via {
	if s.stepAt(p) == "Climb" {
		return s.budgetAt(p)
	}
	for _, r := range slices.Backward(p.Asked) {
		if r.Kind == engine.Operation && s.placeOf(r).row == "Budget.take: word load" {
			v, _ := s.wordAt(r.Cell)
			return v
		}
	}
	return s.nodeOf(p)
}

// callText is what the thread is doing.
func (s *spec) callText(p *engine.Point[callerState]) string {
	v := p.View
	op, to, want := v.call.Op.String(), v.call.To, v.call.N
	switch v.call.Op {
	case calls.Resize:
		op, want = calls.Reserve.String(), v.call.N-v.at[v.call.Via].block
		if v.in.Op == calls.RollBack {
			op = "Rollback"
		}
	case calls.NewChild:
		op = "Open"
	case calls.Close:
		want = closed
	}
	if v.resting() {
		op, to, want = "none", calls.Root, 0
	}
	return fmt.Sprintf("[op |-> %q, node |-> %q, to |-> %q, want |-> %s]",
		op, s.nodeOf(p).String(), to.String(), bytesText(want))
}

func bytesText(n int64) string {
	switch {
	case n == impl.NoLimit:
		n = specNoLimit
	case n > impl.CountingBase/2:
		n += specCountBase - impl.CountingBase
	}
	return fmt.Sprint(n)
}

// gen is a generation of a budget, as the specification counts.
func (s *spec) gen(v calls.Via, w impl.Word) int64 {
	if v == calls.Root {
		return w.Gen - s.firstGen
	}
	return w.Gen
}

func (s *spec) wordText(v calls.Via, cell int64) string {
	w := impl.WordOf(cell)
	switch {
	case w.Unlimited:
		return `"unlimited"`
	case w.Left:
		return `"gone"`
	case cell == 0: // not made yet
		w.Drained = true
	}
	return fmt.Sprintf(`[val |-> %s, gen |-> %d, kind |-> "counted", drained |-> %s, stocked |-> %s, inner |-> %s]`,
		bytesText(w.Value), s.gen(v, w), boolText(w.Drained), boolText(w.Stocked), boolText(w.Inner))
}

// basesText are the two bases of a budget. Those from before the scenario are the first.
func (s *spec) basesText(v calls.Via, m *engine.Memory) string {
	of := func(i int64) string {
		b := impl.WordOf(m[s.budgets[v].base+int(i)])
		switch {
		case v == calls.Root && b.Gen < s.firstGen || v == calls.Root && m[s.budgets[v].base+int(i)] == 0:
			return bytesText(min(s.Tree[v].Limit, impl.CountingBase))
		}
		return bytesText(b.Value)
	}
	first := int64(0)
	if v == calls.Root {
		first = s.firstGen & 1
	}
	return fmt.Sprintf("(0 :> %s @@ 1 :> %s)", of(first), of(1-first))
}

// seenText is what the thread goes on from.
func (s *spec) seenText(p *engine.Point[callerState], pc string) string {
	w := impl.WordOf(s.wordSeen(p))
	switch pc {
	case "StockWord":
		return fmt.Sprintf("[val |-> %s, gen |-> 0, bytes |-> 0]", bytesText(impl.WordOf(s.wordSeenAt(p, s.budgetAt(p))).Value))
	case "ReleaseBase", "ReleaseCAS", "Doubt":
		return fmt.Sprintf("[val |-> %s, gen |-> %d, bytes |-> 0]", bytesText(w.Value), s.gen(s.nodeOf(p), w))
	case "TrimWord":
		from, to := impl.WordOf(p.Op.(impl.Op).Old).Value, impl.WordOf(p.Op.(impl.Op).New).Value
		return fmt.Sprintf("[val |-> %s, gen |-> 0, bytes |-> %d]", bytesText(from), from-to)
	case "OpenWord":
		return fmt.Sprintf("[val |-> %s, gen |-> 0, bytes |-> 0]", bytesText(w.Value))
	}
	return "[val |-> 0, gen |-> 0, bytes |-> 0]"
}

// carryText are the bytes that the thread brings from one budget to the next.
func (s *spec) carryText(p *engine.Point[callerState], pc string) string {
	node, n := calls.Root, int64(0)
	switch pc {
	case "StockBase", "StockWord", "TopWord":
		node, n = s.budgetAt(p), s.batchOf(p)
	case "TopBase":
		i := slices.IndexFunc(s.budgets, func(b budgetCells) bool { return p.Cell == b.base || p.Cell == b.base+1 })
		node, n = calls.Via(i), s.batchOf(p)
	case "TrimGive":
		node, n = s.movedAt(p), impl.WordOf(p.Op.(impl.Op).New).Value
	}
	if !p.View.resting() && p.Kind == engine.Operation && s.stepAt(p) == "DrainGive" {
		for _, r := range slices.Backward(p.Asked) {
			if r.Kind == engine.Operation && s.placeOf(r).action == "DrainSwap" {
				node, _ = s.wordAt(r.Cell)
				break
			}
		}
		n = impl.WordOf(p.Op.(impl.Op).New).Value
	}
	return fmt.Sprintf("[node |-> %q, bytes |-> %d]", node.String(), n)
}

// batchOf is the batch that the call has chosen last: bound was raised by twice as much.
func (s *spec) batchOf(p *engine.Point[callerState]) int64 {
	for _, r := range slices.Backward(p.Asked) {
		if r.Op != nil && r.Op.(impl.Op).Kind == impl.OpAdd && r.Cell == s.bound {
			return impl.WordOf(r.Op.(impl.Op).New).Value / 2
		}
	}
	return 0
}

// aboveText is the word of the parent that a growth goes on from, and whether it tries the lock.
func (s *spec) aboveText(p *engine.Point[callerState], pc string) string {
	if pc != "Take" || p.Op.(impl.Op).Kind == impl.OpLoad {
		return "<<>>"
	}
	parent := s.Tree[s.nodeOf(p)].Parent
	return fmt.Sprintf("<<%s, %s>>", s.wordText(parent, s.wordSeenAt(p, parent)), boolText(s.stepAt(p) == "TryStock"))
}

// batchText is the batch that a growth has chosen, -1 if it has yet to.
func (s *spec) batchText(p *engine.Point[callerState], pc string) string {
	switch {
	case pc != "Down", s.placeOf(p.Request).row == "Budget.supply/Budget.batch: word load":
		return "-1"
	case s.stepAt(p) == "StockTake":
		return fmt.Sprint(s.batchOf(p))
	}
	return "0"
}

// answerText is how the call has ended; all that is no refusal and no report is one.
func answerText(v callerState) string {
	if v.resting() && v.ended != idle {
		return fmt.Sprintf("%q", v.ended)
	}
	return fmt.Sprintf("%q", idle)
}

// state is a state as the values of specVars.
func (s *spec) state(st engine.State) string {
	m := s.engine.Memory(st)
	raw := m
	late := 0
	points := make([]*engine.Point[callerState], len(s.Clients))
	for _, holder := range []bool{true, false} {
		for t := range s.Clients {
			if s.engine.Point(st, t).View.locked == holder {
				after := m
				points[t] = s.settle(st, t, &after)
				if holder {
					m = after
					if raw[s.lock] != m[s.lock] {
						late = t + 1
					}
				}
			}
		}
	}
	of := make(map[string][]string)
	add := func(name, text string) { of[name] = append(of[name], text) }
	for i, b := range s.budgets {
		v := calls.Via(i)
		key := v.String() + " |-> "
		add("word", key+s.wordText(v, m[b.word]))
		add("base", key+s.basesText(v, &m))
		limit := m[b.limit]
		switch {
		case v == calls.Root:
			limit = impl.NoLimit
		case m[b.word] == 0:
			limit = s.Tree[v].Limit
		}
		add("limit", key+bytesText(limit))
		add("direct", key+fmt.Sprint(m[b.direct]))
	}
	for _, p := range points {
		pc := s.pcAt(p)
		add("pc", fmt.Sprintf("%q", pc))
		add("call", s.callText(p))
		add("at", fmt.Sprintf("%q", s.atOf(p, pc).String()))
		add("seen", s.seenText(p, pc))
		add("carry", s.carryText(p, pc))
		add("answer", answerText(p.View))
		add("begun", fmt.Sprint(p.View.next))
		add("short", boolText(pc == "Climb" && strings.HasPrefix(s.stepAt(p), "Drain")))
		add("above", s.aboveText(p, pc))
		add("batch", s.batchText(p, pc))
	}
	var text []string
	for _, name := range specVars {
		value := "<<" + strings.Join(of[name], ", ") + ">>"
		switch name {
		case "word", "base", "limit", "direct":
			value = "[" + strings.Join(of[name], ", ") + "]"
		case "late":
			value = fmt.Sprint(late)
		case "locked":
			value = boolText(m[s.lock] != 0)
		}
		text = append(text, canonical(value))
	}
	return strings.Join(text, "; ")
}

func boolText(b bool) string { return strings.ToUpper(fmt.Sprint(b)) }
