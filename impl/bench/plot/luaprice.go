package main

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// allocators are the bars of luaprice.svg, by the headings of the table.
var allocators = []struct {
	name  string
	color color.Color
	ours  bool
}{
	{"plain counters", rgb(0x8c959f), false},
	{"HAProxy in C", faint, false},
	{"unlimited", rgb(0x6ea8fe), true},
	{"child", blue, true},
}

// luaprice draws bars for each script, a panel for each number of threads, and one scale for both.
// The scale is logarithmic and bars begin at 1, so that a bar for twice the time is as long as one
// for half of it.
func luaprice(page []byte) ([]byte, error) {
	s, err := readSheet(page, "script")
	if err != nil {
		return nil, err
	}
	scripts := slices.DeleteFunc(s.rows, func(row string) bool {
		return strings.HasSuffix(row, " script") // the median and the worst of them
	})
	slices.Reverse(scripts) // the vertical axis grows upwards
	one, two := threadPanel(s, scripts, 0), threadPanel(s, scripts, 1)
	if s.err != nil {
		return nil, s.err
	}
	const left, width, between = 104, 380, 46
	return picture(left+2*width+between+76, vg.Length(65*len(scripts)+170), "What Lua scripts cost under each allocator",
		"processor time over that with luaL_newstate's own allocator, which is the line at 1; logarithmic",
		func(c draw.Canvas) {
			x, y := c.Min.X, c.Max.Y-6
			for i, a := range allocators {
				if a.ours && !allocators[i-1].ours {
					x = write(c, style(12, ink, true), x+10, y, "casalloc:") + 10
				}
				x = legend(c, x, y, a.name, a.color)
			}
			one.X.Min, one.X.Max = min(one.X.Min, two.X.Min), max(one.X.Max, two.X.Max)
			two.X.Min, two.X.Max = one.X.Min, one.X.Max
			c = draw.Crop(c, left, 0, 0, -66)
			one.Draw(draw.Crop(c, 0, width-(c.Max.X-c.Min.X), 0, 0))
			two.Draw(draw.Crop(c, width+between, 2*width+between-(c.Max.X-c.Min.X), 0, 0))
		}), nil
}

// threadPanel returns the bars of all scripts for a number of threads.
func threadPanel(s *sheet, scripts []string, threads int) *plot.Plot {
	p := panel()
	p.X.Tick.Length, p.X.Padding = 0, 6
	var ticks plot.ConstantTicks
	for _, v := range []float64{0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24} {
		ticks = append(ticks, plot.Tick{Value: math.Log(v), Label: fmt.Sprint(v)})
	}
	p.X.Tick.Marker = ticks
	lines := plotter.NewGrid()
	lines.Vertical, lines.Horizontal = stroke(grid, 1), stroke(nil, 0)
	p.Add(lines)
	const bar, step = 10, 11
	for i, a := range allocators {
		offset := vg.Length(step * (len(allocators)/2 - i))
		bars := &plotter.BarChart{Width: bar, Color: a.color, Offset: offset, Horizontal: true}
		var ratios []float64
		for _, script := range scripts {
			ratios = append(ratios, s.number(script, a.name, threads))
			bars.Values = append(bars.Values, math.Log(ratios[len(ratios)-1]))
		}
		p.Add(bars, painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
			st := style(10, faint, false)
			if a.ours {
				st = style(10, ink, i == len(allocators)-1)
			}
			for j, v := range ratios {
				write(c, st, x(max(bars.Values[j], 0))+4, y(float64(j))+offset, fmt.Sprintf("%.2f", v))
			}
		}))
	}
	p.Y.Min, p.Y.Max = -0.5, float64(len(scripts))-0.5
	p.Add(painter(func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(stroke(ink, 1.5), x(0), c.Min.Y, x(0), c.Max.Y+6)
		write(c, style(13, ink, true), x(0), c.Max.Y+18, []string{"1 thread", "2 threads"}[threads])
		for j, script := range scripts {
			if st := style(13, ink, false); threads == 0 {
				write(c, st, c.Min.X-10-st.Width(script), y(float64(j)), script)
			}
		}
	}))
	return p
}
