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
		"2:2x.=:1.=",
		// A shrink while another waits for the bytes; the shrink fails.
		"10:10.B-5x.B-5.=:B+5.=.B+5.0",
		// Four want a budget that has room for two.
		"2:+1.=.-1:+1.=.-1:1.=.0:1.=.0",
		// The limit falls and rises under growths, rollbacks and readings.
		"20:10&.=.B+5p&.=.0:L5.L30.L1:=.+3.-3:=.9&.=.B-9&.=",
		// The limit falls by as much as others release, while a release of too much is in flight.
		"40:h8.4:-A+1*2:L36.L40:-A+1.=",
		// Limits of 0, and none.
		"9:L0.L-:+9.=.-9",
		// Boot ends under calls in flight.
		"-:9x.9.0:E:+4.-4:S.L9",
		// Slack of one is wanted by another, to the last byte; a third asks the root itself.
		"5000(-,-):X+1.X+1000.X-1000.XK:Y+1.Y+100*9.YB+5000.Y-A+1:+H.+49.=",
		// The limit falls and rises under slack, and children come and go.
		"5000(-,?-):XB+20.XB+1000x.XK.XB+20:YN.Y+4.YK*2.Y+9:L100.L5000.=.YB+1000.XV.YV",
		// A child has a limit of its own, and its users go over it, lower it and take it away.
		"5000(20,-):X20.X+1.XL5.X+1.X0.X5.X+1.XL-:Y+H.Y-1.X+9:=",
		// Boot ends under slack.
		"-(-,-):XB+20x.XB+20.X0:E:Y+16.Y-16.YK",
		// One child is of all: what one takes of it another wants, it stocks up and is drained, and
		// one client leaves a child with everything meanwhile.
		"5000(-,-):XB+20.XB+1000x.X0:X+9.X-A+1.X+1000.S.X-1000.=:Y+4.YV.XB+1000.L100.L5000",
		// Three levels: the limit in the middle, slack below it, a growth through each level, and a
		// root that has what is held at itself.
		"5000(1000(-,100),?-):@Y+100.+1000.-100.S.+100:@Z100.0.B+1000x:WN.W+H.+1.X=.-1:XL5.XL1000.Y+1.X+1",
		// Bytes move between children and levels, while limits fall and budgets close.
		"1000(100(-,60),-):@Y50.+20.MZ20.MW9.0:@Z+20.MY20.MX9.-9:@W+100.MX60.MO9.XK:=.X=.S.ZL5.ZV",
		// Two growths of one block at once, and two blocks that become one: together they are no
		// size.
		"-(-):140737488355328&.48.B+20.48:48.X140737488355328.XV.48",
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
