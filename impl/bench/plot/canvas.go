package main

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A canvas is an SVG; width and height are in pixels, and y grows downwards. The background is
// white, so that it can be read on a dark page too.
type canvas struct {
	width, height float64
	b             strings.Builder
}

const (
	ink   = "#1f2328" // text
	faint = "#59636e" // text that is less important
	grid  = "#e4e7eb"
	axis  = "#9aa2ab"
	white = "#ffffff"
)

// Fonts of the reader's system: an SVG in a page cannot load any.
const fonts = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"

func (c *canvas) svg() []byte {
	const format = `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g"
font-family="%s">
<rect width="100%%" height="100%%" fill="#ffffff"/>
%s</svg>
`
	return fmt.Appendf(nil, format, c.width, c.height, fonts, c.b.String())
}

func (c *canvas) rect(x, y, width, height float64, fill string) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n",
		px(x), px(y), px(width), px(height), fill)
}

func (c *canvas) line(x1, y1, x2, y2 float64, color string, width float64) {
	fmt.Fprintf(&c.b, `<path d="M%s %sL%s %s" stroke="%s" stroke-width="%g"/>`+"\n",
		px(x1), px(y1), px(x2), px(y2), color, width)
}

// curve joins the points. A dash is as in SVG; "" is none.
func (c *canvas) curve(xs, ys []float64, color string, width float64, dash string) {
	var d strings.Builder
	for i := range xs {
		fmt.Fprintf(&d, "%c%s %s", "ML"[min(i, 1)], px(xs[i]), px(ys[i]))
	}
	extra := ""
	if dash != "" {
		extra = fmt.Sprintf(` stroke-dasharray="%s"`, dash)
	}
	fmt.Fprintf(&c.b, `<path d="%s" fill="none" stroke="%s" stroke-width="%g" stroke-linejoin="round"%s/>`+"\n",
		d.String(), color, width, extra)
}

func (c *canvas) dot(x, y, r float64, fill string) {
	fmt.Fprintf(&c.b, `<circle cx="%s" cy="%s" r="%g" fill="%s"/>`+"\n", px(x), px(y), r, fill)
}

// A font is how a text looks.
type font struct {
	size   float64
	color  string
	bold   bool
	anchor string // start, middle or end: which part of the text is at x
}

// text writes s. Its middle, vertically, is at y.
func (c *canvas) text(x, y float64, f font, s string) {
	if s == "" {
		return
	}
	weight := ""
	if f.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" font-size="%g" fill="%s" text-anchor="%s"%s>`,
		px(x), px(y+0.35*f.size), f.size, f.color, f.anchor, weight)
	xml.EscapeText(&c.b, []byte(s))
	c.b.WriteString("</text>\n")
}

// A box is a rectangle with lines of text in its middle, the last of them small. Each may be "".
type box struct {
	x, y, width, height float64
	look
	lines []string
	small string
}

// A look is the colors of a box and of its text, and how round its corners are.
type look struct {
	fill, border, ink, small string
	round                    float64
}

var (
	strong = look{fill: blues[2], border: blues[2], ink: white, small: blues[1], round: 5}
	light  = look{fill: "#e3eeff", border: blues[2], ink: ink, small: faint, round: 5}
	muted  = look{fill: grid, border: axis, ink: ink, small: faint, round: 5}
	plain  = look{fill: white, border: axis, ink: ink, small: faint, round: 5}
)

// pill returns the same colors with round ends: a way begins or ends there.
func (l look) pill() look {
	l.round = 18
	return l
}

// bar returns the same colors with sharp corners.
func (l look) bar() look {
	l.round = 0
	return l
}

func (c *canvas) box(b box) {
	fmt.Fprintf(&c.b, `<rect x="%s" y="%s" width="%s" height="%s" rx="%g" fill="%s" stroke="%s"/>`+"\n",
		px(b.x), px(b.y), px(b.width), px(b.height), b.round, b.fill, b.border)
	const line, small = 16.0, 15.0
	x, y := b.x+b.width/2, b.y+b.height/2-line*float64(len(b.lines)-1)/2
	if b.small != "" {
		y -= small / 2
	}
	for i, s := range b.lines {
		c.text(x, y+line*float64(i), font{12, b.ink, false, "middle"}, s)
	}
	c.text(x, y+line*float64(len(b.lines)-1)+small, font{10.5, b.look.small, false, "middle"}, b.small)
}

// A point is on a canvas, in pixels.
type point struct{ x, y float64 }

// at returns the point of b whose distances from its left and its top are these parts of its width
// and height.
func (b box) at(right, down float64) point { return point{b.x + right*b.width, b.y + down*b.height} }

// arrow joins the points, each straight above, below or beside the one before it. The tip is at the
// last.
func (c *canvas) arrow(color string, width float64, points ...point) {
	end, before := points[len(points)-1], points[len(points)-2]
	var d point // of length 1, the way it points
	switch {
	case end.x > before.x:
		d.x = 1
	case end.x < before.x:
		d.x = -1
	case end.y > before.y:
		d.y = 1
	default:
		d.y = -1
	}
	long, wide := 5+1.5*width, 2.5+width
	foot := point{end.x - long*d.x, end.y - long*d.y}
	var xs, ys []float64
	for _, p := range points[:len(points)-1] {
		xs, ys = append(xs, p.x), append(ys, p.y)
	}
	c.curve(append(xs, foot.x), append(ys, foot.y), color, width, "")
	fmt.Fprintf(&c.b, `<path d="M%s %sL%s %sL%s %sZ" fill="%s"/>`+"\n", px(end.x), px(end.y),
		px(foot.x-wide*d.y), px(foot.y-wide*d.x), px(foot.x+wide*d.y), px(foot.y+wide*d.x), color)
}

// px writes a coordinate to a tenth of a pixel.
func px(x float64) string { return fmt.Sprintf("%g", math.Round(x*10)/10) }

// A scale maps lo to from and hi to to, both in pixels, and what is between in proportion.
type scale struct {
	lo, hi, from, to float64
	log              bool // in proportion to the logarithms
}

func (s scale) at(v float64) float64 {
	lo, hi := s.lo, s.hi
	if s.log {
		v, lo, hi = math.Log(v), math.Log(lo), math.Log(hi)
	}
	return s.from + (v-lo)/(hi-lo)*(s.to-s.from)
}

// ticks returns round numbers from 0 to the first that is not below hi, at most eight.
func ticks(hi float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10(hi)))
	for _, d := range []float64{0.2, 0.5, 1, 2} {
		if hi <= 7*d*step {
			step *= d
			break
		}
	}
	ts := []float64{0}
	for i := 1; ts[len(ts)-1] < hi; i++ {
		ts = append(ts, float64(i)*step)
	}
	return ts
}

// spread returns places for labels that would like to be at these: at least gap apart, from lo to
// hi, in the same order, and with the least sum of squared moves. If there is too little room, they
// begin at lo and go beyond hi.
func spread(places []float64, gap, lo, hi float64) []float64 {
	n := len(places)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })

	// Subtract gap once for each label above: then it is enough that places do not decrease. That
	// is monotone regression: neighbours that decrease are joined to a group, which is at the mean
	// of its members.
	type group struct{ sum, n float64 }
	var groups []group
	for i, at := range order {
		g := group{places[at] - float64(i)*gap, 1}
		for len(groups) > 0 {
			last := groups[len(groups)-1]
			if last.sum/last.n < g.sum/g.n {
				break
			}
			g = group{last.sum + g.sum, last.n + g.n}
			groups = groups[:len(groups)-1]
		}
		groups = append(groups, g)
	}
	moved := make([]float64, n)
	i := 0
	for _, g := range groups {
		mean := max(min(g.sum/g.n, hi-float64(n-1)*gap), lo)
		for range int(g.n) {
			moved[order[i]] = mean + float64(i)*gap
			i++
		}
	}
	return moved
}
