// Command prove proves the protocol for any number of threads: it writes the proof obligations of a
// TLA+ module for an SMT solver, and tells what the solver proves.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"casalloc/tla"
	"casalloc/tla/command"
	"casalloc/tla/prove"
	"casalloc/tla/readme"
)

const usage = `usage: prove [flags] [MODULE]    prove BudgetCAS, or Accounts; without a module both

AddUndo, AddUndoUnsigned, TwoWord and HAProxy break promises: open goals name them.

  -json          print each result as a line of JSON
  -solver NAME   z3 on PATH (z3, the default), or the npm package (z3-solver)
  -seed N        the solver's random seed
  -without LIST  switch off defences or rules: then goals stay open
  -keep DIR      where the problem of an open goal is written, as SMT-LIB; default the
                 folder for temporary files

One line an action: its paths, the goals on them, those proved, and the solver's seconds.
A path is dead if its conditions contradict the invariant. The exit code is 0 if every
goal is proved. TLA2TOOLS_JAR names TLC's jar, which has the parser of TLA+.
`

func main() { command.Main("prove", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("prove", usage, stderr)
	var (
		asJSON  = flags.Bool("json", false, "")
		solver  = flags.String("solver", "z3", "")
		seed    = flags.Int("seed", 0, "")
		without = flags.String("without", "", "")
		keep    = flags.String("keep", os.TempDir(), "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	theorems, err := named(flags.Args())
	if err != nil {
		return err
	}
	options, err := options(*solver, *seed, *without)
	if err != nil {
		return err
	}
	var open int
	for _, th := range theorems {
		var p printer = &table{w: stdout, theorem: th.Name, keep: *keep}
		if *asJSON {
			p = &lines{Encoder: json.NewEncoder(stdout), theorem: th.Name}
		}
		if err := th.Prove(ctx, options, p.add); err != nil {
			return err
		}
		open += p.done()
	}
	if open > 0 {
		return fmt.Errorf("%d goals are not proved", open)
	}
	return nil
}

func named(names []string) ([]prove.Theorem, error) {
	if len(names) == 0 {
		return prove.Theorems, nil
	}
	var known []string
	for _, th := range slices.Concat(prove.Theorems, prove.Rivals) {
		known = append(known, th.Name)
		if len(names) == 1 && th.Name == names[0] {
			return []prove.Theorem{th}, nil
		}
	}
	return nil, fmt.Errorf("no theorem %q: one of %s", strings.Join(names, " "), strings.Join(known, ", "))
}

func options(solver string, seed int, without string) (prove.Options, error) {
	tlc, noTLC := tla.FindTLC()
	root, err := readme.Root()
	if err != nil {
		return prove.Options{}, err
	}
	o := prove.Options{Jar: string(tlc), Dir: filepath.Join(root, "tla"), Seed: seed}
	if without != "" {
		o.Without = strings.Split(without, ",")
	}
	var noSolver error
	switch solver {
	case "z3":
		o.Solver, noSolver = prove.FindZ3()
	case "z3-solver":
		o.Solver, noSolver = prove.FindNpm(o.Dir)
	default:
		return o, fmt.Errorf("no solver %q: z3 or z3-solver", solver)
	}
	return o, errors.Join(noTLC, noSolver)
}

type printer interface {
	add(prove.Result)
	done() (open int)
}

// lines prints JSON.
type lines struct {
	*json.Encoder
	theorem string
	open    int
}

func (l *lines) add(r prove.Result) {
	l.open += len(r.Open)
	l.Encode(struct {
		Theorem string
		prove.Result
	}{l.theorem, r})
}

func (l *lines) done() int { return l.open }

// table prints one line an action, when the action is over.
type table struct {
	w       io.Writer
	theorem string
	keep    string
	total   row
	row
}

type row struct {
	action              string
	paths, dead         map[int]bool
	goals, proved, open int
	seconds             float64
	notes               []string
}

func (r *row) count(s prove.Result) {
	if r.paths == nil {
		r.paths, r.dead = map[int]bool{}, map[int]bool{}
	}
	if s.Path > 0 {
		r.paths[s.Path] = true
	}
	if s.Dead && !s.Refines {
		r.dead[s.Path] = true
	}
	r.goals += s.Goals
	r.open += len(s.Open)
	r.proved += s.Goals - len(s.Open)
	r.seconds += s.Seconds
}

func (t *table) add(r prove.Result) {
	if t.action != r.Action {
		t.flush()
		t.row = row{action: r.Action}
	}
	t.row.count(r)
	t.total.count(r)
	for _, o := range r.Open {
		t.notes = append(t.notes, t.note(r, o))
	}
}

func (t *table) note(r prove.Result, o prove.Open) string {
	goal := strings.Fields(o.Goal)[0] // without the direction of an equivalence
	name := filepath.Join(t.keep, fmt.Sprintf("%s-%s-%d-%s.smt2", t.theorem, r.Action, r.Path, goal))
	if err := os.WriteFile(name, []byte(o.SMT), 0o644); err != nil {
		name = err.Error()
	}
	return fmt.Sprintf("  open: %s, path %d: %s is %s; %s", r.Action, r.Path, o.Goal, o.Answer, name)
}

func (t *table) flush() {
	if t.action == "" {
		fmt.Fprintf(t.w, "%-18s %5s %5s %7s %7s %8s\n", t.theorem, "paths", "dead", "goals", "proved", "seconds")
		return
	}
	t.row.print(t.w)
}

func (r row) print(w io.Writer) {
	fmt.Fprintf(w, "%-18s %5d %5d %7d %7d %8.1f\n", r.action, len(r.paths), len(r.dead), r.goals, r.proved, r.seconds)
	for _, n := range r.notes {
		fmt.Fprintln(w, n)
	}
}

func (t *table) done() int {
	t.flush()
	t.total.action = "all"
	t.total.print(t.w)
	fmt.Fprintln(t.w)
	return t.total.open
}
