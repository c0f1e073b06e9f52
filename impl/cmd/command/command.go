// Package command is the frame of this checkout's commands: how they end, and what they print when
// arguments are wrong.
package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// A Status is an exit status. As an error, it ends the command with that status, and all that there
// is to say is printed already.
type Status int

const (
	Done        Status = 0
	Failed      Status = 1   // a claim, or the run itself
	ErrUsage    Status = 2   // the arguments are wrong, or what they name
	Interrupted Status = 130 // 128 and SIGINT, as shells have it
)

func (s Status) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// misuse is an ErrUsage whose text is still to be printed.
type misuse string

func (m misuse) Error() string        { return string(m) }
func (m misuse) Is(target error) bool { return target == ErrUsage }

// Usagef returns an ErrUsage with that text.
func Usagef(format string, args ...any) error { return misuse(fmt.Sprintf(format, args...)) }

// Known returns nil if the name is a known one. Otherwise it returns an ErrUsage with the names
// that there are: all if they are few, or else the nearest.
func Known(kind, name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	if len(known) <= 8 {
		return Usagef("no %s %q: there are %s", kind, name, strings.Join(known, ", "))
	}
	near := slices.Clone(known)
	slices.SortStableFunc(near, func(a, b string) int { return far(name, a) - far(name, b) })
	return Usagef("no %s %q: the nearest of %d are %s", kind, name, len(near), strings.Join(near[:3], ", "))
}

// far is how far a name is from a known one: not at all, if it is a part of it.
func far(name, known string) int {
	if strings.Contains(strings.ToLower(known), strings.ToLower(name)) {
		return 0
	}
	return distance(name, known)
}

// distance is Levenshtein's, whatever the case of the letters: the fewest bytes to insert, delete
// and replace.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1) // of the prefix of a so far, to each prefix of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0]++
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// A Run is a command: it takes arguments that are not the program's name. At an interrupt its
// context ends: it kills its children, and returns an error without printing a result.
type Run func(ctx context.Context, args []string, stdout, stderr io.Writer) error

// Main runs the command and ends the process: with 0, with the Status that the command returned,
// with 130 after an interrupt, with 2 after ErrUsage, and with 1 after any other error. A line on
// stderr has the name and the error. A second interrupt ends the process at once.
func Main(name string, run Run) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	context.AfterFunc(ctx, func() {
		stop()
		signal.Stop(interrupts)
	})
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	// Stop waits for a signal that is on its way: Ctrl-C goes to the children too, and a child may
	// be dead before ctx is. The error is then whatever its end looked like.
	signal.Stop(interrupts)
	if err != nil && len(interrupts) > 0 {
		err = context.Canceled
	}
	os.Exit(int(End(name, err, os.Stderr)))
}

// End returns the status of a command that returned err, and prints what Main prints.
func End(name string, err error, stderr io.Writer) Status {
	status, printed := err.(Status)
	switch {
	case printed:
		return status
	case err == nil || errors.Is(err, flag.ErrHelp):
		return Done
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(stderr, "%s: interrupted\n", name)
		return Interrupted
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	if errors.Is(err, ErrUsage) {
		return ErrUsage
	}
	return Failed
}

// WriteJSON writes v, indented, on lines of its own.
func WriteJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
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

// ParseDefined parses the arguments for flags that have texts of their own. -h prints head, the
// flags and tail to stderr, and an error has one line, which refers to it.
func ParseDefined(flags *flag.FlagSet, args []string, head, tail string, stderr io.Writer) error {
	flags.SetOutput(io.Discard) // an error is printed once, by Main
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stderr)
		fmt.Fprint(stderr, head)
		flags.PrintDefaults()
		fmt.Fprint(stderr, tail)
	case err != nil:
		err = Usagef("%v; see -h", err)
	}
	return err
}

// Misuse returns err as an ErrUsage, but for flag.ErrHelp, and for what an interrupt leads to. It
// is for a command that fails only because of its arguments, or of the files that they name.
func Misuse(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, flag.ErrHelp) || ctx.Err() != nil {
		return cmp.Or(err, ctx.Err())
	}
	return Usagef("%v", err)
}
