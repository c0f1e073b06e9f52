// Package readme keeps the pages of the checkout: it writes generated text into them, and its tests
// hold what else they say of files, tests and commands against the checkout.
//
// A page has a section for generated text, between two lines that do not show:
//
//	<!-- NAME:begin -->
//	<!-- NAME:end -->
package readme

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// Root returns the checkout that the working directory is in.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(mod, []byte("module casalloc\n")) {
			return dir, nil // a nested module has a longer name
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run it in the checkout")
		}
		dir = filepath.Dir(dir)
	}
}

// Read returns the text of the section name in file, without its two markers.
func Read(file, name string) (string, error) {
	s, err := open(file, name)
	return string(s.text), err
}

// Write replaces the text of the section name in file. The text ends with a newline. If a marker is
// missing, Write returns an error that names the file and the marker, and the file is as it was.
func Write(file, name, text string) error {
	s, err := open(file, name)
	if err != nil {
		return err
	}
	return os.WriteFile(file, slices.Concat(s.before, []byte(text), s.after), 0o644)
}

// section is a page in three parts: the markers belong to the first and the last.
type section struct{ before, text, after []byte }

func open(file, name string) (section, error) {
	page, err := os.ReadFile(file)
	if err != nil {
		return section{}, err
	}
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->\n"
	for _, marker := range []string{begin, end} {
		if n := bytes.Count(page, []byte(marker)); n != 1 {
			return section{}, fmt.Errorf("%s: the line %q is there %d times, want once",
				file, marker[:len(marker)-1], n)
		}
	}
	from, to := bytes.Index(page, []byte(begin))+len(begin), bytes.Index(page, []byte(end))
	if to < from {
		return section{}, fmt.Errorf("%s: %q comes before %q", file, end[:len(end)-1], begin[:len(begin)-1])
	}
	return section{page[:from], page[from:to], page[to:]}, nil
}
