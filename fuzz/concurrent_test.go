package fuzz

import (
	"math/rand/v2"
	"testing"

	"casalloc/linearizability"
	"casalloc/linearizability/workload"
)

// FuzzConcurrent runs what workload.Decode makes of the bytes: there is the table of the format.
func FuzzConcurrent(f *testing.F) {
	const (
		grow, shrink, resize   = int(workload.Grow), int(workload.Shrink), int(workload.Resize)
		reserve, release, over = int(workload.Reserve), int(workload.Release), int(workload.OverRelease)
		setLimit, endBoot      = int(workload.SetLimit), int(workload.EndBoot)
		stats, closes, leave   = int(workload.Stats), int(workload.Close), int(workload.Leave)

		c0, c1, c2, c3   = 0, 1 << 4, 2 << 4, 3 << 4 // the client
		fail, panics     = int(workload.Fails) << 8, int(workload.Panics) << 8
		acct, quiet      = workload.FlagAccount << 8, workload.FlagQuiet << 8
		share            = workload.FlagTenant << 8
		two, three, four = 0, 1, 2 // clients
		wide             = workload.FlagWide
	)
	add := func(clients, limit byte, ops ...op) {
		f.Add(join([]byte{clients, limit}, concurrentWidth, ops))
	}
	// A doomed growth overlaps one that is refused because of it.
	add(two, 2, op{c0 | grow | fail, 2}, op{c1 | grow, 1})
	// A shrink while another waits for the bytes; the shrink fails.
	add(two, 10, op{c0 | grow, 10}, op{c0 | shrink | fail, 5}, op{c0 | shrink, 5}, op{c1 | grow, 5},
		op{c1 | grow, 5}, op{c1 | resize, 0})
	// Four want a budget that has room for two.
	add(four, 2, op{c0 | reserve, 1}, op{c1 | reserve, 1}, op{c2 | reserve, 1}, op{c3 | reserve, 1},
		op{c0 | release, 1}, op{c1 | release, 1}, op{c2 | release, 1}, op{c3 | release, 1})
	// The limit falls and rises under growths, rollbacks and readings.
	add(four, 20, op{c0 | grow, 10}, op{c0 | grow | panics, 5}, op{c0 | resize, 0}, op{c1 | setLimit, 5},
		op{c1 | setLimit, 30}, op{c1 | setLimit, 1}, op{c2 | stats}, op{c2 | reserve, 3}, op{c2 | release, 3},
		op{c3 | stats}, op{c3 | grow, 9}, op{c3 | shrink, 9})
	// The limit falls by as much as others release, while a release of too much is in flight.
	add(four, 40, op{c0 | reserve, 8}, op{c0 | release, 4}, op{c1 | over, 1}, op{c1 | over, 1},
		op{c2 | setLimit, 36}, op{c2 | setLimit, 40}, op{c3 | over, 1}, op{c3 | stats})
	// A limit of 0 is none, and changes nothing.
	add(two, 9, op{c0 | setLimit, 0}, op{c1 | reserve, 9})
	// Boot ends under calls in flight.
	add(four, 0, op{c0 | grow | fail, 9}, op{c0 | grow, 9}, op{c0 | resize, 0}, op{c1 | endBoot},
		op{c2 | reserve, 4}, op{c2 | release, 4}, op{c3 | stats}, op{c3 | setLimit, 9})
	// Slack of one is wanted by another, to the last byte; a third asks the Budget itself.
	add(three|wide, 63, op{c0 | reserve | acct | quiet, 1}, op{c1 | reserve | acct | quiet, 1},
		op{c0 | reserve | acct | quiet, 60}, op{c1 | reserve | acct | quiet, 20}, op{c2 | reserve, 7},
		op{c0 | release | acct | quiet, 60}, op{c1 | grow | acct | quiet, 62}, op{c2 | stats},
		op{c1 | over | acct | quiet}, op{c0 | closes})
	// The limit falls and rises under slack, and accounts come and go.
	add(three|wide, 63, op{c0 | grow | acct | quiet, 2}, op{c0 | grow | acct | fail | quiet, 40},
		op{c0 | closes}, op{c0 | grow | acct | quiet, 3}, op{c1 | reserve | acct | quiet, 2}, op{c1 | closes},
		op{c1 | closes}, op{c1 | reserve | acct | quiet, 3}, op{c2 | setLimit, 5}, op{c2 | setLimit, 63},
		op{c2 | stats}, op{c2 | grow, 50})
	// Boot ends under slack.
	add(three|wide, 0, op{c0 | grow | acct | fail | quiet, 9}, op{c0 | grow | acct | quiet, 9},
		op{c0 | resize | acct | quiet, 0}, op{c1 | endBoot}, op{c2 | reserve | acct | quiet, 4},
		op{c2 | release | acct | quiet, 4}, op{c2 | closes})
	// The tenant is of all: what one takes of it another wants, it stocks up and is drained, and
	// one client leaves its account with everything meanwhile.
	add(three|wide, 63, op{c0 | grow | share | quiet, 2}, op{c1 | reserve | share | quiet, 3},
		op{c2 | reserve | acct | quiet, 2}, op{c0 | grow | share | fail | quiet, 40}, op{c1 | over | share | quiet},
		op{c2 | leave}, op{c0 | resize | share | quiet, 0}, op{c1 | reserve | share, 60},
		op{c2 | grow | share | quiet, 30}, op{c1 | release | share | quiet, 60}, op{c2 | setLimit, 5},
		op{c2 | setLimit, 63}, op{c1 | stats})
	// Boot ends under it.
	add(three|wide, 0, op{c0 | grow | share | fail | quiet, 9}, op{c0 | grow | share | quiet, 9},
		op{c1 | endBoot}, op{c2 | reserve | share | quiet, 4}, op{c2 | reserve | acct | quiet, 4}, op{c2 | leave},
		op{c2 | release | share | quiet, 4})
	// Arbitrary programs.
	for seed := range uint64(20) {
		f.Add(arbitrary(seed, 100))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		const maxRecorded = 64 // commands; beyond that a verdict takes long
		p := workload.Decode(data)
		short := workload.Decode(data[:min(len(data), workload.HeadBytes+workload.CommandBytes*maxRecorded)])
		for range 2 {
			if _, err := p.Run(workload.Counted); err != nil {
				t.Fatalf("%v\n%+v", err, p)
			}
			history, err := short.Run(workload.Recorded)
			linearizability.Require(t, history, "# %+v", short)
			if err != nil {
				t.Fatalf("%v\n%+v", err, short)
			}
		}
	})
}

func concurrentWidth(int) int { return workload.CommandBytes }

// TestConcurrent runs programs that are long enough for clients to meet, with and without changes
// of the limit.
func TestConcurrent(t *testing.T) {
	seed := rand.Uint64()
	for i := range uint64(4) {
		data := arbitrary(seed+i, 100_000)
		copy(data, [][]byte{{2, 20}, {1 | workload.FlagWide, 63}}[i/2])
		p := workload.Decode(data)
		for _, commands := range p.Clients {
			for j := range commands {
				if c := &commands[j]; i%2 == 0 && c.Op == workload.SetLimit {
					c.Op = workload.Release
				}
			}
		}
		if _, err := p.Run(workload.Counted); err != nil {
			t.Fatalf("seed %d: %v", seed+i, err)
		}
	}
}

// arbitrary returns a program of so many commands that Decode knows. One in four looks: looking
// drains accounts, and without slack there is less to go wrong. One in eight yields besides those
// with a backend: who yields meets nobody.
func arbitrary(seed uint64, commands int) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, workload.HeadBytes+workload.CommandBytes*commands)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	for i := workload.HeadBytes; i < len(b); i += workload.CommandBytes {
		b[i] = b[i]&^15 | byte(rng.IntN(int(workload.Leave)+1))
		b[i+1] &= workload.FlagAccount | 3 // and the fate
		if rng.IntN(4) == 0 {
			b[i+1] |= workload.FlagTenant
		}
		if rng.IntN(4) > 0 {
			b[i+1] |= workload.FlagQuiet
		}
		if rng.IntN(8) == 0 {
			b[i+1] |= workload.FlagYield
		}
	}
	return b
}
