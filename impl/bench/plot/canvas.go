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
	weight := ""
	if f.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" font-size="%g" fill="%s" text-anchor="%s"%s>`,
		px(x), px(y+0.35*f.size), f.size, f.color, f.anchor, weight)
	xml.EscapeText(&c.b, []byte(s))
	c.b.WriteString("</text>\n")
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
