package main

import (
	"bytes"
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	ink   = rgb(0x1f2328) // text
	faint = rgb(0x59636e) // text that is less important
	grid  = rgb(0xe4e7eb)
	axis  = rgb(0x9aa2ab)
	blue  = rgb(0x0550ae)
)

func rgb(hex uint32) color.Color {
	return color.RGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 255}
}

// picture returns an SVG with a title and a note above what paint draws. Lengths are in pixels.
func picture(width, height vg.Length, title, note string, paint func(draw.Canvas)) []byte {
	svg := vgsvg.New(width, height)
	c := draw.New(svg)
	c.FillPolygon(color.White, []vg.Point{{}, {X: width}, {X: width, Y: height}, {Y: height}})
	write(c, style(16, ink, true), 16, height-22, title)
	write(c, style(12, faint, false), 16, height-43, note)
	paint(draw.Crop(c, 16, -16, 12, -60))
	var b bytes.Buffer
	svg.WriteTo(&b)
	return []byte(strings.NewReplacer(
		`pt"`, `"`, // pixels
		"\n\tstyle", " style", // a line for each text
		":Liberation Sans", ":'Liberation Sans',Arial,Helvetica,sans-serif", // all are as wide
	).Replace(b.String()))
}

func style(size font.Length, c color.Color, bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: c, Font: f, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

// write writes a text that begins at x and whose middle is at y, and returns where it ends.
func write(c draw.Canvas, st text.Style, x, y vg.Length, s string) vg.Length {
	c.FillText(st, vg.Point{X: x, Y: y + 0.1*st.Font.Size}, s) // most letters do not go below the line
	return x + st.Width(s)
}

// legend writes a name behind its color, and returns where the next one begins.
func legend(c draw.Canvas, x, y vg.Length, name string, fill color.Color) vg.Length {
	c.FillPolygon(fill, []vg.Point{{X: x, Y: y - 6}, {X: x + 12, Y: y - 6}, {X: x + 12, Y: y + 6}, {X: x, Y: y + 6}})
	return write(c, style(12, ink, false), x+18, y, name) + 20
}

func stroke(c color.Color, width vg.Length, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: width, Dashes: dashes}
}

// panel returns an empty plot.
func panel() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding, a.Tick.Length, a.Label.Padding = 0, 4, 4
		a.LineStyle.Width, a.Tick.LineStyle = 0, stroke(axis, 1)
		for _, st := range []*text.Style{&a.Tick.Label, &a.Label.TextStyle} {
			st.Font, st.Color = style(11, faint, false).Font, faint
		}
	}
	p.Y.Tick.Marker = plot.ConstantTicks{}
	return p
}

// A painter draws on a panel; x and y map a number of an axis to the canvas.
type painter func(c draw.Canvas, x, y func(float64) vg.Length)

func (f painter) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	f(c, x, y)
}

// scale adds a line and a number at each mark of the vertical axis, which begins at 0.
func scale(p *plot.Plot) {
	p.Y.Min = 0
	p.Add(painter(func(c draw.Canvas, _, y func(float64) vg.Length) {
		st := style(11, faint, false)
		for _, mark := range (plot.DefaultTicks{}).Ticks(0, p.Y.Max) {
			if at := y(mark.Value); !mark.IsMinor() {
				c.StrokeLine2(stroke(grid, 1), c.Min.X, at, c.Max.X, at)
				write(c, st, c.Min.X-7-st.Width(mark.Label), at, mark.Label)
			}
		}
		c.StrokeLine2(stroke(axis, 1), c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
	}))
}

// curve adds a line through the points.
func curve(p *plot.Plot, xs, ys []float64, st draw.LineStyle) *plotter.Line {
	points := make(plotter.XYs, len(xs))
	for i := range xs {
		points[i] = plotter.XY{X: xs[i], Y: ys[i]}
	}
	line := &plotter.Line{XYs: points, LineStyle: st}
	p.Add(line)
	return line
}
