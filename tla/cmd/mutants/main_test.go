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
		"neveroverlimit":  `no mutant "neveroverlimit": the nearest of `,
		"-write SumWraps": "-write wants the whole matrix",
		"-no":             "usage",
	} {
		var stdout, stderr strings.Builder
		err := run(t.Context(), strings.Fields(args), &stdout, &stderr)
		if !errors.Is(err, command.ErrUsage) || !strings.HasPrefix(err.Error(), why) || stdout.Len() > 0 {
			t.Errorf("%q: %v, stdout %q; want wrong usage, %q", args, err, &stdout, why)
		}
	}
}
