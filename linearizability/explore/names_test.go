//go:build interleave

package explore

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
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
		"3:2:1.0:L2", "-:2x.a2.a0.E", "200(9):@X1.0.20.-3.S.=.L2", "200(9(-)):@Y1.XV.0", "200(9(-)):@Y1.X1.X2.X0",
		"200(?-):2.-3.0:XN.X1", "200(-):@X1:199", "200(-,9(-)):@X4.+3.MY1.MO1.YMX1.Z1.YMZ1.300", "5(-):@X1.0:2", "200(-):@X1.-2.0",
		"200(9):@X1.10.0:S", "2000(-(-)):@Y1.400.0", "200(-):@X60.61.0", "20000(-):@X1.4990.+20", "5(-(-)):@Y1.X1.Y0", "200(-(-)):@Y1.X1.0", "200(-(-)):@X+2.MY1.Y1",
		"200(-):X+1:X+1", "5(5):XK.XK",
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
	for row := range actions {
		if !met[row] {
			t.Errorf("no step is taken at %q", row)
		}
	}
}

// TestComments holds the comments of impl against the tables, and those against the specification. A
// comment in a function that names an action that writes says what the tables say of an operation in
// that function; and each operation that the tables have and that writes has that comment, unless it
// is on the lock. An action is one that a thread takes in the module.
func TestComments(t *testing.T) {
	module, err := os.ReadFile("../../tla/BudgetTree.tla")
	if err != nil {
		t.Fatal(err)
	}
	for row, action := range actions {
		if !regexp.MustCompile(`(?m)^` + action + `\(t[,)][^\n]*==`).Match(module) {
			t.Errorf("%s: the module has no action %s", row, action)
		}
	}
	type step struct{ function, action string }
	writes, loads := make(map[step]bool), make(map[string]bool) // as the tables have them
	for row, action := range actions {
		calls, operation, _ := strings.Cut(row, ": ")
		if strings.HasSuffix(operation, " load") {
			loads["BudgetTree!"+action] = true
			continue
		}
		if strings.HasSuffix(operation, " lock") {
			continue
		}
		function := calls[strings.LastIndexByte(calls, '/')+1:]
		writes[step{function, "BudgetTree!" + action}] = true
	}

	named := regexp.MustCompile(`\bBudgetTree!\w+`)
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
	s, err := parseScenario("3(-):@X2")
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(s)
	if _, err := newLayout(m.cells, m.numbers); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lock", "bound", "budgets[0].word", "budgets[1].base[0]", "budgets[1].base[1]",
		"budgets[1].limit", "budgets[0].direct"} {
		renamed := slices.Clone(m.cells)
		i := slices.IndexFunc(renamed, func(c engine.Cell) bool { return c.Name == name })
		renamed[i].Name = "other"
		if _, err := newLayout(renamed, m.numbers); err == nil || !strings.Contains(err.Error(), "no field "+name) {
			t.Errorf("without %s: %v, want an error that names it", name, err)
		}
	}
}
