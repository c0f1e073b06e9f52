// Command mutants recomputes which claim each wrong specification falls to.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"casalloc/tla"
	"casalloc/tla/command"
	"casalloc/tla/readme"
)

const usage = `usage: mutants [-json] [-write] [ID ...]

Lets TLC judge every wrong specification of tla/mutants.txt, or those named: the claim
that must fall, and the other invariants of that case. Prints the matrix: the states of
the counterexample, - if the claim is kept, · if it was not asked, ? with a note if TLC
said something else. First the protocol as it is, which must keep all. Two processes run
at once, with one worker each.

  -json   print the trials with what TLC said of each
  -write  write the matrix into tla/README.md

The exit code is 0 if the protocol keeps each claim, and each mutant falls to the one
that mutants.txt names. It is 2 for an ID that does not exist.
TLA2TOOLS_JAR names another tla2tools.jar than the downloaded one.
`

func main() { command.Main("mutants", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("mutants", usage, stderr)
	var (
		asJSON = flags.Bool("json", false, "")
		write  = flags.Bool("write", false, "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	mutants, err := named(flags.Args())
	if err != nil {
		return err
	}
	if *write && flags.NArg() > 0 {
		return command.Usagef("-write wants the whole matrix: name no mutant")
	}
	root, err := readme.Root() // before the long run, not after it
	if err != nil && *write {
		return err
	}
	tlc, err := tla.FindTLC()
	if err != nil {
		return err
	}
	cases, err := tla.Cases(tla.Modules)
	if err != nil {
		return err
	}
	x, err := tla.NewMatrix(tla.Modules, cases, mutants)
	if err != nil {
		return err
	}
	if err := x.Run(ctx, tlc, tla.Modules, stderr); err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(x.Trials())
	} else {
		_, err = fmt.Fprint(stdout, x.Markdown())
	}
	if *write {
		err = errors.Join(err, readme.Write(filepath.Join(root, "tla", "README.md"), tla.WrongSection, x.Markdown()))
	}
	return errors.Join(err, x.Check())
}

// named returns the mutants of these IDs, all if there is none.
func named(ids []string) ([]tla.Mutant, error) {
	all, err := tla.Mutants()
	if err != nil || len(ids) == 0 {
		return all, err
	}
	var known []string
	for _, m := range all {
		known = append(known, m.ID)
	}
	for _, id := range ids {
		if err := command.Known("mutant", id, known); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(m tla.Mutant) bool { return !slices.Contains(ids, m.ID) }), nil
}
