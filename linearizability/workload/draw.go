package workload

import "math/rand/v2"

// A Shape is the size of a program to be drawn.
type Shape struct {
	Clients  int
	Commands int   // of all clients together
	Limit    int64 // in force from the start, bytes
	Still    bool  // nobody changes it
}

// Small is the shape of most histories: 4 to 8 clients under a limit of 2 to 9 bytes, with 10 to 30
// commands, because judging takes exponentially long. In half of them nobody changes the limit.
func Small(rng *rand.Rand) Shape {
	return Shape{
		Clients:  4 + rng.IntN(5),
		Commands: 10 + rng.IntN(21),
		Limit:    2 + rng.Int64N(8),
		Still:    rng.IntN(2) == 0,
	}
}

// A Mix draws a command for a client under a limit of so many bytes.
type Mix func(rng *rand.Rand, limit int64) Command

// Draw draws a program. The same rng and arguments give the same program; how the clients of a run
// of it interleave is up to the machine.
func Draw(rng *rand.Rand, mix Mix, s Shape) Program {
	p := Program{Limit: s.Limit, Clients: make([][]Command, s.Clients)}
	shares := rng.IntN(2) == 0        // has a tenant
	direct := make([]bool, s.Clients) // without an account
	for i := range direct {
		direct[i] = rng.IntN(4) == 0
	}
	for i := range s.Commands {
		c := mix(rng, s.Limit)
		if s.Still && c.Op == SetLimit {
			c = Command{Op: Stats}
		}
		i %= s.Clients
		c.Account, c.Tenant = c.Account && !direct[i], c.Tenant && shares
		p.Clients[i] = append(p.Clients[i], c)
	}
	return p
}

// Steps is a mix of single operations: sizes on both sides of the limit, now and then one that no
// budget takes, and releases of whatever is held, by whomever.
func Steps(rng *rand.Rand, limit int64) Command {
	c := Command{N: 1 + rng.Int64N(limit), Yield: rng.IntN(4) == 0}
	switch p := rng.IntN(100); {
	case p < 45:
		c.Op = Reserve
		if rng.IntN(8) == 0 {
			c.N = []int64{0, -1, limit + 1, 1<<52 + 1, 1<<63 - 1}[rng.IntN(5)]
		}
	case p < 70:
		c.Op, c.N = ReleaseAny, 1+rng.Int64N(min(3, limit))
	case p < 82:
		c.Op, c.N = SetLimit, rng.Int64N(limit+3)
	case p < 84:
		c.Op = EndBoot
	default:
		c.Op = Stats
	}
	return c
}

// Calls is a mix of whole calls of Resize, a quarter of which fail in the backend, between readings
// and changes of the limit.
func Calls(rng *rand.Rand, limit int64) Command {
	c := Command{Yield: rng.IntN(4) == 0}
	switch p := rng.IntN(100); {
	case p < 8:
		c.Op, c.N = SetLimit, 1+rng.Int64N(limit)
	case p < 10:
		c.Op = EndBoot
	case p < 20:
		c.Op = Stats
	default:
		c.Op, c.N = Resize, max(0, rng.Int64N(limit+3)-1)
		switch rng.IntN(16) {
		case 0, 1, 2:
			c.Fate = Fails
		case 3:
			c.Fate = Panics
		}
	}
	return c
}

// Accounts is a mix for clients that fight for the last bytes of a limit, of 1000 bytes or more,
// under which accounts stock up. Their small requests fill accounts with slack, their large ones
// need the slack of others.
func Accounts(rng *rand.Rand, limit int64) Command {
	c := Command{Yield: rng.IntN(4) == 0, Account: rng.IntN(8) > 0, Tenant: rng.IntN(4) == 0}
	switch p := rng.IntN(100); {
	case p < 5:
		c.Op = Close
	case p < 8:
		c.Op = Leave
	case p < 12:
		c.Op = Stats
	case p < 18:
		c.Op, c.N = SetLimit, limit/2+rng.Int64N(limit)
	case p < 19:
		c.Op = EndBoot
	case p < 28:
		c.Op, c.Account = OverRelease, true // of the account, or of the tenant
	case p < 52:
		c.Op, c.N = Reserve, size(rng, limit)
	case p < 64:
		c.Op, c.N = Release, size(rng, limit)
	case p < 76:
		c.Op, c.N, c.Fate = Shrink, size(rng, limit), fate(rng)
	default:
		c.Op, c.N, c.Fate = Grow, size(rng, limit), fate(rng)
	}
	return c
}

func size(rng *rand.Rand, limit int64) int64 {
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
	switch rng.IntN(8) {
	case 0:
		return Fails
	case 1:
		return Panics
	}
	return Succeeds
}
