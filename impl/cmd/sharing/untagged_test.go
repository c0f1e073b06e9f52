//go:build !interleave

package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestUntagged: without its tag, the command names the tag.
func TestUntagged(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program, maybe for another machine")
	}
	bin := filepath.Join(t.TempDir(), "sharing")
	if out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(bin)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), "-tags interleave ./impl/cmd/sharing\n") ||
		strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v, %q; want status 2 and one line with the tag", err, out)
	}
}
