package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	tables "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A report is what is wrong in one file.
type report struct {
	*tree
	file  string
	line  int // of what is looked at, from 1
	read  int // lines to read so far, on the road of the page
	wrong []string
}

// want reports a thing that does not exist.
func (r *report) want(ok bool, kind, name string) {
	if !ok && !elsewhere[name] {
		r.wrong = append(r.wrong, fmt.Sprintf("%s:%d: %s %s", r.file, r.line, kind, name))
	}
}

// elsewhere has what pages and comments name and nothing here defines.
var elsewhere = set{
	"Acquire": true, "TryAcquire": true, // of golang.org/x/sync/semaphore
	"InstantiateWithConfig": true, "InternalModule": true, // of wazero
	"Scales":        true, // the promise on cost, which is measured
	"cases/X.cfg":   true, // any case, in a message
	"Abstract!Spec": true, // of an INSTANCE
	"Module!Action": true, // any action
}

var (
	// spelled is how names of a kind look, wherever they stand.
	spelled = map[string]*regexp.Regexp{
		"test":   re(`\b(?:Test|Fuzz|Benchmark|Example)(?:[A-Z]|_\w)\w+`),
		"action": re(`\b[A-Z]\w+![A-Z]\w+`),
		"case":   re(`\b[A-Z]\w+-[A-Z]\w*[a-z][\w-]*\b`),
		"rule":   re(`\b[RT]\d+\b`),
	}
	// columns are those of tables whose names are all of one kind.
	columns = map[string]string{"function": "function", "action": "action", "mutant": "mutant", "mutants": "mutant",
		"tests": "test", "wrong specifications": "mutant", "fall": "operator", "module": "module", "promise": "operator", "claim": "operator"}

	lineOf     = re(`(:\d+)+$`)
	pathWord   = re(`^[\w.*/-]+$`)
	fileWord   = re(`^(?:[\w.*-][\w.*/-]*)?[\w*]\.(go|tla|txt|tsv|svg|sh|mjs|cfg|gz|h|c|json|md|lua|mod|yml)$`)
	flagWord   = re(`^--?([a-z][\w.-]*)`)
	identifier = re(`^[\w.]*\w(\(.*\)|\{\})?$`)
	mixedCase  = re(`\b(?:[A-Z]\w*[a-z]|[a-z]+[A-Z])\w*`)
	goName     = re(`\bBudget\.[a-zA-Z]\w*`)
	function   = re(`(?m)^func .*\{\n((?:\t.*\n|\n)*)\}`)
	stop       = re(`,\s([\d,]+) lines:`) // on a road, after the links
	road       = re(`([\d,]+)\slines\sin\sall`)
	ruleBroken = re(`(?m)^# (\w+)\n([RT]\d+)\. `) // how a mutant begins that breaks a rule

	markdown = goldmark.New(goldmark.WithExtensions(extension.GFM),
		goldmark.WithParserOptions(parser.WithAutoHeadingID())).Parser()
)

// page looks up what a page links to and names, and its commands.
func (r *report) page() {
	src := []byte(r.text[r.file])
	walk(parse(src), func(n ast.Node) ast.WalkStatus {
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			r.line = lineAt(r.text[r.file], n.Lines().At(0).Start)
			r.block(n, src)
		}
		switch n := n.(type) {
		case *ast.Link:
			r.link(string(n.Destination))
		case *ast.Image:
			r.link(string(n.Destination))
		case *ast.CodeSpan:
			r.line = lineAt(r.text[r.file], n.FirstChild().(*ast.Text).Segment.Start)
			span := strings.ReplaceAll(plain(n, src, true), `\|`, "|") // so written in a table
			if kind := columns[column(n, src)]; kind != "" {
				r.want(r.known[kind][span], kind, span)
			} else {
				r.code(span, true)
			}
		}
		return ast.WalkContinue
	})
}

func (r *report) block(n ast.Node, src []byte) {
	lines := string(n.Lines().Value(src))
	fence, _ := n.(*ast.FencedCodeBlock)
	if fence != nil {
		rest := string(src[n.Lines().At(n.Lines().Len()-1).Stop:])
		r.want(strings.HasPrefix(strings.TrimLeft(rest, " "), "```"), "end of", "```")
	}
	switch {
	case fence != nil && string(fence.Language(src)) == "go":
		r.want(r.isTested(lines), "Go that no function of a test has:", lines)
	case n.IsRaw():
		r.code(lines, false)
	default:
		prose := plain(n, src, false)
		r.want(!strings.Contains(prose, "`") && !strings.Contains(prose, "]("), "end of", prose)
		r.names(prose)
		r.files(prose)
		r.lines(n, prose)
	}
}

// lines: a stop of a road has the length of the files that it links to, and the road that of its
// stops, within a tenth.
func (r *report) lines(n ast.Node, prose string) {
	length := func(m []string, got int) {
		said, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
		r.want(10*max(said-got, got-said) <= got, fmt.Sprintf("%d lines, not", got), m[1])
	}
	if m := stop.FindStringSubmatch(prose); m != nil {
		before := r.read
		walk(n, func(n ast.Node) ast.WalkStatus {
			if link, ok := n.(*ast.Link); ok {
				r.read += strings.Count(r.text[path.Join(path.Dir(r.file), string(link.Destination))], "\n")
			}
			return ast.WalkContinue
		})
		length(m, r.read-before)
	}
	if m := road.FindStringSubmatch(prose); m != nil {
		length(m, r.read)
	}
}

func parse(page []byte) ast.Node { return markdown.Parse(text.NewReader(page)) }

// walk calls f for a node and those below it.
func walk(n ast.Node, f func(ast.Node) ast.WalkStatus) {
	ast.Walk(n, func(n ast.Node, in bool) (ast.WalkStatus, error) {
		if !in {
			return ast.WalkContinue, nil
		}
		return f(n), nil
	})
}

// plain is the text below a node, with or without what stands between backticks.
func plain(n ast.Node, src []byte, code bool) string {
	var b strings.Builder
	walk(n, func(n ast.Node) ast.WalkStatus {
		if n.Kind() == ast.KindCodeSpan && !code {
			return ast.WalkSkipChildren
		}
		if t, ok := n.(*ast.Text); ok {
			b.Write(t.Segment.Value(src))
			if t.SoftLineBreak() {
				b.WriteByte('\n')
			}
		}
		return ast.WalkContinue
	})
	return b.String()
}

// column is the head of the column of a table that a node stands in.
func column(n ast.Node, src []byte) string {
	for n != nil && n.Kind() != tables.KindTableCell {
		n = n.Parent()
	}
	if n == nil {
		return ""
	}
	head := n.Parent().Parent().FirstChild().FirstChild()
	for ; n.PreviousSibling() != nil; n = n.PreviousSibling() {
		head = head.NextSibling()
	}
	return plain(head, src, true)
}

func lineAt(text string, offset int) int { return 1 + strings.Count(text[:offset], "\n") }

// link: the file is there, and the heading in it. Pages of the web are not fetched.
func (r *report) link(link string) {
	if strings.Contains(link, "://") {
		return
	}
	to, anchor, _ := strings.Cut(link, "#")
	target := r.file
	if to != "" {
		target = path.Join(path.Dir(r.file), to)
		r.want(slices.Contains(r.paths, path.Clean(target)), "link", link)
	}
	if r.dirs[target] {
		target += "/README.md" // GitHub shows it below the folder
	}
	if anchor == "" {
		return
	}
	found := false
	walk(parse([]byte(r.text[target])), func(n ast.Node) ast.WalkStatus {
		id, ok := n.AttributeString("id")
		found = found || ok && string(id.([]byte)) == strings.ReplaceAll(anchor, "_", "-") // GitHub keeps the _
		return ast.WalkContinue
	})
	r.want(found, "anchor", link)
}

// isTested reports whether the lines are of one example or other function of a test: then they
// compile, and do what it says.
func (t *tree) isTested(lines string) bool {
	for file, code := range t.text {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range function.FindAllStringSubmatch(code, -1) {
			if strings.Contains(strings.ReplaceAll("\n"+m[1], "\n\t", "\n"), "\n"+lines) {
				return true
			}
		}
	}
	return false
}

// names looks up each name that can be nothing else, whatever text it stands in.
func (r *report) names(text string) {
	for kind, pattern := range spelled {
		for _, name := range pattern.FindAllString(text, -1) {
			family, _, _ := strings.Cut(name, "-")
			if kind != "case" || strings.Contains(r.text["tla/cases.tsv"], "\n"+family+"-") {
				r.want(r.known[kind][name], kind, name)
			}
		}
	}
}

// files looks up the words that end as files do, or begin with a folder.
func (r *report) files(text string) {
	for _, word := range strings.Fields(text) {
		word = lineOf.ReplaceAllString(strings.TrimRight(strings.Trim(word, ",;:()\"'|"), "."), "")
		first, rest, _ := strings.Cut(word, "/")
		if fileWord.MatchString(word) || rest != "" && pathWord.MatchString(word) && r.hasBelow(first) {
			r.want(r.hasBelow(word), "path", word)
		}
	}
}

// code looks up what stands between backticks, or in a block that is not Go.
func (r *report) code(text string, span bool) {
	before := len(r.wrong)
	r.names(text)
	r.files(text)
	if at := firstCommand.FindStringIndex(text + " "); at != nil {
		r.shell(text[at[0]:], strings.Count(text[:at[0]], "\n"), span)
	}
	if m := flagWord.FindStringSubmatch(text); span && m != nil {
		r.want(r.known["flag"][m[1]], "flag", m[0])
	} else if span && before == len(r.wrong) && identifier.MatchString(text) {
		for _, name := range mixedCase.FindAllString(text, -1) {
			r.want(r.known["name"][name], "name", name)
		}
	}
}

// source looks up the names in the comments of a source.
func (r *report) source() {
	text := r.text[r.file]
	for _, m := range comments(r.file).FindAllStringIndex(text, -1) {
		r.line = lineAt(text, m[0])
		r.names(text[m[0]:m[1]])
		if path.Ext(r.file) != ".tla" {
			continue
		}
		for _, name := range goName.FindAllString(text[m[0]:m[1]], -1) {
			r.want(r.known["function"][name] || r.hasBelow("tla/"+name), "function", name)
		}
	}
}

// rules: the code cites each rule that the table of rules has, and the row names the mutants that
// break the rule. What a row names is looked up with the page.
func (r *report) rules() {
	for rule := range r.known["rule"] {
		cites, cited := re(`\b`+rule+`\b`), false
		for file, text := range r.text {
			cited = cited || strings.HasPrefix(file, "impl/") && cites.MatchString(text)
		}
		r.want(cited, "code in impl that cites", rule)
	}
	for _, list := range []string{"linearizability/mutants/mutants.txt", "tla/mutants.txt"} {
		for _, m := range ruleBroken.FindAllStringSubmatch(r.text[list], -1) {
			row := re(`(?m)^\| ` + m[2] + " .*`" + m[1] + "`")
			r.want(row.MatchString(r.text[r.file]), "row of "+m[2]+" that names", m[1])
		}
	}
}
