package fuzz

import (
	"math/rand/v2"
	"testing"

	"casalloc/linearizability"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/workload"
)

// FuzzConcurrent runs the programs of 2 to 5 clients as package workload does: as long as they are,
// and the first calls of each recorded, for porcupine to judge. Bytes are a program as calls.Decode
// reads it; the seeds are programs as text, which package calls explains.
func FuzzConcurrent(f *testing.F) {
	for _, text := range []string{
		// A doomed growth overlaps one that is refused because of it.
		"2:2x.S:1.S",
		// A shrink while another waits for the bytes; the shrink fails.
		"10:10.B-5x.B-5.S:B+5.S.B+5.0",
		// Four want a budget that has room for two.
		"2:+1.S.-1:+1.S.-1:1.S.0:1.S.0",
		// The limit falls and rises under growths, rollbacks and readings.
		"20:10&.S.B+5p&.S.0:L5.L30.L1:S.+3.-3:S.9&.S.B-9&.S",
		// The limit falls by as much as others release, while a release of too much is in flight.
		"40:h8.4:-A+1*2:L36.L40:-A+1.S",
		// A limit of 0 is none, and changes nothing.
		"9:L0:+9.S",
		// Boot ends under calls in flight.
		"0:9x.9.0:E:+4.-4:S.L9",
		// Slack of one is wanted by another, to the last byte; a third asks the Budget itself.
		"5000:X+1.X+1000.X-1000.XK:X+1.X+100*9.XB+5000.X-A+1:+H.+49.S",
		// The limit falls and rises under slack, and accounts come and go.
		"5000:XB+20.XB+1000x.XK.XB+20:X+4.XK*2.X+9:L100.L5000.S.B+1000.XV.XD",
		// An account has a limit of its own, and its owner goes over it and lowers it.
		"5000:Xl20.X20.X+1.Xl5.X+1.X0.X5.X+1:Y+H.Y-1:S",
		// Boot ends under slack.
		"0:XB+20x.XB+20.X0:E:X+16.X-16.XK",
		// The tenant is of all: what one takes of it another wants, it stocks up and is drained,
		// and one client leaves its account with everything meanwhile.
		"5000:TB+20.TB+1000x.T0:T+9.T-A+1.T+1000.S.T-1000.S:X+4.XV.TB+1000.L100.L5000.Tl1000",
		// Boot ends under it.
		"0:TB+20x.TB+20:E:T+16.X+16.XV.T-16",
		// Two growths of one block at once, and two blocks that become one: together they are no
		// size.
		"0:4503599627370496&.48.B+20.48:48.X4503599627370496.XD.48",
	} {
		p, err := calls.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(len(p.Clients)-2), p.Encode())
	}
	for seed := range uint64(20) {
		f.Add(byte(seed), arbitrary(seed, calls.CallBytes*100))
	}
	f.Fuzz(func(t *testing.T, clients byte, data []byte) {
		const maxRecorded = 64 // calls; beyond that a verdict takes long
		n := 2 + int(clients%4)
		p, short := calls.Decode(data, n), calls.Decode(data[:min(len(data), calls.CallBytes*maxRecorded)], n)
		for range 2 {
			if _, err := workload.Run(p, workload.Counted); err != nil {
				t.Fatalf("%v\n%v", err, p)
			}
			history, err := workload.Run(short, workload.Recorded)
			linearizability.Require(t, history, "# %v", short)
			if err != nil {
				t.Fatalf("%v\n%v", err, short)
			}
		}
	})
}

// arbitrary returns n bytes.
func arbitrary(seed uint64, n int) []byte {
	rng, b := rand.New(rand.NewPCG(seed, 0)), make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
