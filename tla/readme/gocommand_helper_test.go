package readme

import (
	"fmt"
	"go/build"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// An adder counts one more thing of a kind that was checked. Why is "" if it is right.
type adder func(kind, text, why string)

// The flags of go itself; those that want no value are true.
var (
	buildFlags = flagSet("a asan cover json linkshared modcacherw msan n race trimpath v work x",
		"asmflags buildmode buildvcs compiler covermode coverpkg gcflags gccgoflags installsuffix "+
			"ldflags mod modfile o overlay p pgo pkgdir tags toolexec")
	testFlags = flagSet("artifacts benchmem c failfast fullpath short",
		"bench benchtime blockprofile blockprofilerate count coverprofile cpu cpuprofile exec "+
			"fuzz fuzzminimizetime fuzztime list memprofile memprofilerate mutexprofile "+
			"mutexprofilefraction outputdir parallel run shuffle skip timeout trace vet")
)

func flagSet(without, with string) map[string]bool {
	set := make(map[string]bool)
	for _, name := range strings.Fields(without) {
		set[name] = true
	}
	for _, name := range strings.Fields(with) {
		set[name] = false
	}
	return set
}

// A goCommand is what follows "go".
type goCommand struct {
	dir      string // where it runs
	verb     string
	patterns []string
	flags    map[string]string // go's own
	program  map[string]string // of the program that go runs
	args     []string          // of the program, too
	packages []*build.Package
}

// checkGo looks up what the words name. A mention is one in a sentence, which may leave out the
// package.
func (c *checkout) checkGo(dir string, words []string, mention bool, add adder) goCommand {
	g := goCommand{dir: dir, flags: make(map[string]string), program: make(map[string]string)}
	words = words[1:]
	if len(words) > 1 && words[0] == "-C" {
		g.dir = path.Join(dir, words[1])
		add("folder", words[1], missing(c.folders[g.dir]))
		words = words[2:]
	}
	if len(words) == 0 {
		return g
	}
	g.verb, words = words[0], words[1:]
	switch g.verb {
	case "doc":
		if len(words) > 0 {
			symbol := regexp.MustCompile(`\.[A-Z][\w.]*$`)
			g.patterns = []string{symbol.ReplaceAllString(words[0], "")}
			c.load(&g, add)
		}
	case "test", "vet", "build", "install", "run":
		rest := g.cut(words)
		selects := g.flags["run"] + g.flags["bench"] + g.flags["fuzz"]
		if mention && len(g.patterns) == 0 && selects == "" {
			if len(rest) > 0 { // of any package
				add("flag", rest[0], missing(c.hasFlag(rest[0])))
			}
			return g
		}
		if c.load(&g, add) {
			c.checkRest(&g, rest, add)
			c.checkRegexps(&g, add)
		}
	}
	return g
}

// cut takes the words that are go's own, up to the first flag that is not, or, of go run, up to the
// package. It returns the rest.
func (g *goCommand) cut(words []string) []string {
	for len(words) > 0 {
		if !strings.HasPrefix(words[0], "-") {
			g.patterns = append(g.patterns, words[0])
			words = words[1:]
			if g.verb == "run" {
				return words
			}
			continue
		}
		if !g.cutFlag(&words, g.flags, g.own) {
			return words
		}
	}
	return nil
}

func (g *goCommand) own(name string) (isBool, ok bool) {
	if isBool, ok = buildFlags[name]; !ok && g.verb == "test" {
		isBool, ok = testFlags[name]
	}
	return isBool, ok
}

// cutFlag takes a flag, and its value, if it is a known one.
func (g *goCommand) cutFlag(words *[]string, to map[string]string,
	known func(string) (isBool, ok bool)) bool {
	name, value, has := strings.Cut(strings.TrimLeft((*words)[0], "-"), "=")
	isBool, ok := known(name)
	if !ok {
		return false
	}
	*words = (*words)[1:]
	if !isBool && !has && len(*words) > 0 {
		value, *words = (*words)[0], (*words)[1:]
	}
	to[name] = value
	return true
}

// checkRest looks up the flags that are the packages' own. A test may have go's among them.
func (c *checkout) checkRest(g *goCommand, words []string, add adder) {
	for len(words) > 0 && strings.HasPrefix(words[0], "-") && words[0] != "-args" {
		name, _, _ := strings.Cut(strings.TrimLeft(words[0], "-"), "=")
		if g.verb == "test" && g.cutFlag(&words, g.flags, g.own) {
			continue
		}
		isBool, why := false, ""
		for _, p := range g.packages {
			if b, ok := c.flagOf(p, name, g.verb == "test"); ok {
				isBool = b
			} else if g.verb != "test" || isTested(p) { // go test starts nothing else
				why = "no such flag of " + path.Base(filepath.ToSlash(p.Dir))
			}
		}
		add("flag", "-"+name, why)
		if why != "" {
			return // whether the next word is its value is not known
		}
		g.cutFlag(&words, g.program, func(string) (bool, bool) { return isBool, true })
	}
	g.args = words
}

// checkRegexps: each alternative of -run, -bench and -fuzz has something to match.
func (c *checkout) checkRegexps(g *goCommand, add adder) {
	tests, benchmarks := []string{"Test", "Fuzz", "Example"}, []string{"Benchmark"}
	for _, asks := range []struct {
		flag     string
		prefixes []string
	}{
		{"run", tests}, {"skip", tests}, {"bench", benchmarks}, {"fuzz", tests[1:2]},
	} {
		pattern := g.flags[asks.flag]
		if pattern == "" || pattern == "^$" || placeholder.MatchString(pattern) { // ^$ is none
			continue
		}
		names := c.functions(g.packages, asks.prefixes)
		for _, top := range topLevel(pattern) {
			add("regexp", "-"+asks.flag+" "+top, matches(top, names, asks.flag == "fuzz"))
		}
	}
}

// matches says why the pattern does not do. Go fuzzes one target at a time.
func matches(pattern string, names []string, one bool) string {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err.Error()
	}
	var found []string
	for _, name := range names {
		if re.MatchString(name) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "matches nothing"
	}
	if one && len(found) > 1 {
		slices.Sort(found)
		return fmt.Sprint("matches more than one: ", found)
	}
	return ""
}

// topLevel returns what the alternatives of a pattern ask of the names of functions: package
// testing splits it at each | and / outside of brackets.
func topLevel(pattern string) (first []string) {
	depth, from, sub := 0, 0, false
	take := func(to int) {
		if !sub {
			first = append(first, pattern[from:to])
		}
	}
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '[', '(':
			depth++
		case ']', ')':
			depth--
		case '\\':
			i++
		case '/':
			if depth == 0 {
				take(i)
				sub = true
			}
		case '|':
			if depth == 0 {
				take(i)
				from, sub = i+1, false
			}
		}
	}
	take(len(pattern))
	return first
}

func missing(ok bool) string {
	if ok {
		return ""
	}
	return "does not exist"
}
