package mutants

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/tla"
	"casalloc/tla/missing"
)

// A Check is one kind of check: a binary to build with the mutant in it, and how to run it. Checks
// are in the order in which a mutant meets them, cheap ones first.
type Check struct {
	Name, About string

	pkg     string
	build   []string // flags
	args    []string
	timeout time.Duration
	chance  bool // goroutines that must meet
	inC     bool // it sees the C code, and only that
}

const tlcName = "TLC"

// Seeds are fixed, so that a check is given the same inputs every time; how goroutines interleave
// is not.
var Checks = []Check{
	{Name: "tables", About: "table tests of impl", pkg: "./impl", args: []string{"-test.skip=Contention"}},
	{Name: "rapid", About: "rapid state machines beside the model", pkg: "./fuzz",
		args: []string{"-test.run=^Test", "-test.skip=Concurrent", "-rapid.seed=1", "-rapid.nofailfile"}},
	{Name: "sequential", About: "fuzz targets of one goroutine: seeds, then 20,000 inputs", pkg: "./fuzz",
		args: []string{"-test.run=^Fuzz", "-test.skip=Concurrent|Rapid|Trace", "-test.fuzz=^FuzzSequential$", "-test.fuzztime=20000x", "-test.parallel=2"}},
	{Name: "contention", About: "goroutines of impl's tests that do nothing else", pkg: "./impl", chance: true,
		args: []string{"-test.run=Contention"}},
	{Name: "concurrent", About: "programs for several goroutines, the fuzzer's seeds and long ones", pkg: "./fuzz", chance: true,
		args: []string{"-test.run=Concurrent"}},
	{Name: "histories", About: "recorded histories, judged by porcupine", pkg: "./linearizability", chance: true,
		args: []string{"-test.run=Histories", "-test.skip=Known", "-history.seed=1"}},
	{Name: "race", About: "the unrecorded load under the race detector", pkg: "./linearizability", build: []string{"-race"}, chance: true,
		args: []string{"-test.run=Unrecorded|Synchronizes", "-history.seed=1"}},
	{Name: "replay", About: "recorded traces of real Lua programs", pkg: "./impl/cmd/replay", chance: true,
		args: []string{"-limit=4MiB", "-states=4", "-fail=0.001", "-seed=7", "luacheck.trace.gz", "testdata/http.trace.gz"}},
	{Name: "explorer", About: "every interleaving of small scenarios", pkg: "./linearizability/explore", build: []string{"-tags=interleave"},
		args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 4 * time.Minute},
	{Name: "schedules", About: "random schedules of large scenarios, the same every time", pkg: "./linearizability/explore", build: []string{"-tags=interleave"},
		args: []string{"-test.run=^(TestExploreRandom|FuzzExplore)$"}, timeout: 4 * time.Minute},
	{Name: "C-beside-Go", About: "the same calls to an account by C first, and by Go alone", inC: true,
		pkg: "./impl/internal/cstock", build: []string{"-tags=lua54"}, args: []string{"-test.run=^FuzzStock$"}},
	{Name: "C-race", About: "the C code on threads, under ThreadSanitizer", inC: true, chance: true,
		pkg: "./impl/internal/cstock", args: []string{"-test.run=^TestRace$"}},
	{Name: "C-explorer", About: "every interleaving of scenarios with accounts, decided by the C code", inC: true,
		pkg: "./linearizability/explore", build: []string{"-tags=interleave,cstock"},
		args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 4 * time.Minute},
	{Name: "Lua", About: "real Lua with a malloc that fails at each point, and under limits in small steps", inC: true,
		pkg: "./impl/lua54", build: []string{"-tags=lua54,fault"}, args: []string{"-test.run=FaultInC|SmallSteps"}, timeout: 2 * time.Minute},
	{Name: tlcName, About: "the specification without the defence of that name", timeout: 2 * time.Minute},
}

// ChecksOf are the checks of a mutant. The code as it is must pass them all.
func ChecksOf(m Mutant) []Check {
	if m.ID == Control.ID {
		return Checks
	}
	return slices.DeleteFunc(slices.Clone(Checks), func(c Check) bool { return c.inC != m.InC() })
}

// A Verdict is what became of a mutant at a check. Only Caught is a catch.
type Verdict string

const (
	Caught   Verdict = "caught"
	Survived Verdict = "survived"
	TimedOut Verdict = "timed out"
	NotBuilt Verdict = "does not build"
	Broken   Verdict = "check broken" // it failed otherwise than by finding something
	Absent   Verdict = "absent"       // there is no such check of this mutant, or no TLC
)

// A Cell is the verdict of one check on one mutant.
type Cell struct {
	Mutant, Check string
	Verdict       Verdict
	Seconds       float64 // of the check, until it found something or ended; building takes its own time
	Evidence      string  `json:",omitempty"` // what it said
}

// A lab is a mutant on the bench: the binaries built with it.
type lab struct {
	root, dir string
	mutant    Mutant
	overlay   string
	bins      map[string]string
	bad       map[string]error
}

func newLab(root string, m Mutant) (*lab, error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return nil, err
	}
	l := &lab{root: root, dir: dir, mutant: m, bins: make(map[string]string), bad: make(map[string]error)}
	if l.overlay, err = m.GoOverlay(root, dir); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) close() { os.RemoveAll(l.dir) }

// built builds the check's binary, once.
func (l *lab) built(ctx context.Context, c Check) (string, error) {
	key := strings.Join(append([]string{c.pkg}, c.build...), " ")
	if l.bins[key] != "" || l.bad[key] != nil {
		return l.bins[key], l.bad[key]
	}
	bin := filepath.Join(l.dir, fmt.Sprintf("%d.test", len(l.bins)))
	args := []string{"test", "-c"}
	if strings.Contains(c.pkg, "/cmd/") {
		args = []string{"build"}
	}
	args = append(append(args, "-overlay", l.overlay, "-ldflags=-s -w", "-o", bin), c.build...)
	cmd := exec.CommandContext(ctx, "go", append(args, c.pkg)...)
	cmd.Dir = l.root
	if out, err := cmd.CombinedOutput(); err != nil {
		l.bad[key] = fmt.Errorf("%w\n%s", err, out)
	} else {
		l.bins[key] = bin
	}
	return l.bins[key], l.bad[key]
}

// run runs one check.
func (l *lab) run(ctx context.Context, c Check) Cell {
	cell := Cell{Mutant: l.mutant.ID, Check: c.Name}
	if c.timeout == 0 {
		c.timeout = 30 * time.Second
	}
	if c.Name == tlcName {
		return l.tlc(ctx, c, cell)
	}
	bin, err := l.built(ctx, c)
	if err != nil {
		cell.Verdict, cell.Evidence = NotBuilt, err.Error()
		return cell
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
	cell.Verdict, cell.Evidence = watch(ctx, dir, bin, args)
	cell.Seconds = time.Since(begin).Seconds()
	return cell
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
func watch(ctx context.Context, dir, bin string, args []string) (Verdict, string) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		return Broken, err.Error()
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
	evidence := strings.Join(said, "\n")
	switch {
	case found:
		return Caught, evidence
	case ctx.Err() != nil:
		return TimedOut, evidence
	case err != nil:
		return Broken, fmt.Sprintf("%v\n%s", err, evidence)
	}
	return Survived, ""
}

// tlc lets TLC judge the case of the mutant's name.
func (l *lab) tlc(ctx context.Context, c Check, cell Cell) Cell {
	cases, err := tla.Cases(tla.Modules)
	i := slices.IndexFunc(cases, func(c tla.Case) bool { return c.Name == "Without-"+l.mutant.ID })
	if err == nil && i < 0 {
		cell.Verdict = Absent
		return cell
	}
	var tlc tla.TLC
	if err == nil {
		tlc, err = tla.FindTLC()
	}
	if errors.As(err, new(missing.Tool)) {
		cell.Verdict, cell.Evidence = Absent, err.Error()
		return cell
	}
	if err == nil {
		begin := time.Now()
		_, err = tlc.Run(ctx, tla.Modules, cases[i], nil)
		cell.Seconds = time.Since(begin).Seconds()
	}
	switch {
	case err == nil:
		cell.Verdict, cell.Evidence = Caught, cases[i].Expect.String()
	case errors.Is(err, context.DeadlineExceeded):
		cell.Verdict, cell.Evidence = TimedOut, err.Error()
	default:
		cell.Verdict, cell.Evidence = Broken, err.Error()
	}
	return cell
}
