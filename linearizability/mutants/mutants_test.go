package mutants

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casalloc/tla"
	"casalloc/tla/command"
	"casalloc/tla/edits"
	"casalloc/tla/missing"
	"casalloc/tla/readme"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

var quick = flag.Bool("quick", false, "run the two cheapest of the checks that must catch each mutant")

// TestMutantsFit: every mutant fits the source, exactly once, and is Go. Otherwise a refactoring
// would disarm it.
func TestMutantsFit(t *testing.T) {
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := All()
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, m := range mutants {
		files, err := m.Apply(os.DirFS(root))
		if err != nil {
			t.Error(err)
			continue
		}
		dirs := make(map[string]bool)
		for name := range files {
			if !isC(name) { // C is compiled where the mutant is run
				dirs[filepath.Dir(name)] = true
			}
		}
		for dir := range dirs {
			if err := edits.Compile(fset, std, root, dir, files); err != nil {
				t.Errorf("%s: %v", m.ID, err)
			}
		}
	}
}

// TestInterrupt: what an interrupt ends is no verdict, neither a cell nor a word of progress.
func TestInterrupt(t *testing.T) {
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x, progress := new(Matrix), new(strings.Builder)
	err = x.Run(ctx, root, all[:2], ChecksOf, progress)
	if !errors.Is(err, context.Canceled) || len(x.Cells) > 0 || strings.Contains(progress.String(), ":") {
		t.Errorf("Run after an interrupt: %v, cells %v, progress %q; want that it was cancelled", err, x.Cells, progress)
	}
	var said strings.Builder
	if err := Counterexample(ctx, root, "Rollback", &said); !errors.Is(err, context.Canceled) || said.Len() > 0 {
		t.Errorf("Counterexample after an interrupt: %v, %q; want that it was cancelled", err, &said)
	}
}

// TestUnknownMutant: a name that does not exist is wrong usage, before anything is run.
func TestUnknownMutant(t *testing.T) {
	for _, id := range []string{"rollback", "LimitOffByOne"} { // the other one is no defence of the specification
		err := Counterexample(t.Context(), ".", id, new(strings.Builder))
		if !errors.Is(err, command.ErrUsage) || !strings.Contains(err.Error(), "Rollback") {
			t.Errorf("Counterexample of %s: %v, want wrong usage and the names that there are", id, err)
		}
	}
}

// TestCounterexamples: what TLC says of a specification without a defence fails as a schedule on
// the mutant without it, and the code as it is survives the same schedule.
func TestCounterexamples(t *testing.T) {
	if !*quick {
		t.Skip("no -quick")
	}
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("testdata/Without-*.json")
	if err != nil || len(kept) == 0 {
		t.Fatalf("no counterexample (%v)", err)
	}
	if _, err := tla.FindTLC(); err != nil {
		tool := missing.Tool("")
		if !errors.As(err, &tool) {
			t.Fatal(err)
		}
		missing.Note(tool, fmt.Sprintf("%d counterexamples of testdata against TLC's", len(kept)))
	}
	for _, file := range kept {
		id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Without-"), ".json")
		var said strings.Builder
		if err := Counterexample(t.Context(), root, id, &said); err != nil {
			t.Errorf("%v\n%s", err, said.String())
		}
	}
}

// TestQuick: the two cheapest of the checks that must catch a mutant catch it, and the code as it
// is passes them.
func TestQuick(t *testing.T) {
	if !*quick {
		t.Skip("no -quick")
	}
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	pins, err := Pinned()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if n := len(pins[m.ID]); n == 0 || n == 1 && m.Only == "" {
			t.Errorf("%s: %d checks are pinned to catch it", m.ID, n)
		}
	}
	which := Cheapest(pins, 2)
	used := make(map[string]bool)
	for _, m := range all {
		for _, c := range which(m) {
			used[c.Name] = true
		}
	}
	x := new(Matrix)
	err = x.Run(t.Context(), root, append([]Mutant{Control}, all...), func(m Mutant) []Check {
		if m.ID != Control.ID {
			return which(m)
		}
		return slices.DeleteFunc(slices.Clone(Checks), func(c Check) bool { return !used[c.Name] })
	}, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range x.Problems(all, pins, false) {
		t.Error(p)
	}
}
