package tla

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"casalloc/tla/edits"
)

// WrongSection is the section of tla/README.md that holds the matrix of the wrong specifications.
const WrongSection = "wrong"

// A Matrix is what TLC says of each claim of wrong specifications: one table for each module, whose
// first row is the module as it is.
type Matrix struct{ Tables []Table }

// A Table is the part of the matrix for one module.
type Table struct {
	Module  string
	Claims  []Claim
	Mutants []Mutant
	Trials  map[[2]string]Trial // by mutant and claim
	asked   map[string][]Claim  // by mutant: the claim that must fall, and those that Try takes with it
}

// asks reports whether a claim is asked of a mutant.
func (t Table) asks(m Mutant, k Claim) bool {
	return slices.ContainsFunc(t.asked[m.ID], func(a Claim) bool { return a.Name == k.Name })
}

// NewMatrix returns a matrix of mutants of the modules in dir, without a trial.
func NewMatrix(dir fs.FS, cases []Case, mutants []Mutant) (*Matrix, error) {
	x := new(Matrix)
	for _, m := range mutants {
		i := slices.IndexFunc(x.Tables, func(t Table) bool { return t.Module == m.Module })
		if i < 0 {
			claims, err := Claims(dir, cases, m.Module, "")
			if err != nil {
				return nil, err
			}
			i = len(x.Tables)
			x.Tables = append(x.Tables, Table{m.Module, claims, []Mutant{control(m.Module)}, make(map[[2]string]Trial),
				map[string][]Claim{edits.Control: claims}})
		}
		claims, err := Claims(dir, cases, m.Module, m.In)
		if err != nil {
			return nil, err
		}
		falls, err := m.claim(claims)
		if err != nil {
			return nil, err
		}
		for _, group := range together(claims) {
			if slices.ContainsFunc(group, func(k Claim) bool { return k.Name == falls.Name }) {
				x.Tables[i].asked[m.ID] = group
			}
		}
		if _, err := m.Apply(dir); err != nil {
			return nil, err
		}
		x.Tables[i].Mutants = append(x.Tables[i].Mutants, m)
	}
	return x, nil
}

// Run asks TLC, two processes at once. Each trial is a line of progress.
func (x *Matrix) Run(ctx context.Context, tlc TLC, dir fs.FS, progress io.Writer) error {
	type job struct {
		t      Table
		m      Mutant
		claims []Claim
	}
	var jobs []job
	all := 0
	for _, t := range x.Tables {
		for _, m := range t.Mutants {
			for _, claims := range together(t.asked[m.ID]) {
				jobs = append(jobs, job{t, m, claims})
			}
			all += len(t.asked[m.ID])
		}
	}
	var (
		begin = time.Now()
		next  = make(chan job)
		wg    sync.WaitGroup
		mu    sync.Mutex // guards the tables, progress and what is below
		done  int
		errs  []error
	)
	for range 2 {
		wg.Go(func() {
			for j := range next {
				trials, err := j.m.Try(ctx, tlc, dir, j.claims...)
				mu.Lock()
				if err != nil {
					errs = append(errs, err)
				}
				for _, r := range trials {
					done++
					j.t.Trials[[2]string{j.m.ID, r.Claim}] = r
					fmt.Fprintf(progress, "%4d/%d %6s %s %s: %s %s\n",
						done, all, time.Since(begin).Round(time.Second), j.t.Module, j.m.ID, r.Claim, r)
				}
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		if ctx.Err() != nil {
			break
		}
		next <- j
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(errs...)
}

// together cuts claims into those that Try takes at once: a property, the invariants of a case.
func together(claims []Claim) [][]Claim {
	var groups [][]Claim
	for _, k := range claims {
		i := slices.IndexFunc(groups, func(g []Claim) bool {
			return k.at.Expect.Kind == "invariant" && g[0].at.Expect.Kind == "invariant" && g[0].cfg == k.cfg
		})
		if i < 0 {
			groups = append(groups, []Claim{k})
		} else {
			groups[i] = append(groups[i], k)
		}
	}
	return groups
}

// Trials returns all trials, in the order of the tables.
func (x *Matrix) Trials() []Trial {
	var list []Trial
	for _, t := range x.Tables {
		for _, m := range t.Mutants {
			for _, k := range t.asked[m.ID] {
				list = append(list, t.Trials[[2]string{m.ID, k.Name}])
			}
		}
	}
	return list
}

// Check returns an error for each claim that the protocol does not keep, and for each mutant that
// its claim does not catch.
func (x *Matrix) Check() error {
	var errs []error
	for _, t := range x.Tables {
		for _, m := range t.Mutants {
			for _, k := range t.asked[m.ID] {
				errs = append(errs, t.Trials[[2]string{m.ID, k.Name}].problem(m.Falls))
			}
		}
	}
	return errors.Join(errs...)
}

// problem returns an error if the trial is not as it must be: the protocol keeps each claim, a
// mutant falls to the one named falls.
func (r Trial) problem(falls string) error {
	ok := r.Claim != falls || r.Fell
	if r.Mutant == edits.Control {
		ok = !r.Fell && r.Note == ""
	}
	switch {
	case ok:
		return nil
	case r.Note != "":
		return fmt.Errorf("%s %s: TLC does not judge %s: %s", r.Module, r.Mutant, r.Claim, r.Note)
	case r.Fell:
		return fmt.Errorf("%s as it is: %s falls in %d states", r.Module, r.Claim, r.Length)
	}
	return fmt.Errorf("%s %s: %s is kept, and must fall", r.Module, r.Mutant, r.Claim)
}

// Markdown writes the matrix: the states of the counterexample, - if the claim is kept, · if it was
// not asked, and ? with a note below the tables if TLC said something else. The claim that must
// fall is bold.
func (x *Matrix) Markdown() string {
	var s, notes strings.Builder
	for _, t := range x.Tables {
		fmt.Fprintf(&s, "| `%s` | what is wrong |", t.Module)
		for _, k := range t.Claims {
			fmt.Fprintf(&s, " `%s` |", k.Name)
		}
		fmt.Fprintf(&s, "\n|---|---|%s\n", strings.Repeat("---|", len(t.Claims)))
		for _, m := range t.Mutants {
			id := m.ID
			if id != edits.Control {
				id = "`" + id + "`"
			}
			fmt.Fprintf(&s, "| %s | %s |", id, strings.ReplaceAll(m.Sentence, "|", `\|`))
			for _, k := range t.Claims {
				r := t.Trials[[2]string{m.ID, k.Name}]
				cell := r.String()
				if !t.asks(m, k) {
					cell = "·"
				}
				if k.Name == m.Falls {
					cell = "**" + cell + "**"
				}
				fmt.Fprintf(&s, " %s |", cell)
			}
			s.WriteString("\n")
			t.notes(&notes, m)
		}
		s.WriteString("\n")
	}
	return s.String() + notes.String()
}

// notes writes one line for all claims of which TLC said the same.
func (t Table) notes(w io.Writer, m Mutant) {
	var said []string
	claims := make(map[string]string)
	for _, k := range t.Claims {
		if note := brief(t.Trials[[2]string{m.ID, k.Name}].Note); note != "" {
			if claims[note] == "" {
				said = append(said, note)
			}
			claims[note] += " `" + k.Name + "`"
		}
	}
	for _, note := range said {
		fmt.Fprintf(w, "- ? `%s` `%s`%s: %s\n", t.Module, m.ID, claims[note], note)
	}
}

// brief is the first line of a note.
func brief(note string) string {
	line, _, _ := strings.Cut(note, "\n")
	return line
}

var noteLine = regexp.MustCompile("(?m)^- \\? `(.*?)` `(.*?)` `(.*?)`: (.*)$")

// Read takes the trials from a text as Markdown writes it. A text that Markdown does not write from
// these mutants, claims and trials is an error: it is stale.
func (x *Matrix) Read(text string) error {
	rows := make(map[[2]string][]string) // by module and mutant: the cells
	module := ""
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "| "), " | ")
		switch id := strings.Trim(cells[0], "`"); {
		case !strings.HasPrefix(line, "| ") || len(cells) < 2:
		case cells[1] == "what is wrong":
			module = id
		default:
			rows[[2]string{module, id}] = cells[2:]
		}
	}
	notes := make(map[[3]string]string)
	for _, m := range noteLine.FindAllStringSubmatch(text, -1) {
		for _, claim := range strings.Split(m[3], "` `") {
			notes[[3]string{m[1], m[2], claim}] = m[4]
		}
	}
	for _, t := range x.Tables {
		for _, m := range t.Mutants {
			cells := rows[[2]string{t.Module, m.ID}]
			for i, k := range t.Claims {
				if i >= len(cells) {
					return fmt.Errorf("no cell for %s of %s %s", k.Name, t.Module, m.ID)
				}
				if !t.asks(m, k) {
					continue
				}
				note := notes[[3]string{t.Module, m.ID, k.Name}]
				r := Trial{Module: t.Module, Mutant: m.ID, Claim: k.Name, Note: note}
				if n, err := strconv.Atoi(strings.Trim(cells[i], "*")); err == nil {
					r.Fell, r.Length = true, n
				}
				t.Trials[[2]string{m.ID, k.Name}] = r
			}
		}
	}
	if x.Markdown() != text {
		return errors.New("the table is stale")
	}
	return nil
}
