package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"casalloc/impl"
	"casalloc/tla"
)

// pictures are drawn from files that are in the repository.
var pictures = []struct{ in, out string }{ // in impl/bench
	{"../word.go", "word.svg"},
	{"../../tla/Accounts.tla", "call.svg"},
}

// The pictures are what the command writes now. One is stale if a constant or a word in it has
// changed; an action that is gone is an error of run.
func TestPicturesCurrent(t *testing.T) {
	// go test takes a result from its cache although a file has changed that the test reads, if that
	// is outside of this module. It does not if what is linked has changed: here the constants of
	// the word, and the modules.
	impl.NewBudget().Usage()
	tla.Modules.Open("Accounts.tla")

	t.Chdir("..")
	for _, p := range pictures {
		out := filepath.Join(t.TempDir(), "out.svg")
		if err := run(p.in, out); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(p.out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v): cd impl/bench && go run ./plot %s %[1]s", p.out, err, p.in)
		}
	}
}

// The numbers in the picture are those of the code.
func TestWordFollowsCode(t *testing.T) {
	code, err := os.ReadFile("../../word.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		edits []string // old, new, old, new
		want  string
	}{
		{[]string{"unlimited = 1 << 62", "unlimited = 1 << 61"}, "word ≥ 1&lt;&lt;61<"},
		{[]string{"MaxSize = 1 << 52", "MaxSize = 1 << 40"}, "limit ≤ 1&lt;&lt;40<"},
		{[]string{"MaxSize = 1 << 52", "MaxSize = 1000"}, "limit ≤ 1000<"},
		{[]string{"countingBase = 2 *", "countingBase = 4 *"}, "base = 1&lt;&lt;54<"},
		{[]string{"tagBits = 8", "tagBits = 6", "stocked = 1 << 7", "stocked = 1 << 5"}, "modulo 32<"},
		{[]string{"tagBits = 8", "tagBits = 9"}, "then stocked, then the headroom"},
		{[]string{"stocked = 1 << 7", "stocked = 1 << 6"}, "then stocked, then the headroom"},
		{[]string{"genMask = stocked - 1", "genMask = stocked - 2"}, "want gen in the low bits"},
		{[]string{"genMask = stocked - 1", "mask = 1"}, "undefined: genMask"},
		{[]string{"countingBase = 2 *", "base = 2 *"}, "no constant countingBase"},
	} {
		in := strings.NewReplacer(c.edits...).Replace(string(code))
		if in == string(code) {
			t.Errorf("%q edits nothing", c.edits)
		}
		picture, err := word(strings.NewReader(in), "word.go")
		if err == nil && !strings.Contains(picture.b.String(), c.want) ||
			err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: no %q in the picture; error %v", c.edits, c.want, err)
		}
	}
}

func TestDefines(t *testing.T) {
	const module = `
One(t) == pc[t] = "One" /\ Unlock(t)
Two(t, ok) ==
  /\ pc[t] = "Two"
Three(t) ==
  /\ pc[t] = "Two"
\* Four(t) ==
  /\ pc[t] = "Four"
`
	for action, want := range map[string]bool{"One": true, "Two": true, "Three": false, "Four": false, "ne": false} {
		if got := defines(module, action); got != want {
			t.Errorf("defines %s: %v, want %v", action, got, want)
		}
	}
}

// An area is what something in an SVG covers, or about that.
type area struct {
	what                     string
	left, top, right, bottom float64
}

// shares reports whether a and b have a point in common that is not within margin of a's edge.
func (a area) shares(b area, margin float64) bool {
	return a.left+margin < b.right && b.left < a.right-margin &&
		a.top+margin < b.bottom && b.top < a.bottom-margin
}

func (a area) holds(b area) bool {
	return a.left <= b.left && b.right <= a.right && a.top <= b.top && b.bottom <= a.bottom
}

// areasOf returns the areas of boxes, of texts, and of the parts of ways, and the tips of arrows.
func areasOf(t *testing.T, svg []byte) (boxes, texts, ways []area, tips []point) {
	t.Helper()
	var picture struct {
		Rects []struct {
			X      float64 `xml:"x,attr"`
			Y      float64 `xml:"y,attr"`
			Width  string  `xml:"width,attr"`
			Height string  `xml:"height,attr"`
		} `xml:"rect"`
		Texts []struct {
			X      float64 `xml:"x,attr"`
			Y      float64 `xml:"y,attr"`
			Size   float64 `xml:"font-size,attr"`
			Anchor string  `xml:"text-anchor,attr"`
			Weight string  `xml:"font-weight,attr"`
			Text   string  `xml:",chardata"`
		} `xml:"text"`
		Paths []struct {
			D    string `xml:"d,attr"`
			Fill string `xml:"fill,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(svg, &picture); err != nil {
		t.Fatal(err)
	}
	for _, r := range picture.Rects[1:] { // the first is the background
		var width, height float64
		fmt.Sscan(r.Width, &width)
		fmt.Sscan(r.Height, &height)
		boxes = append(boxes, area{"box", r.X, r.Y, r.X + width, r.Y + height})
	}
	for _, x := range picture.Texts {
		letter := 0.57 // of the size: DejaVu Sans, the widest of the fonts
		if x.Weight == "bold" {
			letter = 0.66
		}
		width := letter * x.Size * float64(utf8.RuneCountInString(x.Text))
		left := x.X - width*map[string]float64{"start": 0, "middle": 0.5, "end": 1}[x.Anchor]
		texts = append(texts, area{x.Text, left, x.Y - 0.8*x.Size, left + width, x.Y + 0.25*x.Size})
	}
	for _, p := range picture.Paths {
		var at []point
		for s := range strings.SplitSeq(strings.TrimLeft(strings.TrimSuffix(p.D, "Z"), "M"), "L") {
			var q point
			fmt.Sscan(s, &q.x, &q.y)
			at = append(at, q)
		}
		if strings.HasSuffix(p.D, "Z") {
			tips = append(tips, at[0])
			continue
		}
		for i := 1; i < len(at) && p.Fill == "none"; i++ {
			a, b := at[i-1], at[i]
			ways = append(ways, area{"way", min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y)})
		}
	}
	return boxes, texts, ways, tips
}

// No text crosses a border, another text or a way. No way crosses a box, no box another, and each
// arrow ends at a border.
func TestNothingOverlaps(t *testing.T) {
	for _, p := range pictures {
		svg, err := os.ReadFile(filepath.Join("..", p.out))
		if err != nil {
			t.Fatal(err)
		}
		boxes, texts, ways, tips := areasOf(t, svg)
		if len(boxes) < 10 || len(texts) < 20 || len(ways) < 4 {
			t.Errorf("%s: %d boxes, %d texts, %d ways: want more", p.out, len(boxes), len(texts), len(ways))
		}
		var page area
		fmt.Sscanf(string(svg[bytes.Index(svg, []byte("viewBox")):]), `viewBox="0 0 %g %g"`, &page.right, &page.bottom)
		for i, x := range texts {
			if !page.holds(x) {
				t.Errorf("%s: %q leaves the page", p.out, x.what)
			}
			for _, b := range boxes {
				if b.shares(x, 0) && !b.holds(x) {
					t.Errorf("%s: %q crosses the border of a box", p.out, x.what)
				}
			}
			for _, other := range append(texts[:i:i], ways...) {
				if x.shares(other, 0) {
					t.Errorf("%s: %q crosses %q", p.out, x.what, other.what)
				}
			}
		}
		for i, b := range boxes {
			for _, other := range append(boxes[:i:i], ways...) {
				if b.shares(other, 1) {
					t.Errorf("%s: the box at %g,%g crosses the %s at %g,%g",
						p.out, b.left, b.top, other.what, other.left, other.top)
				}
			}
		}
		for _, tip := range tips {
			at := area{"tip", tip.x, tip.y, tip.x, tip.y}
			on := false
			for _, b := range boxes {
				on = on || b.holds(at) && !b.shares(at, 0.2)
			}
			if !on {
				t.Errorf("%s: the arrow to %g,%g does not end at a box", p.out, tip.x, tip.y)
			}
		}
	}
}

// The tip of an arrow is at the last point. Its shaft ends where its head begins.
func TestArrow(t *testing.T) {
	for _, c := range []struct {
		to          point
		shaft, head string
	}{
		{point{100, 50}, "M50 50L92 50", "M100 50L92 45.5L92 54.5Z"},
		{point{0, 50}, "M50 50L8 50", "M0 50L8 54.5L8 45.5Z"},
		{point{50, 100}, "M50 50L50 92", "M50 100L45.5 92L54.5 92Z"},
		{point{50, 0}, "M50 50L50 8", "M50 0L54.5 8L45.5 8Z"},
	} {
		picture := new(canvas)
		picture.arrow(ink, 2, point{50, 50}, c.to)
		got := picture.b.String()
		if !strings.Contains(got, `d="`+c.shaft+`"`) || !strings.Contains(got, `d="`+c.head+`"`) {
			t.Errorf("to %v: got %s, want %s and %s", c.to, got, c.shaft, c.head)
		}
	}
}
