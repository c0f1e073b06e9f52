package mutants

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
	"casalloc/tla/missing"
)

var explorerOf = Check{Name: "counterexample", pkg: "./linearizability/explore", build: []string{"-tags=interleave"}}

// Counterexample takes the counterexample that TLC has to the specification without the defence id,
// and makes its steps in the code: with the mutant of that name, which must break a promise, and in
// the code as it is, which must break none. Without TLC it takes the counterexample that is kept in
// testdata. The runs are written to w.
func Counterexample(ctx context.Context, root, id string, w io.Writer) error {
	mutants, err := All()
	if err != nil {
		return err
	}
	cases, err := tla.Cases(tla.Modules)
	if err != nil {
		return err
	}
	var defences []string
	for _, c := range cases {
		name, _ := strings.CutPrefix(c.Name, "Without-")
		if slices.Contains(IDs(mutants), name) {
			defences = append(defences, name)
		}
	}
	if err := command.Known("mutant of a defence", id, defences); err != nil {
		return err
	}
	i := slices.Index(IDs(mutants), id)
	file := filepath.Join(root, "linearizability/mutants/testdata/Without-"+id+".json")
	if fresh, err := refute(ctx, cases, id); err == nil {
		defer os.Remove(fresh)
		file = fresh
	} else if !errors.As(err, new(missing.Tool)) {
		return err
	}
	return errors.Join(
		follow(ctx, root, mutants[i], file, Caught, w),
		follow(ctx, root, Control, file, Survived, w))
}

// refute writes what TLC says to a file.
func refute(ctx context.Context, cases []tla.Case, id string) (string, error) {
	i := slices.IndexFunc(cases, func(c tla.Case) bool { return c.Name == "Without-"+id })
	tlc, err := tla.FindTLC()
	if err != nil {
		return "", err
	}
	r, err := tlc.Run(ctx, tla.Modules, cases[i], nil)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp("", "counterexample-*.json")
	if err != nil {
		return "", err
	}
	err = json.NewEncoder(f).Encode(struct {
		Report   tla.Report
		Schedule []tla.Step
	}{r, tla.Schedule(r.Trace)})
	return f.Name(), errors.Join(err, f.Close())
}

// follow makes the steps of the counterexample in the code with the mutant.
func follow(ctx context.Context, root string, m Mutant, file string, want Verdict, w io.Writer) error {
	l, err := newLab(root, m)
	if err != nil {
		return err
	}
	defer l.close()
	c := explorerOf
	c.args = []string{"-test.run=^TestCounterexample$", "-counterexample=" + file}
	cell := l.run(ctx, c)
	if err := ctx.Err(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s\n%s\n\n", m.ID, cell.Verdict, cell.Evidence)
	if cell.Verdict != want {
		return fmt.Errorf("%s at its counterexample: %s, want %s", m.ID, cell.Verdict, want)
	}
	return nil
}
