package wazeromem_test

import (
	"testing"

	"casalloc/tla/readme"
)

func TestReadme(t *testing.T) {
	if err := readme.Examples("README.md", "example_test.go", "func Example()"); err != nil {
		t.Fatal(err)
	}
}
