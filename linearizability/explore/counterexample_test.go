//go:build interleave

package explore

import (
	"os"
	"slices"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// TestCounterexample makes the calls of a counterexample of TLC, step by step. With all defences in
// place no promise is broken. On the mutant that lacks the defence it must fail: go run
// ./linearizability/cmd/mutants -counterexample ID.
func TestCounterexample(t *testing.T) {
	text, err := os.ReadFile("../mutants/testdata/counterexamples.txt")
	if err != nil || len(text) == 0 {
		t.Fatalf("no counterexample (%v)", err)
	}
	for line := range strings.Lines(string(text)) {
		id, line, _ := strings.Cut(line, "\t")
		scenario, line, _ := strings.Cut(line, " ")
		t.Run(id, func(t *testing.T) {
			x, err := New(scenario)
			if err != nil {
				t.Fatal(err)
			}
			f := x.follow(toldSteps(line))
			if f.Err != nil {
				t.Fatal(x.Report(f))
			}
			table, err := x.Replay(f.Schedule)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("no promise is broken\n%s%s", table, x.Schedule(f.Schedule))
		})
	}
}

// A toldStep is a step of a counterexample: which thread takes which action, and for a backend
// whether it succeeds.
type toldStep struct {
	thread int
	action string
	ok     bool
}

// underLock is told after a step that takes the lock: the specification reads in that step what the
// lock keeps still, and the code loads it afterwards.
const underLock = "under lock"

// toldSteps reads the steps of a counterexample: aBackendGrow+ is one of thread a.
func toldSteps(text string) (steps []toldStep) {
	for _, word := range strings.Fields(text) {
		action, ok := strings.CutSuffix(word[1:], "+")
		told := toldStep{int(word[0] - 'a'), action, ok}
		if steps = append(steps, told); strings.HasSuffix(action, "Lock") {
			told.action = underLock
			steps = append(steps, told)
		}
	}
	return steps
}

// follow takes the steps of a counterexample as far as the code has them, and then goes on to the
// end. A step that the code has and the specification does not, on statistics, is taken when the
// next one is due. A step that is not the thread's next is left out: with the defence in place the
// thread is elsewhere by then.
func (x *Explorer) follow(told []toldStep) *engine.Failure {
	return x.Run(func(s engine.State, possible []engine.Step) int {
		for len(told) > 0 {
			st, due := x.due(s, told[0])
			if due {
				told = told[1:]
			}
			if i := slices.Index(possible, st); i >= 0 {
				return i
			}
		}
		return 0
	}, 10_000)
}

// due is the step to take when a step is told, and whether nothing is left to do about that one
// then. A step that is not possible is none.
func (x *Explorer) due(s engine.State, told toldStep) (st engine.Step, done bool) {
	p := x.engine.Point(s, told.thread)
	st = engine.Step{Thread: uint8(told.thread)}
	none := engine.Step{Thread: engine.MaxThreads}
	if x.engine.Choices(s, told.thread) == 0 {
		return none, true
	}
	switch told.action {
	case "Resize", "Claim", "SetLimit", "EndBoot":
		return st, p.View.resting()
	}
	switch name := x.names.action(p, 0); {
	case p.View.resting(), told.action == underLock && !x.loads(p):
		return none, true
	case !inSpec(name):
		return st, false
	case name != told.action:
		return none, true
	}
	if p.Kind == engine.Choice && !told.ok && p.View.call.Fate == calls.Either {
		st.Choice = 1 // it fails
	}
	return st, true
}

// loads reports whether the next step is a load that is no step of the specification.
func (x *Explorer) loads(p *engine.Point[callerState]) bool {
	return p.Kind == engine.Operation && p.Op.(impl.Op).Kind == impl.OpLoad && !inSpec(x.names.action(p, 0))
}
