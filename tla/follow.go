package tla

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// A Trace is a run of an implementation of a module: the states after its steps, and the first
// before them. A state is a record of the variables of the module as TLA+ writes it, but for those
// of the history of BudgetCAS.
type Trace struct {
	Of     string // the module: BudgetCAS or Accounts
	Misuse bool   // callers may claim more than they hold
	States []string
}

const followCfg = `\* Follow: the traces of one run.
SPECIFICATION Spec
CHECK_DEADLOCK FALSE  \* a trace ends
`

// Follow lets TLC follow traces of so many threads, all in one run. It returns for each trace the
// numbers of the states to which no step of its module leads from the state before, and 0 if it does
// not begin as the module does. The modules are those of dir. An error says nothing of any trace.
func (t TLC) Follow(ctx context.Context, dir fs.FS, threads int, traces []Trace) ([][]int, error) {
	for _, trace := range traces {
		if trace.Of != "BudgetCAS" && trace.Of != "Accounts" {
			return nil, fmt.Errorf("module Follow follows no trace of %q", trace.Of)
		}
	}
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
		texts = append(texts, fmt.Sprintf("[of |-> %q, misuse |-> %s, states |-> <<%s>>]", trace.Of,
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
