package mutants

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/tla/readme"
)

// A Matrix is the verdicts of checks on mutants.
type Matrix struct{ Cells []Cell }

// Cell returns the cell of a mutant at a check, and whether it was run.
func (x *Matrix) Cell(id, check string) (Cell, bool) {
	i := slices.IndexFunc(x.Cells, func(c Cell) bool { return c.Mutant == id && c.Check == check })
	if i < 0 {
		return Cell{}, false
	}
	return x.Cells[i], true
}

// Load returns the cells that the files have, separated by commas, as JSON. No file is an empty
// matrix.
func Load(files string) (*Matrix, error) {
	x := new(Matrix)
	for file := range strings.SplitSeq(files, ",") {
		if file == "" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var cells []Cell
		if err := json.Unmarshal(text, &cells); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, c := range cells {
			if _, ok := x.Cell(c.Mutant, c.Check); !ok { // every file has the row of the code as it is
				x.Cells = append(x.Cells, c)
			}
		}
	}
	return x, nil
}

// Has reports whether the matrix has a row of the mutant.
func (x *Matrix) Has(m Mutant) bool {
	return slices.ContainsFunc(x.Cells, func(c Cell) bool { return c.Mutant == m.ID })
}

// Run puts each mutant to the checks that which returns, and replaces its row. Progress goes to
// progress, one line per mutant. A check that the end of ctx ends has no cell.
func (x *Matrix) Run(ctx context.Context, root string, mutants []Mutant, which func(Mutant) []Check,
	progress io.Writer) error {
	begin := time.Now()
	for i, m := range mutants {
		l, err := newLab(root, m)
		if err != nil {
			return err
		}
		x.Cells = slices.DeleteFunc(x.Cells, func(c Cell) bool { return c.Mutant == m.ID })
		fmt.Fprintf(progress, "%3d/%d %6s %-22s", i+1, len(mutants), time.Since(begin).Round(time.Second), m.ID)
		for _, c := range which(m) {
			cell := l.run(ctx, c)
			if ctx.Err() != nil {
				break
			}
			x.Cells = append(x.Cells, cell)
			fmt.Fprintf(progress, " %s:%s", c.Name, cell)
		}
		fmt.Fprintln(progress)
		l.close()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// String is the cell as the table shows it.
func (c Cell) String() string {
	switch c.Verdict {
	case Caught:
		if c.Seconds < 9.95 {
			return fmt.Sprintf("%.1fs", c.Seconds)
		}
		return fmt.Sprintf("%.0fs", c.Seconds)
	case Survived:
		return "-"
	case Absent:
		return ""
	}
	return string(c.Verdict)
}

//go:embed pinned.tsv
var pinned string

// Pinned returns the checks that must catch each mutant.
func Pinned() (map[string][]string, error) {
	pins := make(map[string][]string)
	for line := range strings.Lines(pinned) {
		id, checks, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || pins[id] != nil {
			return nil, fmt.Errorf("pinned.tsv: %q", line)
		}
		pins[id] = strings.Fields(checks)
	}
	return pins, nil
}

// Problems lists what is not as it must be: a check that the code itself does not pass, a pinned
// cell that does not catch, a verdict that is none, and a mutant with too few catches. full tells
// that every check was run.
func (x *Matrix) Problems(mutants []Mutant, pins map[string][]string, full bool) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	catches := make(map[string]int)
	for _, c := range x.Cells {
		switch {
		case c.Mutant == Control.ID && c.Verdict != Survived && c.Verdict != Absent:
			add("the code as it is does not pass %s: %s\n%s", c.Check, c.Verdict, c.Evidence)
		case c.Verdict == NotBuilt || c.Verdict == Broken:
			add("%s at %s: %s\n%s", c.Mutant, c.Check, c.Verdict, c.Evidence)
		case c.Verdict == Caught:
			catches[c.Mutant]++
		case slices.Contains(pins[c.Mutant], c.Check) && !(c.Check == tlcName && c.Verdict == Absent):
			add("%s at %s: %s, but it is pinned as caught", c.Mutant, c.Check, c.Verdict)
		}
	}
	for _, m := range mutants {
		switch n := catches[m.ID]; {
		case m.ID == Control.ID || !full:
		case n == 0:
			add("%s: not caught", m.ID)
		case n == 1 && m.Only == "":
			add("%s: caught once, and mutants.txt does not say why only once", m.ID)
		}
	}
	return list
}

// Pins is pinned.tsv after this matrix: what caught, of a mutant that has pins already only what
// was pinned. What was caught by chance is pinned only if fewer than two other checks caught.
func (x *Matrix) Pins(mutants []Mutant, pins map[string][]string) string {
	var s strings.Builder
	for _, m := range mutants {
		var checks []string
		for _, chance := range []bool{false, true} {
			for _, c := range Checks {
				cell, _ := x.Cell(m.ID, c.Name)
				old := pins[m.ID]
				pin := cell.Verdict == Caught && (old == nil || slices.Contains(old, c.Name))
				if c.chance == chance && pin && !(chance && len(checks) >= 2) {
					checks = append(checks, c.Name)
				}
			}
		}
		if len(checks) > 0 {
			fmt.Fprintf(&s, "%s\t%s\n", m.ID, strings.Join(checks, " "))
		}
	}
	return s.String()
}

// Markdown is the matrix as two tables, of the mutants of the Go code and of the C code, one line per
// mutant, and below them the reasons of those that few checks catch.
func (x *Matrix) Markdown(mutants []Mutant) string {
	var s strings.Builder
	s.WriteString(x.table(mutants, false))
	s.WriteString("\nThe fast path in C, and the checks that see it:\n\n")
	s.WriteString(x.table(mutants, true))
	s.WriteString("\nThe checks, those by chance in italics:\n\n")
	for _, c := range Checks {
		name := c.Name
		if c.chance {
			name = "*" + name + "*"
		}
		fmt.Fprintf(&s, "- %s: %s\n", name, c.About)
	}
	s.WriteString("\nWhy no more than one check is sure to catch\n\n")
	for _, m := range mutants {
		if m.Only != "" {
			fmt.Fprintf(&s, "- `%s`: %s\n", m.ID, m.Only)
		}
	}
	return s.String()
}

// table is the part of the matrix for mutants of the C code, or for all others.
func (x *Matrix) table(mutants []Mutant, inC bool) string {
	checks := slices.DeleteFunc(slices.Clone(Checks), func(c Check) bool { return c.inC != inC })
	var s strings.Builder
	s.WriteString("| mutant | what is wrong |")
	for _, c := range checks {
		fmt.Fprintf(&s, " %s |", c.Name)
	}
	s.WriteString("\n|---|---|" + strings.Repeat("---|", len(checks)) + "\n")
	caught := make(map[string]int)
	for _, m := range mutants {
		name := "`" + m.ID + "`"
		switch {
		case m.ID == Control.ID:
			name = "none"
		case m.InC() != inC:
			continue
		}
		fmt.Fprintf(&s, "| %s | %s |", name, m.Sentence)
		for _, c := range checks {
			cell, _ := x.Cell(m.ID, c.Name)
			if cell.Verdict == Caught {
				caught[c.Name]++
			}
			fmt.Fprintf(&s, " %s |", cell)
		}
		s.WriteString("\n")
	}
	s.WriteString("| **caught** | |")
	for _, c := range checks {
		fmt.Fprintf(&s, " %d |", caught[c.Name])
	}
	s.WriteString("\n")
	return s.String()
}

// WriteREADME puts the table into the README of this package.
func WriteREADME(root, table string) error {
	return readme.Write(filepath.Join(root, "linearizability/mutants/README.md"), "mutants", "\n"+table+"\n")
}

// Cheapest returns the first n of the checks that must catch the mutant, those first that leave
// nothing to chance. TLC, which the mutant's code does not reach, is none of them.
func Cheapest(pins map[string][]string, n int) func(Mutant) []Check {
	return func(m Mutant) (list []Check) {
		for _, chance := range []bool{false, true} {
			for _, c := range Checks {
				if len(list) < n && c.chance == chance && c.Name != tlcName && slices.Contains(pins[m.ID], c.Name) {
					list = append(list, c)
				}
			}
		}
		return list
	}
}
