package smt

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"casalloc/impl/cmd/missing"
)

// A Solver answers the questions of an SMT-LIB text in order: unsat, sat or unknown.
type Solver interface {
	Ask(ctx context.Context, smt string) ([]string, error)
	String() string
}

// What a solver needs, where it is not there.
const (
	ErrNoZ3  = missing.Tool("z3 on PATH (apt-get install z3)")
	ErrNoNpm = missing.Tool("z3-solver (npm ci --prefix tla)")
)

// Z3 is the z3 on PATH.
type Z3 struct{}

// FindZ3 looks for z3.
func FindZ3() (Z3, error) {
	if _, err := exec.LookPath("z3"); err != nil {
		return Z3{}, ErrNoZ3
	}
	return Z3{}, nil
}

func (Z3) String() string { return "z3" }

// Ask runs z3 once.
func (Z3) Ask(ctx context.Context, smt string) ([]string, error) {
	return answers(exec.CommandContext(ctx, "z3", "-in", "-smt2"), smt)
}

// Npm is the npm package z3-solver, Z3 as WebAssembly: in the folder that has solver.mjs and
// node_modules.
type Npm string

// FindNpm looks for z3-solver in dir, the folder of the TLA+ modules.
func FindNpm(dir string) (Npm, error) {
	if files, _ := filepath.Glob(filepath.Join(dir, "node_modules", "z3-solver", "package.json")); files == nil {
		return "", ErrNoNpm
	}
	return Npm(dir), nil
}

func (Npm) String() string { return "z3-solver" }

// Ask runs node once.
func (n Npm) Ask(ctx context.Context, smt string) ([]string, error) {
	return answers(exec.CommandContext(ctx, "node", filepath.Join(string(n), "solver.mjs")), smt)
}

func answers(cmd *exec.Cmd, smt string) ([]string, error) {
	cmd.Stdin = strings.NewReader(smt)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil || strings.Contains(stdout.String(), "error") {
		return nil, fmt.Errorf("%s: %v: %.500s%.500s", filepath.Base(cmd.Path), err, &stdout, &stderr)
	}
	return strings.Fields(stdout.String()), nil
}
