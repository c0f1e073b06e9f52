//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
)

// An Explorer explores one scenario. It is not safe for concurrent use.
type Explorer struct {
	scenario
	machine *machine
	judge   *judge
	names   *names
	engine  *engine.Explorer[callerState, past, event]
}

// New brings a new Budget to the start of the scenario.
func New(text string) (*Explorer, error) {
	s, err := parseScenario(text)
	if err != nil {
		return nil, err
	}
	m := newMachine(s)
	l, err := newLayout(m.cells, s.spare(len(s.Clients), 0))
	if err != nil {
		return nil, err
	}
	x := &Explorer{scenario: s, machine: m, judge: &judge{layout: l, machine: m}, names: newNames(s, l)}
	sys := engine.System[callerState, past, event]{
		Cells: m.cells, Body: bodies(s, m), Judge: x.judge.step, JudgeEnd: x.judge.end,
		Name: x.names.step, Columns: []string{"headroom", "gen", "counter"}, Row: x.row,
	}
	if sys.Past, sys.Views, err = start(s, m); err != nil {
		return nil, fmt.Errorf("scenario %q: start: %w", text, err)
	}
	for i := range m.cells[:min(len(m.cells), engine.MaxCells)] {
		m.cells[i].Value = m.solo[i]
	}
	stats, ok := m.stats(m.solo)
	if !ok {
		return nil, fmt.Errorf("scenario %q: start: Stats does not end", text)
	}
	x.judge.monitor = engine.NewMonitor(calls.Observed(stats), step)
	if x.engine, err = engine.New(sys); err != nil {
		return nil, fmt.Errorf("scenario %q: %w", text, err)
	}
	m.current = x.engine.Current
	return x, nil
}

// start makes the calls that come before the scenario, while no thread runs.
func start(s scenario, m *machine) (p past, states []callerState, err error) {
	p.limit = impl.CountingBase
	switch {
	case s.Limit > 0:
		p.limit = s.Limit
		err = m.budget.SetLimit(s.Limit)
	case s.Limit < 0:
		p.limit = unlimited
		m.budget.EndBoot()
	}
	p.accounts = s.owners(len(s.Clients))
	for t, program := range s.Clients {
		account := 0
		if program.Account {
			account = s.owners(t) + 1
		}
		if err == nil && program.Held > 0 {
			err = m.user(account).Reserve(program.Held)
		}
		if p.limit != unlimited {
			p.peak += program.Held
		}
		states = append(states, callerState{block: program.Held, phys: program.Held, charge: program.Held,
			account: account, ended: idle})
	}
	return p, states, err
}

// Explore goes through every schedule of the scenario, with at most maxStates states. progress, if
// not nil, is called now and then. The error is an *engine.Failure with a shortest schedule, or
// wraps engine.ErrIncomplete.
func (x *Explorer) Explore(ctx context.Context, maxStates int,
	progress func(states, unexplored int)) (*engine.Graph, error) {
	return x.engine.Explore(ctx, engine.Limits{States: maxStates, Progress: progress})
}

// Run takes one run of at most maxSteps steps. pick is given the state and the steps that are
// possible, and returns the number of one. A Failure whose Err is nil is a run in which no promise
// was broken.
func (x *Explorer) Run(pick func(s engine.State, possible []engine.Step) int, maxSteps int) *engine.Failure {
	return x.engine.Run(pick, maxSteps)
}

// row is what a report shows of a state.
func (x *Explorer) row(p past, m *engine.Memory) []string {
	word := m[x.judge.word]
	if impl.IsUnlimited(word) {
		return []string{"unlimited", "", ""}
	}
	headroom := fmt.Sprint(impl.Headroom(word))
	if p.limit == impl.CountingBase {
		headroom = fmt.Sprintf("base%+d", impl.Headroom(word)-impl.CountingBase)
	}
	return []string{headroom, fmt.Sprint(impl.Gen(word)), fmt.Sprint(x.judge.taken(p.limit, m) - p.carried())}
}

// Report is what a test prints of a failure: the promise, the schedule as a table, and the command
// that replays it.
func (x *Explorer) Report(f *engine.Failure) string {
	return fmt.Sprintf("%sgo test -tags interleave ./linearizability/explore -run TestReplaySchedule -schedule '%s'",
		x.engine.Report(f), x.Schedule(f.Schedule))
}

// Schedule is the text that replays the steps: the scenario, a ~, and the steps.
func (x *Explorer) Schedule(steps []engine.Step) string {
	return x.text + "~" + engine.FormatSchedule(steps)
}

// Replay runs the steps of a schedule and returns them as a table. The error is the promise that
// the last line of the table breaks, or wraps engine.ErrSchedule.
func (x *Explorer) Replay(steps []engine.Step) (table string, err error) {
	return x.engine.Replay(steps)
}

// ParseSchedule splits the text of a schedule into the scenario and the steps.
func ParseSchedule(text string) (scenario string, steps []engine.Step, err error) {
	scenario, run, ok := strings.Cut(text, "~")
	if !ok {
		return "", nil, fmt.Errorf("schedule %q: no ~", text)
	}
	steps, err = engine.ParseSchedule(run)
	return scenario, steps, err
}
