package mutate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Table is the wrong versions of one thing, and the checks that are to catch them.
type Table struct {
	Name   string
	Checks []Check `json:"-"`
	// Mutants begin with AsIs.
	Mutants []Mutant
	// Try puts a mutant to the checks that it is asked, and reports a cell for each. An error is
	// the mutant's, which does not fit, or that of ctx; a check that ctx ends has no cell.
	Try func(ctx context.Context, m Mutant, report func(check string, c Cell)) error `json:"-"`
}

// A Check is a column of a table.
type Check struct{ Name, About string }

// AsIs is the thing as it is. It must pass every check, or what the check catches says nothing.
func AsIs(asked []string) Mutant {
	return Mutant{ID: Control, Sentence: "Nothing: every check passes.", Asked: asked, Cells: make(map[string]Cell)}
}

// A Verdict is what became of a mutant at a check. Only Caught is a catch.
type Verdict string

const (
	Caught   Verdict = "caught"
	Survived Verdict = "survived"
	TimedOut Verdict = "timed out"
	NotBuilt Verdict = "does not build"
	Broken   Verdict = "check broken" // it ended otherwise than by a verdict
	NotRun   Verdict = "not run"      // its tool is missing
)

// A Cell is the verdict of a check on a mutant.
type Cell struct {
	Verdict  Verdict
	After    string `json:",omitempty"` // how much it took to catch: seconds, or states
	Evidence string `json:",omitempty"`
}

// String is the cell as tables show it.
func (c Cell) String() string {
	switch c.Verdict {
	case Caught:
		return c.After
	case Survived:
		return "-"
	}
	return string(c.Verdict)
}

// parseCell is the cell that String shows so.
func parseCell(shown string) Cell {
	switch v := Verdict(shown); v {
	case "-":
		return Cell{Verdict: Survived}
	case TimedOut, NotBuilt, Broken, NotRun:
		return Cell{Verdict: v}
	}
	return Cell{Verdict: Caught, After: shown}
}

// Run puts the mutants of the tables to their checks, so many mutants at once, and replaces their
// cells. Each cell is a line of progress. The first error ends Run.
func Run(ctx context.Context, tables []Table, workers int, progress io.Writer) error {
	type job struct {
		Table
		Mutant
	}
	var jobs []job
	all, done := 0, 0
	for _, t := range tables {
		for _, m := range t.Mutants {
			clear(m.Cells)
			jobs = append(jobs, job{t, m})
			all += len(m.Asked)
		}
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		begin = time.Now()
		next  = make(chan job)
		mu    sync.Mutex // guards done and progress
		wg    sync.WaitGroup
	)
	for range workers {
		wg.Go(func() {
			for j := range next {
				if ctx.Err() != nil {
					continue
				}
				err := j.Try(ctx, j.Mutant, func(check string, c Cell) {
					j.Cells[check] = c
					mu.Lock()
					defer mu.Unlock()
					done++
					fmt.Fprintf(progress, "%4d/%d %6s %s %s: %s %s\n",
						done, all, time.Since(begin).Round(time.Second), j.Name, j.ID, check, c)
				})
				if err != nil {
					stop(err)
				}
			}
		})
	}
	for _, j := range jobs {
		next <- j
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// Problems returns an error for each cell that is not as it must be: a check that the thing as it
// is does not pass, one that must catch and does not, and a verdict that is none.
func Problems(tables []Table) error {
	var errs []error
	for _, t := range tables {
		for _, m := range t.Mutants {
			checks := slices.Clone(m.Asked)
			for _, check := range m.Must {
				if !slices.Contains(checks, check) {
					checks = append(checks, check)
				}
			}
			for _, check := range checks {
				if is := m.problem(check); is != "" {
					text := fmt.Sprintf("%s %s: %s %s\n%s", t.Name, m.ID, check, is, m.Cells[check].Evidence)
					errs = append(errs, errors.New(strings.TrimSpace(text)))
				}
			}
			if m.ID != Control && len(m.Must) == 0 {
				errs = append(errs, fmt.Errorf("%s %s: no check must catch it", t.Name, m.ID))
			}
		}
	}
	return errors.Join(errs...)
}

// problem returns why the cell of a check is not as it must be, or "".
func (m Mutant) problem(check string) string {
	c, ok := m.Cells[check]
	switch {
	case !ok:
		return "has no cell"
	case m.ID == Control && c.Verdict != Survived:
		return "must pass: " + c.String()
	case slices.Contains(m.Must, check) && c.Verdict != Caught:
		return "must catch: " + c.String()
	case c.Verdict == NotBuilt || c.Verdict == Broken:
		return "has no verdict: " + c.String()
	}
	return ""
}

// IDs returns the ids of all mutants of the tables.
func IDs(tables []Table) []string {
	var ids []string
	for _, t := range tables {
		for _, m := range t.Mutants {
			if m.ID != Control {
				ids = append(ids, m.ID)
			}
		}
	}
	return ids
}

// Only returns the tables of the mutants with these ids, with them and the things as they are.
func Only(tables []Table, ids []string) []Table {
	var only []Table
	for _, t := range tables {
		t.Mutants = slices.DeleteFunc(slices.Clone(t.Mutants), func(m Mutant) bool {
			return m.ID != Control && !slices.Contains(ids, m.ID)
		})
		if len(t.Mutants) > 1 {
			only = append(only, t)
		}
	}
	return only
}

// Record writes the cells of the tables, one line per mutant: the table, the id, and each check
// with its cell, between tabs.
func Record(tables []Table) string {
	var s strings.Builder
	for _, t := range tables {
		for _, m := range t.Mutants {
			s.WriteString(t.Name + "\t" + m.ID)
			for _, check := range m.Asked {
				if c, ok := m.Cells[check]; ok {
					fmt.Fprintf(&s, "\t%s %s", check, c)
				}
			}
			s.WriteString("\n")
		}
	}
	return s.String()
}

// Read reads what Record wrote into the cells of the tables. What no mutant is asked is left out.
func Read(tables []Table, text string) {
	rows := make(map[[2]string][]string)
	for line := range strings.Lines(text) {
		if col := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(col) > 1 {
			rows[[2]string{col[0], col[1]}] = col[2:]
		}
	}
	for _, t := range tables {
		for _, m := range t.Mutants {
			for _, cell := range rows[[2]string{t.Name, m.ID}] {
				if check, shown, _ := strings.Cut(cell, " "); slices.Contains(m.Asked, check) {
					m.Cells[check] = parseCell(shown)
				}
			}
		}
	}
}

// Markdown writes the tables, one line per mutant. A cell is how much it took to catch the mutant,
// - if the check did not, and empty if it was not asked. A check that must catch is bold. Below are
// the checks, and the mutants that fewer than two checks must catch and why.
func Markdown(tables []Table) string {
	var s, about, only strings.Builder
	for _, t := range tables {
		fmt.Fprintf(&s, "\n## %s\n\n| mutant | what is wrong |", t.Name)
		for _, c := range t.Checks {
			fmt.Fprintf(&s, " %s |", c.Name)
			if c.About != "" {
				fmt.Fprintf(&about, "- %s: %s\n", c.Name, c.About)
			}
		}
		s.WriteString("\n|---|---|" + strings.Repeat("---|", len(t.Checks)) + "\n")
		for _, m := range t.Mutants {
			s.WriteString(m.row(t.Checks))
			if why := m.Fields["only"]; why != "" {
				fmt.Fprintf(&only, "- `%s`: %s\n", m.ID, why)
			}
		}
		s.WriteString("| **caught** | |")
		for _, c := range t.Checks {
			n := 0
			for _, m := range t.Mutants {
				if m.Cells[c.Name].Verdict == Caught {
					n++
				}
			}
			fmt.Fprintf(&s, " %d |", n)
		}
		s.WriteString("\n")
	}
	if about.Len() > 0 {
		s.WriteString("\n## The checks\n\n" + about.String())
	}
	if only.Len() > 0 {
		s.WriteString("\n## Why no more than one check is sure to catch\n\n" + only.String())
	}
	return strings.TrimPrefix(s.String(), "\n")
}

// row is the line of a mutant in a table of these checks.
func (m Mutant) row(checks []Check) string {
	id := "`" + m.ID + "`"
	if m.ID == Control {
		id = "none"
	}
	row := fmt.Sprintf("| %s | %s |", id, strings.ReplaceAll(m.Sentence, "|", `\|`))
	for _, c := range checks {
		shown := m.Cells[c.Name].String()
		if slices.Contains(m.Must, c.Name) {
			shown = "**" + shown + "**"
		}
		row += " " + shown + " |"
	}
	return row + "\n"
}
