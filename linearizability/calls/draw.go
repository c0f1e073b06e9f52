package calls

import (
	"math/rand/v2"

	"casalloc/impl"
)

// A Shape is the size of a program to be drawn.
type Shape struct {
	Clients int
	Calls   int   // of all clients together
	Limit   int64 // of the root from the start, bytes
	Budgets int   // at most so many, one at least
	Still   bool  // nobody changes a limit
}

// Small is the shape of most histories: 4 to 8 clients under a limit of 2 to 9 bytes, with 10 to 30
// calls, because judging takes exponentially long. In half of them nobody changes a limit.
func Small(rng *rand.Rand) Shape {
	return Shape{
		Clients: 4 + rng.IntN(5),
		Calls:   10 + rng.IntN(21),
		Limit:   2 + rng.Int64N(8),
		Budgets: 1 + rng.IntN(5),
		Still:   rng.IntN(2) == 0,
	}
}

// A Mix draws a call under a limit of so many bytes, and nothing of the budgets.
type Mix func(rng *rand.Rand, limit int64) Call

// Draw draws a program. The same rng and arguments give the same program; how the clients of a run
// of it interleave is up to the machine. Each client has a budget through which most of its calls
// go. The first makes the budgets that are made later.
func Draw(rng *rand.Rand, mix Mix, s Shape) Program {
	p := Program{Tree: drawTree(rng, s), Clients: make([]Client, s.Clients)}
	anyOf := func() Via { return Via(rng.IntN(len(p.Tree))) }
	for i := range p.Clients {
		p.Clients[i].At = anyOf()
	}
	for v, n := range p.Tree {
		if n.Later {
			p.Clients[0].Items = append(p.Clients[0].Items, []Call{{Op: NewChild, Via: Via(v)}})
		}
	}
	for i := range s.Calls {
		c, client := mix(rng, s.Limit), &p.Clients[i%s.Clients]
		if s.Still && c.Op == SetLimit {
			c = Call{Op: Exact}
		}
		if c.Via = client.At; rng.IntN(4) == 0 {
			c.Via = anyOf()
		}
		if c.Op == Move {
			c.To = anyOf()
		}
		client.Items = append(client.Items, []Call{c})
	}
	return p
}

// drawTree draws a tree of up to four levels. Half of the children have limits of their own.
func drawTree(rng *rand.Rand, s Shape) Tree {
	t := Tree{{Limit: s.Limit}}
	for range rng.IntN(s.Budgets) {
		limit := s.Limit/4 + rng.Int64N(s.Limit)
		if rng.IntN(2) == 0 {
			limit = impl.NoLimit
		}
		depth := 1 + rng.IntN(min(1+t.depth(Via(len(t)-1)), maxDepth))
		t = t.add(depth, limit, rng.IntN(4) == 0)
	}
	return t
}

// Steps is a mix of single operations: sizes on both sides of the limit, now and then one that no
// budget takes, and releases of whatever is held, by whomever.
func Steps(rng *rand.Rand, limit int64) Call {
	switch p := rng.IntN(100); {
	case p < 40:
		n := 1 + rng.Int64N(limit)
		if rng.IntN(8) == 0 {
			n = []int64{0, -1, limit + 1, impl.MaxSize + 1, 1<<63 - 1}[rng.IntN(5)]
		}
		return Call{Op: Reserve, Size: Size{N: n}}
	case p < 65:
		return Call{Op: Release, Size: Size{N: 1 + rng.Int64N(min(3, limit))}}
	case p < 72:
		return Call{Op: Move, Size: Size{N: rng.Int64N(min(3, limit))}}
	}
	return control(rng, limit)
}

// control draws readings, changes of limits, and ends.
func control(rng *rand.Rand, limit int64) Call {
	switch p := rng.IntN(28); {
	case p < 10:
		n := rng.Int64N(limit + 3)
		if rng.IntN(8) == 0 {
			n = []int64{-1, impl.NoLimit}[rng.IntN(2)]
		}
		return Call{Op: SetLimit, Size: Size{N: n}}
	case p < 11:
		return Call{Op: EndBoot}
	case p < 13:
		return Call{Op: Close}
	case p < 15:
		return Call{Op: Leave}
	case p < 21:
		return Call{Op: Stats}
	}
	return Call{Op: Exact}
}

// Calls is a mix of whole calls of Resize, a quarter of which fail in the backend, between readings
// and changes of the limit.
func Calls(rng *rand.Rand, limit int64) Call {
	if rng.IntN(4) == 0 {
		return control(rng, limit)
	}
	return Call{Op: Resize, Size: Size{N: max(0, rng.Int64N(limit+3)-1)}, Fate: fate(rng)}
}

// Slack is a mix for clients that fight for the last bytes of a limit, of 1000 bytes or more, under
// which children stock up. Small requests fill children with slack, large ones need the slack of
// others.
func Slack(rng *rand.Rand, limit int64) Call {
	switch p := rng.IntN(100); {
	case p < 14:
		return control(rng, limit)
	case p < 22:
		return Call{Op: Release, Size: Size{All, 1}} // too much
	case p < 46:
		return Call{Op: Reserve, Size: Size{N: amount(rng, limit)}}
	case p < 58:
		return Call{Op: Release, Size: Size{N: amount(rng, limit)}}
	case p < 64:
		return Call{Op: Move, Size: Size{N: amount(rng, limit)}}
	case p < 76:
		return Call{Op: Resize, Size: Size{Block, -amount(rng, limit)}, Fate: fate(rng)}
	}
	return Call{Op: Resize, Size: Size{Block, amount(rng, limit)}, Fate: fate(rng)}
}

func amount(rng *rand.Rand, limit int64) int64 {
	switch rng.IntN(6) {
	case 0:
		return limit/4 + rng.Int64N(limit)
	case 1:
		return limit / 5
	case 2, 3:
		return 1 + rng.Int64N(limit/200)
	}
	return 1 + rng.Int64N(3)
}

func fate(rng *rand.Rand) Fate {
	return [8]Fate{Fails, Panics}[rng.IntN(8)]
}
