package readme

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A checkout is what a page may name. Its paths are slashed, and relative to the root.
type checkout struct {
	root    string
	files   []string
	folders map[string]bool
	modules map[string]string // the folder of a go.mod -> the module's path
	tests   map[string]bool   // tests, fuzz targets, benchmarks and examples of all modules
	flags   map[string]bool   // all that some package defines
	cases   map[string]bool   // of TLC
	family  map[string]bool   // what stands before the hyphen of a case
	mutants map[string]bool   // of the code
	wrong   map[string]bool   // mutants of the specification
	texts   map[string]string
}

var (
	testFunction = regexp.MustCompile(
		`(?m)^func ((?:Test|Fuzz|Benchmark|Example)(?:[^a-z(]\w*)?)\(`)
	definedFlag = regexp.MustCompile(`\.((?:Bool|Int|Int64|Uint|Uint64|String|Float64|Duration|` +
		`Text|Func|BoolFunc)(?:Var)?|Var)\(\s*(?:&?[\w.]+,\s*)?"(\w[\w.-]*)"`)
	firstFamily = regexp.MustCompile(`(?m)^(\w+)-`)
	firstColumn = regexp.MustCompile(`(?m)^([\w-]+)\t`)
	mutantLine  = regexp.MustCompile(`(?m)^# (\w+)$`)
	moduleLine  = regexp.MustCompile(`(?m)^module (\S+)$`)
)

func readCheckout(root string) (*checkout, error) {
	c := &checkout{root: root, folders: make(map[string]bool), modules: make(map[string]string),
		texts: make(map[string]string)}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		rel = filepath.ToSlash(rel)
		switch {
		case err != nil:
			return err
		case d.IsDir() && rel != "." && (d.Name()[0] == '.' || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			c.folders[rel] = true
		default:
			c.files = append(c.files, rel)
		}
		return nil
	})
	c.tests, c.flags = make(map[string]bool), make(map[string]bool)
	for _, file := range c.files {
		switch {
		case path.Base(file) == "go.mod":
			if m := moduleLine.FindStringSubmatch(c.text(file)); m != nil {
				c.modules[path.Dir(file)] = m[1]
			}
		case strings.HasSuffix(file, "_test.go"):
			maps.Copy(c.tests, set(testFunction, c.text(file)))
			fallthrough
		case strings.HasSuffix(file, ".go"):
			maps.Copy(c.flags, flagsIn(c.text(file)))
		}
	}
	c.cases = set(firstColumn, c.text("tla/cases.tsv"))
	c.family = set(firstFamily, c.text("tla/cases.tsv"))
	c.mutants = set(mutantLine, c.text("linearizability/mutants/mutants.txt"))
	c.wrong = set(mutantLine, c.text("tla/mutants.txt"))
	return c, err
}

// pages are what a reader comes across first in a folder, and the page for who changes the code.
func (c *checkout) pages() (pages []string) {
	for _, file := range c.files {
		if path.Base(file) == "README.md" {
			pages = append(pages, file)
		}
	}
	if page := ".github/CONTRIBUTING.md"; c.has(".", page) {
		pages = append(pages, page)
	}
	return pages
}

// text returns what a file says, "" if there is none: nothing in it exists then.
func (c *checkout) text(file string) string {
	text, ok := c.texts[file]
	if !ok {
		raw, _ := os.ReadFile(filepath.Join(c.root, file))
		text = string(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))
		c.texts[file] = text
	}
	return text
}

// has reports whether the path exists, seen from the folder. A * stands for any characters but a /.
func (c *checkout) has(folder, name string) bool {
	name = path.Join(folder, name)
	if name == ".." || strings.HasPrefix(name, "../") {
		return false
	}
	found, err := filepath.Glob(filepath.Join(c.root, name))
	return err == nil && len(found) > 0
}

// hasFile reports whether a file of that name is anywhere.
func (c *checkout) hasFile(name string) bool {
	return slices.ContainsFunc(c.files, func(file string) bool {
		ok, err := path.Match(name, path.Base(file))
		return ok && err == nil
	})
}

// hasAction reports whether the module defines the operator.
func (c *checkout) hasAction(module, name string) bool {
	def := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `(?:\([^)]*\))?\s*==`)
	return def.MatchString(c.text("tla/" + module + ".tla"))
}

// module returns the folder of the module that a folder is of.
func (c *checkout) module(folder string) string {
	for c.modules[folder] == "" && folder != "." {
		folder = path.Dir(folder)
	}
	return folder
}

// set is what the group of the pattern matches.
func set(re *regexp.Regexp, text string) map[string]bool {
	found := make(map[string]bool)
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}

// flagsIn are the flags that a source defines; those that want no value are true.
func flagsIn(source string) map[string]bool {
	found := make(map[string]bool)
	for _, m := range definedFlag.FindAllStringSubmatch(source, -1) {
		found[m[2]] = strings.HasPrefix(m[1], "Bool")
	}
	return found
}
