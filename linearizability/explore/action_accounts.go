//go:build interleave

package explore

import (
	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// The names of the steps of a scenario with accounts: those of tla/Accounts.tla.

// A route is how a call has come to its next operation.
type route struct {
	phase    phase
	lock     lock
	unlocked bool   // it has had the lock, and given it back
	before   int    // operations before those of since
	since    []did  // what the call has done since it took or gave back the lock, or since its phase began
	word     *int64 // the word as it was loaded last, nil if it was not
}

// A did is an operation, and what it was answered.
type did struct {
	opOn
	answer int64
}

// A lock is how a call has the setter lock.
type lock uint8

const (
	free   lock = iota
	tried       // by TryLock: to move bytes between its account and the word
	waited      // by Lock
)

func (x *Explorer) routeTo(p *engine.Point[view]) route {
	r := route{phase: p.View.phase}
	split := func() { r.before, r.since = r.before+len(r.since), nil }
	for i, asked := range p.Asked {
		if asked.Kind == engine.Choice {
			split()
			continue
		} else if asked.Kind != engine.Operation {
			continue // on memory of its own
		}
		d := did{x.opOn(asked), p.Answers[i]}
		switch {
		case d.opOn == takeLock:
			r.lock = waited
			split()
			continue
		case d.opOn == tryLock && d.answer != 0:
			r.lock = tried
			split()
			continue
		case d.opOn == unlock:
			r.lock, r.unlocked = free, true
			split()
		case d.opOn == loadWord:
			r.word = &d.answer
		}
		r.since = append(r.since, d)
	}
	return r
}

// last is the last operation of since, none if there is none.
func (r *route) last() opOn {
	if len(r.since) == 0 {
		return opOn{}
	}
	return r.since[len(r.since)-1].opOn
}

// count is how often an operation is in since.
func (r *route) count(o opOn) (n int) {
	for _, d := range r.since {
		if d.opOn == o {
			n++
		}
	}
	return n
}

// swapped reports whether a compare-and-swap of the word is in since that has succeeded.
func (r *route) swapped() bool {
	for _, d := range r.since {
		if d.opOn == swapWord && d.answer != 0 {
			return true
		}
	}
	return false
}

// looked reports whether the call has only asked whether anything is counted, and the word said so.
func (r *route) looked() bool {
	n := len(r.since)
	return r.before == 0 && n > 0 && n < 3 && r.last().field == "word" && (n == 1 || r.since[0].field == "slack")
}

// accountAction names the next step from a point, if the specification has it.
func (x *Explorer) accountAction(p *engine.Point[view]) string {
	r, next := x.routeTo(p), x.opOn(p.Request)
	switch r.phase {
	case closing, dropping, making:
		return r.comingOrGoing(next)
	}
	if r.lock == waited {
		if name, ok := r.draining(next); ok {
			return name
		}
	}
	switch r.phase {
	case setting, booting, reading:
		return r.setter(next)
	case reserving, backing: // a call that resizes begins in backing, if it is no growth
		return r.growth(next, p.View)
	case rolling, releasing:
		return r.release(next, p.View.account > 0)
	}
	return ""
}

// draining names what drainAccounts does. What it loads is still while the lock is held.
func (r *route) draining(next opOn) (name string, ok bool) {
	switch {
	case next == addSlack:
		return "DrainSwap", true
	case next == addWord && r.count(storeBase) == 0:
		return "DrainWord", true
	case next == loadWord && len(r.since) == 0, next == loadSlack:
		return "", true
	}
	return "", false
}

func (r *route) setter(next opOn) string {
	name := ""
	switch {
	case next == takeLock:
		return "DrainLock"
	case next == loadWord && r.phase == reading && r.lock == waited, next == addWord, next == endWord:
		name = "Word"
	case next == loadWord:
		name = "Load"
	case next == storeBase, next == loadBase && r.phase == reading && r.lock == free:
		name = "Base"
	case next == loadAccounts && r.lock == free:
		name = "Accounts"
	case next == unlock:
		name = "Unlock"
	default:
		return ""
	}
	return phases[r.phase] + name
}

func (r *route) growth(next opOn, v view) string {
	looks := r.before == 0 && v.call.kind != callReserve
	switch {
	case next == loadSlack && r.lock == free && looks && len(r.since) == 0:
		return "ResizeSlack"
	case next == loadSlack && r.lock == free:
		return "SlackReserveLoad"
	case next == swapSlack:
		return "SlackReserveCAS"
	case next == storeSlack:
		return "RefillSlack"
	case next == loadWord && looks && (len(r.since) == 0 || len(r.since) == 1 && r.last().field == "slack"):
		return "ResizeLoad"
	case next == loadWord && r.last().field == "slack":
		return "StockUpLoad"
	case next == loadWord && r.lock == tried:
		return "RefillLoad"
	case next == loadWord:
		return "ReserveLoad"
	case next == swapWord && r.lock == tried:
		return "RefillCAS"
	case next == swapWord:
		return "ReserveCAS"
	case next == loadAccounts && r.lock == free:
		return "StockUpAccounts"
	case next == tryLock:
		return "StockUpTryLock"
	case next == takeLock:
		return "DrainLock"
	case next != unlock:
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

func (r *route) release(next opOn, owns bool) string {
	switch {
	case next == loadSlack && r.lock == free && len(r.since) == 0:
		return "SlackReleaseLoad"
	case next == loadSlack && r.lock == free:
		return "OverReleaseSlack"
	case next == swapSlack:
		return "SlackReleaseCAS"
	case next == storeSlack:
		return "GiveSlack"
	case next == loadWord && r.lock == free && r.count(loadSlack) == 2:
		return "OverReleaseLoad"
	case next == tryLock:
		return "GiveTryLock"
	case next == takeLock:
		return "DrainLock"
	case next != unlock && owns:
		return r.put(next, "Put")
	case next != unlock:
		return r.put(next, "Release")
	case r.lock == tried && r.count(storeSlack) > 0:
		return "GiveUnlock"
	case r.lock == tried:
		return "GiveBackUnlock"
	case r.swapped() || impl.IsUnlimited(*r.word):
		return "ReleaseUnlock"
	}
	return "CaughtUnlock"
}

// put names the steps by which bytes go to the word.
func (r *route) put(next opOn, kind string) string {
	switch {
	case next == loadWord:
		return kind + "Load"
	case next == loadBase && r.last() == loadWord:
		return kind + "Base"
	case next == swapWord:
		return kind + "CAS"
	}
	return ""
}

func (r *route) comingOrGoing(next opOn) string {
	name := "Close"
	switch {
	case r.phase == making:
		name = "New"
	case r.phase == dropping && r.unlocked:
		name = "Drop"
	}
	switch {
	case next == takeLock:
		return name + "Lock"
	case next == unlock:
		return name + "Unlock"
	case r.lock == free: // Close returns what is held
		return ""
	case next == addSlack:
		return "CloseSwap"
	case next == addAccounts:
		return name + "Accounts"
	}
	return r.put(next, "Put")
}
