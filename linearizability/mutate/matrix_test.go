package mutate

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testTables are a table of two mutants at two checks, and one of one mutant at one, with the cells
// of the record. Try reports them once more.
func testTables(record string) []Table {
	mutant := func(id, sentence, only string, asked, must []string) Mutant {
		return Mutant{ID: id, Sentence: sentence, Fields: map[string]string{"only": only}, Asked: asked, Must: must,
			Cells: make(map[string]Cell)}
	}
	x, y, both := []string{"x"}, []string{"y"}, []string{"x", "y"}
	tables := []Table{
		{Name: "A", Checks: []Check{{"x", "exes"}, {"y", ""}}, Mutants: []Mutant{
			AsIs(both), mutant("M", "Says a | b.", "", both, y), mutant("N", "Says c.", "It is so.", x, x)}},
		{Name: "B", Checks: []Check{{"x", ""}}, Mutants: []Mutant{
			AsIs(x), mutant("O", "Says d.", "", x, x)}},
	}
	Read(tables, record)
	for i, t := range tables {
		again := make(map[string]map[string]Cell)
		for _, m := range t.Mutants {
			again[m.ID] = maps.Clone(m.Cells)
		}
		tables[i].Try = func(_ context.Context, m Mutant, report func(string, Cell)) error {
			for _, check := range m.Asked {
				report(check, again[m.ID][check])
			}
			return nil
		}
	}
	return tables
}

const testRecord = `A	-	x -	y -
A	M	x timed out	y 12
A	N	x 0.3s
B	-	x -
B	O	x 7
`

const testMarkdown = `## A

| mutant | what is wrong | x | y |
|---|---|---|---|
| none | Nothing: every check passes. | - | - |
| ` + "`M`" + ` | Says a \| b. | timed out | **12** |
| ` + "`N`" + ` | Says c. | **0.3s** |  |
| **caught** | | 1 | 1 |

## B

| mutant | what is wrong | x |
|---|---|---|
| none | Nothing: every check passes. | - |
| ` + "`O`" + ` | Says d. | **7** |
| **caught** | | 1 |

## The checks

- x: exes

## Why no more than one check is sure to catch

- ` + "`N`" + `: It is so.
`

func TestMatrix(t *testing.T) {
	for _, workers := range []int{1, 2} {
		tables := testTables(testRecord)
		delete(tables[0].Mutants[1].Cells, "y")  // Run puts it there
		tables[0].Mutants[1].Cells["z"] = Cell{} // and takes that away
		var progress strings.Builder
		if err := Run(t.Context(), tables, workers, &progress); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(progress.String(), "\n"); n != 7 || !strings.Contains(progress.String(), " A M: y 12\n") {
			t.Errorf("progress of 7 cells is\n%s", &progress)
		}
		if d := cmp.Diff(testRecord, Record(tables)); d != "" || len(tables[0].Mutants[1].Cells) != 2 {
			t.Errorf("Record after Run (-want +got):\n%s", d)
		}
		if d := cmp.Diff(testMarkdown, Markdown(tables)); d != "" {
			t.Errorf("Markdown (-want +got):\n%s", d)
		}
		if err := Problems(tables); err != nil {
			t.Errorf("Problems = %v", err)
		}
	}
}

// The first error of a mutant ends Run, and so does the end of ctx.
func TestRunFails(t *testing.T) {
	unfit := errors.New("does not fit")
	tables := testTables(testRecord)
	again := tables[0].Try
	tables[0].Try = func(ctx context.Context, m Mutant, report func(string, Cell)) error {
		if m.ID == "M" {
			return unfit
		}
		return again(ctx, m, report)
	}
	var progress strings.Builder
	if err := Run(t.Context(), tables, 1, &progress); err != unfit || strings.Count(progress.String(), "\n") != 2 {
		t.Errorf("Run of a mutant that does not fit = %v, want that, and two cells before:\n%s", err, &progress)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, tables, 2, &progress); err != context.Canceled || strings.Count(progress.String(), "\n") != 2 {
		t.Errorf("Run after the end of ctx = %v, want that, and no cell:\n%s", err, &progress)
	}
}

func TestProblems(t *testing.T) {
	text := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"a check that must catch does not", "y 12", "y -", "A M: y must catch: -"},
		{"it runs out of time", "y 12", "y timed out", "A M: y must catch: timed out"},
		{"it was not run", "y 12", "y not run", "A M: y must catch: not run"},
		{"it broke", "y 12", "y check broken", "A M: y must catch: check broken"},
		{"another does not catch", "x timed out", "x -", ""},
		{"another was not run", "x timed out", "x not run", ""},
		{"another broke", "x timed out", "x check broken", "A M: x has no verdict: check broken"},
		{"another was not built", "x timed out", "x does not build", "A M: x has no verdict: does not build"},
		{"a check has no cell", "\ty 12", "", "A M: y has no cell"},
		{"a mutant has no row", "B\tO\tx 7\n", "", "B O: x has no cell"},
		{"the thing as it is is caught", "B\t-\tx -", "B\t-\tx 3", "B -: x must pass: 3"},
		{"it is not judged", "B\t-\tx -", "B\t-\tx not run", "B -: x must pass: not run"},
	} {
		record := strings.Replace(testRecord, tt.old, tt.new, 1)
		if err := Problems(testTables(record)); record == testRecord || text(err) != tt.want {
			t.Errorf("%s: Problems = %v, want %s", tt.name, err, tt.want)
		}
	}
	tables := testTables(testRecord)
	tables[0].Mutants[1].Must, tables[0].Mutants[2].Must = []string{"z"}, nil
	const want = "A M: z has no cell\nA N: no check must catch it"
	if err := Problems(tables); text(err) != want {
		t.Errorf("Problems = %v, want %s", err, want)
	}
}

func TestOnly(t *testing.T) {
	if got := strings.Join(IDs(testTables(testRecord)), " "); got != "M N O" {
		t.Errorf("IDs = %s", got)
	}
	for ids, want := range map[string]string{"N": "A - N", "O M": "A - M B - O"} {
		var got []string
		for _, t := range Only(testTables(testRecord), strings.Fields(ids)) {
			got = append(got, t.Name)
			for _, m := range t.Mutants {
				got = append(got, m.ID)
			}
		}
		if said := strings.Join(got, " "); said != want {
			t.Errorf("Only %s = %s, want %s", ids, said, want)
		}
	}
}
