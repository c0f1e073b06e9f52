package readme

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// A page is a file of Markdown taken apart into what can be checked.
type page struct {
	name    string // below the root of the checkout, with slashes
	links   []piece
	anchors map[string]bool
	spans   []piece   // what stands between backticks
	prose   []piece   // the lines outside of code, with blanks for the spans
	blocks  [][]piece // code that is not Go, line by line
	faults  []piece   // what cannot be read
}

// A piece of a page, and the line that it begins on, from 1.
type piece struct {
	line int
	text string
}

func (p *page) dir() string { return path.Dir(p.name) }

var (
	fenceLine   = regexp.MustCompile("^\\s*(```+|~~~+)\\s*(\\w*)")
	indented    = regexp.MustCompile(`^(?:    |\t)`)
	headingLine = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	ownLine     = regexp.MustCompile(`^\s*(?:\||#{1,6}\s|[-*+]\s|\d+\.\s)`) // no span leaves it
	comment     = regexp.MustCompile(`(?s)<!--.*?-->`)
	linkEnd     = regexp.MustCompile(`\]\(`)
	linkTarget  = regexp.MustCompile(
		`^\]\(\s*<?((?:[^()\s<>]|\([^()\s]*\))+)>?(?:\s+"[^"]*")?\s*\)`)
	otherLink  = regexp.MustCompile(`(?m)^\[[^\]^][^\]]*\]:\s+(\S+)|(?:src|href)="([^"]*)"`)
	ownAnchor  = regexp.MustCompile(`(?:id|name)="([^"]*)"`)
	linkedText = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
)

// parse reads as much of Markdown as the pages use: headings, paragraphs, lists, tables, links, and
// code in backticks, in fences and indented.
func parse(name, text string) *page {
	r := reader{page: &page{name: name, anchors: make(map[string]bool)}, blank: true}
	for i, line := range strings.Split(text, "\n") {
		if r.fence != "" {
			r.inFence(piece{i + 1, line})
		} else {
			r.outOfFence(piece{i + 1, line})
		}
	}
	r.end()
	if r.fence != "" {
		r.page.faults = append(r.page.faults, piece{r.opened, r.fence})
	}
	return r.page
}

// A reader is where in a page parse is.
type reader struct {
	page             *page
	paragraph, block []piece
	fence, lang      string // of the block it is in, if that has a fence
	opened           int    // the line of the fence
	blank, indented  bool   // the line before
}

// end ends the paragraph and the block.
func (r *reader) end() {
	if len(r.block) > 0 {
		r.page.blocks = append(r.page.blocks, r.block)
	}
	r.page.paragraph(r.paragraph)
	r.block, r.paragraph = nil, nil
}

func (r *reader) inFence(line piece) {
	m := fenceLine.FindStringSubmatch(line.text)
	if m != nil && strings.HasPrefix(m[1], r.fence) && m[2] == "" {
		r.end()
		r.fence = ""
	} else if r.lang != "go" { // Go is the compiler's: see impl/readme_test.go
		r.block = append(r.block, line)
	}
}

func (r *reader) outOfFence(line piece) {
	wasBlank := r.blank
	r.blank = strings.TrimSpace(line.text) == ""
	if r.blank {
		r.page.paragraph(r.paragraph) // an indented block goes on behind a blank line
		r.paragraph = nil
		return
	}
	r.indented = indented.MatchString(line.text) && (wasBlank || r.indented)
	if r.indented {
		r.block = append(r.block, line)
		return
	}
	m := fenceLine.FindStringSubmatch(line.text)
	if m != nil || len(r.block) > 0 || ownLine.MatchString(line.text) {
		r.end()
	}
	if m != nil {
		r.fence, r.lang, r.opened, r.blank = m[1], m[2], line.line, true
		return
	}
	r.paragraph = append(r.paragraph, line)
}

// paragraph takes lines without a blank one: a span may go from one to the next.
func (p *page) paragraph(lines []piece) {
	if len(lines) == 0 {
		return
	}
	first := lines[0].line
	texts := make([]string, len(lines))
	for i, l := range lines {
		texts[i] = l.text
	}
	raw := comment.ReplaceAllStringFunc(strings.Join(texts, "\n"), blanks)
	text := p.takeSpans(first, raw)
	at := func(i int) int { return first + strings.Count(text[:i], "\n") }
	for _, m := range linkEnd.FindAllStringIndex(text, -1) {
		if target := linkTarget.FindStringSubmatch(text[m[0]:]); target != nil {
			p.links = append(p.links, piece{at(m[0]), target[1]})
		} else {
			p.faults = append(p.faults, piece{at(m[0]), text[m[0]:min(m[0]+20, len(text))]})
		}
	}
	for _, m := range otherLink.FindAllStringSubmatchIndex(text, -1) {
		i := max(m[2], m[4]) // one of the two is -1
		p.links = append(p.links, piece{at(i), text[i:max(m[3], m[5])]})
	}
	for _, m := range ownAnchor.FindAllStringSubmatch(text, -1) {
		p.anchors[m[1]] = true
	}
	if m := headingLine.FindStringSubmatch(raw); m != nil {
		p.heading(m[1])
	}
	for i, l := range strings.Split(text, "\n") {
		p.prose = append(p.prose, piece{first + i, l})
	}
}

// takeSpans returns the text with blanks for what stands between backticks, which becomes spans.
func (p *page) takeSpans(first int, text string) string {
	row := strings.HasPrefix(text, "|")
	var rest strings.Builder
	for line := first; ; {
		i := strings.IndexByte(text, '`')
		if i < 0 {
			rest.WriteString(text)
			return rest.String()
		}
		ticks := len(text[i:]) - len(strings.TrimLeft(text[i:], "`"))
		before, after := text[:i], text[i+ticks:]
		line += strings.Count(before, "\n")
		span, tail, ok := strings.Cut(after, text[i:i+ticks])
		if !ok {
			p.faults = append(p.faults, piece{line, text[i:min(i+20, len(text))]})
			rest.WriteString(text)
			return rest.String()
		}
		rest.WriteString(before + blanks(span))
		if row { // there, and only there, a backslash keeps a cell together
			span = strings.ReplaceAll(span, `\|`, "|")
		}
		p.spans = append(p.spans, piece{line, strings.Join(strings.Fields(span), " ")})
		line += strings.Count(span, "\n")
		text = tail
	}
}

// heading adds the anchor that GitHub gives a heading: lower case, no punctuation, hyphens for
// blanks; the second of the same name ends in -1.
func (p *page) heading(text string) {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, linkedText.ReplaceAllString(text, "$1"))
	name := slug
	for i := 1; p.anchors[name]; i++ {
		name = slug + "-" + strconv.Itoa(i)
	}
	p.anchors[name] = true
}

// blanks has a blank for each character, and the ends of lines.
func blanks(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}
