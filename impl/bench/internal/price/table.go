package price

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteTable writes the report as a table in Markdown. It has one line per script, and a cell has
// one number per number of threads.
func (r *Report) WriteTable(w io.Writer) error {
	threads := r.Threads()
	first := r.Allocators[0]
	t := table{header: []string{"script", first.Title + ", ms"}}
	for _, a := range r.Allocators[1:] {
		t.header = append(t.header, a.Title)
	}
	t.header = append(t.header, "calls")
	var crossing []int // columns of allocators that may cross
	for i, a := range r.Allocators {
		if a.Ours {
			crossing = append(crossing, i)
			t.header = append(t.header, "crossed, "+a.Title)
		}
	}
	// cell writes a number of each row that of returns, one per number of threads.
	cell := func(format string, number func(*Row) float64, of func(threads int) *Row) string {
		var parts []string
		for _, n := range threads {
			text := "-"
			if row := of(n); row != nil {
				text = fmt.Sprintf(format, number(row))
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, " / ")
	}
	for _, script := range r.Scripts() {
		of := func(n int) *Row { return r.Row(script, n) }
		line := []string{script, cell("%.1f", func(row *Row) float64 { return row.Cells[0].Median }, of)}
		for i := range r.Allocators[1:] {
			line = append(line, cell("%.2f", func(row *Row) float64 { return row.Cells[i+1].Ratio }, of))
		}
		line = append(line, thousands(calls(r, script)))
		for _, i := range crossing {
			line = append(line, cell("%.1f", func(row *Row) float64 { return row.Cells[i].Crossed }, of))
		}
		t.lines = append(t.lines, line)
	}
	for _, sum := range []struct {
		name string
		of   func([]float64) float64
	}{{"median script", Median}, {"worst script", slices.Max[[]float64]}} {
		line := []string{sum.name, ""}
		for i := range r.Allocators[1:] {
			var parts []string
			for _, n := range threads {
				parts = append(parts, fmt.Sprintf("%.2f", sum.of(r.ratiosOf(i+1, n))))
			}
			line = append(line, strings.Join(parts, " / "))
		}
		t.lines = append(t.lines, line)
	}
	fmt.Fprintf(w, "Processor time of a state's thread over that with %s, %s. Medians of %s.\n",
		first.Title, Numbered("thread", threads...), Numbered("round", r.Rounds))
	fmt.Fprintf(w, "%s, %s, %s; limit %s bytes.\n\n", r.CPU, r.Go, r.Lua, thousands(r.Limit))
	if err := t.write(w); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "\ncalls: of the allocator, by one state. "+
		"crossed: how many of 1,000 went from C into Go.\n")
	return err
}

func calls(r *Report, script string) int64 {
	for _, row := range r.Rows {
		if row.Script == script {
			return row.Calls
		}
	}
	return 0
}

// ratiosOf returns the ratios of an allocator's column.
func (r *Report) ratiosOf(allocator, threads int) []float64 {
	var q []float64
	for _, row := range r.Rows {
		if row.Threads == threads {
			q = append(q, row.Cells[allocator].Ratio)
		}
	}
	return q
}

// Numbered writes numbers of something: "1 thread", "1 / 2 threads".
func Numbered(what string, ns ...int) string {
	var parts []string
	for _, n := range ns {
		parts = append(parts, fmt.Sprint(n))
	}
	if ns[len(ns)-1] != 1 {
		what += "s"
	}
	return strings.Join(parts, " / ") + " " + what
}

// WriteTable writes the crossings as a table in Markdown: one line per script, one column per
// number of states and factor.
func (c *Crossings) WriteTable(w io.Writer) error {
	t := table{header: []string{"script", "peak of one, KiB"}}
	var states []int
	var scripts []string
	for _, row := range c.Rows {
		if !slices.Contains(states, row.States) {
			states = append(states, row.States)
			for _, cell := range row.Cells {
				t.header = append(t.header, fmt.Sprintf("%s: %v", Numbered("state", row.States), cell.Factor))
			}
		}
		if !slices.Contains(scripts, row.Script) {
			scripts = append(scripts, row.Script)
		}
	}
	var failed bool
	for _, script := range scripts {
		var line []string
		for _, row := range c.Rows { // rows of one script have the numbers of states in the order of the header
			if row.Script != script {
				continue
			}
			if line == nil {
				line = []string{script, fmt.Sprint((row.Peak + 1023) / 1024)}
			}
			for _, cell := range row.Cells {
				text := fmt.Sprintf("%.1f", cell.Per1000())
				if cell.Failed > 0 {
					text += "*"
					failed = true
				}
				line = append(line, text)
			}
		}
		t.lines = append(t.lines, line)
	}
	fmt.Fprintf(w, "Calls of the allocator that went from C into Go, per 1,000 calls. States have an account each;\n"+
		"their limit is a multiple of their live peak (states x the peak of one). Sums of %s. %s, %s.\n\n",
		Numbered("round", c.Rounds), c.Go, c.Lua)
	if err := t.write(w); err != nil {
		return err
	}
	if failed {
		_, err := fmt.Fprint(w, "\n*: at least one state ended with a memory error.\n")
		return err
	}
	return nil
}

// A table has texts; all columns but the first are numbers.
type table struct {
	header []string
	lines  [][]string // each as long as the header, or shorter
}

func (t table) write(w io.Writer) error {
	widths := make([]int, len(t.header))
	for _, line := range append([][]string{t.header}, t.lines...) {
		for i, text := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(text), 3)
		}
	}
	var b strings.Builder
	row := func(line []string) {
		for i, width := range widths {
			text := ""
			if i < len(line) {
				text = line[i]
			}
			pad := strings.Repeat(" ", width-utf8.RuneCountInString(text))
			if i == 0 {
				text += pad
			} else {
				text = pad + text
			}
			b.WriteString("| " + text + " ")
		}
		b.WriteString("|\n")
	}
	row(t.header)
	for i, width := range widths {
		if i == 0 {
			b.WriteString("|" + strings.Repeat("-", width+2))
		} else {
			b.WriteString("|" + strings.Repeat("-", width+1) + ":")
		}
	}
	b.WriteString("|\n")
	for _, line := range t.lines {
		row(line)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// thousands writes n with a comma between every three digits.
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
