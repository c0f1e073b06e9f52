package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"casalloc/impl/bench/internal/price"
)

// Bars of casalloc are blue, and the last is the strongest; those of rivals are grey.
var (
	blues = []string{"#6ea8fe", "#bcd8ff", "#0550ae"}
	greys = []string{"#d0d5da", "#8c959f", "#59636e"}
)

// prices draws what luaprice found: bars for each script, a panel for each number of threads, and
// one scale for all. The scale is logarithmic and bars begin at 1.0, so that a bar for twice the
// time is as long as one for half of it.
func prices(in io.Reader, name string) (*canvas, error) {
	var r price.Report
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := r.Judge(); err != nil {
		return nil, fmt.Errorf("%s: want the output of luaprice -json: %w", name, err)
	}

	const (
		left, panel, between, right = 118.0, 380.0, 44.0, 30.0 // widths
		bar, step, gap              = 10.0, 11.0, 14.0         // heights
		top, bottom                 = 126.0, 34.0
	)
	scripts, threads := r.Scripts(), r.Threads()
	bars := len(r.Allocators) - 1
	group := float64(bars)*step + gap
	foot := top + float64(len(scripts))*group
	n := float64(len(threads))
	c := &canvas{width: left + n*panel + (n-1)*between + right, height: foot + bottom}

	first := r.Allocators[0].Title
	c.text(16, 22, font{16, ink, true, "start"}, "What Lua scripts cost under each allocator")
	c.text(16, 43, font{12, faint, false, "start"}, fmt.Sprintf(
		"processor time over that with %s's own allocator, which is the line at 1.0; medians of %s; logarithmic",
		first, price.Numbered("round", r.Rounds)))
	colors := colorsOf(r.Allocators)
	legend(c, 16, 66, r.Allocators[1:], colors[1:])

	lo, hi := extent(&r)
	for p, t := range threads {
		s := scale{lo: lo, hi: hi, from: left + float64(p)*(panel+between), log: true}
		s.to = s.from + panel
		c.text(s.at(1), top-26, font{13, ink, true, "start"}, price.Numbered("thread", t))
		for _, v := range priceTicks(s) {
			c.line(s.at(v), top-4, s.at(v), foot, grid, 1)
			c.text(s.at(v), foot+12, font{11, faint, false, "middle"}, fmt.Sprintf("%g", v))
		}
		for i, script := range scripts {
			y := top + float64(i)*group + gap/2
			if p == 0 {
				c.text(left-10, y+(group-gap)/2, font{13, ink, false, "end"}, script)
			}
			if row := r.Row(script, t); row != nil {
				drawBars(c, s, y, bar, step, row, r.Allocators, colors)
			}
		}
		c.line(s.at(1), top-10, s.at(1), foot+4, ink, 1.5)
	}
	return c, nil
}

// legend explains the colors, in one line that begins at x, y.
func legend(c *canvas, x, y float64, allocators []price.Allocator, colors []string) {
	const letter = 6.8 // pixels, about
	for i, a := range allocators {
		f := font{12, faint, false, "start"}
		if a.Ours {
			f.color = ink
			if i == 0 || !allocators[i-1].Ours {
				x += 10
				c.text(x, y, font{12, ink, true, "start"}, "casalloc:")
				x += 76
			}
		}
		c.rect(x, y-6, 12, 12, colors[i])
		c.text(x+17, y, f, a.Title)
		x += 17 + letter*float64(len(a.Title)) + 18
	}
}

// drawBars draws the bars of a row, the first at y, each with its value.
func drawBars(c *canvas, s scale, y, bar, step float64, row *price.Row, allocators []price.Allocator, colors []string) {
	for i, cell := range row.Cells[1:] {
		from, to := s.at(1), s.at(cell.Ratio)
		c.rect(min(from, to), y, max(math.Abs(to-from), 1), bar, colors[i+1])
		f := font{10, faint, false, "start"}
		if allocators[i+1].Ours {
			f = font{10, ink, i == len(row.Cells)-2, "start"}
		}
		c.text(max(from, to)+4, y+bar/2, f, fmt.Sprintf("%.2f", cell.Ratio))
		y += step
	}
}

// colorsOf returns a color for each allocator but the first; the last of ours is the strongest.
func colorsOf(allocators []price.Allocator) []string {
	colors := make([]string, len(allocators))
	ours, rivals := blues, greys
	for i := len(allocators) - 1; i > 0; i-- {
		from := &rivals
		if allocators[i].Ours {
			from = &ours
		}
		colors[i] = (*from)[len(*from)-1]
		if len(*from) > 1 {
			*from = (*from)[:len(*from)-1]
		}
	}
	return colors
}

// extent returns the ends of the scale. It holds every ratio, with room for the value after the
// longest bar.
func extent(r *price.Report) (lo, hi float64) {
	lo, hi = 0.95, 2
	for _, row := range r.Rows {
		for _, c := range row.Cells[1:] {
			lo, hi = min(lo, c.Ratio), max(hi, c.Ratio)
		}
	}
	return lo, hi * 1.1
}

// ladders are round numbers, from dense to sparse.
var ladders = [][]float64{
	{0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10},
	{0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16},
	{0.0625, 0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128},
}

// priceTicks returns the numbers of a ladder that are within the scale: of the densest ladder that
// leaves room between them and goes on for long enough.
func priceTicks(s scale) []float64 {
	const room = 30
	var ts []float64
	for _, ladder := range ladders {
		ts = slices.DeleteFunc(slices.Clone(ladder), func(v float64) bool { return v < s.lo || v > s.hi })
		narrow := false
		for i := 1; i < len(ts); i++ {
			narrow = narrow || s.at(ts[i])-s.at(ts[i-1]) < room
		}
		if !narrow && s.hi < 1.5*ladder[len(ladder)-1] {
			break
		}
	}
	return ts
}
