package tla

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// TLC is the path of a tla2tools.jar.
type TLC string

// ErrNoTLC: there is no TLC on this machine.
var ErrNoTLC = errors.New("no TLC: TLA2TOOLS_JAR is not set and nothing is downloaded (go run ./tla/cmd/tlc -download)")

// FindTLC finds the jar that TLA2TOOLS_JAR names, or else the downloaded one, if its content is
// still that of the release. It returns ErrNoTLC if nothing is named or downloaded. A jar that is
// named and not there is another error: a caller that goes on without TLC must not go on then.
func FindTLC() (TLC, error) {
	jar := os.Getenv("TLA2TOOLS_JAR")
	if jar == "" {
		var err error
		if jar, err = cachedJar(); err != nil {
			return "", err
		}
		if err := verify(jar, jarSum); errors.Is(err, fs.ErrNotExist) {
			return "", ErrNoTLC
		} else if err != nil {
			return "", err
		}
	} else if _, err := os.Stat(jar); err != nil {
		return "", fmt.Errorf("TLA2TOOLS_JAR: %w", err)
	}
	if _, err := exec.LookPath("java"); err != nil {
		return "", fmt.Errorf("TLC needs java: %w", err)
	}
	return TLC(jar), nil
}

// Timeout is how long a case may take: ten times what it takes on two quiet cores, or more.
func (c Case) Timeout() time.Duration {
	if c.Lane == "full" {
		return 20 * time.Minute
	}
	return 2 * time.Minute
}

// Run lets TLC judge a case of the modules in dir. TLC writes into a temporary copy only. Its
// progress lines go to progress, which may be nil. A run that ctx or the timeout ends is an error.
func (t TLC) Run(ctx context.Context, dir fs.FS, c Case, progress io.Writer) (Report, error) {
	workers := "2"
	if !c.Expect.passes() {
		workers = "1" // a search that stops in the middle is the same on every run only with one
	}
	return t.run(ctx, dir, c, progress, "-workers", workers)
}

// Dump lets TLC judge a case of the modules in dir as Run does, and returns the graph of what it
// reached in the language of Graphviz: each state and each step on a line of its own.
func (t TLC) Dump(ctx context.Context, dir fs.FS, c Case) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "tlc-dump-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	file := filepath.Join(tmp, "graph.dot")
	if _, err := t.run(ctx, dir, c, nil, "-workers", "1", "-dump", "dot", file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// run is Run with these further arguments of TLC.
func (t TLC) run(ctx context.Context, dir fs.FS, c Case, progress io.Writer, further ...string) (Report, error) {
	tmp, err := os.MkdirTemp("", "tlc-")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(tmp)
	work := filepath.Join(tmp, "modules")
	if err := os.CopyFS(work, dir); err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout())
	defer cancel()
	args := []string{"-XX:+UseParallelGC"}
	if c.Lane == "quick" {
		args = append(args, "-XX:TieredStopAtLevel=1") // a short run gains nothing from the second compiler
	}
	args = append(args, "-Djava.io.tmpdir="+tmp, "-cp", string(t), "tlc2.TLC", "-tool", "-fp", "0",
		"-lncheck", "final", "-metadir", filepath.Join(tmp, "meta"))
	args = append(args, further...)
	cmd := exec.CommandContext(ctx, "java", append(args, "-config", c.cfgPath(), c.Module)...)
	cmd.Dir = work
	cmd.WaitDelay = 5 * time.Second
	var log bytes.Buffer
	cmd.Stdout = &log
	if progress != nil {
		cmd.Stdout = io.MultiWriter(&log, &progressWriter{w: progress})
	}
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return Report{}, err
	}
	r, err := JudgeTLC(c, cmd.ProcessState.ExitCode(), log.String())
	if ctx.Err() != nil {
		err = errors.Join(fmt.Errorf("%s: timed out: %w", c.Name, ctx.Err()), err)
	} else if err != nil {
		err = fmt.Errorf("%s: %w\n%s", c.Name, err, evidence(r, log.String()))
	}
	return r, err
}

// evidence is the counterexample, or the end of the log if there is none.
func evidence(r Report, log string) string {
	if len(r.Trace) > 0 {
		var b strings.Builder
		WriteSchedule(&b, r.Trace)
		return b.String()
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// progressWriter passes TLC's progress lines on.
type progressWriter struct {
	w    io.Writer
	line []byte
}

func (p *progressWriter) Write(b []byte) (int, error) {
	p.line = append(p.line, b...)
	for {
		line, rest, ok := bytes.Cut(p.line, []byte("\n"))
		if !ok {
			return len(b), nil
		}
		if bytes.HasPrefix(line, []byte("Progress(")) {
			fmt.Fprintf(p.w, "%s\n", line)
		}
		p.line = rest
	}
}
