package wazeromem_test

import (
	_ "embed"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/linearizability/mutate"
)

//go:embed mutants.txt
var mutants string

var quick = flag.Bool("quick", false, "run the test that must fail on each mutant")

// Each wrong version of mutants.txt fits the source.
func TestMutantsFit(t *testing.T) {
	all, err := mutate.Parse("mutants.txt", mutants, "caught")
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
		t.Skip("builds each wrong version; -quick runs it")
	}
	all, err := mutate.Parse("mutants.txt", mutants, "caught")
	must(t, err)
	root, err := filepath.Abs(".")
	must(t, err)
	for _, m := range all {
		t.Run(m.ID, func(t *testing.T) {
			dir := t.TempDir()
			overlay, err := m.GoOverlay(root, dir)
			must(t, err)
			bin := filepath.Join(dir, "mutant.test")
			build := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay, "-o", bin, ".")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("does not build: %v\n%s", err, out)
			}
			name := m.Fields["caught"]
			out, err := exec.CommandContext(t.Context(), bin, "-test.run=^"+name+"$", "-test.v").CombinedOutput()
			if ran := strings.Contains(string(out), "=== RUN   "+name+"\n"); !ran || err == nil {
				t.Errorf("%s ran: %v, and did not fail\n%s", name, ran, out)
			}
		})
	}
}
