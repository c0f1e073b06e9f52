//go:build interleave

package explore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// The graph of a scenario: all states that the explorer reaches, and the steps between them, in the
// terms of the specification.

func newSpec(x *Explorer) *spec {
	return &spec{names: x.names, engine: x.engine, firstGen: x.judge.firstGen}
}

// A specGraph is a set of states and of steps between them, as text. A step that changes nothing is
// none.
type specGraph struct {
	initial string
	states  map[string]int32 // and the explorer's state, or the line, that it was first seen in
	steps   map[specStep]bool
}

type specStep struct{ from, to string }

func newSpecGraph() *specGraph {
	return &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
}

func (g *specGraph) addStep(from, to string) {
	if from != to {
		g.steps[specStep{from, to}] = true
	}
}

// graph explores the scenario and maps what it reached.
func (s *spec) graph(ctx context.Context) (*specGraph, error) {
	g, err := s.engine.Explore(ctx, engine.Limits{States: 10_000_000})
	if err != nil {
		return nil, err
	}
	out := newSpecGraph()
	texts := make(map[engine.State]string)
	textOf := func(st engine.State) string {
		st.Past = 0 // the specification does not see it
		text, ok := texts[st]
		if !ok {
			text = s.state(st)
			texts[st] = text
		}
		return text
	}
	out.initial = textOf(g.States[0])
	for i, st := range g.States {
		from := textOf(st)
		if _, ok := out.states[from]; !ok {
			out.states[from] = int32(i)
		}
		for _, step := range s.engine.Steps(st) {
			next, err := s.engine.Take(st, step)
			if err != nil {
				return nil, err
			}
			out.addStep(from, textOf(next))
		}
	}
	return out, nil
}

// specProgram is the scenario as a value of Program.
func (s scenario) specProgram() (string, error) {
	var threads, parents, first, rank, opened []string
	numbers := s.numbers()
	for i, b := range s.Tree {
		key := calls.Via(i).String() + " |-> "
		parents = append(parents, fmt.Sprintf("%s%q", key, b.Parent.String()))
		limit := bytesText(b.Limit)
		if b.Limit == impl.NoLimit {
			limit = "NoLimit"
		}
		first = append(first, key+limit)
		rank = append(rank, fmt.Sprintf("%s%d", key, numbers[i]))
		if parent := fmt.Sprintf("%q", b.Parent.String()); i > 0 && !b.Later && !slices.Contains(opened, parent) {
			opened = append(opened, parent)
		}
	}
	for _, p := range s.Clients {
		if p.Held > 0 {
			return "", fmt.Errorf("scenario %q: a block at the start is left out", s.text)
		}
		var items []string
		for _, item := range p.Items {
			var choices []string
			for _, c := range item {
				text, err := s.specText(c)
				if err != nil {
					return "", fmt.Errorf("scenario %q: %w", s.text, err)
				}
				choices = append(choices, text)
			}
			items = append(items, "{"+strings.Join(choices, ", ")+"}")
		}
		threads = append(threads, "<<"+strings.Join(items, ", ")+">>")
	}
	record := func(fields []string) string { return "[" + strings.Join(fields, ", ") + "]" }
	return fmt.Sprintf("[parent |-> %s,\n   first |-> %s,\n   rank |-> %s, opened |-> {%s},\n   threads |-> <<\n    %s>>]",
		record(parents), record(first), record(rank), strings.Join(opened, ", "), strings.Join(threads, ",\n    ")), nil
}

// specText is the call in a program.
func (s scenario) specText(c calls.Call) (string, error) {
	op, node, n := c.Op.String(), c.Via, fmt.Sprint(c.N)
	switch c.Op {
	case calls.Reserve, calls.Release, calls.Move, calls.Exact, calls.Stats, calls.Leave, calls.EndBoot:
	case calls.SetLimit:
		if c.N == impl.NoLimit {
			n = "NoLimit"
		}
	case calls.Close:
		n = "Closed"
	case calls.Resize: // of no block
		if c.Fate != calls.Either {
			return "", fmt.Errorf("%v: the backend may end as it likes, or is left out", c)
		}
		op = calls.Reserve.String()
	case calls.NewChild:
		op, node = "Open", s.Tree[c.Via].Parent
	default:
		return "", fmt.Errorf("%v is no call of the specification", c)
	}
	return fmt.Sprintf("<<%q, %q, %q, %s>>", op, node.String(), c.To.String(), n), nil
}
