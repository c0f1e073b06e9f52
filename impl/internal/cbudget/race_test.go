package cbudget

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

// header is embedded so that another version of it can be given to the compiler as an overlay.
//
//go:embed budget.h
var header string

// The C code under ThreadSanitizer, with callers and a drainer on threads. It is compiled here: cgo
// has no race detector for C.
func TestRace(t *testing.T) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		missing.Skip(t, missing.Tool("gcc"), "")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "budget.h"), []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "race")
	build := exec.Command(gcc, "-std=gnu11", "-O2", "-g", "-Wall", "-Werror", "-fsanitize=thread",
		"-I", dir, "-o", bin, "testdata/race.c", "-lpthread")
	if out, err := build.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "cannot find") { // the library of the sanitizer
			missing.Skip(t, missing.Tool("ThreadSanitizer of gcc"), "")
		}
		t.Fatalf("%v\n%s", err, out)
	}
	// Without randomized addresses: on some kernels ThreadSanitizer cannot place its shadow memory.
	if out, err := exec.Command("setarch", "-R", bin).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
