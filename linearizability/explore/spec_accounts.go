//go:build interleave

package explore

import (
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

// A scenario with accounts in the terms of tla/AccountScenario.tla.

// accountHalf is Half of the configurations: large enough for the batches to be the code's.
const accountHalf = 1 << 27

var accountVars = []string{"word", "base", "slack", "taken", "cap", "limit", "listed", "locked", "inside", "todo", "pc", "call",
	"want", "seen", "carry", "held", "phys", "begun", "ends"}

func (x *Explorer) accountState(s engine.State) string {
	m := x.engine.Memory(s)
	past := x.engine.Past(s)
	columns := make(map[string][]string)
	add := func(name string, v any) { columns[name] = append(columns[name], fmt.Sprint(v)) }
	var listed, todo []string
	stocks, cellsOf := make([]int64, len(x.threads)), make([]int, len(x.threads)) // slack of those that are listed
	for t := range x.threads {
		p, own := x.settle(s, t)
		at := x.pcAt(p)
		stocks[t] = -1
		taken, limit, limits, stock := int64(0), int64(0), int64(accountHalf), specSlack(-1<<62)
		if a, ok := x.accountOf(p, at); ok {
			listed = append(listed, fmt.Sprint(t+1))
			stocks[t], cellsOf[t] = m[a.slack], a.slack
			taken, limit, stock = own[a.taken], own[a.cap], specSlack(m[a.slack])
			if n := own[a.limit]; n <= impl.MaxSize {
				limits = n
			}
		}
		add("slack", stock)
		add("taken", taken)
		add("cap", limit)
		add("limit", limits)
		add("inside", specBool(x.routeTo(x.engine.Point(s, t)).lock != free))
		add("pc", `"`+at+`"`)
		add("call", `"`+specCall(p.View)+`"`)
		add("want", specWant(p, at, m[x.word]))
		add("seen", x.accountSeen(p, at))
		add("carry", past.threads[t].carry)
		add("held", p.View.block)
		add("phys", p.View.phys)
		add("begun", p.View.next)
		add("ends", specEnds(p.View.call))
	}
	for t := range x.threads {
		if p, _ := x.settle(s, t); x.pcAt(p) == "DrainSwap" {
			for i, slack := range stocks { // in the order in which the accounts were made
				if slack >= 0 && cellsOf[i] >= p.Cell {
					todo = append(todo, fmt.Sprint(i+1))
				}
			}
		}
	}
	set := func(of []string) string { return "{" + strings.Join(of, ", ") + "}" }
	values := []string{specStockedWord(m[x.word]), x.specBases(&m)}
	for _, name := range accountVars[2:] {
		switch name {
		case "listed":
			values = append(values, set(listed))
		case "locked":
			values = append(values, specBool(m[x.lock] != 0))
		case "todo":
			values = append(values, set(todo))
		default:
			values = append(values, "<<"+strings.Join(columns[name], ", ")+">>")
		}
	}
	return strings.Join(values, "; ")
}

// specSlack is the memory of an account's slack: what it is, or was when it was drained.
func specSlack(v int64) string {
	if v < 0 {
		return fmt.Sprintf("[bytes |-> %d, stocked |-> FALSE]", v&^(-1<<62))
	}
	return fmt.Sprintf("[bytes |-> %d, stocked |-> TRUE]", v)
}

func specStockedWord(w int64) string {
	if impl.IsUnlimited(w) {
		return fmt.Sprintf("[gen |-> 0, head |-> %d, stocked |-> FALSE]", accountHalf/2)
	}
	head, gen := impl.Headroom(w), impl.Gen(w)
	if gen == 0 { // of Counting
		head += accountHalf/4 - impl.CountingBase
	}
	return fmt.Sprintf("[gen |-> %d, head |-> %d, stocked |-> %s]", gen, head,
		specBool(impl.IsStocked(w)))
}

// specCall is what the thread is doing.
func specCall(v view) string {
	switch v.phase {
	case resting:
		return "none"
	case releasing:
		return "Release"
	case rolling:
		return "Rollback"
	}
	name, _, _ := strings.Cut(v.call.String(), "(")
	return name
}

// accountSeen is the word, or the slack, that the thread loaded last, where the specification
// remembers it.
func (x *Explorer) accountSeen(p *engine.Point[view], at string) string {
	switch at {
	case "SlackReserveCAS", "SlackReleaseCAS":
		return fmt.Sprintf("[gen |-> 0, head |-> %d, stocked |-> TRUE]", p.Op.(impl.Op).Old)
	case "ReserveCAS", "RefillCAS", "ReleaseCAS", "PutCAS":
		return specStockedWord(p.Op.(impl.Op).Old)
	case "StockUpAccounts", "StockUpTryLock", "StockUpUnlock", "PutBase", "ReleaseBase", "StatsAccounts", "StatsBase",
		"StatsUnlock":
		return specStockedWord(*x.routeTo(p).word)
	}
	return "[gen |-> 0, head |-> 0, stocked |-> FALSE]"
}

// An ownAccount is where the memory of an account is.
type ownAccount struct{ slack, taken, cap, limit int }

// accountCells finds the accounts among the cells.
func accountCells(cells []engine.Cell) (of []ownAccount) {
	number := make(map[string]int)
	for i, c := range cells {
		number[c.Name] = i
	}
	for i := 0; ; i++ {
		stock := fmt.Sprintf("stocks[%d].", i)
		slack, ok := number[stock+"slack"]
		if !ok {
			return of
		}
		of = append(of, ownAccount{slack, number[stock+"taken"], number[stock+"cap"], number[stock+"limit"]})
	}
}

// accountOf is the account of a thread that has settled at a point, if it is listed.
func (x *Explorer) accountOf(p *engine.Point[view], at string) (a ownAccount, ok bool) {
	switch at {
	case "NewLock", "NewAccounts", "DropUnlock":
		return a, false
	}
	if p.View.account == 0 {
		return a, false
	}
	return accountCells(x.cells)[p.View.account-1], true
}
