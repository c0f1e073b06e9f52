package readme

import (
	"fmt"
	"os"
	"strings"
)

// Examples returns an error unless the blocks of Go in page are from examples in the Go file source,
// one of each, in the same order: then what the page shows compiles, and does what its example says.
// An example begins with a line that begins with head, such as "func Example_".
func Examples(page, source, head string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	code, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	blocks := strings.Split(string(text), "\n```go\n")[1:]
	examples := strings.Split(string(code), "\n"+head)[1:]
	if len(blocks) != len(examples) || len(blocks) == 0 {
		return fmt.Errorf("%s has %d blocks of Go, %s %d examples %q", page, len(blocks), source, len(examples), head)
	}
	for i, example := range examples {
		_, body, _ := strings.Cut(example, "{\n")
		body, _, _ = strings.Cut(body, "\n}\n")
		body = strings.ReplaceAll("\n"+body, "\n\t", "\n") + "\n"
		block, _, _ := strings.Cut(blocks[i], "```")
		if !strings.Contains(body, "\n"+block) {
			return fmt.Errorf("%s: block %d is not in example %d of %s:\n%s", page, i+1, i+1, source, block)
		}
	}
	return nil
}
