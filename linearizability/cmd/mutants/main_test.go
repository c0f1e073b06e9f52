package main

import (
	"errors"
	"strings"
	"testing"

	"casalloc/impl/cmd/command"
)

// TestWrongArguments: no mistyped name has the status of a claim that fell, and nothing is run.
func TestWrongArguments(t *testing.T) {
	t.Chdir("../../..")
	for args, why := range map[string]string{
		"rollback":           `no mutant "rollback": the nearest of `,
		"-of spec Rollback":  `no mutant "Rollback": the nearest of `,
		"-of code,spec":      `no list "code,spec": there are code, spec, prover`,
		"-of prover -record": "nothing is recorded of the prover",
		"-no":                "exit status 2",
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.HasPrefix(err.Error(), why) || stdout.Len() > 0 {
			t.Errorf("%q: %v, stdout %q; want wrong usage, %q", args, err, &stdout, why)
		}
	}
}
