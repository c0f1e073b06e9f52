// Package mutate shows that checks can fail: it applies wrong versions of texts, one at a time, and
// tabulates which check catches which. It does not know what the texts are, nor the checks.
//
// A mutant is a wrong version: edits of some files, with an id and a sentence. An edit that does
// not fit its file exactly once is an error. Only a check that finds something has caught a mutant:
// one that cannot be built, that ends otherwise, or that runs out of time has not.
//
// # The format of mutants.txt
//
// A file of mutants has a comment, then the mutants. A mutant is "# ID", sentences, perhaps fields
// ("only: " and a text), then edits. An edit is "@ FILE" unless it is the same file, lines of the
// file after a -, and what they become after a +. The first and the last line may be parts of
// lines. A line that begins with // is a comment.
package mutate

import (
	"fmt"
	"io/fs"
	"strings"
)

// A Mutant is a wrong version.
type Mutant struct {
	ID       string
	Sentence string            // what is wrong
	Fields   map[string]string `json:"-"` // by name
	Edits    []Edit            `json:"-"`

	Asked []string        `json:"-"` // the checks of its table that it is put to
	Must  []string        // those of them that must catch it
	Cells map[string]Cell // by check
}

// An Edit replaces a text that is in the file once.
type Edit struct{ File, Old, New string }

// Control is the ID of the version without an edit. No mutant has it.
const Control = "-"

// Parse reads the mutants of a file, whose name is for errors. Fields are the names of the fields
// that a mutant may have.
func Parse(name, text string, fields ...string) ([]Mutant, error) {
	p := parser{fields: fields, ids: map[string]bool{Control: true}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if err := p.line(strings.TrimSuffix(line, "\n")); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	for _, m := range p.all {
		if m.Sentence == "" || len(m.Edits) == 0 {
			return nil, fmt.Errorf("%s: %s has no sentence or no edit", name, m.ID)
		}
	}
	return p.all, nil
}

type parser struct {
	fields []string
	ids    map[string]bool
	all    []Mutant
	field  string // that the next line of text continues, "" for the sentence
	file   string // that the next edit is of
	edit   *Edit  // that the next line continues
	// a line of the edit began with +
	replaced bool
}

func (p *parser) line(line string) error {
	id, head := strings.CutPrefix(line, "# ")
	if len(p.all) == 0 && !head {
		return nil // the comment before the first
	}
	if head {
		if p.ids[id] {
			return fmt.Errorf("a second mutant %s", id)
		}
		p.ids[id] = true
		p.all = append(p.all, Mutant{ID: id, Fields: make(map[string]string), Cells: make(map[string]Cell)})
		p.field, p.file, p.edit = "", "", nil
		return nil
	}
	m := &p.all[len(p.all)-1]
	switch {
	case line == "" || strings.HasPrefix(line, "//"):
	case strings.HasPrefix(line, "@ "):
		p.file, p.edit = line[2:], nil
	case p.file != "" && line[0] == '-':
		if p.edit == nil || p.replaced {
			m.Edits = append(m.Edits, Edit{File: p.file})
			p.edit, p.replaced = &m.Edits[len(m.Edits)-1], false
		}
		join(&p.edit.Old, "\n", line[1:])
	case p.edit != nil && line[0] == '+':
		p.replaced = true
		join(&p.edit.New, "\n", line[1:])
	case p.file != "":
		return fmt.Errorf("%q is no line of an edit", line)
	default:
		p.text(m, line)
	}
	return nil
}

// text adds a line to the sentence or to a field of m.
func (p *parser) text(m *Mutant, line string) {
	for _, name := range p.fields {
		if rest, ok := strings.CutPrefix(line, name+": "); ok {
			p.field, line = name, rest
		}
	}
	if p.field == "" {
		join(&m.Sentence, " ", line)
		return
	}
	text := m.Fields[p.field]
	join(&text, " ", line)
	m.Fields[p.field] = text
}

func join(to *string, sep, s string) {
	if *to != "" {
		*to += sep
	}
	*to += s
}

// Apply returns the files of dir that the mutant changes, and what they become.
func (m Mutant) Apply(dir fs.FS) (map[string]string, error) {
	files := make(map[string]string)
	for _, e := range m.Edits {
		src, ok := files[e.File]
		if !ok {
			b, err := fs.ReadFile(dir, e.File)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.ID, err)
			}
			src = string(b)
		}
		if n := strings.Count(src, e.Old); n != 1 || e.Old == "" || e.Old == e.New {
			return nil, fmt.Errorf("%s: %s has this %d times, want once:\n%s", m.ID, e.File, n, e.Old)
		}
		files[e.File] = strings.Replace(src, e.Old, e.New, 1)
	}
	return files, nil
}
