// Command tlc lets TLC judge one case of the TLA+ modules and prints a counterexample as a
// schedule.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"casalloc/impl/cmd/command"
	"casalloc/tla"
)

const usage = `usage: tlc [-json] CASE    run one case of tla/cases.tsv
       tlc -list           list the cases
       tlc -download       fetch tla2tools 1.7.4 into the user's cache directory
       tlc -verdicts       print the verdict table, which tla/README.md has

A refuted case prints its counterexample as a schedule: step, thread, action, the
word after the step, what changed (a variable without a thread is this thread's).
The last line has what broke, in numbers.
The exit code is 0 when TLC says what cases.tsv says, 1 otherwise, and 2 for a case
that does not exist.
TLA2TOOLS_JAR names another tla2tools.jar than the downloaded one.
`

func main() { command.Main("tlc", run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := command.Flags("tlc", usage, stderr)
	var (
		asJSON   = flags.Bool("json", false, "")
		list     = flags.Bool("list", false, "")
		download = flags.Bool("download", false, "")
		verdicts = flags.Bool("verdicts", false, "")
	)
	if err := command.Parse(flags, args); err != nil {
		return err
	}
	cases, err := tla.Cases(tla.Modules)
	if err != nil {
		return err
	}
	switch {
	case *list:
		return writeList(stdout, cases)
	case *download:
		jar, err := tla.Download(ctx)
		if err == nil {
			fmt.Fprintln(stdout, jar)
		}
		return err
	case *verdicts:
		table, err := tla.VerdictTable(cases)
		if err == nil {
			_, err = io.WriteString(stdout, table)
		}
		return err
	case flags.NArg() != 1:
		flags.Usage()
		return command.ErrUsage
	}
	var names []string
	for _, c := range cases {
		if c.Name == flags.Arg(0) {
			return runCase(ctx, c, *asJSON, stdout, stderr)
		}
		names = append(names, c.Name)
	}
	return command.Known("case", flags.Arg(0), names)
}

func runCase(ctx context.Context, c tla.Case, asJSON bool, stdout, stderr io.Writer) error {
	tlc, err := tla.FindTLC()
	if err != nil {
		return err
	}
	r, judged := tlc.Run(ctx, tla.Modules, c, stderr)
	if r.Verdict.Kind == "" {
		return judged // TLC came to no verdict
	}
	lines, unsaid := tlc.Broke(ctx, tla.Modules, tla.Counterexample{Case: c, Report: r})
	if err := ctx.Err(); err != nil {
		return err
	}
	broke := strings.Join(lines, "\n")
	if asJSON {
		err = command.WriteJSON(stdout, struct {
			Case     tla.Case
			Report   tla.Report
			Schedule []tla.Step
			Broke    string `json:",omitempty"`
			AsPinned bool
		}{c, r, tla.Schedule(r.Trace), broke, judged == nil})
		return errors.Join(err, unsaid, judged)
	}
	fmt.Fprintf(stdout, "%s: %s\n%d distinct of %d generated states, %s\n\n",
		c.Name, r.Verdict, r.Counts.Distinct, r.Counts.Generated, r.Engine)
	err = tla.WriteSchedule(stdout, r.Trace)
	if broke != "" {
		fmt.Fprintf(stdout, "\n%s\n", broke)
	}
	return errors.Join(err, unsaid, judged)
}

func writeList(w io.Writer, cases []tla.Case) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "case\tlane\tmodule\texpect\tdistinct\tengines")
	for _, c := range cases {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%d\t%s\n", c.Name, c.Lane, c.Module, c.Expect, c.Counts.Distinct,
			strings.Join(c.Engines, ","))
	}
	return tw.Flush()
}
