package prove

import (
	"fmt"
	"go/importer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/tla/edits"
)

// TestWrongGenerators: each wrong version of the generator fits the source once and is Go, or a
// refactoring has disarmed it. With -full, the test that it names catches it.
func TestWrongGenerators(t *testing.T) {
	text, err := os.ReadFile("testdata/mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	mutants, err := edits.Parse("testdata/mutants.txt", string(text), "caught")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	says := fmt.Sprintf("catches %d wrong generators", len(mutants))
	if err != nil || !strings.Contains(string(readme), says) {
		t.Errorf("README.md does not say %q (%v)", says, err)
	}
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, m := range mutants {
		t.Run(m.ID, func(t *testing.T) {
			files, err := m.Apply(os.DirFS(root))
			if err != nil {
				t.Fatal(err)
			}
			if err := edits.Compile(fset, std, root, ".", files); err != nil {
				t.Fatal(err)
			}
			if *full {
				t.Parallel()
				caught(t, root, m)
			}
		})
	}
}

// caught runs the test that must catch the mutant. Only a failure of that test is a catch: what
// does not build, or does not run the test, is none.
func caught(t *testing.T, root string, m edits.Mutant) {
	dir := t.TempDir()
	overlay, err := m.GoOverlay(root, dir)
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "prove.test")
	build := exec.Command("go", "test", "-c", "-overlay", overlay, "-o", bin, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	by := m.Fields["caught"]
	run := "^" + strings.ReplaceAll(by, "/", "$/^") + "$"
	out, err := exec.Command(bin, "-test.v", "-test.run", run).CombinedOutput()
	if _, failed := err.(*exec.ExitError); !failed || !strings.Contains(string(out), "--- FAIL: "+by) {
		t.Errorf("%s: not caught by %s: %v\n%.2000s", m.Sentence, by, err, out)
	}
	t.Logf("%s\n%.1000s", m.Sentence, out)
}
