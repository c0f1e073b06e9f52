// Command mutants shows which checks catch which wrong version of the code, of the specification
// and of the prover.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"casalloc/impl/cmd/command"
	"casalloc/linearizability/mutants"
	"casalloc/linearizability/mutate"
)

const usage = `usage: mutants [-of code|spec|prover] [-n] [-json] [-record] [ID ...]

Puts every mutant, or those named, to its checks, and prints a table: how much it took to
catch the mutant, - if the check did not, nothing if it was not asked; bold, if it must
catch. First each thing as it is, which must pass. Progress goes to stderr.

  -of code    the allocator, at the checks that must catch it; seconds (the default)
  -of spec    the modules of TLA+, at TLC: the claim that must fall; states of the
              counterexample
  -of prover  the generator of proof obligations, at the test that must fail; seconds
  -n          run nothing: take what is recorded
  -json       print the cells with what each check printed
  -record     put the cells into mutants.tsv, beside mutants.txt, and write mutants.md;
              what is recorded of other mutants stays

Run it in the root of the checkout. TLA2TOOLS_JAR names another tla2tools.jar than the
downloaded one. The exit code is 0 if each thing as it is passes, and every check that must
catch a mutant does: those of pinned.tsv for the code, else those that mutants.txt names. It
is 2 for an ID that does not exist.
`

func main() { command.Main("mutants", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("mutants", usage, stderr)
	var (
		of     = flags.String("of", "code", "")
		no     = flags.Bool("n", false, "")
		asJSON = flags.Bool("json", false, "")
		record = flags.Bool("record", false, "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	list, all, tables, err := choose(root, *of, flags.Args())
	if err != nil {
		return err
	}
	if *no || *record { // before the long run, not after it
		if err := list.Recorded(root, all); err != nil {
			return err
		}
	}
	if !*no {
		if err := mutate.Run(ctx, tables, list.Workers, stderr); err != nil {
			return err
		}
	}
	if *asJSON {
		err = command.WriteJSON(stdout, tables)
	} else {
		_, err = io.WriteString(stdout, mutate.Markdown(tables))
	}
	if *record {
		for file, text := range list.Files(root, all) {
			err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644))
		}
	}
	return errors.Join(err, mutate.Problems(tables))
}

// choose returns the list of that name, its tables, and the tables of the mutants with these ids,
// or of all if there is no id.
func choose(root, of string, ids []string) (list mutants.List, all, chosen []mutate.Table, err error) {
	var names []string
	for _, l := range mutants.Lists {
		names = append(names, l.Name)
	}
	if err := command.Known("list", of, names); err != nil {
		return list, nil, nil, err
	}
	list = mutants.Lists[slices.Index(names, of)]
	if all, err = list.Tables(root); err != nil || len(ids) == 0 {
		return list, all, all, err
	}
	for _, id := range ids {
		err = errors.Join(err, command.Known("mutant", id, mutate.IDs(all)))
	}
	return list, all, mutate.Only(all, ids), err
}
