package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"context"
	"fmt"
	"runtime"
	"time"
)

// Read returns the theorems of the module in a file, as SANY reads it, which is in TLC's jar.
func Read(ctx context.Context, jar, file string) ([]Statement, error) {
	m, err := sany.Parse(ctx, jar, file)
	if err != nil {
		return nil, err
	}
	var all []Statement
	for _, th := range m.Theorems {
		all = append(all, Statement{th, m})
	}
	return all, nil
}

// A Statement is a THEOREM of a module.
type Statement struct {
	sany.Theorem
	in *sany.Module
}

// Options say how a theorem is proved.
type Options struct {
	Solver smt.Solver
	Seed   int // of the solver
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

// An Account adds up results, of an action or of a theorem. The zero Account has none.
type Account struct {
	Paths, Dead map[int]bool // those of the steps, and those that are never taken
	Goals, Open int
	Seconds     float64
}

// Add adds a result.
func (a *Account) Add(r Result) {
	if a.Paths == nil {
		a.Paths, a.Dead = map[int]bool{}, map[int]bool{}
	}
	if r.Path > 0 {
		a.Paths[r.Path] = true
	}
	if r.Dead && !r.Refines {
		a.Dead[r.Path] = true
	}
	a.Goals += r.Goals
	a.Open += len(r.Open)
	a.Seconds += r.Seconds
}

// vacuous is what contradicts itself if a problem that is no step is dead: anything follows from
// it.
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
		for p, err := range s.obligations("") {
			one := make(chan outcome, 1)
			if err != nil {
				one <- outcome{err: err}
			} else {
				text := p.SMT(o.Seed, smt.GoalLimit) // here: one goroutine has the builder
				running <- struct{}{}
				go func() {
					one <- ask(ctx, o.Solver, p, text)
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

func ask(ctx context.Context, s smt.Solver, p smt.Problem, text string) outcome {
	start := time.Now()
	said, err := s.Ask(ctx, text)
	if err == nil && len(said) != len(p.Goals)+1 {
		err = fmt.Errorf("%s: %d answers to %d questions", s, len(said), len(p.Goals)+1)
	}
	if err != nil {
		return outcome{err: fmt.Errorf("%s, path %d: %w", p.Action, p.Path, err)}
	}
	r := Result{Action: p.Action, Path: p.Path, Refines: p.Refines, Goals: len(p.Goals),
		Dead: said[0] == "unsat", Consistent: said[0] == "sat"}
	for i, g := range p.Goals {
		if said[i+1] != "unsat" {
			r.Open = append(r.Open, Open{g.Name, said[i+1], text})
		}
	}
	r.Seconds = time.Since(start).Seconds()
	return outcome{Result: r}
}
