package mutants

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/tla/readme"
)

// A ruleRow is a row of the table of rules in tla/README.md.
type ruleRow struct {
	rule, says                                       string
	functions, actions, defences, mutants, testNames []string
}

var quoted = regexp.MustCompile("`([^`]+)`")

func ruleRows(t *testing.T, root string) []ruleRow {
	t.Helper()
	table, err := readme.Read(filepath.Join(root, "tla/README.md"), "rules")
	if err != nil {
		t.Fatal(err)
	}
	var rows []ruleRow
	for i, line := range slices.Collect(strings.Lines(table)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 7 {
			t.Fatalf("line %d of the table of rules has %d cells, want 7: %s", i+1, len(cells), line)
		}
		if i < 2 { // its head
			continue
		}
		names := func(cell string) (list []string) {
			for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
				list = append(list, m[1])
			}
			return list
		}
		rows = append(rows, ruleRow{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), names(cells[2]),
			names(cells[3]), names(cells[4]), names(cells[5]), names(cells[6])})
	}
	return rows
}

// TestRules holds the table of rules against the code, the modules, the mutants and the tests.
func TestRules(t *testing.T) {
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	rows := ruleRows(t, root)
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]bool)
	breaks := make(map[string]string) // a mutant's id -> the rule that its sentence begins with
	for _, m := range all {
		ids[m.ID] = true
		if rule, _, ok := strings.Cut(m.Sentence, ". "); ok && regexp.MustCompile(`^R\d+$`).MatchString(rule) {
			breaks[m.ID] = rule
		}
	}
	cited := grep(t, root, "impl", `\b(R\d+)\b`, ".go", ".c", ".h")
	functions := goFunctions(t, filepath.Join(root, "impl"))
	tests := grep(t, root, ".", `(?m)^func ((?:Test|Fuzz)\w+)\(`, "_test.go")

	must := func(row ruleRow, what string, list []string, known func(string) bool) {
		if len(list) == 0 {
			t.Errorf("%s names no %s", row.rule, what)
		}
		for _, name := range list {
			if !known(name) {
				t.Errorf("%s names the %s %s, which does not exist", row.rule, what, name)
			}
		}
	}
	named := make(map[string]bool)
	for _, row := range rows {
		named[row.rule] = true
		if !cited[row.rule] {
			t.Errorf("%s has a row, and no code in impl cites it", row.rule)
		}
		must(row, "function", row.functions, func(f string) bool { return functions[f] })
		must(row, "action", row.actions, func(a string) bool { return isAction(root, a) })
		must(row, "mutant", row.mutants, func(m string) bool { return ids[m] })
		must(row, "test", row.testNames, func(f string) bool { return tests[f] })
		for _, d := range row.defences {
			if _, err := os.Stat(filepath.Join(root, "tla/cases/Without-"+d+".cfg")); err != nil || !ids[d] {
				t.Errorf("%s names the switch %s: no case Without-%s, or no mutant of that name", row.rule, d, d)
			}
		}
		for id, rule := range breaks {
			if rule == row.rule && !slices.Contains(row.mutants, id) {
				t.Errorf("the mutant %s breaks %s, whose row does not name it", id, rule)
			}
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(cited)) {
		if !named[rule] {
			t.Errorf("impl cites %s, which has no row in tla/README.md", rule)
		}
	}
}

// TestLinks: what the code calls an action of a module is one, and what a module calls a function of
// the code is one.
func TestLinks(t *testing.T) {
	root, err := readme.Root()
	if err != nil {
		t.Fatal(err)
	}
	actions := grep(t, root, "impl", `\b((?:BudgetCAS|Accounts)!\w+)`, ".go", ".h")
	functions := grep(t, root, "tla", `\b((?:Budget|Account)\.[a-zA-Z]\w*)`, ".tla")
	if len(actions) < 10 || len(functions) < 10 {
		t.Errorf("%d links to actions and %d to functions, want 10 or more", len(actions), len(functions))
	}
	for a := range actions {
		if !isAction(root, a) {
			t.Errorf("impl names the action %s, which does not exist", a)
		}
	}
	known := goFunctions(t, filepath.Join(root, "impl"))
	for f := range functions {
		if !known[f] && f != "Budget.tla" {
			t.Errorf("a module names the function %s, which does not exist", f)
		}
	}
}

// grep returns what the group of the pattern matches in the files below dir with one of the endings.
func grep(t *testing.T, root, dir, pattern string, endings ...string) map[string]bool {
	t.Helper()
	re, found := regexp.MustCompile(pattern), make(map[string]bool)
	err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
		ends := func(e string) bool { return strings.HasSuffix(path, e) }
		if err != nil || d.IsDir() || !slices.ContainsFunc(endings, ends) {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range re.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// goFunctions are the functions of the package in dir, methods as Type.Method.
func goFunctions(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name := fn.Name.Name
			if fn.Recv != nil {
				typ := fn.Recv.List[0].Type
				if star, ok := typ.(*ast.StarExpr); ok {
					typ = star.X
				}
				if id, ok := typ.(*ast.Ident); ok {
					name = id.Name + "." + name
				}
			}
			found[name] = true
		}
	}
	return found
}

// isAction reports whether Module!Action is an operator of one thread in that module.
func isAction(root, name string) bool {
	module, action, ok := strings.Cut(name, "!")
	text, err := os.ReadFile(filepath.Join(root, "tla", module+".tla"))
	return ok && err == nil && regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(action)+`\(t[,)]`).Match(text)
}
