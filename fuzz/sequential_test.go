package fuzz

import (
	"fmt"
	"math"
	"testing"

	"casalloc/linearizability/calls"
	"casalloc/model"
)

// FuzzSequential gives the calls of one client to a tree of budgets and to the model. Bytes are a program as
// calls.Decode reads it; the seeds are programs as text, which package calls explains.
func FuzzSequential(f *testing.F) {
	for _, text := range []string{
		// Up to the limit and not past it.
		"-:L10.+H.+1.-3.+H+1.+H",
		// A limit of 0, and none again.
		"-:+5.L0.+1.-5.+1.L-.+9",
		// A peak that is one byte above the last.
		"-:+5.-1.+2.-1",
		// Over-release, and the books after it.
		"-:+8.-A+1.-A.-1",
		// The limit moves below what is held, growth is refused, shrinks are not.
		"-:+40.L8.+1.c40.20.-13.+1",
		// Counting, its range, and the end of it.
		"-:+140737488355328.+100.+H.+1.E.-A.L5.V.+1",
		// EndBoot has no effect once a limit is set.
		"-:L5.E.+6",
		// Every bad size in every mode.
		"-:+10" + badSizes(), "20:+10" + badSizes(), "U:+10" + badSizes(),
		// Growths and shrinks whose backend fails or panics, and a free.
		"20:10x.10.20p.5x.0p.0.0",
		// EndBoot, SetLimit and another growth in the middle of a growth that then fails.
		"-:10x&.E.-10",
		"-:10p&.L4.+1.+5",
		"20:10x&.10&.+1.-10",
		// The backend gives back what the call around it reserved, so the rollback is the
		// over-release.
		"20:10p&.-10.+H",
		// The generation wraps, reservations and releases before, on and after the way.
		"-:+30.L20*256.-5.+1.L50.L30*256.+1.-A+1.-A",

		// Children with slack. One wants all that is left, and no more, then another, then the
		// root itself.
		"16384(-,-,100000):X+1.Y+1.Z+1.X+H+1.X+H.Y+1.+1",
		"16384(-,-):X+1.Y+1.+5000.+H.X-1.Y+1.Y+1.Y-5",
		// Three levels below the root, all stocked; the last byte is wanted at each.
		"16384(5000(-(-,1000)),-):Z+1.W+1.P+1.W+H.W+1.W-9.P+H.P+1.Y+1.X+1.O+H",
		// Refills of a child that has slack left: it loses none, and does not pile it up.
		"-(-):X+100000.X+200000.X+100000.X+200000*2",
		// The limit falls to what is held, and below it, and rises again under slack.
		"16384(-,-):X+40.Y+9.L49.X+1.Y-9.X+H.L3.X-40.L16384.Y+H",
		// Over-release is each budget's own.
		"-(-(-)):+50.X+8.Y+9.X-A+1.X-8.X-1.Y-A+1.-A+1.-A.Y-A",
		// Limits of children, to the byte, from the slack and from the word, set and taken away.
		"16384(20):X+20.X+1.X-1.X+1.X+1.XL40.X40.X+1.X41.XL5.X+1.X-36.XL-.X+100.XL0.X+1.X-A",
		"16384(-):XL5.X+6",
		// A root gets its first child, and a child its first one, while they hold something and are
		// stocked.
		"16384(?-(?-)):+5.XN.X+9.-5.YN.Y+7.X-9.X-1.Y-7.YN",
		// Close: held stays, below it too, use after it, of the root.
		"-(10(-)):X+8.X+3.Y+2.XK.XL4.Xc8.X5.XK.X-4.Y+1.Y-2.X-1.X+0.Xr1",
		"50(-):X+8.K.X+1.L9.-1.X-8.K.+1.E.+1",
		// Leave: stocked, drained, closed, twice, of an inner one, with the limit below what is held,
		// of the root; releases and rollbacks after it.
		"16384(-,-(50,-)):X+8.XV.XV.X+1.X-1.X-9.Z+50.W+7.=.YK.W-3.YV.Z+1.Z-2.ZV.L8.W-A+1.+H",
		"-(-):X10x&.XV.X+1.+4.V.X-1.-4.L5",
		// Moves: to a sibling, up and down, over limits on the way and not, at a full root, of too
		// much, of nothing, into and out of what is closed or left.
		"16384(100(-,60),-):Y+50.+H.YMZ50.ZMY50.YMW20.WMZ61.WMZ20.ZMX5.XMZ5.ZMO15.MW15.WMX16.YMX31.YMX0.YMY9.YMY31",
		"-(9(-),-):Y+5.Z+5.XK.YMX1.ZMX1.YMZ1.XV.YMZ1.ZMY1.ZMX1.XMZ1.ZMX0.Z-6",
		// Boot ends with slack about, in the middle of a growth that fails; then limits and ends do
		// nothing.
		"-(-,5):X+8.Y5x&.E.X-60.XK.X+5.Y+9.YL3.XMY9.YV.Y+1",
		// A backend that closes the budget, releases what the call reserved, moves it or takes the
		// rest.
		"-(-,-):X10x&.XK.X0x&.+0.Y10x&.YMO10.-10",
		"16384(-,-):X+5.Xc5.X20p&.X-18.Y10x&.+H.Y+1",
		// Hopeless growth beside slack, and one that is not.
		"16384(-,5000):X+1.Y+1.+M-1.Y+5000.Y+H.X+H+1.X+H",
	} {
		p, err := calls.Parse(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Encode())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p := calls.Decode(data, 1)
		defer func() {
			if t.Failed() {
				t.Logf("program %v", p)
			}
		}()
		pair, rest := newPair(t, p.Tree), p.Clients[0].Calls()
		var next func()
		next = func() {
			if len(rest) > 0 {
				c := rest[0]
				rest = rest[1:]
				pair.do(c, next)
			}
		}
		for len(rest) > 0 {
			next()
		}
		pair.compareExactly()
	})
}

// badSizes are calls with each size that is none, and with sizes that lose bits on the way.
func badSizes() (text string) {
	for _, n := range []int64{-1, math.MinInt64, math.MaxInt64, model.MaxSize + 1, 1 << 48, 1<<50 + 1, -(1<<50 - 1)} {
		text += fmt.Sprintf(".+%[1]d.-%[1]d.L%[1]d.c1.r%[1]d.c%[1]d.1", n)
	}
	return text
}
