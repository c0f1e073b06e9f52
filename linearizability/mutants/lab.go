package mutants

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/linearizability/mutate"
)

// A check is a binary to build with the mutant in it, and how to run it.
type check struct {
	Name, About string

	pkg     string
	build   []string // flags
	args    []string
	timeout time.Duration
}

// A bench is where mutants are put to checks that Go builds.
type bench struct {
	root   string // of the checkout
	edited string // the folder that the edits start from
}

// table returns the table of the mutants, which say what they are asked. They meet the checks in
// this order, cheap ones first.
func (b bench) table(name string, checks []check, mutants []mutate.Mutant) mutate.Table {
	t := mutate.Table{Name: name, Mutants: slices.Insert(slices.Clone(mutants), 0, mutate.AsIs(names(checks)))}
	for _, c := range checks {
		t.Checks = append(t.Checks, mutate.Check{Name: c.Name, About: c.About})
	}
	t.Try = func(ctx context.Context, m mutate.Mutant, report func(string, mutate.Cell)) error {
		l, err := b.lab(m)
		if err != nil {
			return err
		}
		defer l.close()
		for _, c := range checks {
			if !slices.Contains(m.Asked, c.Name) {
				continue
			}
			cell := l.run(ctx, c)
			if err := ctx.Err(); err != nil {
				return err
			}
			report(c.Name, cell)
		}
		return nil
	}
	return t
}

func names(checks []check) (names []string) {
	for _, c := range checks {
		names = append(names, c.Name)
	}
	return names
}

// A lab is a mutant on the bench: the binaries built with it.
type lab struct {
	bench
	mutant       mutate.Mutant
	dir, overlay string
	bins         map[string]string
}

func (b bench) lab(m mutate.Mutant) (*lab, error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return nil, err
	}
	l := &lab{bench: b, mutant: m, dir: dir, bins: make(map[string]string)}
	if l.overlay, err = m.GoOverlay(filepath.Join(b.root, b.edited), dir); err != nil {
		l.close()
	}
	return l, err
}

func (l *lab) close() { os.RemoveAll(l.dir) }

// built builds the check's binary, once.
func (l *lab) built(ctx context.Context, c check) (string, error) {
	key := strings.Join(append([]string{c.pkg}, c.build...), " ")
	if bin := l.bins[key]; bin != "" {
		return bin, nil
	}
	bin := filepath.Join(l.dir, fmt.Sprintf("%d.test", len(l.bins)))
	args := []string{"test", "-c"}
	if strings.Contains(c.pkg, "/cmd/") {
		args = []string{"build"}
	}
	args = append(append(args, "-overlay", l.overlay, "-ldflags=-s -w", "-o", bin), c.build...)
	cmd := exec.CommandContext(ctx, "go", append(args, ".")...)
	cmd.Dir = filepath.Join(l.root, c.pkg) // which may be of a nested module
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	l.bins[key] = bin
	return bin, nil
}

// run runs one check.
func (l *lab) run(ctx context.Context, c check) mutate.Cell {
	bin, err := l.built(ctx, c)
	if err != nil {
		return mutate.Cell{Verdict: mutate.NotBuilt, Evidence: err.Error()}
	}
	if c.timeout == 0 {
		c.timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	args, dir := c.args, filepath.Join(l.root, c.pkg)
	if slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-test.fuzz=") }) {
		// A fuzzer writes what it finds below the directory it runs in.
		dir = filepath.Join(l.dir, "fuzz")
		os.MkdirAll(dir, 0o755)
		if corpus := filepath.Join(l.root, c.pkg, "testdata"); exists(corpus) {
			os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS(corpus))
		}
		args = append([]string{"-test.fuzzcachedir=" + filepath.Join(l.dir, "cache")}, args...)
	}
	if !strings.Contains(c.pkg, "/cmd/") {
		// -test.v has each failure printed when it happens, so that it is the end.
		args = append([]string{"-test.v", "-test.failfast", "-test.timeout=0"}, args...)
	}
	begin := time.Now()
	cell := watch(ctx, dir, bin, args)
	if cell.Verdict == mutate.Caught {
		cell.After = seconds(begin)
	}
	return cell
}

// seconds is the time since begin. Building is not in it.
func seconds(begin time.Time) string {
	s := time.Since(begin).Seconds()
	if s >= 9.95 {
		return fmt.Sprintf("%.0fs", s)
	}
	return fmt.Sprintf("%.1fs", s)
}

func exists(file string) bool { _, err := os.Stat(file); return err == nil }

// finds reports whether a line of output says that the check has found something.
func finds(line string) bool {
	for _, p := range []string{"--- FAIL: ", "panic: ", "fatal error: ", "WARNING: DATA RACE",
		"replay: counting: ", "replay: enforcing: ", "replay: unlimited: "} {
		if strings.HasPrefix(strings.TrimSpace(line), p) {
			return true
		}
	}
	return false
}

// watch runs a check until it has found something.
func watch(ctx context.Context, dir, bin string, args []string) mutate.Cell {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		return mutate.Cell{Verdict: mutate.Broken, Evidence: err.Error()}
	}
	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		w.Close()
		done <- err
	}()
	var said []string // the last lines
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	found := false
	for lines.Scan() {
		if said = append(said, lines.Text()); len(said) > 30 {
			said = said[1:]
		}
		if found = finds(lines.Text()); found {
			stop()
			break
		}
	}
	r.Close() // the rest need not be read
	err := <-done
	cell := mutate.Cell{Verdict: mutate.Caught, Evidence: strings.Join(said, "\n")}
	switch {
	case found:
	case ctx.Err() != nil:
		cell.Verdict = mutate.TimedOut
	case err != nil:
		cell.Verdict, cell.Evidence = mutate.Broken, fmt.Sprintf("%v\n%s", err, cell.Evidence)
	default:
		cell.Verdict = mutate.Survived
	}
	return cell
}
