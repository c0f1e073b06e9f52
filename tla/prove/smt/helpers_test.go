package smt

import (
	"os"
	"testing"

	"casalloc/impl/cmd/missing"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

// z3 is the solver on PATH, or the test is skipped.
func z3(t *testing.T) Z3 {
	t.Helper()
	s, err := FindZ3()
	missing.Skip(t, err, "")
	return s
}
