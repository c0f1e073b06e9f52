//go:build interleave

package explore

import (
	"fmt"
	"slices"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// A scenario is a program, each client of which is a thread.
type scenario struct {
	calls.Program
	text string

	hasAccounts bool // at the start, or made by a thread
}

// parseScenario reads a scenario: the text of a program, in which a thread has at most one account,
// and says what it calls without a look at what it has.
func parseScenario(text string) (scenario, error) {
	p, err := calls.Parse(text)
	s := scenario{Program: p, text: text}
	if n := len(s.Clients); err == nil && n > engine.MaxThreads {
		err = fmt.Errorf("%d threads, want at most %d", n, engine.MaxThreads)
	}
	for _, c := range s.Clients {
		if err == nil {
			err = checkThread(c)
		}
	}
	if err != nil {
		return s, fmt.Errorf("scenario %q: %w", text, err)
	}
	n := s.spare(len(s.Clients), 0)
	if n > impl.MaxStocks {
		return s, fmt.Errorf("scenario %q: %d accounts, want at most %d", text, n, impl.MaxStocks)
	}
	s.hasAccounts = n > 0
	return s, nil
}

// checkThread returns an error if a thread has too many choices, a call that the explorer does not
// make, or a call of an account where it has made none so far.
func checkThread(c calls.Client) error {
	for i, item := range c.Items {
		if len(item) > engine.MaxChoices {
			return fmt.Errorf("%d choices, want at most %d", len(item), engine.MaxChoices)
		}
		hasAccount := c.Account || spares(c.Items[:i]) > 0
		for _, call := range item {
			switch {
			case call.Op == calls.Leave || call.Via != calls.Budget || call.Of != calls.Nothing || call.Nest:
				return fmt.Errorf("call %v: is not explored", call)
			case call.Op.OfAccount() && !hasAccount:
				return fmt.Errorf("call %v: the thread has no account", call)
			}
		}
	}
	return nil
}

// owners is how many of the threads before thread t have accounts at the start: those get the first
// stocks, in the order of the threads.
func (s scenario) owners(t int) (n int) {
	for _, c := range s.Clients[:t] {
		if c.Account {
			n++
		}
	}
	return n
}

// spare is the number of the stock for the account that an item of thread t makes: each item that
// may make one has a stock of its own.
func (s scenario) spare(t, item int) int {
	n := s.owners(len(s.Clients))
	for _, c := range s.Clients[:t] {
		n += spares(c.Items)
	}
	if item > 0 {
		n += spares(s.Clients[t].Items[:item])
	}
	return n
}

// spares is how many accounts the items may make.
func spares(items [][]calls.Call) (n int) {
	for _, item := range items {
		if slices.ContainsFunc(item, func(c calls.Call) bool { return c.Op == calls.NewAccount }) {
			n++
		}
	}
	return n
}
