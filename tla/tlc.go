package tla

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"casalloc/impl/cmd/missing"
)

// TLC is the path of a tla2tools.jar.
type TLC string

// What TLC needs, where it is not there: a jar that TLA2TOOLS_JAR names or that was downloaded, and
// a Java to run it.
const (
	ErrNoTLC  = missing.Tool("tla2tools.jar (go run ./tla/cmd/tlc -download)")
	ErrNoJava = missing.Tool("java (apt-get install default-jre-headless)")
)

// FindTLC finds the jar that TLA2TOOLS_JAR names, or else the downloaded one, if its content is
// still that of the release. It returns ErrNoTLC if nothing is named or downloaded, and ErrNoJava.
// A jar that is named and is not there, or has no TLC in it, is another error: a caller that goes
// on without TLC must not go on then.
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
	} else if err := hasTLC(jar); err != nil {
		return "", fmt.Errorf("TLA2TOOLS_JAR=%s: %w", jar, err)
	}
	if _, err := exec.LookPath("java"); err != nil {
		return "", ErrNoJava
	}
	return TLC(jar), nil
}

// hasTLC returns an error unless the file is a jar with TLC in it.
func hasTLC(jar string) error {
	r, err := zip.OpenReader(jar)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := r.Open("tlc2/TLC.class")
	if err != nil {
		return err
	}
	return f.Close()
}

// Timeout is how long a case may take: five times what it takes on two quiet cores, or more.
func (c Case) Timeout() time.Duration {
	if c.Lane == "full" {
		return 20 * time.Minute
	}
	return 5 * time.Minute
}

// Run lets TLC judge a case of the modules in dir. TLC writes into a temporary copy only. Its
// progress lines go to progress, which may be nil. A run that ctx or the timeout ends is an error,
// and has no report.
func (t TLC) Run(ctx context.Context, dir fs.FS, c Case, progress io.Writer) (Report, error) {
	return t.run(ctx, dir, c, progress, JudgeTLC, "-workers", c.workers())
}

// workers is 1 for a search that stops in the middle, which is the same on every run only with one.
// So it is for a short one: two cases at once take less time than one with two workers.
func (c Case) workers() string {
	if c.Expect.passes() && c.Lane == "full" {
		return "2"
	}
	return "1"
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
	if _, err := t.run(ctx, dir, c, nil, JudgeTLC, "-workers", "1", "-dump", "dot", file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// run runs TLC on a case with these further arguments, and returns what judge says of its exit code
// and log. An error of judge has the counterexample, or the end of the log.
func (t TLC) run(ctx context.Context, dir fs.FS, c Case, progress io.Writer,
	judge func(c Case, exit int, log string) (Report, error), further ...string) (Report, error) {
	exit, log, err := t.exec(ctx, dir, c, progress, further...)
	if err != nil {
		return Report{}, err
	}
	r, err := judge(c, exit, log)
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s", c.Name, err, evidence(r, log))
	}
	return r, err
}

// exec runs TLC on a case, and returns its exit code and its log. If TLC was not started, or ctx or
// the timeout ended it, exec returns an error.
func (t TLC) exec(ctx context.Context, dir fs.FS, c Case, progress io.Writer, further ...string) (int, string, error) {
	tmp, err := os.MkdirTemp("", "tlc-")
	if err != nil {
		return 0, "", err
	}
	defer os.RemoveAll(tmp)
	work := filepath.Join(tmp, "modules")
	if err := os.CopyFS(work, dir); err != nil {
		return 0, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, c.Timeout())
	defer cancel()
	args := []string{"-XX:+UseParallelGC", "-XX:ParallelGCThreads=1"}
	if c.Counts.Distinct < 60_000 {
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
	if early := ended(ctx); early != nil {
		return -1, log.String(), fmt.Errorf("%s: %w", c.Name, early)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return -1, log.String(), err
	}
	return cmd.ProcessState.ExitCode(), log.String(), nil
}

// ended returns what ended a run before its time, if something did.
func ended(ctx context.Context) error {
	err := ctx.Err()
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("timed out: %w", err)
	}
	return err
}

// print runs TLC on a module of dir and of generated ones, and returns the lines that it printed
// and how many states there are. The run must be complete.
func (t TLC) print(ctx context.Context, dir fs.FS, module, cfg string, generated map[string]string) ([]string, int64, error) {
	c := Case{Name: module, Module: module, Cfg: module + ".cfg", Expect: Verdict{Kind: "pass"}, Lane: "quick"}
	files := maps.Clone(generated)
	files[c.cfgPath()] = cfg
	dir, err := Overlay(dir, files)
	if err != nil {
		return nil, 0, err
	}
	r, err := t.run(ctx, dir, c, nil, judgeClaim(), "-workers", "1")
	return r.printed, r.Counts.Distinct, err
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
