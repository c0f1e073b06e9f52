// Package missing reports the checks that did not run for want of a tool.
//
// A test that needs a tool calls [Skip], or [Note] if it goes on without it. TestMain of the
// package ends with [Report], whose line is then the last of the package's output:
//
//	NOT CHECKED: proof (21,576 goals), TestFacts, no z3 on PATH; TestRace, no gcc
//
// A test whose verdict depends on nothing but some files may take one that was reached before
// ([Verdict.Reuse]), and Report says so too.
//
// Go prints the output of a package that passes only with -v. With REQUIRE=all in the environment
// the line fails the package. What -short or the absence of -full leaves out is no such check.
package missing

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Tool is the error of a call that needs a tool that is not on this machine. It names the tool,
// and how to install it.
type Tool string

func (t Tool) Error() string { return "no " + string(t) }

// unchecked are the checks without each tool, in the order in which they were noted.
var unchecked struct {
	sync.Mutex
	tools []Tool
	by    map[Tool][]string

	reused []string // the verdicts that were not reached again, each with its sum
}

// Note notes that a check did not run without the tool. A check is named once per tool.
func Note(tool Tool, check string) {
	unchecked.Lock()
	defer unchecked.Unlock()
	if unchecked.by == nil {
		unchecked.by = make(map[Tool][]string)
	}
	if len(unchecked.by[tool]) == 0 {
		unchecked.tools = append(unchecked.tools, tool)
	}
	if !slices.Contains(unchecked.by[tool], check) {
		unchecked.by[tool] = append(unchecked.by[tool], check)
	}
}

// Skip notes the check and skips the test if err says that a tool is missing, and fails the test if
// err is any other error. An empty check is the test itself.
func Skip(t testing.TB, err error, check string) {
	t.Helper()
	if err == nil {
		return
	}
	var tool Tool
	if !errors.As(err, &tool) {
		t.Fatal(err)
	}
	if check == "" {
		check, _, _ = strings.Cut(t.Name(), "/")
	}
	Note(tool, check)
	t.Skip(err)
}

// Report prints the lines, if something was noted, and returns the package's exit code, given the
// one of its tests.
func Report(code int) int {
	unchecked.Lock()
	defer unchecked.Unlock()
	for _, verdict := range unchecked.reused {
		fmt.Println("REUSED:", verdict)
	}
	var groups []string
	for _, tool := range unchecked.tools {
		groups = append(groups, strings.Join(append(unchecked.by[tool], tool.Error()), ", "))
	}
	if groups == nil {
		return code
	}
	fmt.Println("NOT CHECKED:", strings.Join(groups, "; "))
	if os.Getenv("REQUIRE") == "all" {
		return max(code, 1)
	}
	return code
}
