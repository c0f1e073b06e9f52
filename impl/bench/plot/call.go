package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"
)

// call draws the way of a call. Its input is the TLA+ module whose actions it names: one that the
// module does not have is an error.
func call(in io.Reader, name string) (*canvas, error) {
	module, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	c := &canvas{width: 830, height: 600}
	c.text(16, 22, font{16, ink, true, "start"}, "The way of a call")
	c.text(16, 43, font{12, faint, false, "start"},
		"slack: bytes an account took in advance; swap: a compare-and-swap; small print: the step in tla/Accounts.tla")
	for i, key := range []struct {
		look
		what string
	}{
		{strong, "the account's cache line"},
		{plain, "the word, which all share"},
		{light, "the caller, the allocator"},
		{muted, "the call fails"},
	} {
		x := 16 + 209*float64(i)
		c.box(box{x: x, y: 62, width: 18, height: 12, look: key.bar()})
		c.text(x+26, 68, font{12, ink, false, "start"}, key.what)
	}

	// A way begins on the left, and goes down where it is slow.
	const width, height, gap, row, below = 171.0, 58.0, 38.0, 94.0, 3.1
	var boxes []box
	at := func(column, down float64, l look, small string, lines ...string) box {
		b := box{16 + column*(width+gap), 96 + down*row, width, height, l, lines, small}
		boxes = append(boxes, b)
		return b
	}
	grow := at(0, 0, light.pill(), "", "grow by n bytes")
	slack := at(1, 0, strong, "SlackReserveCAS", "slack covers n:", "one swap takes it")
	allocate := at(2, 0, light, "BackendGrow", "allocate")
	grown := at(3, 0, light.pill(), "", "done")
	refused := at(0, 1, muted.pill(), "", "refused")
	load := at(1, 1, plain, "StockUpLoad, ReserveLoad", "load the word:", "does n fit?")
	take := at(2, 1, plain, "ReserveCAS, RefillCAS", "one swap takes n,", "if plenty, slack too")
	undone := at(3, 1, muted, "", "n is rolled back")
	drain := at(1, 2, plain, "DrainLock, DrainWord", "lock; all slack goes", "back to the word")

	free := at(0, below, light.pill(), "", "shrink or free", "n bytes")
	release := at(1, below, light, "BackendFree, BackendShrink", "free the memory first")
	keep := at(2, below, strong, "SlackReleaseCAS", "n becomes slack:", "one swap")
	freed := at(3, below, light.pill(), "", "n is given back")
	unchanged := at(1, below+1, muted.pill(), "", "nothing has changed")
	put := at(2, below+1, plain, "PutCAS, ReleaseCAS", "one swap gives n", "to the word")

	for _, b := range boxes {
		c.box(b)
		for action := range strings.SplitSeq(b.small, ", ") {
			if action != "" && !defines(string(module), action) {
				return nil, fmt.Errorf("%s: no action %s", name, action)
			}
		}
	}

	c.link(fast, "", grow, slack, 0.5)
	c.link(fast, "", slack, allocate, 0.5)
	c.link(fast, "ok", allocate, grown, 0.5)
	c.link(slow, "too little slack", slack, load, 0.5)
	c.link(slow, "yes", load, take, 0.5)
	c.link(slow, "no", load, refused, 0.5)
	c.link(slow, "no, but stocked", load, drain, 0.2)
	c.link(slow, "again", drain, load, 0.8)
	c.link(slow, "", take, allocate, 0.3)
	from, to := allocate.at(0.8, 1), undone.at(0.5, 0)
	turn := (from.y + to.y) / 2
	c.arrow(slow.color, slow.width, from, point{from.x, turn}, point{to.x, turn}, to)
	c.text(allocate.at(1, 0).x+gap/2, turn-9, font{11, slow.color, false, "middle"}, "fails")

	c.link(fast, "", free, release, 0.5)
	c.link(fast, "ok", release, keep, 0.5)
	c.link(fast, "", keep, freed, 0.5)
	c.link(slow, "fails", release, unchanged, 0.5)
	c.link(slow, "no room for it", keep, put, 0.5)
	from, to = put.at(1, 0.5), freed.at(0.5, 1)
	c.arrow(slow.color, slow.width, from, point{to.x, from.y}, to)
	from, to = undone.at(0.5, 1), keep.at(0.5, 0)
	turn = drain.at(0, 1).y
	c.arrow(slow.color, slow.width, from, point{from.x, turn}, point{to.x, turn}, to)
	c.text(from.x-7, turn-10, font{11, slow.color, false, "end"}, "as after a free")

	for i, s := range []string{
		"A call on the Budget itself has no slack: it goes to the word, and its release drains stocked accounts first.",
		"Left out: Unlimited, an account's own limit, misuse, and swaps that lose a race (then the word is loaded).",
	} {
		c.text(16, c.height-34+18*float64(i), font{11, faint, false, "start"}, s)
	}
	return c, nil
}

// A pen is how a way looks.
type pen struct {
	color string
	width float64
	bold  bool
}

var (
	fast = pen{blues[2], 3, true}
	slow = pen{faint, 1.3, false}
)

// link draws an arrow between neighbours. If one is above the other, it is at this part of their
// width.
func (c *canvas) link(p pen, label string, from, to box, part float64) {
	if from.y == to.y {
		a, b := from.at(1, 0.5), to.at(0, 0.5)
		if from.x > to.x {
			a, b = from.at(0, 0.5), to.at(1, 0.5)
		}
		c.arrow(p.color, p.width, a, b)
		c.text((a.x+b.x)/2, a.y-11, font{11, p.color, p.bold, "middle"}, label)
		return
	}
	a, b := from.at(part, 1), to.at(part, 0)
	if from.y > to.y {
		a, b = from.at(part, 0), to.at(part, 1)
	}
	c.arrow(p.color, p.width, a, b)
	c.text(a.x+7, (a.y+b.y)/2, font{11, p.color, p.bold, "start"}, label)
}

// defines reports whether the module has an action of this name: a step that a thread t takes where
// its program counter has the same name.
func defines(module, action string) bool {
	pattern := fmt.Sprintf(`(?m)^%s\(t[^)]*\) *==\s+(/\\ )?pc\[t\] = "%[1]s"`, action)
	return regexp.MustCompile(pattern).MatchString(module)
}
