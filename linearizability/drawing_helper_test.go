package linearizability_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// A drawing is a history as text. There is one line per client, time goes to the right, and each
// operation is as DescribeOperation puts it:
//
//	C0: |-- setlimit(3) ok --|  |-- X reserve(2) ok ---|
//	C1:                             |-- reserve(2) over limit --|
//
// The outer bars are the stamps. Two operations overlap if one ends in the column where the other
// begins.

var (
	drawnLane = regexp.MustCompile(`^C(\d+): (.*)$`)
	drawnOp   = regexp.MustCompile(`\|-+ (.+?) -+\|`)
	drawnText = regexp.MustCompile(`^(?:([X-ZWP-T]) )?([a-z]+)(?:\((?:(\w), )?(-?\d+)\))? (.+)$`)
	outcomes  = map[string]error{
		"ok":           nil,
		"over limit":   model.ErrLimit,
		"closed":       model.ErrClosed,
		"bad size":     model.ErrSize,
		"unlimited":    model.ErrUnlimited,
		"no limit":     model.ErrNoLimit,
		"over-release": model.ErrOverRelease,
	}
)

// parse returns the history of a drawing on a tree.
func parse(t *testing.T, tree, drawing string) (h lin.History) {
	t.Helper()
	h.Tree = parseTree(t, tree)
	for line := range strings.Lines(drawing) {
		lane := drawnLane.FindStringSubmatch(strings.TrimSpace(line))
		if lane == nil {
			if strings.TrimSpace(line) != "" {
				t.Fatalf("not a client's line: %q", line)
			}
			continue
		}
		client, _ := strconv.Atoi(lane[1])
		if rest := drawnOp.ReplaceAllString(lane[2], ""); strings.TrimSpace(rest) != "" {
			t.Fatalf("not an operation: %q in %q", rest, line)
		}
		for _, at := range drawnOp.FindAllStringSubmatchIndex(lane[2], -1) {
			text := lane[2][at[2]:at[3]]
			in, out := parseOp(t, text)
			if again := lin.Describe(in, out); again != text {
				t.Fatalf("drawn as %q, described as %q", text, again)
			}
			h.Ops = append(h.Ops, porcupine.Operation{
				ClientId: client, Input: in, Call: int64(2 * at[0]), Output: out, Return: int64(2*at[1] - 1),
			})
		}
	}
	return h
}

func parseTree(t *testing.T, text string) calls.Tree {
	t.Helper()
	tree, err := calls.ParseTree(text)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func parseOp(t *testing.T, text string) (in lin.Input, out lin.Output) {
	t.Helper()
	m := drawnText.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("not an operation: %q", text)
	}
	for strings.ToLower(in.Op.String()) != m[2] {
		if in.Op++; in.Op > calls.Claim {
			t.Fatalf("unknown operation: %q", text)
		}
	}
	in.At, in.To = parseVia(m[1]), parseVia(m[3])
	in.N, _ = strconv.ParseInt(m[4], 10, 64)
	switch r := &out.Reading; in.Op {
	case calls.Close, calls.Leave:
		fmt.Sscanf(m[5], "%d held", &r.Used)
		return in, out
	case calls.Stats, calls.Exact:
		switch {
		case m[5] == "unlimited":
			r.Mode = model.Unlimited
		case strings.HasSuffix(m[5], " counted"):
			r.Limit = model.NoLimit
			fmt.Sscanf(m[5], "%d", &r.Used)
		default:
			r.Mode, r.Closed = model.Enforcing, strings.HasSuffix(m[5], " closed")
			fmt.Sscanf(m[5], "%d of %d", &r.Used, &r.Limit)
		}
		return in, out
	}
	err, ok := outcomes[m[5]]
	if !ok {
		t.Fatalf("unknown outcome: %q", text)
	}
	out.Err = err
	return in, out
}

// parseVia returns the budget of a letter; without one the root.
func parseVia(letter string) (v calls.Via) {
	for letter != "" && v.String() != letter {
		v++
	}
	return v
}
