package tla

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A quantity is a number that a promise is about, in TLA+: over the last step of a counterexample,
// with primes after it, and without before it. THREAD is the thread whose step it is. What else is
// in capitals, each rival has in its own words: see vocabulary.
type quantity struct{ name, tla string }

var quantities = map[string][]quantity{
	"NeverOverLimit":     {{"charged", "(GRANTED)'"}, {"limit", "HIGHEST"}},
	"LiveWithinCharge":   {{"phys", "(Sum(LAMBDA s : phys[s], Threads))'"}, {"counter", "(COUNTER)'"}},
	"NoFalseRefusal":     {{"charged", "GRANTED"}, {"refused", "want[THREAD] - held[THREAD]"}, {"limit", "LIMIT"}},
	"ShrinkNeverRefused": {{"held", "held[THREAD]"}, {"refused", "want[THREAD]"}},
	"WrapSafe":           {{"charged", "Charged'"}, {"largest", "Largest"}},
	"StrictLimit":        {{"charged", "(GRANTED)'"}, {"limit", "(LIMIT)'"}},
	"OverReleaseCaught": {{"counter", "COUNTER"},
		{"released", "Max(want[THREAD] - held[THREAD], held[THREAD] - want[THREAD])"}, // in a rollback, or a shrink
		{"then counter", "(COUNTER)'"}},
}

// vocabulary is each rival's own: the bytes granted (in AddUndo a request that is to be undone is
// charged and not granted), the counter, the limit, and the highest limit during the call.
var vocabulary = map[string]*strings.Replacer{
	"HAProxy": inWords("Charged", "counter", "InForce", "Max(top[THREAD], InForce')"),
	"TwoWord": inWords("Charged", "counter", "limit", "Max(top[THREAD], limit')"),
	"AddUndo": inWords("Granted", "Counter", "limit", "Max(top[THREAD], limit')"),
}

func inWords(granted, counter, limit, highest string) *strings.Replacer {
	return strings.NewReplacer("GRANTED", granted, "COUNTER", counter, "LIMIT", limit, "HIGHEST", highest)
}

// A Counterexample is the report of a case whose claim is violated.
type Counterexample struct {
	Case   Case
	Report Report
}

// promise returns the quantities of the promise that is broken, and none of another claim or
// module.
func (f Counterexample) promise() []quantity {
	if vocabulary[f.Case.Module] == nil {
		return nil
	}
	return quantities[f.Report.Verdict.Name]
}

// Broke returns what each counterexample comes to, as a line: the claim, the number of steps, and
// the quantities of the promise, which TLC evaluates in the last step, of all counterexamples in
// one run. Of a claim that is no promise of a rival, the line has the variables that the claim reads. If the counterexample goes in circles, it has the step that follows the last. The
// line is empty if no claim is violated, or if the counterexample has no step.
func (t TLC) Broke(ctx context.Context, dir fs.FS, found ...Counterexample) ([]string, error) {
	lines := make([]string, len(found))
	var q quantitiesModules
	for i, f := range found {
		r := f.Report
		if r.Verdict.Name == "" || len(r.Trace) < 2 {
			continue
		}
		lines[i] = fmt.Sprintf("%s: after step %d: ", r.Verdict.Name, len(r.Trace))
		if r.Back > 0 {
			lines[i] += fmt.Sprintf("step %d again, for ever", r.Back)
			continue
		}
		read, err := "", error(nil)
		if steps := Schedule(r.Trace); f.promise() == nil || steps[len(steps)-1].Thread == "" {
			read, err = reads(dir, f.Case.Module, r)
		} else {
			err = q.add(dir, i, f, steps[len(steps)-1].Thread)
		}
		if err != nil {
			return nil, err
		}
		lines[i] += read
	}
	if q.files == nil {
		return lines, nil
	}
	printed, _, err := t.print(ctx, dir, "Quantities", q.write(), q.files)
	if err != nil {
		return nil, err
	}
	if len(printed) != q.quantities {
		return nil, fmt.Errorf("module Quantities printed %q, want %d lines", printed, q.quantities)
	}
	separator := make(map[int]string)
	for _, p := range printed {
		tuple := Function(p)
		i, err := strconv.Atoi(tuple["1"])
		if err != nil || i < 0 || i >= len(lines) {
			return nil, fmt.Errorf("module Quantities printed %q", p)
		}
		lines[i] += separator[i] + short.Replace(tuple["2"]+" "+tuple["3"])
		separator[i] = ", "
	}
	return lines, nil
}

// quantitiesModules are the text of modules whose one step is the last step of each counterexample,
// of all at once. Module Quantities has an instance of a module of each, which extends that of the
// case.
type quantitiesModules struct {
	files      map[string]string
	threads    []string // model values, which a module has to declare
	instances  string
	step       string
	quantities int // lines that the step prints
}

var (
	constantLine = regexp.MustCompile(`(?m)^(\w+) = (.*)$`)
	modelValue   = regexp.MustCompile(`\bt\d+\b`)
)

// add adds counterexample i, whose last step is the thread's.
func (q *quantitiesModules) add(dir fs.FS, i int, f Counterexample, thread string) error {
	cfg, err := fs.ReadFile(dir, f.Case.cfgPath())
	if err != nil {
		return err
	}
	rest, _ := parseCfg(string(cfg))
	var with, threads []string
	for _, m := range constantLine.FindAllStringSubmatch(rest, -1) {
		with = append(with, m[1]+" <- "+m[2])
		threads = append(threads, modelValue.FindAllString(m[2], -1)...)
	}
	last := f.Report.Trace[len(f.Report.Trace)-2:]
	before, after := last[0].Vars, last[1].Vars
	for _, v := range slices.Sorted(maps.Keys(after)) {
		with = append(with, fmt.Sprintf("%s <- IF taken THEN %s ELSE %s", v, after[v], before[v]))
	}
	name := fmt.Sprintf("Quantities%d", i)
	q.instances += fmt.Sprintf("Of%d == INSTANCE %s WITH\n  %s\n", i, name, strings.Join(with, ",\n  "))
	module := fmt.Sprintf("---- MODULE %s ----\nEXTENDS %s\n%s", name, f.Case.Module, declare(threads))
	for k, quantity := range f.promise() {
		tla := strings.ReplaceAll(vocabulary[f.Case.Module].Replace(quantity.tla), "THREAD", thread)
		module += fmt.Sprintf("Quantity%d == %s\n", k, tla)
		q.step += fmt.Sprintf("  /\\ PrintT(<<%d, %q, Of%d!Quantity%d>>)\n", i, quantity.name, i, k)
	}
	if q.files == nil {
		q.files = make(map[string]string)
	}
	q.files[name+".tla"] = module + "====\n"
	q.threads = append(q.threads, threads...)
	q.quantities += len(f.promise())
	return nil
}

func declare(threads []string) string {
	return "CONSTANTS " + strings.Join(distinct(threads), ", ") + "\n"
}

func distinct(of []string) []string { return slices.Compact(slices.Sorted(slices.Values(of))) }

// write adds module Quantities, and returns its configuration.
func (q *quantitiesModules) write() (cfg string) {
	q.files["Quantities.tla"] = "---- MODULE Quantities ----\nEXTENDS Integers, TLC\n" + declare(q.threads) +
		"VARIABLE taken\n" + q.instances + "Init == taken = FALSE\nNext ==\n  /\\ ~taken /\\ taken' = TRUE\n" + q.step + "====\n"
	for _, t := range distinct(q.threads) {
		cfg += fmt.Sprintf("CONSTANT %[1]s = %[1]s\n", t)
	}
	return cfg + "INIT Init\nNEXT Next\nCHECK_DEADLOCK FALSE\n"
}

// reads lists the variables that the violated claim reads, through whatever operators, with their
// values at the end.
func reads(dir fs.FS, module string, r Report) (string, error) {
	text, err := bodies(dir, module, make(map[string]bool), make(map[string]bool))
	if err != nil {
		return "", err
	}
	body := make(map[string]string) // of an operator
	for _, u := range units(text) {
		if m := definition.FindStringSubmatch(u); m != nil {
			body[m[1]] = u[len(m[0]):]
		}
	}
	seen := make(map[string]bool)
	var see func(name string)
	see = func(name string) {
		if !seen[name] {
			seen[name] = true
			for _, w := range token.FindAllString(body[name], -1) {
				see(w)
			}
		}
	}
	see(r.Verdict.Name)
	vars := r.Trace[len(r.Trace)-1].Vars
	var list []string
	for _, v := range slices.Sorted(maps.Keys(vars)) {
		if seen[v] {
			list = append(list, v+" "+short.Replace(vars[v]))
		}
	}
	return strings.Join(list, ", "), nil
}
