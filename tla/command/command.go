// Package command is the frame of this checkout's commands: how they end, and what they say of
// arguments that are wrong.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// ErrUsage: the arguments are wrong, and the usage is printed.
var ErrUsage = errors.New("usage")

// A Run is a command: it takes arguments that are not the program's name. Its context ends at an
// interrupt.
type Run func(ctx context.Context, args []string, stdout, stderr io.Writer) error

// Main runs the command and ends the process: with 0, with 2 after ErrUsage, else with 1 after a
// line on stderr that has the name and the error.
func Main(name string, run Run) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := end(name, run(ctx, os.Args[1:], os.Stdout, os.Stderr), os.Stderr)
	stop()
	os.Exit(status)
}

func end(name string, err error, stderr io.Writer) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, ErrUsage):
		return 2
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	return 1
}

// Flags returns flags that print the usage to stderr when asked to, or after an error.
func Flags(name, usage string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	return flags
}

// Parse parses the arguments. On failure it returns flag.ErrHelp, or ErrUsage.
func Parse(flags *flag.FlagSet, args []string) error {
	err := flags.Parse(args)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		return ErrUsage
	}
	return err
}
