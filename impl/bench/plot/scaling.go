package main

import (
	"fmt"
	"io"

	"casalloc/impl/bench/internal/price"

	"golang.org/x/perf/benchfmt"
)

// loads are the panels.
var loads = []struct{ at, title, what string }{
	{"far", "Far from the limit", "reserve and release"},
	{"limit", "At the limit", "half of the requests are refused"},
	{"trace", "A Lua program's calls", "a recorded trace, limit twice its peak"},
}

// curves are what is compared, those in front last.
var curves = []struct {
	impl, label string
	color       string
	width       float64
	dash        string
	ours        bool
}{
	{impl: "semaphore", label: "semaphore", color: "#b4bac1", width: 1.5, dash: "2 3"},
	{impl: "mutex", label: "mutex", color: "#a3aab2", width: 1.5, dash: "7 3"},
	{impl: "addundo", label: "add, undo", color: "#8c959f", width: 1.5},
	{impl: "haproxy", label: "HAProxy", color: "#59636e", width: 1.8},
	{impl: "word", label: "shared word", color: "#3b82f6", width: 2.6, ours: true},
	{impl: "accounts", label: "accounts", color: "#0550ae", width: 3.6, ours: true},
}

var goroutines = []string{"1", "2", "4", "8"}

// A key names a measurement.
type key struct{ at, impl, goroutines string }

// read returns the nanoseconds per call of every measurement.
func read(r *benchfmt.Reader) (map[key][]float64, error) {
	ms := make(map[key][]float64)
	for r.Scan() {
		switch r := r.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, r
		case *benchfmt.Result:
			var k key
			_, parts := r.Name.Parts()
			for _, part := range parts {
				fmt.Sscanf(string(part), "/at=%s", &k.at)
				fmt.Sscanf(string(part), "/impl=%s", &k.impl)
				fmt.Sscanf(string(part), "/goroutines=%s", &k.goroutines)
			}
			if sec, ok := r.Value("sec/op"); ok {
				ms[k] = append(ms[k], sec*1e9)
			}
		}
	}
	return ms, r.Err()
}

// medians returns what a curve shows, one number for each of goroutines.
func medians(ms map[key][]float64, at, impl string) ([]float64, error) {
	var ys []float64
	for _, n := range goroutines {
		v := ms[key{at, impl, n}]
		if len(v) == 0 {
			return nil, fmt.Errorf("no measurement of at=%s/impl=%s/goroutines=%s", at, impl, n)
		}
		ys = append(ys, price.Median(v))
	}
	return ys, nil
}

// scaling draws what BenchmarkScaling prints: the cost of a call over the number of goroutines, a
// panel for each load, and one scale for all.
func scaling(in io.Reader, name string) (*canvas, error) {
	ms, err := read(benchfmt.NewReader(in, name))
	if err != nil {
		return nil, err
	}
	values := make([][][]float64, len(loads)) // of a load, of a curve
	var highest float64
	for i, load := range loads {
		for _, curve := range curves {
			ys, err := medians(ms, load.at, curve.impl)
			if err != nil {
				return nil, err
			}
			values[i] = append(values[i], ys)
			for _, y := range ys {
				highest = max(highest, y)
			}
		}
	}

	const (
		left, top, bottom = 40.0, 108.0, 52.0
		panel, labels     = 166.0, 152.0 // widths
		height            = 440.0
	)
	c := &canvas{width: left + float64(len(loads))*(panel+labels), height: height}
	marks := ticks(highest)
	y := scale{lo: 0, hi: marks[len(marks)-1], from: height - bottom, to: top}
	c.text(16, 22, font{16, ink, true, "start"}, "What a call costs the goroutine that makes it")
	c.text(16, 43, font{12, faint, false, "start"}, "nanoseconds of processor time, median")
	for i, load := range loads {
		x := scale{lo: 0, hi: float64(len(goroutines) - 1), from: left + float64(i)*(panel+labels)}
		x.to = x.from + panel
		c.text(x.from, top-34, font{13, ink, true, "start"}, load.title)
		c.text(x.from, top-18, font{11, faint, false, "start"}, load.what)
		for _, v := range marks {
			color := grid
			if v == 0 {
				color = axis
			}
			c.line(x.from, y.at(v), x.to, y.at(v), color, 1)
			c.text(x.from-7, y.at(v), font{11, faint, false, "end"}, fmt.Sprintf("%.4g", v))
		}
		for j, n := range goroutines {
			c.line(x.at(float64(j)), y.from, x.at(float64(j)), y.from+4, axis, 1)
			c.text(x.at(float64(j)), y.from+14, font{11, faint, false, "middle"}, n)
		}
		c.text((x.from+x.to)/2, y.from+34, font{11, faint, false, "middle"}, "goroutines")
		drawCurves(c, x, y, values[i])
	}
	return c, nil
}

// drawCurves draws the curves of a panel, each with its name and its last value at its end.
func drawCurves(c *canvas, x, y scale, values [][]float64) {
	ends := make([]float64, len(curves))
	for i, curve := range curves {
		var xs, ys []float64
		for j, v := range values[i] {
			xs, ys = append(xs, x.at(float64(j))), append(ys, y.at(v))
		}
		ends[i] = ys[len(ys)-1]
		c.curve(xs, ys, curve.color, curve.width, curve.dash)
		for j := range xs {
			c.dot(xs[j], ys[j], curve.width+0.4, curve.color)
		}
	}
	for i, at := range spread(ends, 15, y.to, y.from) {
		curve, v := curves[i], values[i]
		c.line(x.to+6, ends[i], x.to+15, at, curve.color, 1)
		f := font{11, faint, false, "start"}
		if curve.ours {
			f = font{11, curve.color, true, "start"}
		}
		c.text(x.to+18, at, f, fmt.Sprintf("%s %.1f", curve.label, v[len(v)-1]))
	}
}
