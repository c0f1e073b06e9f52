// Package tla holds the TLA+ modules of the tree of budgets and of its rivals, and runs model checkers
// on them.
//
// A case is a configuration of a module, and what a model checker must say of it. Each case is a
// row of cases.tsv. TLC judges all cases; tla-checker, an independent engine, judges those that it
// can read. What an engine says must equal the row, or the case fails. A case that did not finish,
// that another claim refuted, or that saw another number of states, fails like any other.
package tla

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Modules are the modules, their configurations and the table of cases.
//
//go:embed *.tla cases/*.cfg cases.tsv
var Modules embed.FS

const header = "name\tmodule\tcfg\texpect\tdistinct\tgenerated\tlength\tlane\tprotocol\tpromise\tengines"

const (
	tlcEngine     = "tlc"
	checkerEngine = "tla-checker"
)

// A Case is one row of cases.tsv.
type Case struct {
	Name     string
	Module   string // without .tla
	Cfg      string // file name, below cases
	Expect   Verdict
	Counts   Counts
	Length   int      // states in the counterexample, 0 when the case passes
	Lane     string   // "quick" or "full"
	Protocol string   // the column of the verdict table, "-" for a case that is no cell of it
	Promises []string // what the case is about; each is a cell, if there is a protocol
	Engines  []string
}

// Counts are numbers of states. A complete search finds the same on every run, with any number of
// workers. The search of a refuted case stops in the middle; it finds the same only with one
// worker.
type Counts struct{ Distinct, Generated int64 }

// A Verdict is what a model checker says: the kind and the name of the violated claim.
type Verdict struct {
	Kind string // "pass", "invariant", "property", "deadlock"
	Name string // of the invariant or property
}

func (v Verdict) String() string { return strings.TrimSpace(v.Kind + " " + v.Name) }

func (v Verdict) passes() bool { return v.Kind == "pass" }

func parseVerdict(s string) (Verdict, error) {
	kind, name, named := strings.Cut(s, " ")
	switch {
	case !named && (kind == "pass" || kind == "deadlock"):
		return Verdict{Kind: kind}, nil
	case named && name != "" && (kind == "invariant" || kind == "property"):
		return Verdict{kind, name}, nil
	}
	return Verdict{}, fmt.Errorf("expect %q is none of: pass, invariant NAME, property NAME, deadlock", s)
}

// Cases reads cases.tsv of dir. It is strict: each configuration has one row, each row has a
// configuration, and no column is empty. A configuration claims each promise whose cell its row is.
// The configuration of a refutation makes one claim: the one that the row says is violated.
func Cases(dir fs.FS) ([]Case, error) {
	table, err := fs.ReadFile(dir, "cases.tsv")
	if err != nil {
		return nil, err
	}
	first, rows, _ := strings.Cut(string(table), "\n")
	if first != header {
		return nil, errors.New("cases.tsv:1: the header is not: " + strings.ReplaceAll(header, "\t", " "))
	}
	var (
		cases []Case
		errs  []error
		seen  = make(map[string]bool) // names, and paths of configurations
		n     = 1
	)
	for row := range strings.Lines(rows) {
		n++
		c, err := parseCase(strings.TrimSuffix(row, "\n"))
		if err == nil {
			err = checkCfg(dir, c)
		}
		if err == nil && (seen[c.Name] || seen[c.cfgPath()]) {
			err = fmt.Errorf("%s: a second row of this name or for %s", c.Name, c.Cfg)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cases.tsv:%d: %w", n, err))
			continue
		}
		seen[c.Name], seen[c.cfgPath()] = true, true
		cases = append(cases, c)
	}
	if len(errs) > 0 { // a configuration whose row is wrong is not reported twice
		return nil, errors.Join(errs...)
	}
	files, err := fs.Glob(dir, "cases/*.cfg")
	for _, f := range files {
		if !seen[f] {
			errs = append(errs, fmt.Errorf("cases.tsv: no row for %s", f))
		}
	}
	if len(cases) == 0 {
		errs = append(errs, errors.New("cases.tsv: no case"))
	}
	return cases, errors.Join(append(errs, err)...)
}

func parseCase(line string) (Case, error) {
	col := strings.Split(line, "\t")
	if want := strings.Count(header, "\t") + 1; len(col) != want {
		return Case{}, fmt.Errorf("%d columns, want %d", len(col), want)
	}
	if i := slices.IndexFunc(col, func(s string) bool { return s == "" || s != strings.TrimSpace(s) }); i >= 0 {
		return Case{}, fmt.Errorf("%s: column %d is empty or padded", col[0], i+1)
	}
	c := Case{Name: col[0], Module: col[1], Cfg: col[2], Lane: col[7], Protocol: col[8],
		Engines: strings.Split(col[10], ",")}
	if col[9] != "-" {
		c.Promises = strings.Split(col[9], ",")
	}
	var errs [4]error
	c.Expect, errs[0] = parseVerdict(col[3])
	c.Counts.Distinct, errs[1] = strconv.ParseInt(col[4], 10, 64)
	c.Counts.Generated, errs[2] = strconv.ParseInt(col[5], 10, 64)
	c.Length, errs[3] = strconv.Atoi(col[6])
	err := errors.Join(errs[:]...)
	if err == nil {
		err = errors.Join(c.checkResult(), c.checkPromises())
	}
	if err != nil {
		return Case{}, fmt.Errorf("%s: %w", c.Name, err)
	}
	return c, nil
}

// checkResult returns an error if the lane, the engines or what they are to report cannot be.
func (c Case) checkResult() error {
	switch engines := strings.Join(c.Engines, ","); {
	case c.Lane != "quick" && c.Lane != "full":
		return fmt.Errorf("lane %q is neither quick nor full", c.Lane)
	case engines != tlcEngine && engines != tlcEngine+","+checkerEngine:
		return fmt.Errorf("engines %q is neither %q nor %q", engines, tlcEngine, tlcEngine+","+checkerEngine)
	case c.Counts.Distinct < 1 || c.Counts.Generated < c.Counts.Distinct:
		return fmt.Errorf("%d distinct of %d generated states cannot be", c.Counts.Distinct, c.Counts.Generated)
	case c.Expect.passes() != (c.Length == 0) || c.Length < 0:
		return fmt.Errorf("a counterexample of %d states for %q", c.Length, c.Expect)
	}
	return nil
}

var promiseName = regexp.MustCompile(`^\w+$`)

func (c Case) checkPromises() error {
	for i, p := range c.Promises {
		if !promiseName.MatchString(p) {
			return fmt.Errorf("%q is no list of promises: NAME,NAME", strings.Join(c.Promises, ","))
		} else if slices.Contains(c.Promises[:i], p) {
			return fmt.Errorf("%q names a promise twice", c.Promises)
		}
	}
	switch {
	case c.Protocol != "-" && c.Promises == nil:
		return errors.New("a cell of the verdict table without a promise")
	case !c.Expect.passes() && len(c.Promises) > 1:
		return fmt.Errorf("a refutation of %d promises; a counterexample is of one", len(c.Promises))
	}
	return nil
}

func checkCfg(dir fs.FS, c Case) error {
	if _, err := fs.Stat(dir, c.Module+".tla"); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	text, err := fs.ReadFile(dir, c.cfgPath())
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	if path.Ext(c.Cfg) != ".cfg" {
		return fmt.Errorf("%s: %s is no .cfg", c.Name, c.Cfg)
	}
	_, claims := parseCfg(string(text))
	all := slices.Concat(claims["invariant"], claims["property"])
	unclaimed := func(p string) bool { return !slices.Contains(all, p) }
	if i := slices.IndexFunc(c.Promises, unclaimed); i >= 0 && c.Protocol != "-" {
		return fmt.Errorf("%s: a cell of %s, which %s does not claim", c.Name, c.Promises[i], c.Cfg)
	}
	switch {
	case c.runs(checkerEngine) && len(claims["property"]) > 0:
		// It reads a property as a state predicate, and its liveness lets an unfair Spec pass.
		return fmt.Errorf("%s: %s cannot judge a property", c.Name, checkerEngine)
	case c.Expect.passes() || c.Expect.Kind == "deadlock":
		return nil
	}
	if len(all) != 1 || all[0] != c.Expect.Name {
		return fmt.Errorf("%s: %s claims %v; the configuration of a refutation claims only what is refuted, %s",
			c.Name, c.Cfg, all, c.Expect.Name)
	}
	return nil
}

// of is the module that the case is about: XInv and MCX extend X.
func (c Case) of() string { return strings.TrimSuffix(strings.TrimPrefix(c.Module, "MC"), "Inv") }

// cfgPath is the path of the configuration in the folder of the modules.
func (c Case) cfgPath() string { return path.Join("cases", c.Cfg) }

func (c Case) runs(engine string) bool { return slices.Contains(c.Engines, engine) }

// parseCfg cuts a TLC configuration in two: the names that it claims, by kind (invariant or
// property), and the rest without comments.
func parseCfg(cfg string) (rest string, claims map[string][]string) {
	claims = make(map[string][]string)
	kind := ""
	for line := range strings.Lines(cfg) {
		line, _, _ = strings.Cut(line, `\*`)
		var kept []string
		for _, word := range strings.Fields(line) {
			switch word {
			case "INVARIANT", "INVARIANTS":
				kind = "invariant"
				continue
			case "PROPERTY", "PROPERTIES":
				kind = "property"
				continue
			case "CONSTANT", "CONSTANTS", "SPECIFICATION", "INIT", "NEXT", "VIEW", "SYMMETRY", "CHECK_DEADLOCK",
				"CONSTRAINT", "CONSTRAINTS", "ACTION_CONSTRAINT", "ACTION_CONSTRAINTS":
				kind = ""
			}
			if kind == "" {
				kept = append(kept, word)
			} else {
				claims[kind] = append(claims[kind], word)
			}
		}
		if len(kept) > 0 {
			rest += strings.Join(kept, " ") + "\n"
		}
	}
	return rest, claims
}
