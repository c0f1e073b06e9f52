package main

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var (
	firstCommand = re(`(?m)^\s*(\$ )?(\w+=\S* )*(go|cd|for)\s`)
	prompt       = re(`(?m)^\s*\$ `)
	argument     = re(`^[A-Z]\w*[a-z]\w*(-\w+)*$`)
)

// shell follows the commands of a span or a block. They start in the root.
func (r *report) shell(commands string, below int, span bool) {
	file, err := syntax.NewParser().Parse(strings.NewReader(prompt.ReplaceAllString(commands, "")), "")
	if err != nil {
		r.want(false, "shell", err.Error())
		return
	}
	first, dir := r.line+below, "."
	syntax.Walk(file, func(n syntax.Node) bool {
		c, ok := n.(*syntax.CallExpr)
		if !ok || len(c.Args) < 2 {
			return true
		}
		r.line = first + int(c.Pos().Line()) - 1
		words := make([]string, len(c.Args))
		for i, arg := range c.Args {
			words[i], _ = expand.Literal(nil, arg) // "" of what is not known before it runs
		}
		switch {
		case words[0] == "cd":
			dir = path.Join(dir, words[1])
			r.want(r.dirs[dir], "folder", dir)
		case words[0] == "go" && words[1] == "-C" && len(words) > 3:
			r.goCommand(path.Join(dir, words[2]), words[3:], span)
		case words[0] == "go":
			r.goCommand(dir, words[1:], span)
		case strings.HasPrefix(words[0], "./"):
			r.program(words[1:], true)
		}
		return true
	})
}

// goCommand looks up the packages of a command, and in them what its flags ask for. In a sentence
// it may leave out the package. A package begins with a dot here, and no value of a flag does.
func (r *report) goCommand(dir string, words []string, span bool) {
	verb := words[0]
	if !slices.Contains([]string{"test", "vet", "build", "run", "doc"}, verb) {
		return
	}
	flags, patterns := split(words[1:])
	if verb == "run" {
		if patterns == nil {
			return // a program of another module
		}
		patterns = patterns[:1]
	}
	r.program(words[1:], verb == "run")
	for _, tag := range strings.FieldsFunc(flags["tags"], func(c rune) bool { return c == ',' }) {
		r.want(r.known["tag"][tag], "tag", tag)
	}
	if patterns == nil {
		if span && flags["run"]+flags["bench"]+flags["fuzz"] == "" {
			return // any package
		}
		patterns = []string{"."}
	}
	l := r.list(dir, flags["tags"], patterns)
	if l.err != nil && dir == "." { // the page of a nested module speaks of its own folder
		l = r.list(path.Dir(r.file), flags["tags"], patterns)
	}
	switch {
	case l.err != nil:
		r.want(false, "package", strings.Join(patterns, " ")+": "+l.err.Error())
	case verb == "run":
		r.want(l.programs == 1, "program", patterns[0])
	case verb == "test":
		r.want(len(l.tests) > 0, "tests of", patterns[0])
		r.match("-run", flags["run"], `^(Test|Fuzz|Example)`, l.tests)
		r.match("-bench", flags["bench"], `^Benchmark`, l.tests)
		r.match("-fuzz", flags["fuzz"], `^Fuzz`, l.tests)
	}
}

// split returns the values of the flags in a command of go, and its packages.
func split(words []string) (flags map[string]string, patterns []string) {
	flags = make(map[string]string)
	for i, word := range words {
		if strings.HasPrefix(word, "-") {
			name, value, has := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if !has {
				value = append(words, "")[i+1]
			}
			flags[name] = value
		} else if strings.HasPrefix(word, ".") {
			patterns = append(patterns, word)
		}
	}
	return flags, patterns
}

// program looks up flags, and the names that a program of ours is given.
func (r *report) program(args []string, ours bool) {
	for _, arg := range args {
		if flag := flagWord.FindStringSubmatch(arg); flag != nil {
			r.want(r.known["flag"][flag[1]], "flag", flag[0])
		} else if ours && argument.MatchString(arg) {
			r.want(r.known["case"][arg] || r.known["mutant"][arg] || r.known["module"][arg], "case, mutant or module", arg)
		}
	}
}

// match: each alternative of a pattern has a function to match. A pattern with a bracket stays
// whole.
func (r *report) match(flag, pattern, kind string, names []string) {
	top, _, _ := strings.Cut(pattern, "/")
	alternatives := []string{top}
	if !strings.ContainsAny(top, "([") {
		alternatives = strings.Split(top, "|")
	}
	for _, a := range alternatives {
		found := slices.ContainsFunc(names, func(name string) bool {
			ok, err := regexp.MatchString(a, name)
			return ok && err == nil && re(kind).MatchString(name) && name != "TestMain"
		})
		r.want(found || a == "" || a == "^$", "what matches "+flag, a)
	}
}

// A listing is what go list prints of packages.
type listing struct {
	tests    []string // functions
	programs int
	err      error
}

func (t *tree) list(dir, tags string, patterns []string) (l listing) {
	key := fmt.Sprint(dir, tags, patterns)
	if l, ok := t.packages[key]; ok {
		return l
	}
	defer func() { t.packages[key] = l }()
	const files = "{{.Name}}{{range .TestGoFiles}}\t{{$.Dir}}/{{.}}{{end}}{{range .XTestGoFiles}}\t{{$.Dir}}/{{.}}{{end}}"
	cmd := exec.Command("go", append([]string{"list", "-find", "-f", files, "-tags", tags}, patterns...)...)
	cmd.Dir = filepath.Join(t.root, dir)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=1") // the same everywhere
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err != nil || strings.HasSuffix(text, "matched no packages") {
		return listing{err: fmt.Errorf("%s %v", text, err)}
	}
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Split(line, "\t")
		if words[0] == "main" {
			l.programs++
		}
		for _, file := range words[1:] {
			file, _ = filepath.Rel(t.root, file)
			for _, m := range testFunction.FindAllStringSubmatch(t.text[file], -1) {
				l.tests = append(l.tests, m[1])
			}
		}
	}
	return l
}
