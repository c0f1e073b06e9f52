package main

import (
	"errors"
	"strings"
	"testing"

	"casalloc/tla/command"
)

// TestWrongArguments: no mistyped name has the status of a claim that fell, and nothing is run.
func TestWrongArguments(t *testing.T) {
	for args, why := range map[string]string{
		"rollback":                 `no mutant "rollback": the nearest of `,
		"-counterexample rollback": `no mutant of a defence "rollback": the nearest of `,
		"-pin Rollback":            "-write and -pin want the whole matrix",
		"-no":                      "usage",
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.HasPrefix(err.Error(), why) || stdout.Len() > 0 {
			t.Errorf("%q: %v, stdout %q; want wrong usage, %q", args, err, &stdout, why)
		}
	}
}
