package missing

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A verdict is reused while the files that it depends on are the same, and is what a passing test
// recorded last.
func TestReuse(t *testing.T) {
	defer func() { unchecked.reused = nil }() // they are no verdicts of this package
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	of := func(check string) Verdict {
		t.Helper()
		v, err := Of(filepath.Join(dir, "verdicts.tsv"), check, dir, "*.tla", "*.cfg")
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	write("a.tla", "x")
	write("b.cfg", "y")
	write("verdicts.tsv", "other\t0\tsaw\n")
	for _, step := range []struct {
		change string
		reused bool
		do     func()
	}{
		{"nothing is recorded", false, func() {}},
		{"it is recorded", true, func() { of("boards").Record(t, "saw 1.7") }},
		{"a file has changed", false, func() { write("a.tla", "z") }},
		{"the new one is recorded", true, func() { of("boards").Record(t, "saw 1.8") }},
		{"there is one file more", false, func() { write("c.cfg", "") }},
		{"it is gone again", true, func() { os.Remove(filepath.Join(dir, "c.cfg")) }},
		{"a text has moved into the next file", false, func() { write("a.tla", ""); write("b.cfg", "zy") }},
	} {
		step.do()
		var skipped bool
		t.Run(step.change, func(t *testing.T) {
			defer func() { skipped = t.Skipped() }()
			of("boards").Reuse(t)
		})
		if skipped != step.reused {
			t.Errorf("%s: reused %v, want %v", step.change, skipped, step.reused)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "verdicts.tsv"))
	if rows := strings.Split(string(text), "\n"); err != nil || len(rows) != 3 || rows[0] != "other\t0\tsaw" ||
		!strings.HasPrefix(rows[1], "boards\t") || !strings.HasSuffix(rows[1], "\tsaw 1.8") {
		t.Errorf("recorded is %q (%v), want one line of each check", rows, err)
	}
	if v, err := Of("", "", dir, "*.lua"); err == nil {
		t.Errorf("the verdict on no file is %+v, want an error", v)
	}
}
