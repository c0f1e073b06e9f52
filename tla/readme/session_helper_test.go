package readme

import (
	"go/build"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A session is what commands do to those after them: they change the folder, and make files.
type session struct {
	c       *checkout
	dir     string
	mention bool   // in a sentence
	clone   string // the folder of a copy of the checkout
	made    map[string]bool
	built   map[string]*build.Package // by the name of the program
}

var (
	placeholder = regexp.MustCompile(`^(?:[A-Z][A-Z0-9]+|\.\.\.|\[.*\])$`)

	// writes are the flags whose value is a file that the command makes.
	writes = []string{"o", "coverprofile", "cpuprofile", "memprofile", "samples", "trace"}

	// named is what these programs take: as arguments, or as the value of a flag.
	named = map[string]names{
		"tla/cmd/tlc":     {"case", func(c *checkout, n string) bool { return c.cases[n] }},
		"tla/cmd/mutants": {"mutant", func(c *checkout, n string) bool { return c.wrong[n] }},
		"linearizability/cmd/mutants": {"mutant", func(c *checkout, n string) bool {
			return c.mutants[n]
		}},
		"linearizability/cmd/mutants -counterexample": {"mutant", func(c *checkout, n string) bool {
			return c.mutants[n] && c.cases["Without-"+n]
		}},
		"tla/cmd/prove": {"module", func(c *checkout, n string) bool {
			return c.has("tla", n+".tla")
		}},
		"tla/cmd/prove -without": {"defence", func(c *checkout, n string) bool {
			return c.cases["Without-"+n]
		}},
	}
)

// names are those of one kind.
type names struct {
	kind string
	has  func(*checkout, string) bool
}

// checkBlock runs the lines in the root of the checkout, or else in the folder of the page, and
// returns what is wrong where less is. A module of its own is its page's first choice.
func checkBlock(c *checkout, p *page, lines []piece, mention bool) tally {
	in := func(dir string) (t tally) {
		s := session{c: c, dir: dir, mention: mention,
			made: make(map[string]bool), built: make(map[string]*build.Package)}
		for _, line := range lines {
			for _, cmd := range commands(line.text) {
				s.run(cmd, t.at(p.name, line.line))
			}
		}
		return t
	}
	first, second := ".", p.dir()
	if c.module(second) != "." {
		first, second = second, first
	}
	best := in(first)
	if len(best.wrong) > 0 && first != second {
		if other := in(second); len(other.wrong) < len(best.wrong) {
			return other
		}
	}
	return best
}

func (s *session) run(cmd command, add adder) {
	for _, file := range cmd.writes {
		s.made[path.Base(file)] = true
	}
	program, args := cmd.words[0], cmd.words[1:]
	if program != "for" {
		add("command", strings.Join(cmd.words, " "), "")
	}
	switch program {
	case "for":
	case "git":
		if len(args) > 1 && args[0] == "clone" {
			s.clone = strings.TrimSuffix(path.Base(args[1]), ".git")
		}
	case "cd":
		s.cd(args, add)
	case "go":
		s.runGo(cmd.words, add)
	case "npm":
		add("folder", s.npmFolder(args), missing(s.c.has(s.npmFolder(args), "package.json")))
	case "tee":
		for _, file := range args {
			s.made[path.Base(file)] = true
		}
	default:
		if p := s.built[strings.TrimPrefix(program, "./")]; p != nil {
			g := goCommand{verb: "run", packages: []*build.Package{p}, program: map[string]string{}}
			s.c.checkRest(&g, args, add)
			s.checkProgram(&g, add)
			return
		}
		s.checkFiles(cmd.words, add)
	}
}

func (s *session) cd(args []string, add adder) {
	switch {
	case len(args) != 1:
	case args[0] == s.clone:
		s.dir = "."
	default:
		s.dir = path.Join(s.dir, args[0])
		add("folder", args[0], missing(s.c.folders[s.dir]))
	}
}

func (s *session) npmFolder(args []string) string {
	if i := slices.Index(args, "--prefix"); i >= 0 && i+1 < len(args) {
		return path.Join(s.dir, args[i+1])
	}
	return s.dir
}

func (s *session) runGo(words []string, add adder) {
	g := s.c.checkGo(s.dir, words, s.mention, add)
	for _, flag := range writes {
		if file := g.flags[flag]; file != "" {
			s.made[path.Base(file)] = true
		}
	}
	if g.verb == "build" {
		for _, p := range g.packages {
			s.built[path.Base(filepath.ToSlash(p.Dir))] = p
		}
	}
	if len(g.packages) > 0 {
		s.checkProgram(&g, add)
	}
}

// checkProgram looks up what a program of ours is to work on.
func (s *session) checkProgram(g *goCommand, add adder) {
	rel, err := filepath.Rel(s.c.root, g.packages[0].Dir)
	if err != nil {
		return
	}
	rel = filepath.ToSlash(rel)
	if n := len(g.args); n > 0 && rel == "impl/bench/plot" { // draws into the last
		s.made[path.Base(g.args[n-1])] = true
	}
	s.checkNames(rel, g.args, add)
	for _, flag := range slices.Sorted(maps.Keys(g.program)) {
		if slices.Contains(writes, flag) {
			s.made[path.Base(g.program[flag])] = true
			continue
		}
		s.checkNames(rel+" -"+flag, strings.Split(g.program[flag], ","), add)
	}
}

func (s *session) checkNames(of string, words []string, add adder) {
	want, ok := named[of]
	if !ok {
		s.checkFiles(words, add)
		return
	}
	for _, word := range words {
		if !placeholder.MatchString(word) {
			add(want.kind, word, missing(want.has(s.c, word)))
		}
	}
}

// checkFiles looks up the words that look like paths and were not made by the session itself.
func (s *session) checkFiles(words []string, add adder) {
	for _, word := range words {
		word = strings.TrimSuffix(word, "/...")
		if s.c.isPath(s.dir, word, false) && !s.made[path.Base(word)] {
			add("path", word, missing(s.c.has(s.dir, word)))
		}
	}
}
