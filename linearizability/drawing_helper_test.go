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
//	C0: |-- setlimit(3) ok --|  |-- reserve(2) ok -----|
//	C1:                             |-- reserve(2) over limit --|
//
// The outer bars are the stamps. Two operations overlap if one ends in the column where the other
// begins.

var (
	drawnLane = regexp.MustCompile(`^C(\d+): (.*)$`)
	drawnOp   = regexp.MustCompile(`\|-+ (.+?) -+\|`)
	drawnText = regexp.MustCompile(`^(\w+)(?:\((-?\d+)\))? (.+)$`)
	outcomes  = map[string]error{
		"ok":           nil,
		"over limit":   model.ErrLimit,
		"bad size":     model.ErrSize,
		"unlimited":    model.ErrUnlimited,
		"over-release": model.ErrOverRelease,
	}
)

// parse returns the history of a drawing.
func parse(t *testing.T, drawing string) (history []porcupine.Operation) {
	t.Helper()
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
			if again := lin.Model().DescribeOperation(in, out); again != text {
				t.Fatalf("drawn as %q, described as %q", text, again)
			}
			history = append(history, porcupine.Operation{
				ClientId: client, Input: in, Call: int64(2 * at[0]), Output: out, Return: int64(2*at[1] - 1),
			})
		}
	}
	return history
}

func parseOp(t *testing.T, text string) (in lin.Input, out lin.Output) {
	t.Helper()
	m := drawnText.FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("not an operation: %q", text)
	}
	for strings.ToLower(in.Op.String()) != m[1] {
		if in.Op++; in.Op > calls.Claim {
			t.Fatalf("unknown operation: %q", text)
		}
	}
	in.N, _ = strconv.ParseInt(m[2], 10, 64)
	if r := &out.Reading; in.Op == calls.Stats {
		switch {
		case m[3] == "unlimited":
			r.Mode = model.Unlimited
		case strings.HasSuffix(m[3], " counted"):
			fmt.Sscanf(m[3], "%d", &r.Allocated)
		default:
			r.Mode = model.Enforcing
			fmt.Sscanf(m[3], "%d of %d", &r.Allocated, &r.Limit)
		}
		return in, out
	}
	err, ok := outcomes[m[3]]
	if !ok {
		t.Fatalf("unknown outcome: %q", text)
	}
	out.Err = err
	return in, out
}
