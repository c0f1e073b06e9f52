package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/bench/internal/price"
	"casalloc/impl/internal/samples"
)

// Each kind of input becomes a well-formed SVG that says what it should.
func TestRun(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string // texts
	}{
		{"testdata/scaling.txt", []string{
			"Far from the limit", "accounts 52.0", "HAProxy 48.1", "shared word 16.5", "add, undo 6.3", "60",
		}},
		{"testdata/luaprice.json", []string{
			"allocation only", "1 thread", "2 threads", "5.73", "0.95", "account", "1.5",
		}},
		{"testdata/used.csv", []string{
			"limit, MiB", "charged, MiB", "live, MiB", "growths refused so far", "seconds", "0.5", "8",
		}},
		{"../../word.go", []string{"63", "gen", "Enforcing", "set the limit", "headroom − n"}},
		{"../../../tla/Accounts.tla", []string{"SlackReserveCAS", "slack covers n:", "refused", "no, but stocked"}},
	} {
		out := filepath.Join(t.TempDir(), "out.svg")
		if err := run(c.in, out); err != nil {
			t.Fatal(err)
		}
		texts := textsOf(t, out)
		for _, want := range c.want {
			if !slices.Contains(texts, want) {
				t.Errorf("%s: no text %q in %q", c.in, want, texts)
			}
		}
	}
}

// textsOf returns the texts of an SVG. It must be well-formed, and must not load anything.
func textsOf(t *testing.T, file string) (texts []string) {
	t.Helper()
	svg, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"NaN", "Inf", "url(", "href"} {
		if strings.Contains(string(svg), bad) {
			t.Errorf("%s contains %s", file, bad)
		}
	}
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			texts = append(texts, string(text))
		}
	}
}

func TestRunErrors(t *testing.T) {
	const one = "BenchmarkScaling/at=far/impl=word/goroutines=1-2 1 4 ns/op\n"
	for _, c := range []struct{ name, text, want string }{
		{"x.txt", one, "no measurement of at=far/impl=semaphore"},
		{"x.txt", "BenchmarkScaling x\n", "parsing iteration count"},
		{"x.json", "{", "unexpected EOF"},
		{"x.json", "{}", "want the output of luaprice -json"},
		{"x.csv", "seconds,limit\n0,1\n1,1\n", "want the columns " + samples.Header},
		{"x.csv", samples.Header + "\n0,1,0,0,0\n", "two rows or more"},
		{"x.csv", samples.Header + "\n0,1,0,0,0\n1,x,0,0,0\n", `x.csv:3: strconv.ParseFloat: parsing "x"`},
		{"x.csv", samples.Header + "\n0,1,0,0,0\n1,1\n", "wrong number of fields"},
		{"x.go", "package impl\n", "x.go: no constant"},
		{"x.go", "package", "x.go:1:8: expected"},
		{"x.tla", "SlackReserveCAS(t) == TRUE\n", "x.tla: no action SlackReserveCAS"},
	} {
		in := filepath.Join(t.TempDir(), c.name)
		if err := os.WriteFile(in, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		out := in + ".svg"
		if err := run(in, out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%q: a file was written", c.text)
		}
	}
}

// The limit is a step: it holds until the sample that shows another. What is used is a line between
// samples.
func TestSteps(t *testing.T) {
	x, y := scale{lo: 0, hi: 2, from: 0, to: 200}, scale{lo: 0, hi: 8, from: 80, to: 0}
	for steps, want := range map[bool]string{
		true:  "M0 0L100 0L100 60L200 60L200 60",
		false: "M0 0L100 60L200 60",
	} {
		c := new(canvas)
		draw(c, x, y, []float64{0, 1, 2}, []float64{8, 2, 2}, ink, 1, steps)
		if got := c.b.String(); !strings.Contains(got, `d="`+want+`"`) {
			t.Errorf("steps %v: got %s, want %s", steps, got, want)
		}
	}
}

// Each column goes where it belongs, bytes in MiB.
func TestReadSeries(t *testing.T) {
	in := samples.Header + "\n0.5,8388608,4194304,1048576,3\n1.5,2097152,0,0,7\n"
	got, err := readSeries(strings.NewReader(in), "x.csv")
	want := series{
		seconds: []float64{0.5, 1.5}, limit: []float64{8, 2}, counter: []float64{4, 0},
		live: []float64{1, 0}, refused: []float64{3, 7},
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// The curve of an even number of runs is at the mean of the two in the middle.
func TestMedians(t *testing.T) {
	ms := map[key][]float64{
		{"far", "word", "1"}: {9, 1, 5},
		{"far", "word", "2"}: {4, 100, 1, 2},
		{"far", "word", "4"}: {7},
		{"far", "word", "8"}: {8, 8},
	}
	got, err := medians(ms, "far", "word")
	if want := []float64{5, 3, 7, 8}; err != nil || !slices.Equal(got, want) {
		t.Errorf("medians = %v, %v, want %v", got, err, want)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		places, want []float64
	}{
		{nil, []float64{}},
		{[]float64{50}, []float64{50}},
		{[]float64{20, 40, 60}, []float64{20, 40, 60}}, // far enough apart
		{[]float64{60, 20, 40}, []float64{60, 20, 40}}, // in another order
		{[]float64{50, 50}, []float64{45, 55}},         // pushed apart
		{[]float64{50, 52, 80}, []float64{46, 56, 80}}, // the third need not move
		{[]float64{50, 52, 58}, []float64{43.3, 53.3, 63.3}},
		{[]float64{0, 1, 2}, []float64{0, 10, 20}},       // at one edge
		{[]float64{99, 98, 100}, []float64{90, 80, 100}}, // at the other
		{[]float64{-30, 130}, []float64{0, 100}},
	} {
		got := spread(c.places, 10, 0, 100)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 0.05 }) {
			t.Errorf("spread(%v) = %.1f, want %v", c.places, got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		hi   float64
		want string
	}{
		{52, "[0 10 20 30 40 50 60]"},
		{60, "[0 10 20 30 40 50 60]"},
		{8.7, "[0 2 4 6 8 10]"},
		{100, "[0 20 40 60 80 100]"},
		{130, "[0 20 40 60 80 100 120 140]"},
		{1, "[0 0.2 0.4 0.6 0.8 1]"},
	} {
		if got := fmt.Sprintf("%.4g", ticks(c.hi)); got != c.want {
			t.Errorf("ticks(%v) = %s, want %s", c.hi, got, c.want)
		}
	}
}

func TestScale(t *testing.T) {
	for _, c := range []struct {
		s       scale
		v, want float64
	}{
		{scale{lo: 0, hi: 60, from: 400, to: 100}, 0, 400},
		{scale{lo: 0, hi: 60, from: 400, to: 100}, 60, 100},
		{scale{lo: 0, hi: 60, from: 400, to: 100}, 15, 325},
		{scale{lo: 0.5, hi: 8, from: 0, to: 400, log: true}, 1, 100},
		{scale{lo: 0.5, hi: 8, from: 0, to: 400, log: true}, 4, 300},
	} {
		if got := c.s.at(c.v); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%+v: at(%v) = %v, want %v", c.s, c.v, got, c.want)
		}
	}
}

func TestPriceTicks(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0.95, 2.2, "[1 1.25 1.5 2]"},
		{0.95, 6.4, "[1 1.25 1.5 2 2.5 3 4 5 6]"},
		{0.7, 10, "[0.75 1 1.5 2 3 4 6 8]"},
		{0.4, 30, "[0.5 1 2 4 8 16]"},
	} {
		s := scale{lo: c.lo, hi: c.hi, from: 0, to: 380, log: true}
		if got := fmt.Sprint(priceTicks(s)); got != c.want {
			t.Errorf("from %v to %v: %s, want %s", c.lo, c.hi, got, c.want)
		}
	}
}

// The last of ours has the strongest color, whatever stands beside it.
func TestColorsOf(t *testing.T) {
	rival, ours := price.Allocator{}, price.Allocator{Ours: true}
	for _, c := range []struct {
		allocators []price.Allocator
		want       []string
	}{
		{[]price.Allocator{rival, rival, ours}, []string{"", greys[2], blues[2]}},
		{
			[]price.Allocator{rival, rival, rival, ours, ours, ours},
			[]string{"", greys[1], greys[2], blues[0], blues[1], blues[2]},
		},
		{[]price.Allocator{rival, ours, ours, ours, ours}, []string{"", blues[0], blues[0], blues[1], blues[2]}},
	} {
		if got := colorsOf(c.allocators); !slices.Equal(got, c.want) {
			t.Errorf("%d allocators: %v, want %v", len(c.allocators), got, c.want)
		}
	}
}
