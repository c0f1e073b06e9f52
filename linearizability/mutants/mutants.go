// Package mutants shows that the checks can fail: it applies wrong versions of the allocator, one
// at a time, and asks every kind of check whether it notices.
//
// A mutant is an edit of the source with an id and a sentence (mutants.txt). Where the
// specification has the same bug as a constant, the mutant bears the constant's name, and TLC is
// one more check of it. Mutants are given to the compiler as an overlay; nothing is written into
// the tree. An edit that does not fit the source exactly once is an error, as is a mutant that does
// not compile: neither is ever a catch, and neither is a check that runs out of time.
package mutants

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Mutant is a wrong version.
type Mutant struct {
	ID       string
	Sentence string // what is wrong
	Only     string // why fewer than two checks can catch it, if so
	edits    []edit
}

type edit struct{ file, old, new string }

//go:embed mutants.txt
var text string

// Control is the code as it is: every check must pass it, or what the check catches says nothing.
var Control = Mutant{ID: "-", Sentence: "The code as it is: every check passes."}

// All returns the mutants.
func All() ([]Mutant, error) { return parse(text) }

// parse reads mutants: "# ID", sentences, perhaps "only: " and a reason; then edits, each "@ FILE"
// unless it is the same file, lines of the source after a -, and what they become after a +. The
// first and the last line may be parts of lines.
func parse(text string) ([]Mutant, error) {
	var (
		all  []Mutant
		m    *Mutant
		e    *edit
		file string
		// a line of the edit began with +
		replaced bool
		ids      = make(map[string]bool)
	)
	join := func(to *string, line string) {
		if *to != "" {
			*to += "\n"
		}
		*to += line
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSuffix(line, "\n")
		id, head := strings.CutPrefix(line, "# ")
		if m == nil && !head {
			continue // the comment before the first
		}
		switch {
		case head:
			if ids[id] || id == Control.ID {
				return nil, fmt.Errorf("mutants.txt:%d: a second mutant %s", n, id)
			}
			ids[id] = true
			all = append(all, Mutant{ID: id})
			m, e, file = &all[len(all)-1], nil, ""
		case line == "" || strings.HasPrefix(line, "//"):
		case strings.HasPrefix(line, "@ "):
			file, e = line[2:], nil
		case file != "" && line[0] == '-':
			if e == nil || replaced {
				m.edits = append(m.edits, edit{file: file})
				e, replaced = &m.edits[len(m.edits)-1], false
			}
			join(&e.old, line[1:])
		case e != nil && line[0] == '+':
			replaced = true
			join(&e.new, line[1:])
		case file != "":
			return nil, fmt.Errorf("mutants.txt:%d: %q is no line of an edit", n, line)
		case strings.HasPrefix(line, "only: "):
			m.Only = line[len("only: "):]
		case m.Only != "":
			m.Only += " " + line
		default:
			m.Sentence = strings.TrimSpace(m.Sentence + " " + line)
		}
	}
	for _, m := range all {
		if m.Sentence == "" || len(m.edits) == 0 {
			return nil, fmt.Errorf("mutants.txt: %s has no sentence or no edit", m.ID)
		}
	}
	return all, nil
}

// InC reports whether the mutant is one of the C code, which other checks see than Go's.
func (m Mutant) InC() bool {
	return slices.ContainsFunc(m.edits, func(e edit) bool { return isC(e.file) })
}

func isC(file string) bool { return filepath.Ext(file) == ".c" || filepath.Ext(file) == ".h" }

// Apply returns the files of the checkout root that the mutant changes, and what they become.
func (m Mutant) Apply(root string) (map[string]string, error) {
	files := make(map[string]string)
	for _, e := range m.edits {
		src, ok := files[e.file]
		if !ok {
			b, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.ID, err)
			}
			src = string(b)
		}
		if n := strings.Count(src, e.old); n != 1 || e.old == "" || e.old == e.new {
			return nil, fmt.Errorf("%s: %s has this %d times, want once:\n%s", m.ID, e.file, n, e.old)
		}
		files[e.file] = strings.Replace(src, e.old, e.new, 1)
	}
	return files, nil
}

// overlay writes the mutant into dir for go build -overlay, and returns the file to name there.
func (m Mutant) overlay(root, dir string) (string, error) {
	files, err := m.Apply(root)
	if err != nil {
		return "", err
	}
	var o struct{ Replace map[string]string }
	o.Replace = make(map[string]string)
	for name, src := range files {
		to := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(to, []byte(src), 0o644); err != nil {
			return "", err
		}
		o.Replace[filepath.Join(root, name)] = to
	}
	b, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	to := filepath.Join(dir, "overlay.json")
	return to, os.WriteFile(to, b, 0o644)
}
