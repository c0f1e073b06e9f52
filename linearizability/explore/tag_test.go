//go:build !interleave

package explore

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestInterleave runs the tests of all packages that have files under the tag interleave, with the
// tag and with the flags that it was given itself. So go test ./... runs the explorer. The tag is
// for the types of shared memory in impl: as anything but aliases of sync/atomic's, they would cost
// the product.
func TestInterleave(t *testing.T) {
	dependOnTree(t)
	args := []string{"test", "-tags=interleave"}
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "test.short" || f.Name == "test.count" {
			args = append(args, fmt.Sprintf("-%s=%v", strings.TrimPrefix(f.Name, "test."), f.Value))
		}
	})
	if testing.Verbose() {
		args = append(args, "-v")
	}
	if d, ok := t.Deadline(); ok { // before this one, so that it says where it was
		args = append(args, fmt.Sprintf("-timeout=%v", time.Until(d)*9/10))
	}
	plain, packages := filesOf(t), []string(nil)
	for _, p := range filesOf(t, "-tags=interleave") {
		if !slices.Contains(plain, p) {
			packages = append(packages, strings.Fields(p)[0])
		}
	}
	if !slices.Contains(packages, "casalloc/linearizability/explore") {
		t.Fatalf("the explorer is not among the packages with files under the tag: %v", packages)
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, packages...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, t.Output(), t.Output()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
}

const root = "../.."

// filesOf lists the packages of the module, each with its files.
func filesOf(t *testing.T, flags ...string) []string {
	t.Helper()
	args := append([]string{"list", "-f", "{{.ImportPath}} {{.GoFiles}} {{.TestGoFiles}} {{.XTestGoFiles}}"}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./...")...)
	cmd.Dir, cmd.Stderr = root, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// dependOnTree opens each folder of the module, and reads what else matters to the tests. The go
// command takes a result from its cache only while what the test has read is as it was, and does
// not see what the tests read that this one starts.
func dependOnTree(t *testing.T) {
	os.Getenv("TLA2TOOLS_JAR")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == ".git" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
