package tla

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"casalloc/impl/cmd/missing"
)

// margin is what the engines leave of go test's time. At the end of it, go test ends the process,
// which would leave a java behind.
const margin = 10 * time.Second

// A clock ends what engines run before go test's time is over, and knows what was not judged.
type clock struct {
	ctx  context.Context
	mu   sync.Mutex
	left map[string]bool
}

// startClock returns the clock of a test whose subtests judge cases. If time was out for some of
// them, on any engine, the test fails once, with their number.
func startClock(t *testing.T) *clock {
	k := &clock{ctx: t.Context(), left: make(map[string]bool)}
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		k.ctx, cancel = context.WithDeadline(k.ctx, deadline.Add(-margin))
		t.Cleanup(cancel)
	}
	t.Cleanup(func() { // after the parallel subtests
		if len(k.left) > 0 {
			t.Errorf("out of time, %d cases not judged", len(k.left))
		}
	})
	return k
}

// judge calls f, which judges the case of that name in a subtest of its own. If time is out before
// f returns, the subtest is skipped. Any other error of f fails it, a timeout of the case's own
// included.
func (k *clock) judge(t *testing.T, name string, f func(context.Context) error) {
	t.Helper()
	err := k.ctx.Err()
	if err == nil {
		err = f(k.ctx)
	}
	if over := k.ctx.Err(); over != nil && errors.Is(err, over) {
		k.mu.Lock()
		k.left[name] = true
		k.mu.Unlock()
		t.Skip("out of time")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// At go test's deadline, a test says once how many cases were not judged. None of them fails, and the
// summary is still the last line, before what a missing engine leaves out.
func TestOutOfTime(t *testing.T) {
	engines, need := findEngines(t)
	if len(engines) == 0 {
		missing.Skip(t, need[tlcEngine], "")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0],
		"-test.run=^TestCases$", "-test.v", "-test.timeout="+(margin+time.Second).String())
	out, err := cmd.CombinedOutput()
	said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\nNOT CHECKED: ")
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the test ended with %v, want exit code 1", err)
	}
	if fails := regexp.MustCompile(`(?m)^ *--- FAIL: .*$`).FindAllString(said, -1); len(fails) != 1 {
		t.Errorf("%d failures, want one: %q", len(fails), fails)
	}
	m := regexp.MustCompile(`: out of time, (\d+) cases not judged\n`).FindAllStringSubmatch(said, -1)
	if len(m) != 1 {
		t.Fatalf("the test says %d times that time is out, want once:\n%s", len(m), said)
	}
	last := said[strings.LastIndex(said, "\n")+1:]
	if !strings.HasPrefix(last, "tla: ") || !strings.HasSuffix(last, ", out of time "+m[0][1]) {
		t.Errorf("the last line is %q, want the summary with %s cases out of time", last, m[0][1])
	}
}
