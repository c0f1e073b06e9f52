package missing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A Verdict is one that need not be reached again as long as all that it depends on has the same
// sum. File has the verdicts that were reached: one line per check, with the sum and by which tool,
// between tabs.
type Verdict struct {
	File, Check string
	Sum         string
}

// Of returns the verdict of a check on the files below root that the patterns name.
func Of(file, check, root string, patterns ...string) (Verdict, error) {
	v := Verdict{File: file, Check: check}
	dir := os.DirFS(root)
	sum := sha256.New()
	for _, pattern := range patterns {
		names, err := fs.Glob(dir, pattern)
		if err != nil {
			return v, err
		}
		if names == nil {
			return v, fmt.Errorf("no file %s", filepath.Join(root, pattern))
		}
		for _, name := range names {
			text, err := fs.ReadFile(dir, name)
			if err != nil {
				return v, err
			}
			fmt.Fprintf(sum, "%s %d\n", name, len(text))
			sum.Write(text)
		}
	}
	v.Sum = hex.EncodeToString(sum.Sum(nil))
	return v, nil
}

// Reuse skips the test if the verdict was reached before. Report then prints
//
//	REUSED: proof (21,576 goals): what it depends on has the SHA-256 ..., as when Z3 reached it
func (v Verdict) Reuse(t testing.TB) {
	t.Helper()
	for _, row := range v.rows(t) {
		if row[0] == v.Check && row[1] == v.Sum {
			note := fmt.Sprintf("%s: what it depends on has the SHA-256 %s, as when %s reached it", v.Check, v.Sum, row[2])
			unchecked.Lock()
			unchecked.reused = append(unchecked.reused, note)
			unchecked.Unlock()
			t.Skip("reused: " + note)
		}
	}
}

// Record writes the verdict, which the test has reached by means of the tool, if it has not failed.
func (v Verdict) Record(t testing.TB, tool string) {
	t.Helper()
	if t.Failed() {
		return
	}
	rows := slices.DeleteFunc(v.rows(t), func(row []string) bool { return row[0] == v.Check })
	rows = append(rows, []string{v.Check, v.Sum, tool})
	var text strings.Builder
	for _, row := range rows {
		text.WriteString(strings.Join(row, "\t") + "\n")
	}
	if err := os.WriteFile(v.File, []byte(text.String()), 0o644); err != nil {
		t.Error(err)
	}
}

func (v Verdict) rows(t testing.TB) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(v.File)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != 3 {
			t.Fatalf("%s: %q is no verdict", v.File, line)
		}
		rows = append(rows, row)
	}
	return rows
}
