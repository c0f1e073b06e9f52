package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestEnd(t *testing.T) {
	const usage = "usage: x [-a]\n"
	for _, tt := range []struct {
		args   string
		ran    error
		status int
		stderr string
	}{
		{"", nil, 0, ""},
		{"-a", nil, 0, ""},
		{"-a", errors.New("broken"), 1, "x: broken\n"},
		{"-a", fmt.Errorf("two names: %w", ErrUsage), 2, ""},
		{"-h", nil, 0, usage},
		{"-b", nil, 2, "flag provided but not defined: -b\n" + usage},
	} {
		var stderr strings.Builder
		flags := Flags("x", usage, &stderr)
		flags.Bool("a", false, "")
		err := Parse(flags, strings.Fields(tt.args))
		if err == nil {
			err = tt.ran
		}
		if status := end("x", err, &stderr); status != tt.status || stderr.String() != tt.stderr {
			t.Errorf("%q, %v: status %d, %q on stderr; want %d, %q", tt.args, tt.ran, status, &stderr, tt.status, tt.stderr)
		}
	}
}
