package mutants

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/mutate"
	"casalloc/tla"

	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

const root = "../.." // seen from here

var (
	quick = flag.Bool("quick", false, "run the two cheapest of the checks that must catch each mutant of the code, "+
		"and let TLC refute each wrong specification again")
	record = flag.Bool("record", false, "let TLC refute each wrong specification, and write that into tla/verdicts.tsv")
)

// tables returns the tables of the list, and how many mutants they have.
func tables(t *testing.T, l List) (tables []mutate.Table, n int) {
	t.Helper()
	abs, err := filepath.Abs(root)
	if err == nil {
		tables, err = l.Tables(abs)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		n += len(table.Mutants) - 1 // the first is none
	}
	return tables, n
}

// TestMutantsFit: every mutant fits the source, exactly once, and is Go if that is Go. Otherwise a
// refactoring would disarm it.
func TestMutantsFit(t *testing.T) {
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, l := range Lists {
		mutants, err := l.Mutants(root)
		if err != nil {
			t.Fatal(err)
		}
		edited := filepath.Join(root, l.edited)
		for _, m := range mutants {
			files, err := m.Apply(os.DirFS(edited))
			dirs := make(map[string]bool)
			for name := range files {
				if filepath.Ext(name) == ".go" { // C and TLA+ are read where the mutant is run
					dirs[filepath.Dir(name)] = true
				}
			}
			for dir := range dirs {
				err = errors.Join(err, mutate.Compile(fset, std, edited, dir, files))
			}
			if err != nil {
				t.Errorf("%s: %s: %v", l.Name, m.ID, err)
			}
		}
	}
}

// TestPinned: two checks at least must catch each mutant of the code, or mutants.txt has why not.
func TestPinned(t *testing.T) {
	tables, _ := tables(t, Code)
	for _, table := range tables {
		for _, m := range table.Mutants[1:] {
			if n := len(m.Must); n == 0 || n == 1 && m.Fields["only"] == "" {
				t.Errorf("%s: %d checks are pinned to catch it", m.ID, n)
			}
		}
	}
}

// TestRecorded: what is recorded is of these mutants, is as it must be, and is what the page shows.
func TestRecorded(t *testing.T) {
	for _, l := range []List{Code, Spec} {
		tables, _ := tables(t, l)
		if err := l.Recorded(root, tables); err != nil {
			t.Fatal(err)
		}
		if err := mutate.Problems(tables); err != nil {
			t.Errorf("run these: go run ./linearizability/cmd/mutants -of %s -record ID ...\n%v", l.Name, err)
		}
		for file, want := range l.Files(root, tables) {
			text, err := os.ReadFile(file)
			if d := cmp.Diff(want, string(text)); err != nil || d != "" {
				t.Errorf("%s is stale: go run ./linearizability/cmd/mutants -of %s -n -record\n%v (-want +got):\n%s",
					file, l.Name, err, d)
			}
		}
	}
}

// TestCounts: the pages have how many mutants there are.
func TestCounts(t *testing.T) {
	_, code := tables(t, Code)
	_, spec := tables(t, Spec)
	_, prover := tables(t, Prover)
	for want, page := range map[string]string{
		fmt.Sprintf("| %d of %d, %d of %d |", code, code, spec, spec):     "README.md",
		fmt.Sprintf("that %d wrong versions still fit", code+spec+prover): "README.md",
		fmt.Sprintf("catches %d wrong generators", prover):                "tla/README.md",
	} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if line := strings.Join(strings.Fields(string(text)), " "); err != nil || !strings.Contains(line, want) {
			t.Errorf("%s does not have %q (%v)", page, want, err)
		}
	}
}

// TestSpecifications: each wrong specification falls to its claim. TestCases has it that the
// protocol keeps the claim.
func TestSpecifications(t *testing.T) {
	tables, n := tables(t, Spec)
	check := fmt.Sprintf("%d wrong specifications", n)
	verdict, err := missing.Of(root+"/tla/verdicts.tsv", check, root, "tla/*.tla", "tla/*.go", "tla/cases.tsv", "tla/cases/*.cfg",
		"tla/mutants.txt", "linearizability/mutants/*.go", "linearizability/mutate/*.go")
	if err != nil {
		t.Fatal(err)
	}
	if !*quick && !*record {
		verdict.Reuse(t)
	}
	_, err = tla.FindTLC()
	missing.Skip(t, err, check)
	short(tables, 1)
	for i := range tables {
		tables[i].Mutants[0].Asked = nil
	}
	run(t, tables, Spec.Workers)
	if *record {
		verdict.Record(t, "TLC")
	}
}

// TestQuick: the two cheapest of the checks that must catch a mutant of the code catch it, and the
// code as it is passes them.
func TestQuick(t *testing.T) {
	if !*quick {
		t.Skip("no -quick")
	}
	tables, _ := tables(t, Code)
	short(tables, 2)
	run(t, tables, Code.Workers)
}

// short has each mutant put to the first n of the checks that must catch it, and the thing as it is
// to those alone.
func short(tables []mutate.Table, n int) {
	for _, t := range tables {
		used := make(map[string]bool)
		for i, m := range t.Mutants[1:] {
			m.Must = m.Must[:min(n, len(m.Must))]
			m.Asked = m.Must
			t.Mutants[1+i] = m
			for _, check := range m.Must {
				used[check] = true
			}
		}
		t.Mutants[0].Asked = nil
		for _, c := range t.Checks {
			if used[c.Name] {
				t.Mutants[0].Asked = append(t.Mutants[0].Asked, c.Name)
			}
		}
	}
}

// run runs the tables, until shortly before go test's time is over: then a process would stay
// behind.
func run(t *testing.T, tables []mutate.Table, workers int) {
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-10*time.Second))
		defer cancel()
	}
	if err := mutate.Run(ctx, tables, workers, t.Output()); err != nil {
		t.Fatalf("some mutants were not tried: %v", err)
	}
	if err := mutate.Problems(tables); err != nil {
		t.Error(err)
	}
}

// TestInterrupt: what an interrupt ends is no verdict, and no cell.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, l := range Lists {
		tables, _ := tables(t, l)
		err := tables[0].Try(ctx, tables[0].Mutants[1], func(check string, c mutate.Cell) {
			t.Errorf("%s after an interrupt: %s: %s", l.Name, check, c)
		})
		if !errors.Is(err, context.Canceled) && !errors.As(err, new(missing.Tool)) {
			t.Errorf("%s after an interrupt: %v, want that it was cancelled", l.Name, err)
		}
	}
}

// TestSpecStrict: a mutant of the specification edits one module, and names what must fall.
func TestSpecStrict(t *testing.T) {
	const good = "# A\nx\nfalls: Exact\n@ BudgetTree.tla\n-a\n+b\n"
	for _, tt := range []struct{ name, text, why string }{
		{"good", good, ""},
		{"falls to nothing", strings.Replace(good, "falls: Exact\n", "", 1), `must fall to "", which`},
		{"falls to what is not claimed", strings.Replace(good, "Exact", "Exactly", 1), `must fall to "Exactly"`},
		{"falls to an auxiliary", strings.Replace(good, "Exact", "TypeOK", 1), `must fall to "TypeOK"`},
		{"two modules", good + "@ Budget.tla\n-a\n+b\n", "something else than one module"},
		{"a configuration", strings.Replace(good, "BudgetTree.tla", "cases/M.cfg", 1), "something else than one module"},
	} {
		mutants, err := mutate.Parse("m.txt", tt.text, "falls", "in")
		if err != nil {
			t.Fatal(err)
		}
		_, err = specTables(root, mutants)
		if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.why)
		}
	}
}

// TestCellOf: only a claim that fell is a catch.
func TestCellOf(t *testing.T) {
	for want, f := range map[string]tla.Finding{
		"12":           {Length: 12},
		"-":            {},
		"check broken": {Err: errors.New("deadlock")},
		"timed out":    {Err: fmt.Errorf("case: %w", context.DeadlineExceeded)},
	} {
		if got := cellOf(f).String(); got != want {
			t.Errorf("%v is the cell %s, want %s", f, got, want)
		}
	}
}
