// Command prove proves THEOREMs for any values of their constants: it writes the proof obligations
// for an SMT solver, and prints what the solver proves.
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

	"casalloc/impl/cmd/command"
	"casalloc/tla"
	"casalloc/tla/prove"
	"casalloc/tla/prove/smt"
)

const usage = `usage: prove [flags] NAME | FILE.tla ...

Proves each THEOREM of a module that has a name, and prints it. Or what a rival claims: the
goals that stay open have the names of the promises that it breaks.

  AddUndo           AddUndoKeeps in tla/AddUndoInv.tla, which does not hold
  AddUndoUnsigned   AddUndoUnsignedKeeps in tla/AddUndoInv.tla, which does not hold
  TwoWord           TwoWordKeeps in tla/TwoWordInv.tla, which does not hold
  HAProxy           HAProxyKeeps in tla/HAProxyInv.tla, which does not hold

  -json          print each result as a line of JSON
  -solver NAME   z3 on PATH (z3, the default), or the npm package (z3-solver)
  -seed N        the solver's random seed
  -keep DIR      where the problem of an open goal is written, as SMT-LIB; default the
                 folder for temporary files

One line per action: its paths, the goals on them, those proved, and the solver's seconds.
A path is dead if its conditions contradict the invariant. The exit code is 0 if every
goal is proved, 1 if one is not, if assumptions contradict each other, or if a THEOREM is
not understood, and 2 if there is no such name. TLA2TOOLS_JAR names TLC's jar, which has
the parser of TLA+. Run it in the root of the checkout.
`

func main() { command.Main("prove", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("prove", usage, stderr)
	var (
		asJSON = flags.Bool("json", false, "")
		solver = flags.String("solver", "z3", "")
		seed   = flags.Int("seed", 0, "")
		keep   = flags.String("keep", os.TempDir(), "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	const folder = "tla" // of this project's modules
	wanted, err := find(folder, flags.Args())
	if err != nil {
		return err
	}
	if err := command.Known("solver", *solver, []string{"z3", "z3-solver"}); err != nil {
		return err
	}
	s, err := findSolver(*solver, folder)
	jar, noTLC := tla.FindTLC()
	if err := errors.Join(noTLC, err); err != nil {
		return err
	}
	var p printer = &table{w: stdout, keep: *keep}
	if *asJSON {
		p = &lines{Encoder: json.NewEncoder(stdout)}
	}
	jobs, err := read(ctx, string(jar), wanted, p)
	if err != nil {
		return err
	}
	failed := 0
	for _, j := range jobs {
		p.begin(j)
		err := j.Prove(ctx, prove.Options{Solver: s, Seed: *seed}, p.add)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !p.end(err) {
			failed++
		}
	}
	switch {
	case len(jobs) == 0:
		return errors.New("nothing proved: no THEOREM with a name")
	case failed > 0:
		return fmt.Errorf("not proved: %d of %d theorems", failed, len(jobs))
	}
	return nil
}

// A job is a theorem to prove.
type job struct {
	prove.Statement
	called string // by the command
}

// A request is for one theorem of a file, or for all that have a name.
type request struct{ called, file, theorem string }

// find finds the theorems that the arguments name.
func find(folder string, args []string) (all []request, err error) {
	var known []string
	named := map[string]request{}
	for _, th := range prove.Rivals {
		r := request{th.Name, filepath.Join(folder, th.Module+".tla"), th.As}
		named[th.Name], named[th.As] = r, r
		known = append(known, th.Name)
	}
	for _, a := range args {
		r, ok := named[a]
		if !ok && filepath.Ext(a) == ".tla" {
			r.file = a
			_, err := os.Stat(a)
			ok = err == nil
		}
		if !ok {
			return nil, command.Usagef("no rival and no module %q: a FILE.tla, or one of %s", a, strings.Join(known, ", "))
		}
		all = append(all, r)
	}
	if all == nil {
		return nil, command.Usagef("nothing to prove: a FILE.tla, or one of %s", strings.Join(known, ", "))
	}
	return all, nil
}

// read reads the theorems, each module once.
func read(ctx context.Context, jar string, wanted []request, p printer) (jobs []job, err error) {
	modules := map[string][]prove.Statement{}
	for _, r := range wanted {
		if modules[r.file] == nil {
			if modules[r.file], err = prove.Read(ctx, jar, r.file); err != nil {
				return nil, err
			}
		}
		for _, s := range modules[r.file] {
			switch {
			case s.Name == "" && r.theorem == "":
				p.skip(s)
			case s.Name == r.theorem:
				jobs = append(jobs, job{Statement: s, called: r.called})
			case r.theorem == "":
				jobs = append(jobs, job{Statement: s, called: s.Name})
			}
		}
	}
	return jobs, nil
}

func findSolver(name, folder string) (smt.Solver, error) {
	if name == "z3" {
		return smt.FindZ3()
	}
	return smt.FindNpm(folder)
}

type printer interface {
	skip(prove.Statement)
	begin(job)
	add(prove.Result)
	end(error) (proved bool)
}

// lines prints JSON.
type lines struct {
	*json.Encoder
	theorem string
	open    int
}

func (l *lines) skip(s prove.Statement) {
	l.Encode(struct{ Skipped string }{s.At.String()})
}

func (l *lines) begin(j job) {
	l.theorem, l.open = j.called, 0
	l.Encode(struct {
		Theorem, Name, At, Text string
	}{j.called, j.Name, j.At.String(), j.Text})
}

func (l *lines) add(r prove.Result) {
	l.open += len(r.Open)
	l.Encode(struct {
		Theorem string
		prove.Result
	}{l.theorem, r})
}

func (l *lines) end(err error) bool {
	proved := err == nil && l.open == 0
	said := struct {
		Theorem string
		Proved  bool
		Error   string `json:",omitempty"`
	}{Theorem: l.theorem, Proved: proved}
	if err != nil {
		said.Error = err.Error()
	}
	l.Encode(said)
	return proved
}

// table prints the theorem, then one line per action, when the action is over.
type table struct {
	w     io.Writer
	keep  string
	job   job
	total row
	row
	maybe []string // with hypotheses of which no model was found, and no contradiction
}

func (t *table) skip(s prove.Statement) {
	fmt.Fprintf(t.w, "skipped: %s, a THEOREM without a name\n\n", s.At)
}

func (t *table) begin(j job) {
	*t = table{w: t.w, keep: t.keep, job: j}
	fmt.Fprintf(t.w, "%s:\n%s\n", j.At, j.Text)
	fmt.Fprintf(t.w, "\n%-18s %5s %5s %7s %7s %8s\n", j.called, "paths", "dead", "goals", "proved", "seconds")
}

type row struct {
	action string
	prove.Account
	notes []string
}

func (t *table) add(r prove.Result) {
	if t.action != r.Action {
		t.flush()
		t.row = row{action: r.Action}
	}
	if r.Path == 0 && !r.Consistent && !slices.Contains(t.maybe, r.Action) {
		t.maybe = append(t.maybe, r.Action)
	}
	t.row.Add(r)
	t.total.Add(r)
	for _, o := range r.Open {
		t.notes = append(t.notes, t.note(r, o))
	}
}

func (t *table) note(r prove.Result, o prove.Open) string {
	goal := strings.Fields(o.Goal)[0] // without the direction of an equivalence
	name := filepath.Join(t.keep, fmt.Sprintf("%s-%s-%d-%s.smt2", t.job.called, r.Action, r.Path, goal))
	if err := os.WriteFile(name, []byte(o.SMT), 0o644); err != nil {
		name = err.Error()
	}
	return fmt.Sprintf("  open: %s, path %d: %s is %s; %s", r.Action, r.Path, o.Goal, o.Answer, name)
}

func (t *table) flush() {
	if t.action != "" {
		t.row.print(t.w)
	}
}

func (r row) print(w io.Writer) {
	fmt.Fprintf(w, "%-18s %5d %5d %7d %7d %8.1f\n", r.action, len(r.Paths), len(r.Dead), r.Goals, r.Goals-r.Open, r.Seconds)
	for _, n := range r.notes {
		fmt.Fprintln(w, n)
	}
}

func (t *table) end(err error) bool {
	t.flush()
	t.total.action = "all"
	t.total.print(t.w)
	if t.maybe != nil {
		fmt.Fprintf(t.w, "no contradiction and no model found in the hypotheses of %s\n", strings.Join(t.maybe, ", "))
	}
	switch {
	case err != nil:
		fmt.Fprintf(t.w, "not proved: %s: %v\n\n", t.job.Name, err)
	case t.total.Open > 0:
		fmt.Fprintf(t.w, "not proved: %s, open goals: %d\n\n", t.job.Name, t.total.Open)
	default:
		fmt.Fprintf(t.w, "proved: %s\n\n", t.job.Name)
	}
	return err == nil && t.total.Open == 0
}
