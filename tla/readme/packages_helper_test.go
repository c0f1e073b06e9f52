package readme

import (
	"errors"
	"go/build"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// load finds the packages and looks up the tags. It reports whether what is left of the command can
// be held against the packages: all are there, and are ours.
func (c *checkout) load(g *goCommand, add adder) bool {
	tags := strings.FieldsFunc(g.flags["tags"], func(r rune) bool { return r == ',' || r == ' ' })
	if len(g.patterns) == 0 {
		g.patterns = []string{"."}
	}
	built := tags
	if _, race := g.flags["race"]; race {
		built = append(built, "race")
	}
	constrained, complete := make(map[string]bool), true
	for _, pattern := range g.patterns {
		switch {
		case c.outside(pattern):
			complete = false
		case strings.HasSuffix(pattern, ".go"):
			add("package", pattern, missing(c.has(g.dir, pattern)))
			complete = false
		default:
			found, why := c.match(g.dir, pattern, built, constrained)
			if why == "" {
				why = unfit(g.verb, found)
			}
			add("package", pattern, why)
			complete = complete && why == ""
			g.packages = append(g.packages, found...)
		}
	}
	for _, tag := range tags {
		if complete {
			add("tag", tag, missing(constrained[tag]))
		}
	}
	return complete
}

// outside: of another module, with or without a version, or Go's own, or to be filled in.
func (c *checkout) outside(pattern string) bool {
	host, _, _ := strings.Cut(pattern, "/")
	if placeholder.MatchString(pattern) {
		return true
	}
	if strings.Contains(pattern, "@") || strings.Contains(strings.TrimLeft(host, "."), ".") {
		return true
	}
	return !strings.HasPrefix(pattern, ".") && c.isStd(pattern)
}

func (c *checkout) isStd(name string) bool {
	info, err := os.Stat(filepath.Join(build.Default.GOROOT, "src", name))
	return err == nil && info.IsDir()
}

// unfit says why a command cannot do with the packages that it names.
func unfit(verb string, found []*build.Package) string {
	if verb == "run" && (len(found) != 1 || found[0].Name != "main") {
		return "no package main"
	}
	if verb == "test" && !slices.ContainsFunc(found, isTested) {
		return "no tests with these tags"
	}
	return ""
}

func isTested(p *build.Package) bool { return len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 }

// match returns the packages of a pattern as the command in dir sees them, and adds to constrained
// the tags that can make a difference to them.
func (c *checkout) match(dir, pattern string, tags []string, constrained map[string]bool) (
	found []*build.Package, why string) {
	folders, why := c.matchFolders(dir, pattern)
	ctx := build.Default // of one platform, wherever the test runs
	ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled, ctx.BuildTags = "linux", "amd64", true, tags
	for _, folder := range folders {
		p, err := ctx.ImportDir(filepath.Join(c.root, folder), 0)
		for _, tag := range p.AllTags {
			constrained[tag] = true
		}
		if none := new(build.NoGoError); err == nil {
			found = append(found, p)
		} else if !errors.As(err, &none) {
			return nil, err.Error()
		}
	}
	if len(found) == 0 && why == "" {
		why = "no Go files with these tags"
	}
	return found, why
}

func (c *checkout) matchFolders(dir, pattern string) (folders []string, why string) {
	name, all := strings.CutSuffix(pattern, "/...")
	top := path.Join(dir, name)
	if !strings.HasPrefix(pattern, ".") {
		var ok bool
		if top, ok = c.imported(name); !ok {
			return nil, "no such package"
		}
	} else if c.module(top) != c.module(dir) {
		return nil, "is of another module"
	}
	if !c.folders[top] {
		return nil, "no such folder"
	}
	if !all {
		return []string{top}, ""
	}
	for _, sub := range slices.Sorted(maps.Keys(c.folders)) {
		below := top == "." || sub == top || strings.HasPrefix(sub, top+"/")
		if below && c.module(sub) == c.module(top) && !strings.Contains(sub, "testdata") {
			folders = append(folders, sub)
		}
	}
	return folders, ""
}

// imported returns the folder of an import path.
func (c *checkout) imported(name string) (string, bool) {
	for folder, module := range c.modules {
		if sub, ok := strings.CutPrefix(name+"/", module+"/"); ok {
			if folder = path.Join(folder, sub); c.folders[folder] {
				return folder, true
			}
		}
	}
	return "", false
}

// flagOf looks the flag up in the files of the package.
func (c *checkout) flagOf(p *build.Package, name string, test bool) (isBool, ok bool) {
	files, imports := slices.Concat(p.GoFiles, p.CgoFiles), p.Imports
	if test {
		files = slices.Concat(files, p.TestGoFiles, p.XTestGoFiles)
		imports = slices.Concat(imports, p.TestImports, p.XTestImports)
	}
	for _, file := range files {
		if isBool, ok := flagsIn(c.source(p, file))[name]; ok {
			return isBool, true
		}
	}
	rapid := strings.HasPrefix(name, "rapid.") && slices.Contains(imports, "pgregory.net/rapid")
	return name == "h", name == "h" || rapid
}

func (c *checkout) source(p *build.Package, file string) string {
	rel, err := filepath.Rel(c.root, filepath.Join(p.Dir, file))
	if err != nil {
		return ""
	}
	return c.text(filepath.ToSlash(rel))
}

// functions returns the tests, or what else the prefixes say, of the packages.
func (c *checkout) functions(packages []*build.Package, prefixes []string) (names []string) {
	for _, p := range packages {
		for _, file := range slices.Concat(p.TestGoFiles, p.XTestGoFiles) {
			for name := range set(testFunction, c.source(p, file)) {
				is := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
				if slices.ContainsFunc(prefixes, is) && name != "TestMain" {
					names = append(names, name)
				}
			}
		}
	}
	return names
}
