package tla

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// A History is the operations of a recorded history, in any order. It begins with a new tree.
type History struct {
	Tree       []Node // the root first, each before its children
	Operations []Operation
}

// A Node is a budget of the tree of a history.
type Node struct {
	Parent int   // 0 of the root, too
	Limit  int64 // bytes; NoLimit: none, and of a child never one
}

// An Operation is one call of a client.
type Operation struct {
	Client       int    // from 0
	Call, Return int64  // stamps: no two of a history are equal
	Op           string // as module Budget names it: one of its Calls
	At, To       int    // budgets; To of a Move
	N            int64  // bytes, from -1 to Largest+1, which are out of range, or NoLimit
	Answer       Answer
}

// An Answer is how a call returned.
type Answer struct {
	Outcome string // as module Budget names it: "ok" or "over limit"; of Close and Leave "held"; of a reading "read"
	Mode    string // of "read": Counting, Enforcing or Unlimited; Closed; "" is not claimed
	Limit   int64  // of "read" with a mode that counts
	Used    int64  // of "held" and "read"
}

// Sizes of a [History] in bytes. In the code they are 1<<47 and 1<<63-1. TLC's integers have 32
// bits.
const (
	Largest = 400_000_000 // size and limit
	NoLimit = 2_000_000_000
)

const judgeCfg = `\* Judge: the histories of one run.
SPECIFICATION Spec
INVARIANT Verdict
CHECK_DEADLOCK FALSE  \* a history ends
`

// Explains lets TLC judge histories by module Budget of dir, all in one run. It says of each
// whether Budget explains it. An error is no verdict on any of them.
func (t TLC) Explains(ctx context.Context, dir fs.FS, histories []History) ([]bool, error) {
	module, err := historiesModule(histories)
	if err != nil {
		return nil, err
	}
	printed, states, err := t.print(ctx, dir, "Judge", judgeCfg, map[string]string{"Histories.tla": module})
	if err != nil {
		return nil, err
	} else if states < int64(len(histories)) {
		return nil, fmt.Errorf("module Judge saw %d states of %d histories", states, len(histories))
	}
	explained := make([]bool, len(histories))
	for _, line := range printed {
		var h int
		if _, err := fmt.Sscanf(line, `<<"explained", %d>>`, &h); err != nil || h < 1 || h > len(histories) {
			return nil, fmt.Errorf("module Judge printed %q", line)
		}
		explained[h-1] = true
	}
	return explained, nil
}

// historiesModule is the text of module Histories.
func historiesModule(histories []History) (string, error) {
	clients, nodes := 1, 1
	var texts, trees []string
	for i, h := range histories {
		events, err := h.events()
		if err != nil {
			return "", fmt.Errorf("history %d: %w", i, err)
		}
		texts = append(texts, "<<"+strings.Join(events, ", ")+">>")
		var tree []string
		for _, n := range h.Tree {
			tree = append(tree, fmt.Sprintf("<<%d, %d>>", n.Parent, n.Limit))
		}
		trees = append(trees, "<<"+strings.Join(tree, ", ")+">>")
		nodes = max(nodes, len(h.Tree))
		for _, o := range h.Operations {
			clients = max(clients, o.Client+1)
		}
	}
	return fmt.Sprintf(`---- MODULE Histories ----
EXTENDS Integers
Clients == 1..%d
Nodes == 0..%d
Largest == %d
NoLimit == %d
Trees == <<
%s>>
Histories == <<
%s>>
====
`, clients, nodes-1, Largest, NoLimit, strings.Join(trees, ",\n"), strings.Join(texts, ",\n")), nil
}

// events is the history as Judge.tla wants it.
func (h History) events() ([]string, error) {
	at := make(map[int64]string)
	free := make(map[int]int64) // when a client's last call has returned
	byCall := func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) }
	for _, o := range slices.SortedFunc(slices.Values(h.Operations), byCall) {
		last, called := free[o.Client]
		if o.Client < 0 || o.N < -1 || o.N > Largest+1 && o.N != NoLimit || o.Call >= o.Return || called && o.Call < last {
			return nil, fmt.Errorf("no operation, or within another of its client: %+v", o)
		}
		free[o.Client] = o.Return
		at[o.Call] = fmt.Sprintf("<<%d, %q, %d, %d, %d, %s>>", o.Client+1, o.Op, o.At, o.To, o.N, o.Answer.tla())
		at[o.Return] = fmt.Sprintf("<<%d>>", o.Client+1)
	}
	if len(at) != 2*len(h.Operations) {
		return nil, errors.New("two stamps are equal")
	}
	var events []string
	for _, stamp := range slices.Sorted(maps.Keys(at)) {
		events = append(events, at[stamp])
	}
	return events, nil
}

func (a Answer) tla() string {
	switch {
	case a.Outcome == "held" || a.Outcome == "read" && a.Mode == "":
		return fmt.Sprintf("<<%q, %d>>", a.Outcome, a.Used)
	case a.Outcome == "read":
		return fmt.Sprintf("<<%q, %q, %d, %d>>", a.Outcome, a.Mode, a.Limit, a.Used)
	}
	return fmt.Sprintf("<<%q>>", a.Outcome)
}
