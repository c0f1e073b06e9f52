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
)

type set map[string]bool

// A tree is what a page may name. Its paths have slashes, and are relative to the root.
type tree struct {
	root     string
	text     map[string]string // of each file
	dirs     set
	paths    []string           // of files and folders
	known    map[string]set     // names by kind
	packages map[string]listing // by folder, tags and patterns
}

func re(pattern string) *regexp.Regexp { return regexp.MustCompile(pattern) }

var (
	testFunction = re(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)(?:[A-Z_]\w*)?)\(`)

	// defined is where names come from: the kind, the files, the pattern, and its part that is the
	// name.
	defined = []struct {
		kind          string
		file, pattern *regexp.Regexp
		name          string
	}{
		{"test", re(`_test\.go$`), testFunction, "$1"},
		{"function", re(`^impl/\w+\.go$`), re(`(?m)^func (?:\(\w* ?\*?(\w+)\) )?(\w+)\(`), "$1.$2"},
		{"flag", re(`\.go$`), re(`\.(?:Bool|U?[Ii]nt|U?[Ii]nt64|String|Float64|Duration|Text|Func|BoolFunc)?(?:Var)?` +
			`\(\s*(?:&?[\w.]+,\s*)?"(\w[\w.-]*)"`), "$1"},
		{"tag", re(`\.go$`), re(`(?m)^//go:build (.*)$`), "$1"},
		{"case", re(`^tla/cases\.tsv$`), re(`(?m)^(\w+-[\w-]+)\t`), "$1"},
		{"mutant", re(`mutants\.txt$`), re(`(?m)^# (\w+)$`), "$1"},
		{"module", re(`^tla/\w+\.tla$`), re(`^-+ MODULE (\w+)`), "$1"},
		{"operator", re(`^tla/\w+\.tla$`), re(`(?m)^(\w+)(?:\(.*\))?\s*==`), "$1"},
		{"action", re(`^tla/\w+\.tla$`), re(`(?m)^(\w+)\(t[,)]`), "MODULE!$1"},
		{"rule", re(`^tla/README\.md$`), re(`(?m)^\| ([RT]\d+) \|`), "$1"},
		{"name", re(`^\w.*\.(go|c|h|tla|cfg|tsv|txt|mjs)$`), re(`\w*[a-z]\w*`), "$0"}, // outside of comments
	}

	comment    = re(`(?m)//.*$|(?s:/\*.*?\*/)`)
	tlaComment = re(`(?m)\\\*.*$|(?s:\(\*.*?\*\))`)
	goFlag     = re(`(?m)^\t-(\w+)`)
)

// read reads the checkout at root, without what git ignores.
func read(root string) (*tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	t := &tree{root: root, text: make(map[string]string), dirs: set{".": true},
		known: map[string]set{"flag": {"h": true}}, packages: make(map[string]listing)}
	for _, topic := range []string{"build", "test", "testflag"} {
		help, err := exec.Command("go", "help", topic).Output()
		if err != nil {
			return nil, err
		}
		for _, m := range goFlag.FindAllStringSubmatch(string(help), -1) {
			t.known["flag"][m[1]] = true
		}
	}
	files, err := exec.Command("git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard").Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	for file := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			continue // deleted: it does not exist
		}
		t.text[file], t.paths = string(text), append(t.paths, file)
		for dir := path.Dir(file); !t.dirs[dir]; dir = path.Dir(dir) {
			t.dirs[dir], t.paths = true, append(t.paths, dir)
		}
		t.define(file)
	}
	for line := range strings.Lines(t.text[".gitignore"]) { // what commands make
		t.paths = append(t.paths, strings.Trim(line, "/\n"))
	}
	return t, nil
}

// define adds the names that a file defines.
func (t *tree) define(file string) {
	for _, d := range defined {
		if !d.file.MatchString(file) {
			continue
		}
		if t.known[d.kind] == nil {
			t.known[d.kind] = make(set)
		}
		text := t.text[file]
		if d.kind == "name" {
			text = comments(file).ReplaceAllString(text, "")
		}
		as := strings.Replace(d.name, "MODULE", strings.TrimSuffix(path.Base(file), ".tla"), 1)
		for _, m := range d.pattern.FindAllStringSubmatchIndex(text, -1) {
			names := string(d.pattern.ExpandString(nil, as, text, m)) // several in //go:build
			for _, name := range strings.FieldsFunc(names, func(c rune) bool { return strings.ContainsRune(" &|()", c) }) {
				t.known[d.kind][strings.TrimLeft(name, ".!")] = true
			}
		}
	}
}

func comments(file string) *regexp.Regexp {
	if path.Ext(file) == ".tla" || path.Ext(file) == ".cfg" {
		return tlaComment
	}
	return comment
}

// hasBelow reports whether a path exists, seen from the root or from some folder; * stands for any
// characters but a slash.
func (t *tree) hasBelow(name string) bool {
	name = path.Clean(strings.ReplaceAll(name, "../", ""))
	return slices.ContainsFunc(t.paths, func(p string) bool {
		for range strings.Count(p, "/") - strings.Count(name, "/") {
			_, p, _ = strings.Cut(p, "/")
		}
		ok, err := path.Match(name, p)
		return ok && err == nil
	})
}
