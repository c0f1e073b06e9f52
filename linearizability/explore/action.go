//go:build interleave

package explore

import (
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// An opOn is an operation on a field of the memory.
type opOn struct {
	field string
	op    impl.OpKind
}

func (x *Explorer) opOn(r engine.Request) opOn { return opOn{x.fields[r.Cell], r.Op.(impl.Op).Kind} }

var (
	loadWord     = opOn{"word", impl.OpLoad}
	swapWord     = opOn{"word", impl.OpCompareAndSwap}
	addWord      = opOn{"word", impl.OpAdd}
	endWord      = opOn{"word", impl.OpSwap} // of EndBoot
	loadBase     = opOn{"base", impl.OpLoad}
	storeBase    = opOn{"base", impl.OpStore}
	loadSlack    = opOn{"slack", impl.OpLoad}
	swapSlack    = opOn{"slack", impl.OpCompareAndSwap}
	storeSlack   = opOn{"slack", impl.OpStore}
	addSlack     = opOn{"slack", impl.OpAdd}
	loadAccounts = opOn{"accounts", impl.OpLoad}
	addAccounts  = opOn{"accounts", impl.OpAdd}
	takeLock     = opOn{"setter", impl.OpLock}
	tryLock      = opOn{"setter", impl.OpTryLock}
	unlock       = opOn{"setter", impl.OpUnlock}
)

// An access is an operation in a phase of a call.
type access struct {
	opOn
	phase phase
}

// actions names the steps as tla/BudgetCAS.tla does.
var actions = map[access]string{
	{loadWord, looking}:   "ResizeLoad",
	{loadWord, reserving}: "ReserveLoad",
	{swapWord, reserving}: "ReserveCAS",
	{loadWord, rolling}:   "RollbackLoad",
	{loadBase, rolling}:   "RollbackBase",
	{swapWord, rolling}:   "RollbackCAS",
	{loadWord, releasing}: "ReleaseLoad",
	{loadBase, releasing}: "ReleaseBase",
	{swapWord, releasing}: "ReleaseCAS",
	{takeLock, setting}:   "SetLimitLock",
	{loadWord, setting}:   "SetLimitLoad",
	{storeBase, setting}:  "SetLimitBase",
	{addWord, setting}:    "SetLimitWord",
	{unlock, setting}:     "SetLimitUnlock",
	{takeLock, booting}:   "EndBootLock",
	{loadWord, booting}:   "EndBootLoad",
	{endWord, booting}:    "EndBootWord",
	{unlock, booting}:     "EndBootUnlock",
}

// phases begin the names of steps that the specification does not have: Release.peak.
var phases = [...]string{resting: "", looking: "Look", draining: "Drain", reserving: "Reserve",
	backing: "Resize", rolling: "Rollback", releasing: "Release", setting: "SetLimit", booting: "EndBoot",
	reading: "Stats", closing: "Close", dropping: "Drop", making: "NewAccount"}

// action names the next step from a point. The name of a step that the specification does not have,
// on statistics or on what a lock keeps still, has a dot.
func (x *Explorer) action(p *engine.Point[view], answer int64) string {
	switch {
	case p.Kind == engine.Choice && p.View.phase == resting:
		return x.threads[p.Thread].items[p.View.next][answer].String()
	case p.Kind == engine.Choice:
		return x.backendAction(p)
	case p.Kind == engine.End:
		return ""
	}
	if x.hasAccounts {
		if name := x.accountAction(p); name != "" {
			return name
		}
	} else if name, ok := actions[access{x.opOn(p.Request), phaseOf(p)}]; ok {
		return name
	}
	return phases[phaseOf(p)] + "." + x.cells[p.Cell].Name
}

// phaseOf is the phase of an operation: a call that resizes looks first, and a setter drains once
// it has the lock. The first answer of a call is not an operation's, but which call it is.
func phaseOf(p *engine.Point[view]) phase {
	v := p.View
	switch operations := len(p.Answers) - 1; {
	case operations == 0 && (v.call.kind == callResize || v.call.kind == callAlloc):
		return looking
	case operations == 1 && (v.phase == setting || v.phase == booting):
		return draining
	}
	return v.phase
}

func (x *Explorer) backendAction(p *engine.Point[view]) string {
	n, old := p.View.call.n, p.View.block
	r := x.routeTo(p)
	switch {
	case r.looked() && impl.IsUnlimited(r.since[len(r.since)-1].answer):
		return "BackendUnlimited"
	case n > old:
		return "BackendGrow"
	case n == 0:
		return "BackendFree"
	case n < old:
		return "BackendShrink"
	}
	return "Backend.same"
}

// inSpec reports whether the specification has the step.
func inSpec(action string) bool { return !strings.Contains(action, ".") }

// step is what a report says of the step from a point: its action, and what it came to.
func (x *Explorer) step(p *engine.Point[view], answer int64) string {
	name := x.action(p, answer)
	switch {
	case p.Kind == engine.Operation:
		op := p.Op.(impl.Op).Kind
		if !inSpec(name) {
			name += " " + operations[op]
		}
		if op == impl.OpCompareAndSwap && answer == 0 {
			name += " fails"
		}
	case p.Kind == engine.Choice && p.View.phase != resting:
		name += map[fate]string{fails: " fails", panics: " panics"}[p.View.call.backend.fate(int(answer))]
	}
	return name
}

// operations says what a step does whose name does not say it.
var operations = [...]string{impl.OpLoad: "load", impl.OpStore: "store", impl.OpSwap: "swap", impl.OpAdd: "add",
	impl.OpCompareAndSwap: "compare-and-swap", impl.OpLock: "lock", impl.OpTryLock: "try", impl.OpUnlock: "unlock"}
