// Plot draws what BenchmarkScaling prints: the cost of a call over the number of goroutines, a panel for each load.
//
//	cd impl/bench && go test -bench=Scaling -count=6 | tee scaling.txt && go run ./plot scaling.txt scaling.svg
package main

import (
	"fmt"
	"os"
	"slices"

	"golang.org/x/perf/benchfmt"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot BENCHMARK-OUTPUT FILE.svg")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func run(in, out string) error {
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	ms, err := read(benchfmt.NewReader(f, in))
	if err != nil {
		return err
	}
	const width, height = 30 * vg.Centimeter, 10 * vg.Centimeter
	canvas := vgsvg.New(width, height)
	tiles := draw.Tiles{Rows: 1, Cols: len(loads), PadX: vg.Points(8)}
	for i, at := range loads {
		p, err := panel(ms, at)
		if err != nil {
			return err
		}
		p.Draw(tiles.At(draw.New(canvas), i, 0))
	}
	w, err := os.Create(out)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(w); err != nil {
		return err
	}
	return w.Close()
}

var (
	loads   = []string{"far", "limit", "trace"}
	titles  = map[string]string{"far": "far from the limit", "limit": "at the limit", "trace": "a Lua program's calls"}
	impls   = []string{"accounts", "word", "haproxy", "addundo", "mutex", "semaphore"}
	threads = []string{"1", "2", "4", "8"}
)

type key struct{ at, impl, goroutines string }

// read returns the ns/op of every measurement.
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

func panel(ms map[key][]float64, at string) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = titles[at]
	p.X.Label.Text = "goroutines"
	p.Y.Label.Text = "ns a call (median)"
	p.NominalX(threads...)
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	for i, impl := range impls {
		var xys plotter.XYs
		for x, n := range threads {
			v := ms[key{at, impl, n}]
			if len(v) == 0 {
				return nil, fmt.Errorf("no measurement of at=%s/impl=%s/goroutines=%s", at, impl, n)
			}
			slices.Sort(v)
			xys = append(xys, plotter.XY{X: float64(x), Y: v[len(v)/2]})
		}
		line, points, err := plotter.NewLinePoints(xys)
		if err != nil {
			return nil, err
		}
		line.Color, points.Color = plotutil.Color(i), plotutil.Color(i)
		points.Shape = plotutil.Shape(i)
		line.Width = vg.Points(1.5)
		p.Add(line, points)
		p.Legend.Add(impl, line, points)
	}
	return p, nil
}
