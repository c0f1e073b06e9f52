//go:build interleave

package explore

import (
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// The names of the steps of a scenario with accounts: those of tla/Accounts.tla.

// A route is how a call has come to its next operation.
type route struct {
	phase  phase
	lock   lock
	since  []did  // what the call has done since it took the lock, or since its phase began
	before []did  // what it has done before that, latest last
	word   *int64 // the word as it was loaded last, nil if it was not
}

// A did is an operation, and what it was answered.
type did struct {
	cell   string // without an index
	op     impl.OpKind
	answer int64
}

// A lock is how a call has the setter lock.
type lock uint8

const (
	free   lock = iota
	tried       // by TryLock: to move bytes between its account and the word
	waited      // by Lock
)

func (x *Explorer) cellOf(r engine.Request) string {
	name := x.cells[r.Cell].Name
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	name, _, _ = strings.Cut(name, "[")
	return name
}

func (x *Explorer) routeTo(p *engine.Point[view]) route {
	r := route{phase: p.View.phase}
	split := func() { r.before, r.since = append(r.before, r.since...), nil }
	for i, asked := range p.Asked {
		if asked.Kind == engine.Choice {
			split()
			continue
		} else if asked.Kind != engine.Operation {
			continue // on memory of its own
		}
		d := did{x.cellOf(asked), asked.Op.(impl.Op).Kind, p.Answers[i]}
		switch {
		case d.op == impl.OpLock:
			r.lock = waited
			split()
			continue
		case d.op == impl.OpTryLock && d.answer != 0:
			r.lock = tried
			split()
			continue
		case d.op == impl.OpUnlock:
			r.lock = free
			split()
		}
		if d.cell == "word" && d.op == impl.OpLoad {
			r.word = &d.answer
		}
		r.since = append(r.since, d)
	}
	return r
}

// has reports whether an operation has happened since the lock was taken or the phase began.
func (r *route) has(cell string, op impl.OpKind) bool { return r.count(r.since, cell, op) > 0 }

func (r *route) count(of []did, cell string, op impl.OpKind) (n int) {
	for _, d := range of {
		if d.cell == cell && d.op == op {
			n++
		}
	}
	return n
}

// swapped reports whether a compare-and-swap of the word has succeeded.
func (r *route) swapped() bool {
	for _, d := range r.since {
		if d.cell == "word" && d.op == impl.OpCompareAndSwap && d.answer != 0 {
			return true
		}
	}
	return false
}

// looked reports whether the call has only asked whether anything is counted, and the word said so.
func (r *route) looked() bool {
	n := len(r.since)
	return len(r.before) == 0 && n > 0 && n < 3 && r.since[n-1].cell == "word" && (n == 1 || r.since[0].cell == "slack")
}

// accountAction names the next step from a point, if the specification has it.
func (x *Explorer) accountAction(p *engine.Point[view]) string {
	r := x.routeTo(p)
	at, op := x.cellOf(p.Request), p.Op.(impl.Op).Kind
	switch r.phase {
	case closing, dropping, making:
		return r.comingOrGoing(at, op)
	case setting, booting, reading:
		return r.setter(at, op)
	case reserving, backing: // a call that resizes begins in backing, if it is no growth
		return r.growth(at, op, p.View)
	case rolling, releasing:
		return r.release(at, op, p.View.account > 0)
	}
	return ""
}

// opOn is a cell and an operation on it.
type opOn struct {
	cell string
	op   impl.OpKind
}

// draining names what drainAccounts does. What it loads is still while the lock is held.
func (r *route) draining(at string, op impl.OpKind) (name string, ok bool) {
	switch s := (opOn{at, op}); {
	case s == opOn{"slack", impl.OpAdd}:
		return "DrainSwap", true
	case s == opOn{"word", impl.OpAdd} && !r.has("base", impl.OpStore):
		return "DrainWord", true
	case s == opOn{"word", impl.OpLoad} && len(r.since) == 0, s == opOn{"slack", impl.OpLoad}:
		return "", true
	}
	return "", false
}

func (r *route) setter(at string, op impl.OpKind) string {
	if r.lock == waited {
		if name, ok := r.draining(at, op); ok {
			return name
		}
	}
	name := map[opOn]string{
		{"word", impl.OpLoad}: "Load", {"base", impl.OpStore}: "Base", {"word", impl.OpAdd}: "Word",
		{"word", impl.OpSwap}: "Word", {"setter", impl.OpUnlock}: "Unlock",
	}[opOn{at, op}]
	switch {
	case at == "setter" && op == impl.OpLock:
		return "DrainLock"
	case r.phase == reading && r.lock == waited && name == "Load":
		name = "Word"
	case r.phase == reading && r.lock == free && at == "accounts":
		name = "Accounts"
	case r.phase == reading && r.lock == free && at == "base":
		name = "Base"
	}
	if name == "" {
		return ""
	}
	return phases[r.phase] + name
}

func (r *route) growth(at string, op impl.OpKind, v view) string {
	s := opOn{at, op}
	if r.lock == waited {
		if name, ok := r.draining(at, op); ok {
			return name
		}
	}
	last := ""
	if n := len(r.since); n > 0 {
		last = r.since[n-1].cell
	}
	looks := len(r.before) == 0 && v.call.kind != callReserve
	switch {
	case s == opOn{"slack", impl.OpLoad} && r.lock == free && looks && len(r.since) == 0:
		return "ResizeSlack"
	case s == opOn{"slack", impl.OpLoad} && r.lock == free:
		return "SlackReserveLoad"
	case s == opOn{"slack", impl.OpCompareAndSwap}:
		return "SlackReserveCAS"
	case s == opOn{"slack", impl.OpStore}:
		return "RefillSlack"
	case s == opOn{"word", impl.OpLoad} && looks && (len(r.since) == 0 || len(r.since) == 1 && last == "slack"):
		return "ResizeLoad"
	case s == opOn{"word", impl.OpLoad} && last == "slack":
		return "StockUpLoad"
	case s == opOn{"word", impl.OpLoad} && r.lock == tried:
		return "RefillLoad"
	case s == opOn{"word", impl.OpLoad}:
		return "ReserveLoad"
	case s == opOn{"word", impl.OpCompareAndSwap} && r.lock == tried:
		return "RefillCAS"
	case s == opOn{"word", impl.OpCompareAndSwap}:
		return "ReserveCAS"
	case s == opOn{"accounts", impl.OpLoad} && r.lock == free:
		return "StockUpAccounts"
	case s == opOn{"setter", impl.OpTryLock}:
		return "StockUpTryLock"
	case s == opOn{"setter", impl.OpLock}:
		return "DrainLock"
	case s != opOn{"setter", impl.OpUnlock}:
		return ""
	case r.lock == tried && r.swapped():
		return "RefillUnlock"
	case r.swapped() || impl.IsUnlimited(*r.word):
		return "ReserveUnlock"
	case r.lock == waited, impl.Headroom(*r.word) < v.in.N && !impl.IsStocked(*r.word):
		return "RefuseUnlock"
	}
	return "StockUpUnlock"
}

func (r *route) release(at string, op impl.OpKind, owns bool) string {
	s := opOn{at, op}
	if r.lock == waited {
		if name, ok := r.draining(at, op); ok {
			return name
		}
	}
	kind := "Release"
	if owns {
		kind = "Put"
	}
	loaded := len(r.since) > 0 && r.since[len(r.since)-1].cell == "word" && r.since[len(r.since)-1].op == impl.OpLoad
	switch {
	case s == opOn{"slack", impl.OpLoad} && r.lock == free && len(r.since) == 0:
		return "SlackReleaseLoad"
	case s == opOn{"slack", impl.OpLoad} && r.lock == free:
		return "OverReleaseSlack"
	case s == opOn{"slack", impl.OpCompareAndSwap}:
		return "SlackReleaseCAS"
	case s == opOn{"slack", impl.OpStore}:
		return "GiveSlack"
	case s == opOn{"word", impl.OpLoad} && r.lock == free && r.count(r.since, "slack", impl.OpLoad) == 2:
		return "OverReleaseLoad"
	case s == opOn{"word", impl.OpLoad}:
		return kind + "Load"
	case s == opOn{"base", impl.OpLoad} && loaded:
		return kind + "Base"
	case s == opOn{"word", impl.OpCompareAndSwap}:
		return kind + "CAS"
	case s == opOn{"setter", impl.OpTryLock}:
		return "GiveTryLock"
	case s == opOn{"setter", impl.OpLock}:
		return "DrainLock"
	case s != opOn{"setter", impl.OpUnlock}:
		return ""
	case r.lock == tried && r.has("slack", impl.OpStore):
		return "GiveUnlock"
	case r.lock == tried:
		return "GiveBackUnlock"
	case r.swapped() || impl.IsUnlimited(*r.word):
		return "ReleaseUnlock"
	}
	return "CaughtUnlock"
}

func (r *route) comingOrGoing(at string, op impl.OpKind) string {
	again := r.phase == dropping && r.count(r.before, "setter", impl.OpUnlock)+r.count(r.since, "setter", impl.OpUnlock) > 0
	name := "Close"
	switch {
	case r.phase == making:
		name = "New"
	case again:
		name = "Drop"
	}
	s := opOn{at, op}
	loaded := len(r.since) > 0 && r.since[len(r.since)-1].cell == "word" && r.since[len(r.since)-1].op == impl.OpLoad
	switch {
	case s == opOn{"setter", impl.OpLock}:
		return name + "Lock"
	case s == opOn{"setter", impl.OpUnlock}:
		return name + "Unlock"
	case r.lock == free: // Close returns what is held
		return ""
	case s == opOn{"slack", impl.OpAdd}:
		return "CloseSwap"
	case s == opOn{"accounts", impl.OpAdd}:
		return name + "Accounts"
	case s == opOn{"word", impl.OpLoad}:
		return "PutLoad"
	case s == opOn{"base", impl.OpLoad} && loaded:
		return "PutBase"
	case s == opOn{"word", impl.OpCompareAndSwap}:
		return "PutCAS"
	}
	return ""
}
