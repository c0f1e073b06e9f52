package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"math/bits"
)

// A layout is the constants of impl/word.go that a picture of the word shows.
type layout struct {
	tagBits, stocked, genMask        int64
	maxSize, countingBase, unlimited int64
}

// readLayout reads a layout from the code itself: so no number is typed twice.
func readLayout(in io.Reader, name string) (l layout, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, in, parser.SkipObjectResolution)
	if err != nil {
		return l, err
	}
	pkg, err := new(types.Config).Check(f.Name.Name, fset, []*ast.File{f}, nil)
	if err != nil {
		return l, err
	}
	for id, to := range map[string]*int64{
		"tagBits": &l.tagBits, "stocked": &l.stocked, "genMask": &l.genMask,
		"MaxSize": &l.maxSize, "countingBase": &l.countingBase, "unlimited": &l.unlimited,
	} {
		c, ok := pkg.Scope().Lookup(id).(*types.Const)
		if !ok {
			return l, fmt.Errorf("%s: no constant %s", name, id)
		}
		*to, _ = constant.Int64Val(c.Val())
	}
	if l.stocked != l.genMask+1 || l.tagBits < 2 || l.stocked<<1 != 1<<l.tagBits {
		return l, fmt.Errorf("%s: want gen in the low bits, then stocked, then the headroom: %+v", name, l)
	}
	return l, nil
}

// word draws the 64-bit word: its fields, what they mean in each mode, and what each step does with
// them.
func word(in io.Reader, name string) (*canvas, error) {
	l, err := readLayout(in, name)
	if err != nil {
		return nil, err
	}
	c := &canvas{width: 830, height: 516}
	c.text(16, 22, font{16, ink, true, "start"}, "The word: 64 bits that decide a call")
	c.text(16, 43, font{12, faint, false, "start"},
		"shared by all callers and changed in single atomic steps; the slack of an account lies on a line of its own")
	drawFields(c, l, 84)
	drawReadings(c, l, 196)
	drawSteps(c, 360)
	return c, nil
}

// A field is bits of the word, from high to low.
type field struct {
	high, low int64
	look
	name string
}

// drawFields draws the word to scale, and below it what its small fields say.
func drawFields(c *canvas, l layout, top float64) {
	const height = 40.0
	left, right := 16.0, c.width-16
	bit := (right - left) / 64
	at := func(n int64) float64 { return left + float64(63-n)*bit } // the left edge of bit n
	gen := int64(bits.Len64(uint64(l.genMask)))
	for _, f := range []field{
		{63, l.tagBits, strong.bar(), "headroom = base − taken (signed, in bytes)"},
		{gen, gen, light.bar(), ""},
		{gen - 1, 0, plain.bar(), "gen"},
	} {
		c.box(box{at(f.high), top, at(f.low) - at(f.high) + bit, height, f.look, []string{f.name}, ""})
		for _, n := range []int64{f.high, f.low} {
			c.text(at(n)+bit/2, top-10, font{11, faint, false, "middle"}, fmt.Sprint(n))
			if f.high == f.low {
				break
			}
		}
	}
	for n := int64(1); n < 64; n++ {
		c.line(at(n), top, at(n), top+4, axis, 1)
	}
	for i, s := range []string{
		"stocked: accounts may have slack, which is bytes taken in advance",
		fmt.Sprintf("gen: how often the limit has changed, modulo %d", l.genMask+1),
	} {
		x, y := at(gen-3*int64(i))+bit/2, top+height+18+20*float64(i)
		c.curve([]float64{x, x, x - 10}, []float64{top + height, y, y}, axis, 1, "")
		c.text(x-15, y, font{12, ink, false, "end"}, s)
	}
}

// drawReadings draws what is taken as a bar beside its base, a row for each mode.
func drawReadings(c *canvas, l layout, top float64) {
	const height, step, left = 20.0, 30.0, 300.0
	c.text(16, top, font{13, ink, true, "start"}, "Three readings")
	c.text(left, top, font{11, faint, false, "start"},
		"black line: the base; taken: what callers hold, and the slack of accounts")
	full := c.width - 16 - left
	for i, r := range []struct {
		mode, when, headroom, beside string
		base, taken                  float64 // in pixels
	}{
		{"Counting", "base = " + power(l.countingBase), "headroom: no machine has so much memory", "", full, 90},
		{"Enforcing", "base = limit ≤ " + power(l.maxSize), "headroom", "more is refused", 330, 210},
		{"", "after the limit was lowered", "", "headroom < 0: all growth is refused", 140, 210},
		{"Unlimited", "word ≥ " + power(l.unlimited), "", "", full, 0},
	} {
		y := top + 18 + step*float64(i)
		c.text(16, y+height/2, font{12, ink, true, "start"}, r.mode)
		c.text(110, y+height/2, font{12, ink, false, "start"}, r.when)
		bar := func(from, to float64, l look, s string) {
			c.box(box{left + from, y, to - from, height, l.bar(), []string{s}, ""})
		}
		if r.taken == 0 {
			bar(0, full, plain, "nothing is counted, nothing is refused")
			continue
		}
		bar(0, min(r.taken, r.base), muted, "taken")
		if r.taken < r.base {
			bar(r.taken, r.base, strong, r.headroom)
		} else {
			bar(r.base, r.taken, light, "")
		}
		c.text(left+max(r.base, r.taken)+10, y+height/2, font{12, ink, false, "start"}, r.beside)
		c.line(left+r.base, y-4, left+r.base, y+height+4, ink, 2)
	}
}

// drawSteps draws what the word becomes in each step, a row for each.
func drawSteps(c *canvas, top float64) {
	const height, step, left = 22.0, 32.0, 440.0
	c.text(16, top, font{13, ink, true, "start"}, "Four steps")
	c.text(left, top, font{11, faint, false, "start"}, "the word afterwards")
	for i, s := range []struct{ name, how, headroom, gen string }{
		{"reserve n", "headroom ≥ n: one compare-and-swap", "headroom − n", ""},
		{"release n", "n ≤ taken: one compare-and-swap", "headroom + n", ""},
		{"set the limit", "one addition; the base is stored before", "headroom + new − old base", "gen + 1"},
		{"refuse n", "headroom < n, not stocked: one load", "", ""},
	} {
		y := top + 18 + step*float64(i)
		c.text(16, y+height/2, font{12, ink, true, "start"}, s.name)
		c.text(130, y+height/2, font{12, ink, false, "start"}, s.how)
		x := left
		for _, f := range []struct {
			width    float64
			now, old string
		}{{230, s.headroom, "headroom"}, {64, "", "stocked"}, {c.width - 16 - left - 294, s.gen, "gen"}} {
			b := box{x, y, f.width, height, strong.bar(), []string{f.now}, ""}
			if f.now == "" {
				b.look, b.lines[0] = plain.bar(), f.old
				b.ink = faint
			}
			c.box(b)
			x += f.width
		}
	}
}

// power writes a power of two as the code does, and another number as it is.
func power(n int64) string {
	if bits.OnesCount64(uint64(n)) == 1 {
		return fmt.Sprintf("1<<%d", bits.TrailingZeros64(uint64(n)))
	}
	return fmt.Sprint(n)
}
