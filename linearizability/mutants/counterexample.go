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

	"casalloc/impl/cmd/command"
	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/mutate"
	"casalloc/tla"
)

var explorerOf = check{Name: "counterexample", pkg: "./linearizability/explore", build: []string{"-tags=interleave"}}

// Counterexample takes the counterexample that TLC has to the specification without the defence id,
// and makes its steps in the code: with the mutant of that name, which must break a promise, and in
// the code as it is, which must break none. Without TLC it takes the counterexample that is kept in
// testdata. The runs are written to w.
func Counterexample(ctx context.Context, root, id string, w io.Writer) error {
	tables, err := Code.Tables(root)
	if err != nil {
		return err
	}
	var defences []string
	for _, m := range tables[0].Mutants {
		if slices.Contains(m.Asked, tlcName) {
			defences = append(defences, m.ID)
		}
	}
	if err := command.Known("mutant of a defence", id, defences); err != nil {
		return err
	}
	both := mutate.Only(tables, []string{id})[0].Mutants
	file := filepath.Join(root, "linearizability/mutants/testdata/Without-"+id+".json")
	if fresh, err := refute(ctx, id); err == nil {
		defer os.Remove(fresh)
		file = fresh
	} else if !errors.As(err, new(missing.Tool)) {
		return err
	}
	return errors.Join(
		follow(ctx, root, both[1], file, mutate.Caught, w),
		follow(ctx, root, both[0], file, mutate.Survived, w))
}

// refute writes what TLC says to a file.
func refute(ctx context.Context, id string) (string, error) {
	c, err := withoutDefence(id)
	if err != nil {
		return "", err
	}
	tlc, err := tla.FindTLC()
	if err != nil {
		return "", err
	}
	r, err := tlc.Run(ctx, tla.Modules, c, nil)
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
func follow(ctx context.Context, root string, m mutate.Mutant, file string, want mutate.Verdict, w io.Writer) error {
	l, err := bench{root, "."}.lab(m)
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
