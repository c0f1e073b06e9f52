//go:build interleave

package explore

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/linearizability/explore/engine"
)

// TestNamesMet: the code takes a step at each row of the tables. A row where it does not has lost
// its function, or is called otherwise.
func TestNamesMet(t *testing.T) {
	met := make(map[string]bool)
	for _, text := range []string{
		"0:2x.a2.a0:E", "3:2:1.0:L2", // without accounts
		"0:@1.2x.0:E", "200:@1.0.1:+190", "200:@1.110.0.20:80.0", "200:@1.-10.a2.D:S.N", "0:1.0:@1.K:S",
		"200:2x:@1:199", "200:@1:-2",
	} {
		x, err := New(text)
		if err != nil {
			t.Fatal(err)
		}
		g, err := x.Explore(t.Context(), 1_000_000, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range g.States {
			for th := range x.engine.Threads() {
				if p := x.engine.Point(s, th); p.Kind == engine.Operation {
					met[x.names.placeOf(p.Request).row] = true
				}
			}
		}
	}
	for _, of := range []map[string]string{actions, budgetActions, accountActions} {
		for row := range of {
			if !met[row] {
				t.Errorf("no step is taken at %q", row)
			}
		}
	}
}

// TestComments holds the comments of impl against the tables. A comment in a function that names an
// action that writes says what the tables say of an operation in that function; and each operation
// that the tables have and that writes has that comment.
func TestComments(t *testing.T) {
	type step struct{ function, action string }
	writes, loads := make(map[step]bool), make(map[string]bool) // as the tables have them
	add := func(module string, of map[string]string) {
		for row, action := range of {
			calls, operation, _ := strings.Cut(row, ": ")
			switch _, op, _ := strings.Cut(operation, " "); op {
			case "load":
				loads[module+"!"+action] = true
			case "store", "swap", "add", "compare-and-swap":
				function := calls[strings.LastIndexByte(calls, '/')+1:]
				writes[step{function, module + "!" + action}] = true
			}
		}
	}
	add("BudgetCAS", actions)
	add("BudgetCAS", budgetActions)
	add("Accounts", actions)
	add("Accounts", accountActions)

	named := regexp.MustCompile(`\b(?:BudgetCAS|Accounts)!\w+`)
	said := make(map[step]bool)
	for function, text := range comments(t, "../../impl/*.go") {
		for _, action := range named.FindAllString(text, -1) {
			if s := (step{function, action}); writes[s] {
				said[s] = true
			} else if !loads[action] {
				t.Errorf("a comment in %s names %s, which is no step there", function, action)
			}
		}
	}
	for s := range writes {
		if !said[s] {
			t.Errorf("no comment in %s names %s", s.function, s.action)
		}
	}
}

// comments are the comments in each function of some files.
func comments(t *testing.T, pattern string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	text := make(map[string]string)
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			for _, c := range f.Comments {
				if ok && c.Pos() > fn.Pos() && c.End() < fn.End() {
					text[nameOf(fn)] += c.Text()
				}
			}
		}
	}
	return text
}

// nameOf is the name of a function as the tables write it.
func nameOf(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return fn.Name.Name
	}
	typ := fn.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	return typ.(*ast.Ident).Name + "." + fn.Name.Name
}

// TestLayout: a field that impl calls otherwise is an error that names it, and not the first cell.
func TestLayout(t *testing.T) {
	s, err := parseScenario("3:@2:N")
	if err != nil {
		t.Fatal(err)
	}
	cells := newMachine(s).cells
	if _, err := newLayout(cells, 2); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"word", "setter", "base[0]", "base[1]", "accounts", "stocks", "stocks[0].slack",
		"stocks[0].taken", "stocks[1].cap", "stocks[1].limit"} {
		renamed := slices.Clone(cells)
		i := slices.IndexFunc(renamed, func(c engine.Cell) bool { return c.Name == name })
		renamed[i].Name = "other"
		if _, err := newLayout(renamed, 2); err == nil || !strings.Contains(err.Error(), "no field "+name) {
			t.Errorf("without %s: %v, want an error that names it", name, err)
		}
	}
}
