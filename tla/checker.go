package tla

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"casalloc/impl/cmd/missing"
)

// Checker is tla-checker: the folder that holds engine.mjs and node_modules. It is a second engine,
// written independently of TLC, and runs where no jar can be had. It judges invariants and
// deadlocks of a module without INSTANCE.
type Checker string

// What tla-checker needs, where it is not there.
const (
	ErrNoChecker = missing.Tool("tla-checker (npm ci --prefix tla)")
	ErrNoNode    = missing.Tool("node (apt-get install nodejs)")
)

// FindChecker finds tla-checker in dir, the folder of this package.
func FindChecker(dir string) (Checker, error) {
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "tla-checker")); err != nil {
		return "", ErrNoChecker
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", ErrNoNode
	}
	return Checker(dir), nil
}

type checkerResult struct {
	Success bool     `json:"success"`
	Type    string   `json:"error_type"`
	Message string   `json:"error_message"`
	States  int64    `json:"states_explored"`
	Trace   []string `json:"trace"`
	Warning []string `json:"warnings"`
	Version string   `json:"version"`
}

var (
	invariantIndex = regexp.MustCompile(`^Invariant (\d+) violated$`)
	checkerState   = regexp.MustCompile(`(?m)^State \d+`)
)

const checkerTimeout = 10 * time.Minute // it is two orders of magnitude slower than TLC

// Run lets tla-checker judge a case of the modules in dir.
func (e Checker) Run(ctx context.Context, dir fs.FS, c Case) (Report, error) {
	spec, err := flatten(dir, c.Module)
	if err != nil {
		return Report{}, err
	}
	cfg, err := fs.ReadFile(dir, c.cfgPath())
	if err != nil {
		return Report{}, err
	}
	in, err := json.Marshal(map[string]any{"spec": spec, "cfg": string(cfg), "maxStates": 2 * c.Counts.Distinct})
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkerTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "engine.mjs")
	cmd.Dir = string(e)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if early := ended(ctx); early != nil {
		return Report{}, fmt.Errorf("%s: %w", c.Name, early)
	} else if err != nil {
		return Report{}, fmt.Errorf("%s: node: %w\n%s", c.Name, err, stderr.Bytes())
	}
	var res checkerResult
	if err := json.Unmarshal(out, &res); err != nil {
		return Report{}, fmt.Errorf("%s: %w\n%s", c.Name, err, out)
	}
	_, claims := parseCfg(string(cfg))
	r, err := judgeChecker(c, res, claims["invariant"])
	if err != nil {
		err = fmt.Errorf("%s: %w\n%s %s", c.Name, err, res.Type, res.Message)
	}
	return r, err
}

// judgeChecker says whether tla-checker said of c what its row says. It counts no generated states.
func judgeChecker(c Case, res checkerResult, invariants []string) (Report, error) {
	r := Report{Engine: checkerEngine + " " + res.Version, Verdict: Verdict{Kind: res.Type}}
	r.Counts.Distinct, c.Counts.Generated = res.States, 0
	switch m := invariantIndex.FindStringSubmatch(res.Message); {
	case res.Success:
		r.Verdict = Verdict{Kind: "pass"}
	case res.Type == "InvariantViolation" && m != nil:
		if i, _ := strconv.Atoi(m[1]); i < len(invariants) {
			r.Verdict = Verdict{"invariant", invariants[i]}
		}
	case res.Type == "Deadlock":
		r.Verdict = Verdict{Kind: "deadlock"}
	}
	if !res.Success && len(res.Trace) > 0 {
		r.Trace = make([]State, len(checkerState.FindAllString(res.Trace[0], -1)))
	}
	err := r.compare(c)
	if len(res.Warning) > 0 {
		err = errors.Join(err, fmt.Errorf("warnings: %q", res.Warning))
	}
	return r, err
}
