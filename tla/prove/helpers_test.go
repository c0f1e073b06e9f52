package prove

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/tla"
	"casalloc/tla/prove/smt"
)

var (
	full   = flag.Bool("full", false, "both solvers, ten seeds each")
	again  = flag.Bool("again", false, "reach verdicts again that depend on nothing that has changed")
	record = flag.Bool("record", false, "write those that are reached into tla/verdicts.tsv")
)

// modules is the folder of the TLA+ modules.
const modules = ".."

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

// jar is TLC's, or the test is skipped.
func jar(t *testing.T) string {
	t.Helper()
	tlc, err := tla.FindTLC()
	missing.Skip(t, err, "")
	return string(tlc)
}

// z3 is the solver on PATH, or the test is skipped.
func z3(t *testing.T) smt.Z3 {
	t.Helper()
	s, err := smt.FindZ3()
	missing.Skip(t, err, "")
	return s
}

// reusable is a test of minutes, of each x by its name: its verdict depends on the modules, on this
// package and on the one that runs TLC, and is reused as long as those are the same.
func reusable[X any](t *testing.T, check string, all []X, name func(X) string, test func(*testing.T, X)) {
	v, err := missing.Of("../verdicts.tsv", check, "../..", "tla/*.tla", "tla/*.go", "tla/prove/*.go",
		"tla/prove/*/*.go", "tla/prove/testdata/*.tsv", "tla/prove/testdata/*.tla")
	if err != nil {
		t.Fatal(err)
	}
	if !*again && !*full && !*record {
		v.Reuse(t)
	}
	ran := 0
	for _, x := range all {
		t.Run(name(x), func(t *testing.T) {
			test(t, x)
			ran++
		})
	}
	if *record && ran == len(all) && !testing.Short() {
		z3, err := exec.Command("z3", "--version").Output()
		if err != nil {
			t.Fatal(err)
		}
		v.Record(t, strings.TrimSpace(string(z3)))
	}
}

// proving is z3, or the proof of the theorems is skipped.
func proving(t *testing.T, what string, theorems ...Theorem) smt.Z3 {
	t.Helper()
	goals := 0
	for _, th := range theorems {
		for action, row := range pinned(t, th.Name) {
			columns := strings.Split(row, "\t")
			n, err := strconv.Atoi(columns[len(columns)-1])
			if err != nil {
				t.Fatalf("goals.tsv, %s: %v", action, err)
			}
			goals += n
		}
	}
	_, noTLC := tla.FindTLC()
	s, noZ3 := smt.FindZ3()
	missing.Skip(t, cmp.Or(noTLC, noZ3), fmt.Sprintf("%s (%d,%03d goals)", what, goals/1000, goals%1000))
	return s
}

// parsed is the theorem, from the module in the folder.
func parsed(t *testing.T, dir string, th Theorem) Statement {
	t.Helper()
	all, err := Read(t.Context(), jar(t), filepath.Join(dir, th.Module+".tla"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == th.As {
			return s
		}
	}
	t.Fatalf("no theorem %s in %s.tla", th.As, th.Module)
	return Statement{}
}

func rival(t *testing.T, name string) Theorem {
	t.Helper()
	for _, th := range Rivals {
		if th.Name == name {
			return th
		}
	}
	t.Fatalf("no rival %q", name)
	return Theorem{}
}

// rows are the lines of a file in testdata, without its head.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		all = append(all, strings.Split(line, "\t"))
	}
	return all
}

// copied is a copy of the TLA+ modules in a folder, edited.
func copied(t *testing.T, from string, by *strings.Replacer) string {
	t.Helper()
	dir := t.TempDir()
	sources, err := filepath.Glob(filepath.Join(from, "*.tla"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("no module in %s: %v", from, err)
	}
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		name = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(name, []byte(by.Replace(string(text))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
