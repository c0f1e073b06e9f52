package command

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// part is a variable of the environment: the process is a command, or its child, and not the tests.
const part = "COMMAND_TEST_PART"

func TestMain(m *testing.M) {
	switch os.Getenv(part) {
	case "a child that is killed":
		Main("x", withChild)
	case "a child that the signal ends first":
		Main("x", signalled)
	case "a command that goes on":
		Main("x", func(_ context.Context, _ []string, stdout, _ io.Writer) error {
			fmt.Fprintln(stdout, "child")
			time.Sleep(time.Hour)
			return nil
		})
	case "child":
		fmt.Println("child")
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// withChild waits for a child, and returns what it makes of its end.
func withChild(ctx context.Context, _ []string, stdout, stderr io.Writer) error {
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), part+"=child")
	child.Stdout = stdout
	return child.Run()
}

// signalled returns what a child is like that the same signal has ended, maybe before ctx.
func signalled(_ context.Context, _ []string, stdout, _ io.Writer) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	fmt.Fprintln(stdout, "child")
	<-signals
	return errors.New("child: signal: interrupt")
}

func TestEnd(t *testing.T) {
	const usage = "usage: x [-a]\n"
	for _, tt := range []struct {
		args   string
		ran    error
		status int
		stderr string
	}{
		{"", nil, 0, ""},
		{"-a", nil, 0, ""},
		{"-a", errors.New("broken"), 1, "x: broken\n"},
		{"-a", ErrUsage, 2, ""},
		{"-a", Status(3), 3, ""},
		{"-a", Usagef("%d names", 2), 2, "x: 2 names\n"},
		{"-a", fmt.Errorf("a: %w", Usagef("2 names")), 2, "x: a: 2 names\n"},
		{"-a", fmt.Errorf("case: %w", context.Canceled), 130, "x: interrupted\n"},
		{"-a", fmt.Errorf("case: timed out: %w", context.DeadlineExceeded), 1,
			"x: case: timed out: context deadline exceeded\n"},
		{"-h", nil, 0, usage},
		{"-b", nil, 2, "flag provided but not defined: -b\n" + usage},
	} {
		var stderr strings.Builder
		flags := Flags("x", usage, &stderr)
		flags.Bool("a", false, "")
		err := Parse(flags, strings.Fields(tt.args))
		if err == nil {
			err = tt.ran
		}
		if status := End("x", err, &stderr); int(status) != tt.status || stderr.String() != tt.stderr {
			t.Errorf("%q, %v: status %d, %q on stderr; want %d, %q", tt.args, tt.ran, status, &stderr, tt.status, tt.stderr)
		}
	}
}

// TestInterrupt: at an interrupt, the command and its child end, and it prints nothing of what the
// child's end looks like.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no process")
	}
	for _, which := range []string{"a child that is killed", "a child that the signal ends first"} {
		t.Run(which, func(t *testing.T) { interrupt(t, which) })
	}
}

// start starts the part, and returns it and the rest of its output when it has printed a line.
func start(t *testing.T, which string, stderr io.Writer) (*exec.Cmd, io.Reader) {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), part+"="+which)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	if line, err := lines.ReadString('\n'); line != "child\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	return cmd, lines
}

func interrupt(t *testing.T, which string) {
	var stderr strings.Builder
	cmd, lines := start(t, which, &stderr)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines) // to the end, which is when command and child have closed it
	if err != nil || len(rest) > 0 {
		t.Errorf("it goes on with %q, %v", rest, err)
	}
	err = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 || stderr.String() != "x: interrupted\n" {
		t.Errorf("%v, %q on stderr; want exit status 130 and interrupted", err, &stderr)
	}
}

// TestInterruptTwice: a command that goes on after an interrupt is ended by another.
func TestInterruptTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no process")
	}
	cmd, _ := start(t, "a command that goes on", nil)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
				t.Errorf("it ends with %v, want SIGINT", err)
			}
			return
		case <-time.After(10 * time.Millisecond): // until the first has arrived
			cmd.Process.Signal(os.Interrupt)
		}
	}
}

func TestKnown(t *testing.T) {
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("Case-Number%c", 'A'+i))
	}
	for _, tt := range []struct {
		name  string
		known []string
		want  string
	}{
		{"one", []string{"one", "two"}, ""},
		{"One", []string{"one", "two"}, `no word "One": there are one, two`},
		{"Case-NumberC", many, ""},
		{"casenumberq", append(many, "caseNumberQ"),
			`no word "casenumberq": the nearest of 21 are caseNumberQ, Case-NumberQ, Case-NumberA`},
		{"numberQ", many, `no word "numberQ": the nearest of 20 are Case-NumberQ, Case-NumberA, Case-NumberB`},
	} {
		switch err := Known("word", tt.name, tt.known); {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("Known(%q) = %v, want %q", tt.name, err, tt.want)
		case err != nil && !errors.Is(err, ErrUsage):
			t.Errorf("Known(%q) = %v, which is no ErrUsage", tt.name, err)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "ABC", 0}, {"kitten", "sitting", 3}, {"ab", "ba", 2},
	} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
