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
// argument, and a bullet is one conjunct: flatten returns an error if a prime or such an operator
// is left. The result is TLA+ too, so TLC judges whether it means the same (TestFlattened).
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
	p := primesOf(body)
	for _, m := range anyPrime.FindAllStringSubmatch(body, -1) {
		if p.next[m[1]] != m[1]+"'" {
			return "", fmt.Errorf("%s: %s is no variable with a prime", module, m[0])
		}
	}
	if m := takesOperator.FindString(body); m != "" {
		return "", fmt.Errorf("%s: %s takes an operator", module, m)
	}
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
	anyPrime   = regexp.MustCompile(`(\w*\W?)'`)
	// token is a name, or a string or a field, which are no names.
	token       = regexp.MustCompile(`"[^"]*"|\.\w+|\w+\s*\|->|\w+`)
	bullet      = regexp.MustCompile(`^( +/\\ )(.*)\n$`)
	loose       = regexp.MustCompile(`\\/|=>|[:~]|\b(IF|THEN|ELSE|LET|IN|CASE)\b|\([^()]*/\\|\{[^}]*/\\|\[[^]]*/\\`)
	higherOrder = regexp.MustCompile(`(?m)^(\w+)\((\w+)\(_\), (\w+)\)\s*==`)
	// takesOperator is the head of a definition with an operator among its parameters.
	takesOperator = regexp.MustCompile(`(?m)^\w+\([^=\n]*\(_`)

	name = regexp.MustCompile(`^\w+$`)
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

// primes are the operators of a module, by name, and the names after the step: of each variable,
// and of each operator that is used with a prime.
type primes struct{ body, next map[string]string }

func primesOf(module string) primes {
	p := primes{make(map[string]string), make(map[string]string)}
	for _, u := range units(module) {
		if m := definition.FindStringSubmatch(u); m != nil {
			p.body[m[1]] = u[len(m[0]):]
		} else if declared.MatchString(u) {
			for _, v := range token.FindAllString(u, -1)[1:] {
				p.next[v] = v + "'"
			}
		}
	}
	return p
}

// need reports whether an operator depends on a variable, and names all that it uses and that does.
func (p primes) need(op string) bool {
	if p.next[op] == "" {
		for _, w := range token.FindAllString(p.body[op], -1) {
			if name.MatchString(w) && w != op && p.need(w) {
				p.next[op] = op + "Next"
			}
		}
	}
	return p.next[op] != ""
}

// prime writes an expression after the step: with each variable primed, which is what a prime
// means.
func (p primes) prime(expression string) string {
	return token.ReplaceAllStringFunc(expression, func(w string) string {
		if name.MatchString(w) && p.need(w) {
			return p.next[w]
		}
		return w
	})
}

// distributePrimes replaces F' and F(e)', where F is an operator of the module that depends on a
// variable, by FNext, whose definition is that of F after the step.
func distributePrimes(module string) string {
	p := primesOf(module)
	module = primed.ReplaceAllStringFunc(module, func(use string) string {
		if _, ok := p.body[primed.FindStringSubmatch(use)[1]]; ok {
			return p.prime(strings.TrimSuffix(use, "'"))
		}
		return use
	})
	var b strings.Builder
	for _, u := range units(module) {
		b.WriteString(u)
		m := definition.FindStringSubmatch(u)
		if m == nil || p.next[m[1]] == "" {
			continue
		}
		if slices.Contains(token.FindAllString(p.body[m[1]], -1), m[1]) {
			b.WriteString("RECURSIVE " + p.next[m[1]] + "(_)\n")
		}
		b.WriteString(p.next[m[1]] + m[2] + " ==" + p.prime(p.body[m[1]]))
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
