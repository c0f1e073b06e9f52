package tla

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A quantity is a number that a promise is about, in TLA+: over the last step of a counterexample, with
// primes after it, and without before it. THREAD is the thread whose step it is. What else is in
// capitals, each module has in its own words: see vocabulary.
type quantity struct{ name, tla string }

var quantities = map[string][]quantity{
	"NeverOverLimit":     {{"charged", "(GRANTED)'"}, {"limit", "HIGHEST"}},
	"LiveWithinCharge":   {{"phys", "(Sum(LAMBDA s : phys[s], Threads))'"}, {"counter", "(COUNTER)'"}},
	"NoFalseRefusal":     {{"charged", "GRANTED"}, {"refused", "want[THREAD] - held[THREAD]"}, {"limit", "LIMIT"}},
	"ShrinkNeverRefused": {{"held", "held[THREAD]"}, {"refused", "want[THREAD]"}},
	"Exact":              {{"charged", "Charged'"}, {"counter", "(COUNTER)'"}},
	"WrapSafe":           {{"charged", "Charged'"}, {"largest", "Largest"}},
	"StrictLimit":        {{"charged", "(GRANTED)'"}, {"limit", "(LIMIT)'"}},
	"OverReleaseCaught": {{"counter", "COUNTER"},
		{"released", "Max(want[THREAD] - held[THREAD], held[THREAD] - want[THREAD])"}, // in a rollback, or a shrink
		{"then counter", "(COUNTER)'"}, {"pc", "pc'[THREAD]"}},
}

// vocabulary is each module's own: the bytes granted (in AddUndo a request that is to be undone is
// charged and not granted), the counter, the limit, and the highest limit during the call.
var vocabulary = map[string]*strings.Replacer{
	"BudgetCAS": inWords("Charged", "Counter", "asked", "Max(top[THREAD], asked')"),
	"Accounts":  inWords("Charged", "Counter", "Limit", "Max(Limit, Limit')"),
	"HAProxy":   inWords("Charged", "counter", "InForce", "Max(top[THREAD], InForce')"),
	"TwoWord":   inWords("Charged", "counter", "limit", "Max(top[THREAD], limit')"),
	"AddUndo":   inWords("Granted", "Counter", "limit", "Max(top[THREAD], limit')"),
}

func inWords(granted, counter, limit, highest string) *strings.Replacer {
	return strings.NewReplacer("GRANTED", granted, "COUNTER", counter, "LIMIT", limit, "HIGHEST", highest)
}

// Broke returns what a counterexample comes to, as a line: the claim, the number of steps, and the
// quantities of the promise, which TLC evaluates in the last step. Of a claim that is no promise of
// these modules, the line has the variables that the claim reads. If the counterexample goes in
// circles, it has the step that follows the last. The line is empty if no claim is violated, or if the
// counterexample has no step.
func (t TLC) Broke(ctx context.Context, dir fs.FS, c Case, r Report) (string, error) {
	if r.Verdict.Name == "" || len(r.Trace) < 2 {
		return "", nil
	}
	line := fmt.Sprintf("%s: after step %d: ", r.Verdict.Name, len(r.Trace))
	if r.Back > 0 {
		return line + fmt.Sprintf("step %d again, for ever", r.Back), nil
	}
	steps := Schedule(r.Trace)
	last := steps[len(steps)-1]
	vocabulary, promise := vocabulary[c.Module], quantities[r.Verdict.Name]
	if vocabulary == nil || promise == nil || last.Thread == "" {
		read, err := reads(dir, c.Module, r)
		return line + read, err
	}
	cfg, err := fs.ReadFile(dir, c.cfgPath())
	if err != nil {
		return "", err
	}
	before, after := r.Trace[len(r.Trace)-2].Vars, r.Trace[len(r.Trace)-1].Vars
	module, constants := quantitiesModule(c.Module, before, after, string(cfg))
	for _, q := range promise {
		tla := strings.ReplaceAll(vocabulary.Replace(q.tla), "THREAD", last.Thread)
		module += fmt.Sprintf("  /\\ PrintT(<<%q, %s>>)\n", q.name, tla)
	}
	printed, _, err := t.print(ctx, dir, "Quantities", constants, "Quantities", module+"====\n")
	if err != nil {
		return "", err
	}
	var numbers []string
	for _, p := range printed {
		q := Function(p)
		numbers = append(numbers, short.Replace(q["1"]+" "+q["2"]))
	}
	if len(numbers) != len(promise) {
		return "", fmt.Errorf("module Quantities printed %q", printed)
	}
	return line + strings.Join(numbers, ", "), nil
}

var (
	constantLine = regexp.MustCompile(`(?m)^\w+ (?:=|<-) .*\n`)
	modelValue   = regexp.MustCompile(`\bt\d+\b`)
)

// quantitiesModule begins a module whose one step is that from before to after, and returns its
// configuration: the constants of cfg. Threads are model values, which a module has to declare.
func quantitiesModule(of string, before, after map[string]string, cfg string) (module, constants string) {
	rest, _ := parseCfg(cfg)
	lines := strings.Join(constantLine.FindAllString(rest, -1), "")
	threads := slices.Compact(slices.Sorted(slices.Values(modelValue.FindAllString(lines, -1))))
	constants = "CONSTANTS\n" + lines
	for _, t := range threads {
		constants += t + " = " + t + "\n"
	}
	constants += "INIT QuantitiesInit\nNEXT QuantitiesNext\nCHECK_DEADLOCK FALSE\n"
	state := func(vars map[string]string, prime string) (text string) {
		for _, v := range slices.Sorted(maps.Keys(vars)) {
			text += fmt.Sprintf("  /\\ %s%s = %s\n", v, prime, vars[v])
		}
		return text
	}
	module = fmt.Sprintf("---- MODULE Quantities ----\nEXTENDS %s, TLC\nCONSTANTS %s\n", of, strings.Join(threads, ", "))
	module += "QuantitiesInit ==\n" + state(before, "")
	module += "QuantitiesNext ==\n  /\\ QuantitiesInit\n" + state(after, "'")
	return module, constants
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
