//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
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
	l, err := newLayout(m.cells, m.numbers)
	if err != nil {
		return nil, err
	}
	x := &Explorer{scenario: s, machine: m, judge: &judge{scenario: s, layout: l, machine: m}, names: newNames(s, l)}
	sys := engine.System[callerState, past, event]{
		Cells: m.cells, Body: bodies(s, m), Judge: x.judge.step, JudgeEnd: x.judge.end,
		Name: x.names.step, Row: x.row,
	}
	for v := range s.Tree {
		sys.Columns = append(sys.Columns, calls.Via(v).String())
	}
	initial := s.Tree.State()
	if sys.Past, sys.Views, err = start(s, m, &initial); err != nil {
		return nil, fmt.Errorf("scenario %q: start: %w", text, err)
	}
	for i := range m.cells[:min(len(m.cells), engine.MaxCells)] {
		m.cells[i].Value = m.solo[i]
	}
	x.judge.firstGen = impl.WordOf(m.solo[l.budgets[0].word]).Gen
	x.judge.monitor = engine.NewMonitor(initial.Books(), steps)
	if x.engine, err = engine.New(sys); err != nil {
		return nil, fmt.Errorf("scenario %q: %w", text, err)
	}
	m.current = x.engine.Current
	return x, nil
}

// start makes the calls that come before the scenario, while no thread runs.
func start(s scenario, m *machine, initial *model.State) (p past, states []callerState, err error) {
	for v, b := range s.Tree {
		p.limits[v] = b.Limit
	}
	if p.unlimited = s.Tree[0].Limit == calls.Unlimited; p.unlimited {
		p.limits[0] = impl.NoLimit
	}
	for _, c := range s.Clients {
		view := callerState{ended: idle}
		view.at[c.At] = holding{block: c.Held, phys: c.Held, charge: c.Held}
		states = append(states, view)
		if c.Held == 0 || err != nil {
			continue
		}
		if err = m.budgets[c.At].Reserve(c.Held); err == nil {
			*initial, err = initial.Reserve(int(c.At), c.Held)
		}
		for v := c.At; !p.unlimited; v = s.Tree[v].Parent {
			p.peak[v] += c.Held
			if v == calls.Root {
				break
			}
		}
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

// row is what a report shows of a state: what each budget uses, and after a + its slack.
func (x *Explorer) row(p past, m *engine.Memory) (cells []string) {
	for v := range x.Tree {
		at := x.judge.level(calls.Via(v), p.limitOf(&x.scenario, calls.Root), m)
		text := ""
		switch {
		case at.Unlimited:
			text = "unlimited"
		case at.Left:
			text = "left"
		case at.made:
			text = fmt.Sprint(at.used)
			if v > 0 && !at.Drained {
				text += fmt.Sprintf("+%d", at.slack)
			}
		}
		cells = append(cells, text)
	}
	return cells
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
