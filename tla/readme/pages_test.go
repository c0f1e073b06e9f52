package readme

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// noPaths are backticked words with a slash, or with the ending of a file, that name nothing in the
// checkout, and why they may.
var noPaths = map[string]string{
	"x/sync/semaphore": "short for golang.org/x/sync/semaphore",
	"testdata/fuzz":    "the folder where go test -fuzz writes what it finds",
	"cases/X.cfg":      "any of the cases, in a message",
}

// fewest is how much of a kind there is to check on the pages, or the parser has missed it.
var fewest = map[string]int{
	"action": 10, "anchor": 5, "case": 20, "command": 40, "flag": 20, "flag alone": 5, "folder": 5,
	"link": 25, "mutant": 2, "package": 40, "path": 25, "regexp": 12, "tag": 8, "test": 20,
}

// TestPages: what the pages link to, name and tell to run exists.
func TestPages(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	c, err := readCheckout(root)
	if err != nil {
		t.Fatal(err)
	}
	var all tally
	pages := 0
	for _, file := range c.pages() {
		pages++
		all.join(checkPage(c, file, c.text(file)))
	}
	for _, problem := range all.wrong {
		t.Error(problem)
	}
	t.Logf("%d pages", pages)
	for _, kind := range slices.Sorted(maps.Keys(fewest)) {
		got, want := all.checked[kind], fewest[kind]
		t.Logf("%-10s %4d", kind, got)
		if got < want {
			t.Errorf("checked %d of the kind %q, want %d or more", got, kind, want)
		}
	}
}

// A tally counts by kind what was checked, and tells what of it does not exist.
type tally struct {
	checked map[string]int
	wrong   []string
}

func (t *tally) join(other tally) {
	if t.checked == nil {
		t.checked = make(map[string]int)
	}
	for kind, n := range other.checked {
		t.checked[kind] += n
	}
	t.wrong = append(t.wrong, other.wrong...)
}

// at returns the adder for what stands on that line.
func (t *tally) at(page string, line int) adder {
	return func(kind, text, why string) {
		t.join(tally{checked: map[string]int{kind: 1}})
		if why != "" {
			t.wrong = append(t.wrong, fmt.Sprintf("%s:%d: %s %s: %s", page, line, kind, text, why))
		}
	}
}
