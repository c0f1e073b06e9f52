package prove

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// ask puts the problem to z3 and returns an answer for each goal: unsat is proved.
func ask(ctx context.Context, smt string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "z3", "-in", "-smt2")
	cmd.Stdin = strings.NewReader(smt)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if strings.Contains(stdout.String(), "error") || err != nil {
		return nil, fmt.Errorf("z3: %v\n%s%s", err, &stdout, &stderr)
	}
	return strings.Fields(stdout.String()), nil
}
