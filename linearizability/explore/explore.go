//go:build interleave

package explore

import (
	"context"
	"fmt"
	"strings"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/linearizability/explore/engine"
	"casalloc/model"
)

// An Explorer explores one scenario. It is not safe for concurrent use.
type Explorer struct {
	scenario
	*machine
	engine      *engine.Explorer[view, past, event]
	monitor     *engine.Monitor[linearizability.Reading, operation, linearizability.Output]
	word, lock  int // their cells, and those of how many accounts there are and which
	base        int // the first of the two
	count, list int
	slack       []int // of the accounts,
	owned       []ownedCells
	fields      []string // the names of the cells, without an index and what they are of
	observed    observation
}

// ownedCells are where an account has what the specification has too, and only its owner uses.
type ownedCells struct{ taken, cap, limit int }

// New brings a new Budget to the start of the scenario.
func New(text string) (*Explorer, error) {
	s, err := parseScenario(text)
	if err != nil {
		return nil, err
	}
	x := &Explorer{scenario: s, machine: newMachine(s)}
	for i, c := range x.cells {
		field, _, _ := strings.Cut(c.Name[strings.LastIndexByte(c.Name, '.')+1:], "[")
		x.fields = append(x.fields, field)
		switch {
		case c.Name == "word":
			x.word = i
		case c.Name == "base[0]":
			x.base = i
		case c.Name == "setter":
			x.lock = i
		case c.Name == "accounts":
			x.count = i
		case c.Name == "stocks":
			x.list = i
		case field == "slack": // the first of an account
			x.slack, x.owned = append(x.slack, i), append(x.owned, ownedCells{})
		case field == "taken":
			x.owned[len(x.owned)-1].taken = i
		case field == "cap":
			x.owned[len(x.owned)-1].cap = i
		case field == "limit":
			x.owned[len(x.owned)-1].limit = i
		}
	}
	sys := engine.System[view, past, event]{
		Cells: x.cells, Body: x.body, Judge: x.judge, JudgeEnd: x.judgeEnd,
		Name: x.step, Columns: []string{"headroom", "gen", "counter"}, Row: x.row,
	}
	if sys.Past, sys.Views, err = x.start(); err != nil {
		return nil, fmt.Errorf("scenario %q: start: %w", text, err)
	}
	for i := range x.cells[:min(len(x.cells), engine.MaxCells)] {
		x.cells[i].Value = x.solo[i]
	}
	stats, ok := x.stats(x.solo)
	if !ok {
		return nil, fmt.Errorf("scenario %q: start: Stats does not end", text)
	}
	x.monitor = engine.NewMonitor(readingOf(stats), step)
	if x.engine, err = engine.New(sys); err != nil {
		return nil, fmt.Errorf("scenario %q: %w", text, err)
	}
	x.current = x.engine.Current
	return x, nil
}

// An operation of the history, and the error with which the account that it goes through refuses it
// while anything is counted, whatever the budget would say: nil if it does not.
type operation struct {
	linearizability.Input
	byAccount error
}

// step is the sequential specification on readings: the rest of the model's state are statistics.
func step(r linearizability.Reading, in operation) (linearizability.Reading, linearizability.Output) {
	counts := r.Mode != model.Unlimited
	switch {
	case in.Op == closes && counts:
		return r, linearizability.Output{Reading: linearizability.Reading{Allocated: in.N}}
	case in.Op == closes:
		return r, linearizability.Output{}
	case in.byAccount != nil && counts:
		return r, linearizability.Output{Err: in.byAccount}
	}
	s, out := linearizability.Step(model.State{Mode: r.Mode, Limit: r.Limit, Allocated: r.Allocated}, in.Input)
	return linearizability.ReadingOf(s), out
}

// start makes the calls that come before the scenario, while no thread runs.
func (x *Explorer) start() (p past, views []view, err error) {
	p.limit = impl.CountingBase
	switch {
	case x.limit > 0:
		p.limit = x.limit
		err = x.budget.SetLimit(x.limit)
	case x.limit < 0:
		p.limit = unlimited
		x.budget.EndBoot()
	}
	p.accounts = x.stocks(len(x.threads))
	for t, program := range x.threads {
		account := 0
		if program.account {
			account = x.stocks(t) + 1
		}
		if err == nil && program.held > 0 {
			err = x.user(account).Reserve(program.held)
		}
		if p.limit != unlimited {
			p.peak += program.held
		}
		views = append(views, view{block: program.held, phys: program.held, charge: program.held,
			account: account, ended: idle})
	}
	return p, views, err
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
	word := m[x.word]
	if impl.IsUnlimited(word) {
		return []string{"unlimited", "", ""}
	}
	headroom := fmt.Sprint(impl.Headroom(word))
	if p.limit == impl.CountingBase {
		headroom = fmt.Sprintf("base%+d", impl.Headroom(word)-impl.CountingBase)
	}
	return []string{headroom, fmt.Sprint(impl.Gen(word)), fmt.Sprint(x.taken(p.limit, m) - p.carried())}
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
