package prove

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// Read returns the theorems of the module in a file, as SANY reads it, which is in TLC's jar.
func Read(ctx context.Context, jar, file string) ([]Statement, error) {
	m, err := parse(ctx, jar, file)
	if err != nil {
		return nil, err
	}
	return m.theorems, nil
}

// Options say how a theorem is proved.
type Options struct {
	Without []string // defences or rules that are switched off
	Solver  Solver
	Seed    int // of the solver
}

// A Result is what became of one problem.
type Result struct {
	Action     string // of the step; or assumptions, Init or promises
	Path       int    // counted through all actions; 0 for what is no step
	Refines    bool   // the goals are about the step, not about the state after it
	Goals      int
	Open       []Open
	Dead       bool // the conditions of the path contradict the invariant: it is never taken
	Consistent bool // the solver found a model of the hypotheses
	Seconds    float64
}

// Open is a goal that is not proved.
type Open struct {
	Goal   string // the conjunct of the module
	Answer string // sat or unknown
	SMT    string // the problem, as the solver got it
}

// vacuous is what contradicts itself if a problem that is no step is dead: anything follows from it.
var vacuous = map[string]string{
	"assumptions": "the ASSUMEs and the premises",
	"Init":        "the ASSUMEs, the premises and Init",
	"promises":    "the ASSUMEs, the premises and the invariant",
}

// Prove asks the solver for each goal of the theorem and tells each result, in order. All goals
// are proved if no result has open ones. An answer that is not unsat leaves its goal open. That
// hypotheses contradict each other, other than with the conditions of a path, is an error.
func (s Statement) Prove(ctx context.Context, o Options, tell func(Result)) error {
	ctx, cancel := context.WithCancel(ctx)
	running := make(chan struct{}, runtime.NumCPU()) // as many solvers
	pending := make(chan chan outcome, 100)          // those behind a hard problem need not wait
	defer func() {                                   // after an error too, nobody makes terms any more
		cancel()
		for range pending {
		}
	}()
	go func() {
		defer close(pending)
		for p, err := range s.obligations(o.Without, "") {
			one := make(chan outcome, 1)
			if err != nil {
				one <- outcome{err: err}
			} else {
				smt := write(p, o.Seed, goalLimit) // here: terms are made by one goroutine
				running <- struct{}{}
				go func() {
					one <- ask(ctx, o.Solver, p, smt)
					<-running
				}()
			}
			select {
			case pending <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	for one := range pending {
		r := <-one
		if r.err != nil {
			return r.err
		}
		if r.Path == 0 && r.Dead {
			return fmt.Errorf("vacuous: %s contradict each other", vacuous[r.Action])
		}
		tell(r.Result)
	}
	return ctx.Err()
}

type outcome struct {
	Result
	err error
}

func ask(ctx context.Context, s Solver, p problem, smt string) outcome {
	start := time.Now()
	said, err := s.Ask(ctx, smt)
	if err == nil && len(said) != len(p.goals)+1 {
		err = fmt.Errorf("%s: %d answers to %d questions", s, len(said), len(p.goals)+1)
	}
	if err != nil {
		return outcome{err: fmt.Errorf("%s, path %d: %w", p.action, p.path, err)}
	}
	r := Result{Action: p.action, Path: p.path, Refines: p.refines, Goals: len(p.goals),
		Dead: said[0] == "unsat", Consistent: said[0] == "sat"}
	for i, g := range p.goals {
		if said[i+1] != "unsat" {
			r.Open = append(r.Open, Open{g.name, said[i+1], smt})
		}
	}
	r.Seconds = time.Since(start).Seconds()
	return outcome{Result: r}
}
