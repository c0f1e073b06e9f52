package readme

import (
	"cmp"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

var (
	functionName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark|Example)(?:[A-Z]|_\w)\w+`)
	actionName   = regexp.MustCompile(`^(\w+)!(\w+)$`)
	caseName     = regexp.MustCompile(`^(\w+)-[A-Z]\w*[a-z]\w*(?:-\w+)*$`)
	flagName     = regexp.MustCompile(`^--?([a-z][\w.-]*)`)
	lineAnchor   = regexp.MustCompile(`^L(\d+)(?:-L(\d+))?$`)
	startCommand = regexp.MustCompile(`^(?:\$ )?(?:(?:go|cd|npm|java|for|do|\.ci/run|benchstat|` +
		`cat|diff|docker|git|jq|node|time)(?:\s|$)|[A-Z][A-Z0-9_]*=\S* )`)
	startProgram = regexp.MustCompile(`^(?:\$ )?\./\w+\s`)

	lineOf     = regexp.MustCompile(`:\d+(?::\d+)?$`)
	pathWord   = regexp.MustCompile(`^(?:\.{1,2}/)?[\w.*-]+(?:/[\w.*-]+)*/?$`)
	fileEnding = regexp.MustCompile(
		`[\w*]\.(?:go|tla|txt|tsv|svg|sh|mjs|cfg|gz|h|c|json|md|lua|mod)$`)
)

// checkPage holds what a page says against the checkout.
func checkPage(c *checkout, name, text string) tally {
	p := parse(name, text)
	var t tally
	for _, f := range p.faults {
		t.at(name, f.line)("Markdown", f.text, "has no end")
	}
	for _, link := range p.links {
		c.checkLink(p, link.text, t.at(name, link.line))
	}
	for _, span := range p.spans {
		if startCommand.MatchString(span.text) {
			t.join(checkBlock(c, p, []piece{span}, true))
		} else {
			c.checkSpan(p, span.text, t.at(name, span.line))
		}
	}
	for _, line := range p.prose {
		c.checkFunctions(line.text, t.at(name, line.line))
		if strings.HasPrefix(line.text, "|") {
			c.checkPaths(p, line.text, t.at(name, line.line))
		}
	}
	for _, block := range p.blocks {
		var lines []piece
		for _, line := range joined(block) {
			if startCommand.MatchString(line.text) || startProgram.MatchString(line.text) {
				lines = append(lines, line)
				continue
			}
			c.checkFunctions(line.text, t.at(name, line.line))
			c.checkPaths(p, line.text, t.at(name, line.line))
		}
		t.join(checkBlock(c, p, lines, false))
	}
	return t
}

// joined puts a line that ends in a backslash and the next one together, and drops the indentation.
func joined(block []piece) (lines []piece) {
	goesOn := false
	for _, line := range block {
		text, more := strings.CutSuffix(strings.TrimSpace(line.text), `\`)
		if goesOn {
			lines[len(lines)-1].text += text
		} else {
			lines = append(lines, piece{line.line, text})
		}
		goesOn = more
	}
	return lines
}

// checkLink: the file is there, and the heading in it. Pages of the web are not fetched.
func (c *checkout) checkLink(p *page, target string, add adder) {
	u, err := url.Parse(target)
	if err != nil {
		add("link", target, err.Error())
		return
	}
	if u.Scheme != "" {
		why := ""
		if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			why = "is no address of the web"
		}
		add("link", target, why)
		return
	}
	file := p.name
	if u.Path != "" {
		file = path.Join(p.dir(), u.Path)
		if strings.HasPrefix(u.Path, "/") { // GitHub's root is the repository
			file = path.Clean(u.Path[1:])
		}
		add("link", target, missing(c.has(".", file)))
	}
	if u.Fragment != "" {
		add("anchor", target, missing(c.hasAnchor(p, file, u.Fragment)))
	}
}

func (c *checkout) hasAnchor(p *page, file, anchor string) bool {
	if c.folders[file] {
		file += "/README.md" // which GitHub shows below the folder
	}
	switch {
	case file == p.name:
		return p.anchors[anchor]
	case strings.HasSuffix(file, ".md"):
		return parse(file, c.text(file)).anchors[anchor]
	}
	m := lineAnchor.FindStringSubmatch(anchor)
	if m == nil {
		return false
	}
	last, _ := strconv.Atoi(cmp.Or(m[2], m[1]))
	return last <= strings.Count(c.text(file), "\n")
}

// checkFunctions looks up each name of a test, also in a sentence: it can be nothing else.
func (c *checkout) checkFunctions(text string, add adder) {
	for _, name := range functionName.FindAllString(text, -1) {
		add("test", name, missing(c.tests[name]))
	}
}

// checkSpan: what stands between backticks and is no command.
func (c *checkout) checkSpan(p *page, span string, add adder) {
	if m := flagName.FindStringSubmatch(span); m != nil {
		add("flag alone", "-"+m[1], missing(c.hasFlag(m[0])))
		return // what follows it may be part of a name
	}
	c.checkFunctions(span, add)
	words := strings.Fields(span)
	for _, word := range words {
		word = strings.Trim(word, ",;:()\"'")
		if m := actionName.FindStringSubmatch(word); m != nil {
			add("action", word, missing(c.hasAction(m[1], m[2])))
		}
		if m := caseName.FindStringSubmatch(word); m != nil && c.family[m[1]] {
			add("case", word, missing(c.cases[word]))
		}
		c.checkPath(p, word, len(words) == 1, add)
	}
}

// hasFlag reports whether go or some package has the flag.
func (c *checkout) hasFlag(flag string) bool {
	name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
	_, defined := c.flags[name]
	_, build := buildFlags[name]
	_, test := testFlags[name]
	return defined || build || test || name == "h"
}

func (c *checkout) checkPaths(p *page, text string, add adder) {
	for _, word := range strings.Fields(text) {
		c.checkPath(p, strings.Trim(word, ",;:()\"'"), false, add)
	}
}

// checkPath looks up a word if it looks like a path. Alone in backticks, a slash is enough.
func (c *checkout) checkPath(p *page, word string, alone bool, add adder) {
	word = lineOf.ReplaceAllString(strings.TrimSuffix(word, "/..."), "")
	if noPaths[word] != "" || !c.isPath(p.dir(), word, alone) {
		return
	}
	// What follows ../ may be seen from the folder that a command in the same sentence runs in.
	found := c.has(p.dir(), word) || c.has(".", strings.ReplaceAll(word, "../", ""))
	if !found && !strings.Contains(word, "/") {
		found = c.hasFile(word)
	}
	if !found {
		_, found = c.imported(word)
	}
	add("path", word, missing(found))
}

// isPath: names of modules, of Go's packages and of tests, and numbers have slashes too.
func (c *checkout) isPath(dir, word string, alone bool) bool {
	first, _, slash := strings.Cut(word, "/")
	switch {
	case !pathWord.MatchString(word):
		return false
	case !slash:
		return fileEnding.MatchString(word)
	case first == "." || first == "..":
		return word != "./" && word != "../"
	case c.folders[first] || c.has(dir, first) || first == "casalloc":
		return true
	case functionName.MatchString(first) || strings.Contains(first[1:], "."):
		return false
	}
	return fileEnding.MatchString(word) || alone && !c.isStd(word)
}
