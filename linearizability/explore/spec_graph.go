//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// The graph of a scenario: all states that the explorer reaches, and the steps between them, in the
// terms of the specification.

var (
	ofBudgetCAS = &specModule{"Scenario", "BudgetCAS", 64, budgetVars, budgetState}
	ofAccounts  = &specModule{"AccountScenario", "Accounts", 1 << 27, accountVars, accountState}
)

// specModule is the module that has the scenario.
func (s scenario) specModule() *specModule {
	if s.hasAccounts {
		return ofAccounts
	}
	return ofBudgetCAS
}

func newSpec(x *Explorer) *spec { return &spec{x.names, x.engine, x.specModule()} }

// A specGraph is a set of states and of steps between them, as text.
type specGraph struct {
	initial string
	states  map[string]int32 // and the explorer's state, or the line, that it was first seen in
	steps   map[specStep]bool
}

type specStep struct{ from, to string }

// graph explores the scenario and maps what it reached. Steps that the specification does not have
// must not show.
func (s *spec) graph(ctx context.Context) (*specGraph, error) {
	g, err := s.engine.Explore(ctx, engine.Limits{States: 10_000_000, Skip: s.leavesOut})
	if err != nil {
		return nil, err
	}
	out := &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
	texts := make(map[engine.State]string)
	key := func(st engine.State) engine.State { // without the past, if the specification does not see it
		if !s.hasAccounts {
			st.Past = 0
		}
		return st
	}
	for i, st := range g.States {
		st = key(st)
		if _, ok := texts[st]; ok {
			continue
		}
		texts[st] = s.module.state(s, st)
		if _, ok := out.states[texts[st]]; !ok {
			out.states[texts[st]] = int32(i)
		}
	}
	textOf := func(st engine.State) string { return texts[key(st)] }
	out.initial = textOf(g.States[0])
	for _, st := range g.States {
		for _, step := range s.engine.Steps(st) {
			if s.leavesOut(st, step) {
				continue
			}
			next, err := s.engine.Take(st, step)
			if err != nil {
				return nil, err
			}
			has, err := s.check(st, step, textOf(st), textOf(next))
			if err != nil {
				return nil, err
			}
			if has {
				out.steps[specStep{textOf(st), textOf(next)}] = true
			}
		}
	}
	return out, nil
}

// leavesOut reports whether a step begins a call that the specification leaves out: a resize to the
// size that the block has, a claim that is none.
func (s *spec) leavesOut(st engine.State, step engine.Step) bool {
	t := int(step.Thread)
	v := s.engine.Point(st, t).View
	if !v.resting() {
		return false
	}
	c := s.Clients[t].Items[v.next][step.Choice]
	switch c.Op {
	case calls.Resize:
		return c.N == v.block
	case calls.Claim:
		return c.N <= v.block || s.hasAccounts && v.account == 0
	case calls.Close, calls.Drop:
		return v.account == 0
	case calls.SetAccountLimit:
		return v.account == 0 || v.limit == closed
	case calls.NewAccount:
		return v.account > 0 || v.block > 0
	}
	return false
}

// check reports whether the specification has a step of the code. One that it does not have must
// change nothing that it sees.
func (s *spec) check(st engine.State, step engine.Step, from, to string) (has bool, err error) {
	action := s.action(s.engine.Point(st, int(step.Thread)), int64(step.Choice))
	if !inSpec(action) && from != to {
		return false, fmt.Errorf("%s of %s is no step of the specification, but leads from %s to %s",
			action, engine.ThreadName(int(step.Thread)), from, to)
	}
	return inSpec(action), nil
}

// specProgram is the scenario as a value of Program in its module.
func (s scenario) specProgram() (string, error) {
	var threads []string
	for _, p := range s.Clients {
		if p.Account && p.Held > 0 {
			return "", fmt.Errorf("scenario %q: an account that begins with a block is left out", s.text)
		}
		var items []string
		for _, item := range p.Items {
			var choices []string
			for _, c := range item {
				text, err := specText(c, s.hasAccounts)
				if err != nil {
					return "", fmt.Errorf("scenario %q: %w", s.text, err)
				}
				choices = append(choices, text)
			}
			items = append(items, "{"+strings.Join(choices, ", ")+"}")
		}
		threads = append(threads, fmt.Sprintf("Holds(%d, <<%s>>)", p.Held, strings.Join(items, ", ")))
	}
	return fmt.Sprintf("[limit |-> %d, threads |-> <<\n    %s>>]", s.Limit, strings.Join(threads, ",\n    ")), nil
}

// specText is the call in a program of the module that has accounts, or of the one that has not.
func specText(c calls.Call, accounts bool) (string, error) {
	switch c.Op {
	case calls.Resize:
		return fmt.Sprintf("To(%d, %s)", c.N,
			map[calls.Fate]string{calls.Succeeds: "Ok", calls.Fails: "Fails", calls.Panics: "Fails", calls.Either: "Either"}[c.Fate]), nil
	case calls.Claim:
		return fmt.Sprintf("ClaimOf(%d)", c.N), nil
	case calls.SetLimit:
		return fmt.Sprintf("LimitTo(%d)", c.N), nil
	case calls.EndBoot:
		return "BootEnds", nil
	case calls.Stats, calls.Close, calls.Drop, calls.NewAccount, calls.SetAccountLimit:
		if accounts {
			name, _, _ := strings.Cut(c.String(), "(")
			return fmt.Sprintf("Do(%q, %d)", name, c.N), nil
		}
	}
	return "", fmt.Errorf("%v is no call of the specification", c)
}
