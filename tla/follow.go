package tla

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
)

// A Trace is a run of an implementation of a module: the states after its steps, and the first
// before them. A state has the values of Vars as TLA+ writes them. All traces of a module have
// the same Vars: its variables, but for those of the history of BudgetCAS.
type Trace struct {
	Of     string // the module: BudgetCAS or Accounts
	Vars   []string
	Misuse bool // callers may claim more than they hold
	States [][]string
}

const followCfg = `\* Follow: the traces of one run.
SPECIFICATION Spec
CHECK_DEADLOCK FALSE  \* a trace ends
`

// Follow lets TLC follow traces of so many threads, all in one run. It returns for each trace the
// numbers of the states to which no step of its module leads from the state before, and 0 if it
// does not begin as the module does. The modules are those of dir. An error says nothing of any
// trace.
func (t TLC) Follow(ctx context.Context, dir fs.FS, threads int, traces []Trace) ([][]int, error) {
	for _, trace := range traces {
		if trace.Of != "BudgetCAS" && trace.Of != "Accounts" {
			return nil, fmt.Errorf("module Follow follows no trace of %q", trace.Of)
		}
	}
	printed, states, err := t.print(ctx, dir, "Follow", followCfg,
		map[string]string{"Traces.tla": tracesModule(threads, traces)})
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

// tracesModule is the text of module Traces. It has each value and each state once: to read a long
// text takes TLC longer than to follow what it says.
func tracesModule(threads int, traces []Trace) string {
	var values, states numbered
	var texts, places []string
	placed := make(map[string]bool)
	for _, trace := range traces {
		var of []string
		for _, s := range trace.States {
			var state []string
			for _, v := range s {
				state = append(state, values.number(v))
			}
			of = append(of, states.number(tuple(state)))
		}
		texts = append(texts, fmt.Sprintf("[of |-> %q, misuse |-> %s, states |-> %s]", trace.Of,
			strings.ToUpper(fmt.Sprint(trace.Misuse)), tuple(of)))
		if !placed[trace.Of] {
			placed[trace.Of] = true
			var at []string
			for i, v := range trace.Vars {
				at = append(at, fmt.Sprintf("%s |-> %d", v, i+1))
			}
			places = append(places, fmt.Sprintf("%s |-> [%s]", trace.Of, strings.Join(at, ", ")))
		}
	}
	return fmt.Sprintf(`---- MODULE Traces ----
EXTENDS Integers, TLC
Threads == 1..%d
Values == <<
%s>>
States == <<
%s>>
Places == [%s]
Traces == <<
%s>>
====
`, threads, strings.Join(values.texts, ",\n"), strings.Join(states.texts, ",\n"), strings.Join(places, ",\n"),
		strings.Join(texts, ",\n"))
}

func tuple(of []string) string { return "<<" + strings.Join(of, ", ") + ">>" }

// numbered are different texts, numbered from 1.
type numbered struct {
	texts   []string
	numbers map[string]string
}

func (n *numbered) number(text string) string {
	if _, ok := n.numbers[text]; !ok {
		if n.numbers == nil {
			n.numbers = make(map[string]string)
		}
		n.texts = append(n.texts, text)
		n.numbers[text] = fmt.Sprint(len(n.texts))
	}
	return n.numbers[text]
}
