package calls

import "math/rand/v2"

// A Shape is the size of a program to be drawn.
type Shape struct {
	Clients int
	Calls   int   // of all clients together
	Limit   int64 // in force from the start, bytes
	Still   bool  // nobody changes it
}

// Small is the shape of most histories: 4 to 8 clients under a limit of 2 to 9 bytes, with 10 to 30
// calls, because judging takes exponentially long. In half of them nobody changes the limit.
func Small(rng *rand.Rand) Shape {
	return Shape{
		Clients: 4 + rng.IntN(5),
		Calls:   10 + rng.IntN(21),
		Limit:   2 + rng.Int64N(8),
		Still:   rng.IntN(2) == 0,
	}
}

// A Mix draws a call for a client under a limit of so many bytes.
type Mix func(rng *rand.Rand, limit int64) Call

// Draw draws a program. The same rng and arguments give the same program; how the clients of a run
// of it interleave is up to the machine.
func Draw(rng *rand.Rand, mix Mix, s Shape) Program {
	p := Program{Limit: s.Limit, Clients: make([]Client, s.Clients)}
	shares := rng.IntN(2) == 0        // has a tenant
	direct := make([]bool, s.Clients) // without an account
	for i := range direct {
		direct[i] = rng.IntN(4) == 0
	}
	for i := range s.Calls {
		c := mix(rng, s.Limit)
		i %= s.Clients
		switch {
		case s.Still && c.Op == SetLimit:
			c = Call{Op: Stats}
		case c.Via == Tenant && !shares, c.Via == X && direct[i]:
			c.Via = Budget
		}
		p.Clients[i].Items = append(p.Clients[i].Items, []Call{c})
	}
	return p
}

// Steps is a mix of single operations: sizes on both sides of the limit, now and then one that no
// budget takes, and releases of whatever is held, by whomever.
func Steps(rng *rand.Rand, limit int64) Call {
	switch p := rng.IntN(100); {
	case p < 45:
		n := 1 + rng.Int64N(limit)
		if rng.IntN(8) == 0 {
			n = []int64{0, -1, limit + 1, 1<<52 + 1, 1<<63 - 1}[rng.IntN(5)]
		}
		return Call{Op: Reserve, Size: Size{N: n}}
	case p < 70:
		return Call{Op: Release, Size: Size{N: 1 + rng.Int64N(min(3, limit))}}
	case p < 82:
		return Call{Op: SetLimit, Size: Size{N: rng.Int64N(limit + 3)}}
	case p < 84:
		return Call{Op: EndBoot}
	}
	return Call{Op: Stats}
}

// Calls is a mix of whole calls of Resize, a quarter of which fail in the backend, between readings
// and changes of the limit.
func Calls(rng *rand.Rand, limit int64) Call {
	switch p := rng.IntN(100); {
	case p < 8:
		return Call{Op: SetLimit, Size: Size{N: 1 + rng.Int64N(limit)}}
	case p < 10:
		return Call{Op: EndBoot}
	case p < 20:
		return Call{Op: Stats}
	}
	return Call{Op: Resize, Size: Size{N: max(0, rng.Int64N(limit+3)-1)}, Fate: fate(rng)}
}

// Accounts is a mix for clients that fight for the last bytes of a limit, of 1000 bytes or more,
// under which accounts stock up. Their small requests fill accounts with slack, their large ones
// need the slack of others.
func Accounts(rng *rand.Rand, limit int64) Call {
	via := Budget
	switch {
	case rng.IntN(4) == 0:
		via = Tenant
	case rng.IntN(8) > 0:
		via = X
	}
	switch p := rng.IntN(100); {
	case p < 5:
		return Call{Op: Close, Via: X}
	case p < 8:
		return Call{Op: Leave, Via: X}
	case p < 12:
		return Call{Op: Stats}
	case p < 18:
		return Call{Op: SetLimit, Size: Size{N: limit/2 + rng.Int64N(limit)}}
	case p < 19:
		return Call{Op: EndBoot}
	case p < 28:
		return Call{Op: Release, Via: max(via, X), Size: Size{All, 1}} // too much
	case p < 52:
		return Call{Op: Reserve, Via: via, Size: Size{N: amount(rng, limit)}}
	case p < 64:
		return Call{Op: Release, Via: via, Size: Size{N: amount(rng, limit)}}
	case p < 76:
		return Call{Op: Resize, Via: via, Size: Size{Block, -amount(rng, limit)}, Fate: fate(rng)}
	}
	return Call{Op: Resize, Via: via, Size: Size{Block, amount(rng, limit)}, Fate: fate(rng)}
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
