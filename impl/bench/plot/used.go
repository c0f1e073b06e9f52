package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"casalloc/impl/internal/samples"
)

// A series is samples, a slice for each column.
type series struct {
	seconds              []float64
	limit, counter, live []float64 // MiB
	refused              []float64 // growths so far
}

// readSeries reads what replay -samples and luarun -samples write.
func readSeries(in io.Reader, name string) (s series, err error) {
	lines, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	if len(lines) < 3 || strings.Join(lines[0], ",") != samples.Header {
		return s, fmt.Errorf("%s: want the columns %s, and two rows or more", name, samples.Header)
	}
	columns := []struct {
		to   *[]float64
		unit float64
	}{{&s.seconds, 1}, {&s.limit, 1 << 20}, {&s.counter, 1 << 20}, {&s.live, 1 << 20}, {&s.refused, 1}}
	for i, line := range lines[1:] {
		for j, c := range columns {
			v, err := strconv.ParseFloat(line[j], 64)
			if err != nil {
				return s, fmt.Errorf("%s:%d: %w", name, i+2, err)
			}
			*c.to = append(*c.to, v/c.unit)
		}
	}
	return s, nil
}

// used draws samples: bytes over time, with the limit, and below them the refusals so far.
func used(in io.Reader, name string) (*canvas, error) {
	s, err := readSeries(in, name)
	if err != nil {
		return nil, err
	}
	const (
		left, right, width = 60.0, 24.0, 900.0
		top, bottom        = 96.0, 320.0  // of the upper panel
		below, foot        = 356.0, 420.0 // of the lower
		height             = foot + 46
	)
	c := &canvas{width: width, height: height}
	c.text(16, 22, font{16, ink, true, "start"}, "Memory used against the limit")
	c.text(16, 43, font{12, faint, false, "start"}, fmt.Sprintf(
		"samples while a command runs, about one every %v; what accounts have in advance is charged and not live", samples.Every))
	curves := []struct {
		label, color string
		values       []float64
		width        float64
		steps        bool
	}{
		{"charged, MiB", "#9ec5fe", s.counter, 4, false},
		{"live, MiB", "#0550ae", s.live, 1.4, false},
		{"limit, MiB", ink, s.limit, 2, true},
	}
	at := left
	for _, curve := range curves {
		c.rect(at, 65, 14, 4, curve.color)
		c.text(at+20, 67, font{12, ink, false, "start"}, curve.label)
		at += 120
	}

	x := scale{lo: s.seconds[0], hi: s.seconds[len(s.seconds)-1], from: left, to: width - right}
	y := panel(c, x, slices.Max(slices.Concat(s.limit, s.counter, s.live)), top, bottom)
	for _, curve := range curves {
		draw(c, x, y, s.seconds, curve.values, curve.color, curve.width, curve.steps)
	}
	c.text(left, below-14, font{12, ink, false, "start"}, "growths refused so far")
	y = panel(c, x, slices.Max(s.refused), below, foot)
	draw(c, x, y, s.seconds, s.refused, "#59636e", 1.8, true)
	for _, v := range ticks(x.hi) {
		if v <= x.hi {
			c.line(x.at(v), foot, x.at(v), foot+4, axis, 1)
			c.text(x.at(v), foot+14, font{11, faint, false, "middle"}, fmt.Sprintf("%.4g", v))
		}
	}
	c.text((x.from+x.to)/2, foot+32, font{11, faint, false, "middle"}, "seconds")
	return c, nil
}

// panel draws the grid of a panel for values up to highest, and returns its scale.
func panel(c *canvas, x scale, highest, top, bottom float64) scale {
	marks := ticks(max(highest, 1))
	y := scale{lo: 0, hi: marks[len(marks)-1], from: bottom, to: top}
	const room = 15 // between marks
	every := int(math.Ceil(room * float64(len(marks)-1) / (bottom - top)))
	for i, v := range marks {
		if i%every != 0 {
			continue
		}
		color := grid
		if v == 0 {
			color = axis
		}
		c.line(x.from, y.at(v), x.to, y.at(v), color, 1)
		c.text(x.from-7, y.at(v), font{11, faint, false, "end"}, fmt.Sprintf("%.6g", v))
	}
	return y
}

// draw draws values over seconds. In steps, a value holds until the next sample.
func draw(c *canvas, x, y scale, seconds, values []float64, color string, width float64, steps bool) {
	var xs, ys []float64
	for i, v := range values {
		if steps && i > 0 {
			xs, ys = append(xs, x.at(seconds[i])), append(ys, y.at(values[i-1]))
		}
		xs, ys = append(xs, x.at(seconds[i])), append(ys, y.at(v))
	}
	c.curve(xs, ys, color, width, "")
}
