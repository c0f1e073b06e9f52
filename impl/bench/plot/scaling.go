package main

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// loads are the panels of scaling.svg.
var loads = []struct{ at, title, what string }{
	{"far", "Far from the limit", "reserve and release"},
	{"limit", "At the limit", "reserve, a refusal, and release"},
	{"trace", "A Lua program's calls", "a recorded trace, limit twice its peak"},
}

var goroutines = []string{"1", "2", "4", "8"}

// A contender is a curve of scaling.svg.
type contender struct {
	impl, label string
	color       color.Color
	bold        bool
	width       vg.Length
	dashes      []vg.Length
}

// contenders has those in front last.
var contenders = []contender{
	{"semaphore", "semaphore", rgb(0xb4bac1), false, 1.5, []vg.Length{2, 3}},
	{"mutex", "mutex", rgb(0xa3aab2), false, 1.5, []vg.Length{7, 3}},
	{"haproxy", "HAProxy", faint, false, 1.8, nil},
	{"word", "shared word", rgb(0x3b82f6), true, 2.6, nil},
	{"children", "children", blue, true, 3.6, nil},
}

// scaling draws the cost of a call over the number of goroutines, a panel for each load, and one
// scale for all.
func scaling(page []byte) ([]byte, error) {
	s, err := readSheet(page, "ns a call and goroutine")
	if err != nil {
		return nil, err
	}
	var panels []*plot.Plot
	var highest float64
	for _, load := range loads {
		p := loadPanel(func(impl, goroutines string) float64 { return s.number(impl, load.at+", "+goroutines, 0) })
		highest = max(highest, p.Y.Max)
		panels = append(panels, p)
	}
	if s.err != nil {
		return nil, s.err
	}
	const width, names = 170, 148
	return picture(vg.Length(len(loads)*(width+names)+32), 440, "What a call costs the goroutine that makes it",
		"nanoseconds, median", func(c draw.Canvas) {
			for i, p := range panels {
				left := vg.Length(i*(width+names)) + 24
				write(c, style(13, ink, true), c.Min.X+left, c.Max.Y-14, loads[i].title)
				write(c, style(11, faint, false), c.Min.X+left, c.Max.Y-30, loads[i].what)
				p.Y.Max = highest * 1.06
				p.Draw(draw.Crop(c, left, left+width-(c.Max.X-c.Min.X), 0, -44))
			}
		}), nil
}

// loadPanel returns the curves of a load, each with its name and its last number at its end.
func loadPanel(number func(impl, goroutines string) float64) *plot.Plot {
	p := panel()
	scale(p)
	p.X.Label.Text = "goroutines"
	var xs []float64
	var ticks plot.ConstantTicks
	for i, n := range goroutines {
		xs, ticks = append(xs, float64(i)), append(ticks, plot.Tick{Value: float64(i), Label: n})
	}
	p.X.Tick.Marker = ticks
	for _, c := range contenders {
		var ys []float64
		for _, n := range goroutines {
			ys = append(ys, number(c.impl, n))
		}
		line := curve(p, xs, ys, stroke(c.color, c.width, c.dashes...))
		p.Add(&plotter.Scatter{XYs: line.XYs,
			GlyphStyle: draw.GlyphStyle{Color: c.color, Radius: c.width + 0.4, Shape: draw.CircleGlyph{}}})
	}
	fromBelow, last := slices.Clone(contenders), goroutines[len(goroutines)-1]
	slices.SortFunc(fromBelow, func(a, b contender) int { return cmp.Compare(number(a.impl, last), number(b.impl, last)) })
	p.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		right, free := x(xs[len(xs)-1]), c.Min.Y
		for _, end := range fromBelow {
			v := number(end.impl, last)
			at := max(y(v), free) // names are beside one another, and not one upon the other
			free = at + 15
			c.StrokeLine2(stroke(end.color, 1), right+6, y(v), right+15, at)
			st := style(11, faint, false)
			if end.bold {
				st = style(11, end.color, true)
			}
			write(c, st, right+18, at, fmt.Sprintf("%s %.1f", end.label, v))
		}
	}))
	return p
}
