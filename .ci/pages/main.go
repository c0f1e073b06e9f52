// Command pages holds the pages of the checkout, and the comments of its code, against what exists:
// links, headings, paths, tests, cases of TLC, actions, rules, mutants, promises and commands. It
// cannot find a claim that is wrong.
//
//	go -C .ci/pages run .                                 checks them all
//	COMMAND | go -C .ci/pages run . tla/README.md wrong   puts the output into a section of a page
//
// A section stands between two lines that do not show, <!-- NAME:begin --> and <!-- NAME:end -->.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	const root = "../.." // of the folder that go -C enters
	var err error
	switch args := os.Args[1:]; len(args) {
	case 0:
		err = check(root)
	case 2:
		err = put(filepath.Join(root, args[0]), args[1], os.Stdin)
	default:
		err = errors.New("usage: pages [PAGE SECTION]")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func check(root string) error {
	t, err := read(root)
	if err != nil {
		return err
	}
	var wrong []string
	for file := range t.text {
		wrong = append(wrong, t.check(file)...)
	}
	slices.Sort(wrong)
	for _, w := range wrong {
		fmt.Println(w)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d of what is named does not exist", len(wrong))
	}
	return nil
}

// check returns what a file names and does not exist.
func (t *tree) check(file string) []string {
	r := &report{tree: t, file: file, line: 1}
	switch path.Ext(file) {
	case ".md":
		r.page()
	case ".go", ".c", ".h", ".tla":
		r.source()
	}
	if file == "tla/README.md" {
		r.rules()
	}
	return r.wrong
}

// put replaces the text of a section. An empty text is that of a command that failed: the page
// stays as it is.
func put(page, name string, from io.Reader) error {
	text, err1 := io.ReadAll(from)
	old, err2 := os.ReadFile(page)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->\n"
	before, rest, _ := strings.Cut(string(old), begin)
	_, after, ok := strings.Cut(rest, end)
	switch {
	case !ok || strings.Count(string(old), begin) != 1 || strings.Count(string(old), end) != 1:
		return fmt.Errorf("%s: want one %q and one %q below it", page, begin, end)
	case len(text) == 0:
		return errors.New("no text")
	}
	return os.WriteFile(page, []byte(before+begin+string(text)+end+after), 0o644)
}
