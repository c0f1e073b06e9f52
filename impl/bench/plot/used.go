package main

import (
	"fmt"
	"image/color"
	"slices"

	"casalloc/impl/internal/samples"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// used draws memory over time, with the limit, and below it the refusals so far.
func used(in []byte) ([]byte, error) {
	rows, err := samples.Read(in)
	if err != nil {
		return nil, err
	}
	var columns [5][]float64
	for _, row := range rows {
		for j, v := range row {
			if 0 < j && j < 4 { // bytes
				v /= 1 << 20
			}
			columns[j] = append(columns[j], v)
		}
	}
	seconds := columns[0]
	upper, lower := panel(), panel()
	curves := []struct {
		label string
		p     *plot.Plot
		ys    []float64
		color color.Color
		width vg.Length
		steps plotter.StepKind
	}{
		{"charged, MiB", upper, columns[2], rgb(0x9ec5fe), 4, plotter.NoStep},
		{"live, MiB", upper, columns[3], blue, 1.4, plotter.NoStep},
		{"limit, MiB", upper, columns[1], ink, 2, plotter.PostStep}, // it holds until the next sample
		{"growths refused so far", lower, columns[4], faint, 1.8, plotter.PostStep},
	}
	scale(upper)
	scale(lower)
	for _, c := range curves {
		curve(c.p, seconds, c.ys, stroke(c.color, c.width)).StepStyle = c.steps
		c.p.Y.Max = max(c.p.Y.Max, 1.06*slices.Max(c.ys), 1)
	}
	upper.X.Tick.Marker = plot.ConstantTicks{}
	lower.X.Label.Text = "seconds"
	return picture(900, 466, "Memory used against the limit",
		fmt.Sprintf("samples while a command runs, about one every %v; ", samples.Every)+
			"what children have in advance is charged and not live",
		func(c draw.Canvas) {
			x := c.Min.X + 32
			for _, curve := range curves[:3] {
				x = legend(c, x, c.Max.Y-6, curve.label, curve.color)
			}
			c = draw.Crop(c, 30, 0, 0, 0) // for the numbers of the scales
			parts := plot.Align([][]*plot.Plot{{upper}, {lower}}, draw.Tiles{Rows: 2, Cols: 1}, c)
			up, low := parts[0][0], parts[1][0]
			up.Max.Y, up.Min.Y = c.Max.Y-34, c.Min.Y+130
			low.Max.Y, low.Min.Y = c.Min.Y+96, c.Min.Y
			write(c, style(12, ink, false), c.Min.X+2, low.Max.Y+14, curves[3].label)
			upper.Draw(up)
			lower.Draw(low)
		}), nil
}
