package tla

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// flatten rewrites a module in the way that tla-checker reads. All is one file, which begins with
// the modules of ours that the module EXTENDS. Only variables have primes, no operator is an
// argument, and a bullet is one conjunct. The result is TLA+ too, so TLC judges whether it means
// the same (TestFlattened).
func flatten(dir fs.FS, module string) (string, error) {
	standard := make(map[string]bool)
	body, err := bodies(dir, module, make(map[string]bool), standard)
	if err != nil {
		return "", err
	}
	extends := ""
	if len(standard) > 0 {
		extends = "EXTENDS " + strings.Join(slices.Sorted(maps.Keys(standard)), ", ") + "\n"
	}
	body = splitBullets(distributePrimes(applyOperators(body)))
	return "---- MODULE " + module + " ----\n" + extends + body + "====\n", nil
}

var (
	moduleBegin = regexp.MustCompile(`(?m)^----+ *MODULE +\w+ *----+\n`)
	moduleEnd   = regexp.MustCompile(`(?m)^====+`)
	extendsLine = regexp.MustCompile(`(?m)^EXTENDS (.*)$`)
	comment     = regexp.MustCompile(`(?s)\(\*.*?\*\)|\\\*[^\n]*`)
)

func bodies(dir fs.FS, module string, seen, standard map[string]bool) (string, error) {
	if seen[module] {
		return "", nil
	}
	seen[module] = true
	b, err := fs.ReadFile(dir, module+".tla")
	if errors.Is(err, fs.ErrNotExist) {
		standard[module] = true
		return "", nil
	} else if err != nil {
		return "", err
	}
	text := string(b)
	begin, end := moduleBegin.FindStringIndex(text), moduleEnd.FindStringIndex(text)
	if begin == nil || end == nil {
		return "", fmt.Errorf("%s.tla: no module", module)
	}
	text = comment.ReplaceAllString(text[begin[1]:end[0]], "")
	before := ""
	if m := extendsLine.FindStringSubmatch(text); m != nil {
		for name := range strings.SplitSeq(m[1], ",") {
			b, err := bodies(dir, strings.TrimSpace(name), seen, standard)
			if err != nil {
				return "", err
			}
			before += b
		}
		text = extendsLine.ReplaceAllString(text, "")
	}
	return before + text, nil
}

var (
	// unit is where something begins in the first column.
	unit       = regexp.MustCompile(`(?m)^\S`)
	definition = regexp.MustCompile(`^(\w+)(\([^=\n]*\))?\s*==`)
	declared   = regexp.MustCompile(`^VARIABLES?\b`)
	primed     = regexp.MustCompile(`(\w+)(\([^()]*\))?'`)
	// token is a name, or a string or a field, which are no names.
	token       = regexp.MustCompile(`"[^"]*"|\.\w+|\w+\s*\|->|\w+`)
	bullet      = regexp.MustCompile(`^( +/\\ )(.*)\n$`)
	loose       = regexp.MustCompile(`\\/|=>|[:~]|\b(IF|THEN|ELSE|LET|IN|CASE)\b|\([^()]*/\\|\{[^}]*/\\`)
	higherOrder = regexp.MustCompile(`(?m)^(\w+)\((\w+)\(_\), (\w+)\)\s*==`)
	name        = regexp.MustCompile(`^\w+$`)
)

// units cuts a module where something begins in the first column: a definition, a declaration.
func units(module string) []string {
	starts := append(unit.FindAllStringIndex(module, -1), []int{len(module)})
	list := make([]string, 0, len(starts))
	for i := range len(starts) - 1 {
		list = append(list, module[starts[i][0]:starts[i+1][0]])
	}
	return list
}

// applyOperators replaces Sum(F, S), where Sum(G(_), S) is defined in the module, by SumF(S), whose
// definition is that of Sum with F for G.
func applyOperators(module string) string {
	m := higherOrder.FindStringSubmatch(module)
	if m == nil {
		return module
	}
	op, param, rest := m[1], m[2], m[3]
	call := regexp.MustCompile(`\b` + op + `\((\w+), `)
	formal := regexp.MustCompile(`\b` + param + `\(`)
	var b strings.Builder
	body := ""
	done := make(map[string]bool)
	for _, u := range units(module) {
		switch {
		case strings.HasPrefix(u, m[0]):
			body = u[len(m[0]):]
			continue // every use is replaced
		case strings.HasPrefix(u, "RECURSIVE "+op):
			continue
		}
		for _, use := range call.FindAllStringSubmatch(u, -1) {
			if actual := use[1]; !done[actual] {
				done[actual] = true
				of := formal.ReplaceAllString(call.ReplaceAllString(body, op+actual+"("), actual+"(")
				fmt.Fprintf(&b, "RECURSIVE %[1]s%[2]s(_)\n%[1]s%[2]s(%[3]s) ==%[4]s", op, actual, rest, of)
			}
		}
		b.WriteString(call.ReplaceAllString(u, op+"$1("))
	}
	return b.String()
}

// distributePrimes replaces F' and F(t)', where F is an operator of the module, by FNext. That is
// the definition of F with each variable primed, which is what the prime means.
func distributePrimes(module string) string {
	list := units(module)
	body := make(map[string]string) // of an operator
	next := make(map[string]string) // of a variable or a primed operator: its name after the step
	for _, u := range list {
		if m := definition.FindStringSubmatch(u); m != nil {
			body[m[1]] = u[len(m[0]):]
		} else if declared.MatchString(u) {
			for _, v := range token.FindAllString(u, -1)[1:] {
				next[v] = v + "'"
			}
		}
	}
	// need finds out whether an operator depends on a variable, and notes all it uses that does.
	var need func(op string) bool
	need = func(op string) bool {
		if next[op] != "" {
			return true
		}
		for _, w := range token.FindAllString(body[op], -1) {
			if name.MatchString(w) && w != op && need(w) {
				next[op] = op + "Next"
			}
		}
		return next[op] != ""
	}
	for i, u := range list {
		list[i] = primed.ReplaceAllStringFunc(u, func(use string) string {
			m := primed.FindStringSubmatch(use)
			if _, ok := body[m[1]]; ok && need(m[1]) {
				return next[m[1]] + m[2]
			}
			return use
		})
	}
	var b strings.Builder
	for _, u := range list {
		b.WriteString(u)
		m := definition.FindStringSubmatch(u)
		if m == nil || next[m[1]] == "" {
			continue
		}
		if slices.Contains(token.FindAllString(body[m[1]], -1), m[1]) {
			b.WriteString("RECURSIVE " + next[m[1]] + "(_)\n")
		}
		b.WriteString(next[m[1]] + m[2] + " ==" + token.ReplaceAllStringFunc(body[m[1]], func(w string) string {
			if next[w] != "" {
				return next[w]
			}
			return w
		}))
	}
	return b.String()
}

// splitBullets writes a bullet "/\ A /\ B" as two, where nothing in its line binds more loosely.
func splitBullets(module string) string {
	var b strings.Builder
	for line := range strings.Lines(module) {
		if m := bullet.FindStringSubmatch(line); m != nil && !loose.MatchString(line) {
			line = m[1] + strings.ReplaceAll(m[2], ` /\ `, "\n"+m[1]) + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
