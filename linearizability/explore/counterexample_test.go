//go:build interleave

package explore

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

var counterexample = flag.String("counterexample", "../mutants/testdata/*.json",
	"what TLC says of a case without a defence, as go run ./tla/cmd/tlc -json prints it")

// TestCounterexample makes the calls of a counterexample of TLC, step by step. With all defences in
// place no promise is broken. On the mutant that lacks the defence it must fail: go run
// ./linearizability/cmd/mutants -counterexample ID.
func TestCounterexample(t *testing.T) {
	files, err := filepath.Glob(*counterexample)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no counterexample (%v)", *counterexample, err)
	}
	for _, file := range files {
		scenario, told, err := readCounterexample(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		x, err := New(scenario)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		f := x.follow(told)
		if f.Err != nil {
			t.Fatalf("%s: %s", filepath.Base(file), x.Report(f))
		}
		table, err := x.Replay(f.Schedule)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: no promise is broken\n%s%s", filepath.Base(file), table, x.Schedule(f.Schedule))
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

// readCounterexample reads the calls of a counterexample as a scenario, and its steps.
//
// In a case of BudgetCAS the base of Counting is a few bytes, and often plays the limit: it is
// where the scenario starts. Of Counting itself, which the code never exhausts, nothing is lost,
// unless the boot ends. A case of Accounts has a base that its threads do not exhaust either: the
// scenario starts in Counting, and a limit that matters is set by a call.
func readCounterexample(file string) (scenario string, steps []toldStep, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	var said struct {
		Report   struct{ Trace []tla.State }
		Schedule []tla.Step
	}
	if err := json.Unmarshal(b, &said); err != nil {
		return "", nil, err
	}
	trace := said.Report.Trace
	if len(trace) < 2 || len(said.Schedule) != len(trace) {
		return "", nil, fmt.Errorf("%d states", len(trace))
	}
	start := regexp.MustCompile(`bytes \|-> (\d+)`).FindStringSubmatch(trace[0].Vars["base"])
	if start == nil {
		return "", nil, fmt.Errorf("base is %q", trace[0].Vars["base"])
	}
	owners, accounts := trace[0].Vars["listed"]
	if accounts {
		start[1] = "0"
	}
	names := slices.Sorted(maps.Keys(tla.Function(trace[0].Vars["held"])))
	items := make([][]string, len(names))
	for i, s := range said.Schedule[1:] {
		old, now := trace[i].Vars, trace[i+1].Vars
		name := s.Thread
		if s.Action == "Claim" { // moves no pc
			before, after := tla.Function(old["held"]), tla.Function(now["held"])
			name = names[slices.IndexFunc(names, func(n string) bool { return before[n] != after[n] })]
		}
		t := slices.Index(names, name)
		if t < 0 {
			return "", nil, fmt.Errorf("step %d, %s, is no thread's", i+2, s.Action)
		}
		switch s.Action {
		case "Resize":
			item := tla.Function(now["want"])[name]
			if item == tla.Function(old["held"])[name] {
				return "", nil, fmt.Errorf("step %d resizes nothing", i+2)
			}
			items[t] = append(items[t], item+"e")
		case "Claim":
			items[t] = append(items[t], "c"+tla.Function(now["held"])[name])
		case "SetLimit":
			items[t] = append(items[t], "L"+tla.Function(now["want"])[name])
		case "EndBoot":
			items[t] = append(items[t], "E")
			start[1] = "0"
		}
		// A free of what is only claimed changes nothing that exists.
		released := strings.Contains(tla.Function(now["pc"])[name], "Release") &&
			tla.Function(now["call"])[name] != `"Rollback"`
		ok := old["phys"] != now["phys"] || strings.HasPrefix(s.Action, "Backend") && released
		steps = append(steps, toldStep{t, s.Action, ok})
		if kindOf(s.Action) == "Lock" {
			steps = append(steps, toldStep{thread: t, action: underLock})
		}
	}
	scenario = start[1]
	for t, list := range items {
		if len(list) == 0 {
			list = []string{"S"}
		}
		scenario += ":"
		if accounts && slices.Contains(strings.Split(strings.Trim(owners, "{}"), ", "), names[t]) {
			scenario += "@"
		}
		scenario += strings.Join(list, ".")
	}
	return scenario, steps, nil
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

// due is the step to take when a step is told, and whether it is the told one itself, or the last
// thing to do about it. A step that is not possible is none.
func (x *Explorer) due(s engine.State, told toldStep) (st engine.Step, due bool) {
	p := x.engine.Point(s, told.thread)
	resting := p.View.phase == resting
	st = engine.Step{Thread: uint8(told.thread)}
	none := engine.Step{Thread: engine.MaxThreads}
	if x.engine.Choices(s, told.thread) == 0 {
		return none, true
	}
	switch told.action {
	case "Resize", "Claim", "SetLimit", "EndBoot":
		return st, resting
	}
	switch {
	case resting, told.action == underLock && !x.loads(p):
		return none, true
	case !inSpec(x.action(p, 0)), strings.HasPrefix(told.action, "Refill") && x.readsForRefill(p):
		return st, false
	case kindOf(x.action(p, 0)) != kindOf(told.action):
		return none, true
	case p.Kind == engine.Choice && !told.ok && p.View.call.backend == either:
		st.Choice = 1 // it fails
	}
	return st, true
}

// loads reports whether the next step is a load that is no step of the specification.
func (x *Explorer) loads(p *engine.Point[view]) bool {
	return p.Kind == engine.Operation && p.Op.(impl.Op).Kind == impl.OpLoad && !inSpec(x.action(p, 0))
}

// readsForRefill reports whether the next step loads what a refill goes by. Of a mutant that
// refills without the lock, these loads bear the names of other steps.
func (x *Explorer) readsForRefill(p *engine.Point[view]) bool {
	return p.Kind == engine.Operation && (x.opOn(p.Request) == loadSlack || x.opOn(p.Request) == loadAccounts)
}

// kindOf is what an action does: a mutant may do it in another phase of the call.
func kindOf(action string) string {
	for _, kind := range []string{"Backend", "Load", "Base", "CAS", "Word", "Unlock", "Lock"} {
		if strings.Contains(action, kind) {
			return kind
		}
	}
	return action
}
