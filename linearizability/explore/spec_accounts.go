//go:build interleave

package explore

import (
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A scenario with accounts in the terms of tla/AccountScenario.tla.

var accountVars = []string{"word", "base", "slack", "taken", "cap", "limit", "listed", "locked", "inside", "todo",
	"pc", "call", "want", "seen", "carry", "held", "phys", "begun", "ends"}

// accountState is a state as the values of accountVars.
func accountState(s *spec, st engine.State) string {
	m, past := s.engine.Memory(st), s.engine.Past(st)
	ofThreads := make(map[string][]string)
	add := func(name string, v any) { ofThreads[name] = append(ofThreads[name], fmt.Sprint(v)) }
	accounts := make([]int, len(s.Clients)) // the number of the stock of each thread, from 1; 0: none is listed
	drains := len(m)                        // the cell of the account that is drained next
	for t := range s.Clients {
		p, own := s.settle(st, t)
		at := s.pcAt(p)
		if at == "DrainSwap" {
			drains = p.Cell
		}
		slack, taken, mostSlack, mostHeld := drainedBy, int64(0), int64(0), s.module.half
		if a := listedAccount(p, at); a > 0 {
			accounts[t] = a
			cells := s.stocks[a-1]
			slack, taken, mostSlack = m[cells.slack], own[cells.taken], own[cells.cap]
			if n := own[cells.limit]; n <= impl.MaxSize {
				mostHeld = n
			}
		}
		add("slack", slackText(slack))
		add("taken", taken)
		add("cap", mostSlack)
		add("limit", mostHeld)
		add("inside", boolText(s.lockedAt(s.engine.Point(st, t)) >= 0))
		add("pc", `"`+at+`"`)
		add("call", `"`+callText(p.View)+`"`)
		add("want", s.want(p, at, m[s.word]))
		add("seen", s.accountSeen(p, at))
		add("carry", past.threads[t].carry)
		add("held", p.View.block)
		add("phys", p.View.phys)
		add("begun", p.View.next)
		add("ends", endsOf(p.View))
	}
	var listed, todo []string
	for t, a := range accounts {
		if a == 0 {
			continue
		}
		listed = append(listed, fmt.Sprint(t+1))
		if cell := s.stocks[a-1].slack; cell >= drains && m[cell] >= 0 { // in the order in which the accounts were made
			todo = append(todo, fmt.Sprint(t+1))
		}
	}
	set := func(of []string) string { return "{" + strings.Join(of, ", ") + "}" }
	values := map[string]string{"word": s.wordText(m[s.word]), "base": s.basesText(&m),
		"listed": set(listed), "locked": boolText(m[s.lock] != 0), "todo": set(todo)}
	for name, of := range ofThreads {
		values[name] = tuple(of)
	}
	var text []string
	for _, name := range accountVars {
		text = append(text, values[name])
	}
	return strings.Join(text, "; ")
}

// drainedBy is what draining adds to slack, and the slack of an account that was never stocked.
const drainedBy = int64(-1 << 62)

// slackText is the memory of an account's slack: what it is, or was when it was drained.
func slackText(v int64) string {
	if v < 0 {
		return fmt.Sprintf("[bytes |-> %d, stocked |-> FALSE]", v&^drainedBy)
	}
	return fmt.Sprintf("[bytes |-> %d, stocked |-> TRUE]", v)
}

// callText is what the thread is doing.
func callText(v callerState) string {
	switch {
	case v.resting():
		return "none"
	case v.open && v.in.Op == calls.Release:
		return "Release"
	case v.open && v.in.Op == calls.RollBack:
		return "Rollback"
	}
	name, _, _ := strings.Cut(v.call.String(), "(")
	return name
}

// accountSeen is the word, or the slack, that the thread loaded last, where the specification
// remembers it.
func (s *spec) accountSeen(p *engine.Point[callerState], at string) string {
	switch at {
	case "SlackReserveCAS", "SlackReleaseCAS":
		return fmt.Sprintf("[gen |-> 0, head |-> %d, stocked |-> TRUE]", p.Op.(impl.Op).Old)
	case "ReserveCAS", "RefillCAS", "ReleaseCAS", "PutCAS":
		return s.wordText(p.Op.(impl.Op).Old)
	case "StockUpAccounts", "StockUpTryLock", "StockUpUnlock", "PutBase", "ReleaseBase", "StatsAccounts", "StatsBase",
		"StatsUnlock":
		return s.wordText(s.wordSeen(p))
	}
	return "[gen |-> 0, head |-> 0, stocked |-> FALSE]"
}

// listedAccount is the number of the stock of a thread that has settled at a point, from 1. It is 0
// if the thread has no account, or its account is not in the list.
func listedAccount(p *engine.Point[callerState], at string) int {
	switch at {
	case "NewLock", "NewAccounts", "DropUnlock":
		return 0
	}
	return p.View.account
}
