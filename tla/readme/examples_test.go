package readme

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExamples(t *testing.T) {
	const (
		source = "package p\n\nfunc Example_a() {\n\tf()\n\tif g() {\n\t\th()\n\t}\n}\n\nfunc Example_b() {\n\tk()\n}\n"
		b      = "```go\nk()\n```\n"
	)
	for _, tt := range []struct{ name, page, why string }{
		{"whole and part", "a\n```go\nif g() {\n\th()\n}\n```\nb\n" + b, ""},
		{"other text", "a\n```go\nif g() {\n\ti()\n}\n```\nb\n" + b, "block 1"},
		{"part of a line", "a\n```go\n() {\n```\nb\n" + b, "block 1"},
		{"more lines than the example", "a\n```go\nf()\n```\nb\n```go\nk()\nk()\n```\n", "block 2"},
		{"other order", "a\n" + b + "\n```go\nf()\n```\n", "block 1"},
		{"too few", "a\n" + b, "1 blocks of Go"},
		{"none", "a\n", "0 blocks of Go"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			page, code := filepath.Join(dir, "page.md"), filepath.Join(dir, "example_test.go")
			for name, text := range map[string]string{page: tt.page, code: source} {
				if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			err := Examples(page, code, "func Example_")
			if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
				t.Errorf("%v, want %q", err, tt.why)
			}
		})
	}
}
