package impl_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the blocks of Go in a README are from examples, one of each, in the same order. So what
// the page shows compiles, and does what its example says.
func TestReadme(t *testing.T) {
	for _, tt := range []struct{ page, source, examples string }{
		{"../README.md", "example_test.go", "\nfunc Example()"},
		{"README.md", "example_migrate_test.go", "\nfunc Example_"},
	} {
		page, err := os.ReadFile(tt.page)
		must(t, err)
		source, err := os.ReadFile(tt.source)
		must(t, err)

		blocks := strings.Split(string(page), "\n```go\n")[1:]
		examples := strings.Split(string(source), tt.examples)[1:]
		if len(blocks) != len(examples) || len(blocks) == 0 {
			t.Errorf("%s: %d blocks of Go, %d examples", tt.page, len(blocks), len(examples))
			continue
		}
		for i, example := range examples {
			_, body, _ := strings.Cut(example, "{\n")
			body, _, _ = strings.Cut(body, "\n}\n")
			body = strings.ReplaceAll("\n"+body, "\n\t", "\n")
			block, _, _ := strings.Cut(blocks[i], "```")
			if !strings.Contains(body+"\n", "\n"+block) {
				t.Errorf("%s: block %d is not in example %d of %s:\n%s", tt.page, i+1, i+1, tt.source, block)
			}
		}
	}
}
