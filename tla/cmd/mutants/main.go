// Command mutants recomputes which claim each wrong specification falls to.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"casalloc/tla"
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
that mutants.txt names. TLA2TOOLS_JAR names another tla2tools.jar than the downloaded one.
`

var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); errors.Is(err, errUsage) {
		os.Exit(2) // the usage is printed
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	var (
		asJSON = flags.Bool("json", false, "")
		write  = flags.Bool("write", false, "")
	)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return errUsage
	}
	mutants, err := named(flags.Args())
	if err != nil {
		return err
	}
	if *write && flags.NArg() > 0 {
		return errors.New("-write wants the whole matrix: name no mutant")
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
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(m tla.Mutant) bool { return m.ID == id }) {
			return nil, fmt.Errorf("no mutant %q in tla/mutants.txt", id)
		}
	}
	return slices.DeleteFunc(all, func(m tla.Mutant) bool { return !slices.Contains(ids, m.ID) }), nil
}
