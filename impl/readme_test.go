package impl_test

import (
	"testing"

	"casalloc/tla/readme"
)

// TestReadme: the Go that the pages show is from examples.
func TestReadme(t *testing.T) {
	must(t, readme.Examples("../README.md", "example_test.go", "func Example()"))
	must(t, readme.Examples("README.md", "example_migrate_test.go", "func "))
}
