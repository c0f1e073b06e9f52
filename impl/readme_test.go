package impl_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the blocks of Go in README.md are from example_migrate_test.go, one of each example,
// in the same order. So what the page shows compiles, and does what its example says.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	must(t, err)
	source, err := os.ReadFile("example_migrate_test.go")
	must(t, err)

	blocks := strings.Split(string(page), "\n```go\n")[1:]
	examples := strings.Split(string(source), "\nfunc Example_")[1:]
	if len(blocks) != len(examples) || len(blocks) == 0 {
		t.Fatalf("%d blocks of Go in README.md, %d examples", len(blocks), len(examples))
	}
	for i, example := range examples {
		name, body, _ := strings.Cut(example, "() {\n")
		body = strings.ReplaceAll("\n"+body, "\n\t", "\n")
		block, _, _ := strings.Cut(blocks[i], "```")
		if !strings.Contains(body, "\n"+block) {
			t.Errorf("block %d of README.md is not in Example_%s:\n%s", i+1, name, block)
		}
	}
}
