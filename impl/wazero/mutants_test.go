package wazeromem_test

import (
	_ "embed"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/tla/edits"
)

//go:embed mutants.txt
var mutants string

var quick = flag.Bool("quick", false, "run the test that must fail on each mutant")

// Each wrong version of mutants.txt fits the source.
func TestMutantsFit(t *testing.T) {
	all, err := edits.Parse("mutants.txt", mutants, "caught")
	must(t, err)
	for _, m := range all {
		if _, err := m.Apply(os.DirFS(".")); err != nil {
			t.Error(err)
		}
	}
}

// Each wrong version of mutants.txt compiles, and the test that it names fails on it.
func TestMutants(t *testing.T) {
	if !*quick {
		t.Skip("NOT CHECKED: the tests fail on mutants.txt; no -quick")
	}
	all, err := edits.Parse("mutants.txt", mutants, "caught")
	must(t, err)
	root, err := filepath.Abs(".")
	must(t, err)
	for _, m := range all {
		dir := t.TempDir()
		overlay, err := m.GoOverlay(root, dir)
		must(t, err)
		bin := filepath.Join(dir, "mutant.test")
		if out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay, "-o", bin, ".").CombinedOutput(); err != nil {
			t.Errorf("%s does not build: %v\n%s", m.ID, err, out)
			continue
		}
		name := m.Fields["caught"]
		out, err := exec.CommandContext(t.Context(), bin, "-test.run=^"+name+"$", "-test.v").CombinedOutput()
		if ran := strings.Contains(string(out), "=== RUN   "+name+"\n"); !ran || err == nil {
			t.Errorf("%s: %s ran: %v, and did not fail\n%s", m.ID, name, ran, out)
		}
	}
}
