package missing

import (
	"fmt"
	"go/build"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var (
	buildLine    = regexp.MustCompile(`(?m)^//go:build (.*)$`)
	testFunction = regexp.MustCompile(`(?m)^func (?:Test\w*\(t |Fuzz\w*\(f |Example\w*\(\))`)
)

// TestTags notes the tests of this module that a build tag leaves out: of those, go test says
// nothing. Those behind interleave alone TestInterleave runs. (.ci/run skips both, as it runs each
// of them in another step.)
func TestTags(t *testing.T) {
	if testing.Short() {
		t.Skip("-short is about something else")
	}
	ctx := build.Default
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "-tags" {
				ctx.BuildTags = strings.Split(s.Value, ",")
			}
		}
	}
	root := os.DirFS("../../..")
	left := make(map[Tool]map[string]int) // tests, by what is missing and package
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !d.IsDir():
			return count(ctx, root, file, left)
		}
		if _, err := fs.Stat(root, path.Join(file, "go.mod")); err == nil && file != "." {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(ctx.BuildTags) == 0 && len(left) == 0 {
		t.Error("no test is behind a tag")
	}
	for _, tags := range slices.Sorted(maps.Keys(left)) {
		for _, pkg := range slices.Sorted(maps.Keys(left[tags])) {
			Note(tags, fmt.Sprintf("%s (tests: %d)", pkg, left[tags][pkg]))
		}
	}
}

// count adds the tests of a file that is not built.
func count(ctx build.Context, root fs.FS, file string, left map[Tool]map[string]int) error {
	if !strings.HasSuffix(file, "_test.go") {
		return nil
	}
	if ok, err := ctx.MatchFile(filepath.Split(filepath.Join("../../..", file))); ok || err != nil {
		return err
	}
	text, err := fs.ReadFile(root, file)
	line, n := buildLine.FindSubmatch(text), len(testFunction.FindAll(text, -1))
	if line == nil || n == 0 || string(line[1]) == "interleave" {
		return err
	}
	tags := Tool("-tags " + string(line[1]))
	if left[tags] == nil {
		left[tags] = make(map[string]int)
	}
	left[tags][path.Dir(file)] += n
	return nil
}
