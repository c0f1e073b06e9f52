// Command mutants recomputes which check catches which wrong version of the allocator.
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

	"casalloc/linearizability/mutants"
	"casalloc/tla/command"
	"casalloc/tla/readme"
)

const usage = `usage: mutants [-json] [-from FILE,...] [-write] [-pin] [ID ...]
       mutants -counterexample ID

Puts every mutant, or those named, to every check, and prints the matrix: the seconds
until a check caught the mutant, - if it did not. First the code as it is, which must pass.

  -json   print the cells with what each check said
  -from   take the rows that these files have, as -json printed them, and run only those of
          the mutants that are named, or that no file has
  -write  write the table into linearizability/mutants/README.md
  -pin    write into linearizability/mutants/pinned.tsv what was caught, and is not unpinned yet

  -counterexample  let TLC refute the specification without the defence ID, and make the
                   same steps in the code with the mutant ID, and in the code as it is


The exit code is 0 if every pinned cell catches, every mutant is caught twice or has a
reason not to be, and the code as it is passes. It is 2 for an ID that does not exist.
TLA2TOOLS_JAR names TLC's jar.
`

func main() { command.Main("mutants", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("mutants", usage, stderr)
	var (
		asJSON = flags.Bool("json", false, "")
		write  = flags.Bool("write", false, "")
		pin    = flags.Bool("pin", false, "")
		refute = flags.String("counterexample", "", "")
		from   = flags.String("from", "", "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	root, err := readme.Root()
	if err != nil {
		return err
	}
	all, err := mutants.All()
	if err != nil {
		return err
	}
	if *refute != "" {
		return mutants.Counterexample(ctx, root, *refute, stdout)
	}
	pins, err := mutants.Pinned()
	if err != nil {
		return err
	}
	whole := flags.NArg() == 0 || *from != ""
	if !whole && (*write || *pin) {
		return command.Usagef("-write and -pin want the whole matrix: name no mutant, or give -from the rest")
	}
	named := func(m mutants.Mutant) bool { return slices.Contains(flags.Args(), m.ID) }
	for _, id := range flags.Args() {
		if err := command.Known("mutant", id, mutants.IDs(all)); err != nil {
			return err
		}
	}
	all = slices.Insert(all, 0, mutants.Control)
	x, err := mutants.Load(*from)
	if err != nil {
		return err
	}
	var todo []mutants.Mutant
	for _, m := range all {
		if named(m) || !x.Has(m) && (whole || m.ID == mutants.Control.ID) {
			todo = append(todo, m)
		}
	}
	if !whole {
		all = todo
	}
	if err := x.Run(ctx, root, todo, mutants.ChecksOf, stderr); err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(x.Cells)
	} else {
		_, err = fmt.Fprint(stdout, x.Markdown(all))
	}
	if *write {
		err = errors.Join(err, mutants.WriteREADME(root, x.Markdown(all)))
	}
	if *pin {
		file := filepath.Join(root, "linearizability/mutants/pinned.tsv")
		err = errors.Join(err, os.WriteFile(file, []byte(x.Pins(all, pins)), 0o644))
	}
	for _, p := range x.Problems(all, pins, true) {
		err = errors.Join(err, errors.New(p))
	}
	return err
}
