package tla

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The graph of a call in README.md names steps of Accounts.tla: what a thread does where its
// program counter has the same name.
func TestCallGraph(t *testing.T) {
	page, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, graph, _ := strings.Cut(string(page), "```mermaid\n")
	graph, _, _ = strings.Cut(graph, "```")
	module, err := Modules.ReadFile("Accounts.tla")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile(`\b[A-Z][a-z]+[A-Z]\w*`).FindAllString(graph, -1)
	if len(steps) < 10 {
		t.Errorf("the graph has the steps %q, want more", steps)
	}
	for _, step := range steps {
		if !regexp.MustCompile(`(?m)^` + step + `\(t[^)]*\) *==\s+(/\\ )?pc\[t\] = "` + step + `"`).Match(module) {
			t.Errorf("Accounts.tla has no step %s", step)
		}
	}
}
