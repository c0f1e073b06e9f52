package tla

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// A Trace is a run of an implementation of module BudgetCAS: the states after its steps, and the
// first before them. A state is a record of the variables of BudgetCAS as TLA+ writes it, but for
// those of its history.
type Trace struct {
	Misuse bool // callers may claim more than they hold
	States []string
}

const followCfg = `\* Follow: the traces of one run.
SPECIFICATION Spec
CHECK_DEADLOCK FALSE  \* a trace ends
`

// Follow lets TLC follow traces of so many threads, all in one run. It returns for each trace the
// numbers of the states to which no step of module BudgetCAS of dir leads from the state before, and
// 0 if it does not begin as BudgetCAS does. An error says nothing of any of them.
func (t TLC) Follow(ctx context.Context, dir fs.FS, threads int, traces []Trace) ([][]int, error) {
	printed, states, err := t.print(ctx, dir, "Follow", followCfg, "Traces", tracesModule(threads, traces))
	for _, trace := range traces {
		states -= int64(len(trace.States))
	}
	if err != nil {
		return nil, err
	} else if states != 0 {
		return nil, fmt.Errorf("module Follow did not see each state once: %+d", states)
	}
	wrong := make([][]int, len(traces))
	for _, line := range printed {
		var k, i int
		if _, err := fmt.Sscanf(line, `<<"no step", %d, %d>>`, &k, &i); err != nil || k < 1 || k > len(traces) {
			return nil, fmt.Errorf("module Follow printed %q", line)
		}
		wrong[k-1] = append(wrong[k-1], i-1)
	}
	return wrong, nil
}

// tracesModule is the text of module Traces.
func tracesModule(threads int, traces []Trace) string {
	var states, texts []string
	numbers := make(map[string]int)
	for _, trace := range traces {
		var of []string
		for _, s := range trace.States {
			if numbers[s] == 0 {
				states = append(states, s)
				numbers[s] = len(states)
			}
			of = append(of, fmt.Sprint(numbers[s]))
		}
		texts = append(texts, fmt.Sprintf("[misuse |-> %s, states |-> <<%s>>]",
			strings.ToUpper(fmt.Sprint(trace.Misuse)), strings.Join(of, ", ")))
	}
	return fmt.Sprintf(`---- MODULE Traces ----
EXTENDS Integers, TLC
Threads == 1..%d
States == <<
%s>>
Traces == <<
%s>>
====
`, threads, strings.Join(states, ",\n"), strings.Join(texts, ",\n"))
}
