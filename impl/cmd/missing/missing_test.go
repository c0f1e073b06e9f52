package missing

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asked is a variable of the environment: the tests are those of a package that misses tools.
const asked = "MISSING_TEST"

func TestMain(m *testing.M) { os.Exit(Report(m.Run())) }

const (
	hammer = Tool("hammer (apt-get install hammer)")
	saw    = Tool("saw")
)

// TestOfPackage is what TestReport runs.
func TestOfPackage(t *testing.T) {
	which := os.Getenv(asked)
	t.Run("noted", func(t *testing.T) {
		if which != "" && which != "nothing" && which != "reused" {
			Note(saw, "3 boards")
		}
	})
	t.Run("reused", func(t *testing.T) {
		if which == "reused" {
			file := filepath.Join(t.TempDir(), "verdicts.tsv")
			if err := os.WriteFile(file, []byte("proof\tf00\tsaw\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			Verdict{File: file, Check: "proof", Sum: "f00"}.Reuse(t)
			t.Fatal("goes on with a verdict")
		}
	})
	for range 2 {
		t.Run("skipped", func(t *testing.T) {
			switch which {
			case "tools", "failure":
				Skip(t, fmt.Errorf("nails: %w", hammer), "")
				t.Fatal("goes on without a hammer")
			case "error":
				Skip(t, errors.New("a bent nail"), "")
				t.Error("goes on with a bent nail")
			}
			Skip(t, nil, "no error")
		})
	}
	if which == "failure" {
		t.Error("wrong length")
	}
}

// TestReport: the line is the last, each check is in it once, and REQUIRE=all makes it a failure.
// An error that is no missing tool is a failure.
func TestReport(t *testing.T) {
	if testing.Short() {
		t.Skip("-short starts no process")
	}
	const line = "NOT CHECKED: 3 boards, no saw; TestOfPackage, no hammer (apt-get install hammer)\n"
	for _, tt := range []struct {
		tests, require string
		status         int
		last           string
	}{
		{"nothing", "", 0, "PASS\n"},
		{"nothing", "all", 0, "PASS\n"},
		{"reused", "all", 0, "REUSED: proof: what it depends on has the SHA-256 f00, as when saw reached it\n"},
		{"tools", "", 0, line},
		{"tools", "all", 1, line},
		{"failure", "", 1, line},
		{"error", "", 1, "NOT CHECKED: 3 boards, no saw\n"},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestOfPackage$", "-test.v")
		cmd.Env = append(os.Environ(), asked+"="+tt.tests, "REQUIRE="+tt.require)
		out, err := cmd.Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != tt.status || !strings.HasSuffix(string(out), "\n"+tt.last) {
			t.Errorf("%s, REQUIRE=%s: status %d, want %d and the last line %q:\n%s",
				tt.tests, tt.require, got, tt.status, tt.last, out)
		}
		if strings.Contains(string(out), "goes on") {
			t.Errorf("%s: a test was not ended:\n%s", tt.tests, out)
		}
	}
}
