package fuzz

import (
	"fmt"
	"math"
	"testing"

	"casalloc/linearizability/calls"
	"casalloc/model"
)

// FuzzSequential gives the calls of one client to a Budget and to the model. Bytes are a program as
// calls.Decode reads it; the seeds are programs as text, which package calls explains.
func FuzzSequential(f *testing.F) {
	for _, text := range []string{
		// Up to the limit and not past it.
		"0:L10.+H.+1.-3.+H+1.+H",
		// A peak that is one byte above the last.
		"0:+5.-1.+2.-1",
		// Over-release, and the books after it.
		"0:+8.-A+1.-A.-1",
		// The limit moves below what is held, growth is refused, shrinks are not.
		"0:+40.L8.+1.c40.20.-13.+1",
		// Counting, its range, and the end of it.
		"0:+4503599627370496*2.+1.E.-A.L5",
		// EndBoot has no effect once a limit is set.
		"0:L5.E.+6",
		// Every bad size in every mode.
		"0:+10" + badSizes(), "20:+10" + badSizes(), "U:+10" + badSizes(),
		// Growths and shrinks whose backend fails or panics, and a free.
		"20:10x.10.20p.5x.0p.0.0",
		// EndBoot, SetLimit and another growth in the middle of a growth that then fails.
		"0:10x&.E.-10",
		"0:10p&.L4.+1.+5",
		"20:10x&.10&.+1.-10",
		// The backend gives back what the call around it reserved, so the rollback is the
		// over-release.
		"20:10p&.-10.+H",
		// The generation wraps, reservations and releases before, on and after the way.
		"0:+30.L20*256.-5.+1.L50.L30*256.+1.-A+1.-A",

		// Accounts with slack. One wants all that is left, and no more, then another, then the
		// Budget itself.
		"16384:X+1.Y+1.Z+1.X+H+1.X+H.Y+1.+1",
		"16384:X+1.Y+1.+5000.+H.X-1.Y+1.Y+1.-5",
		// Refills of an account that has slack left: it loses none, and does not pile it up.
		"0:X+100000.X+200000.X+100000.X+200000*2",
		// The limit falls to what is held, and below it, and rises again under slack.
		"16384:X+40.Y+9.L49.X+1.Y-9.X+H.L3.X-40.L16384.Y+H",
		// Over-release is each account's own.
		"0:+50.X+8.Y+9.X-A+1.X-8.X-1.Y-A+1.-A.-A+1.-50",
		// Limits of accounts, to the byte, from the slack and from the word.
		"16384:Xl20.X+20.X+1.X-1.X+1.X+1.Xl40.X40.X+1.X41.Xl5.X+1.X-36.X+1.X+1",
		// Close, use after it, and the end of two accounts that hold something, one closed and one
		// not.
		"0:X+8.Xl10.X+3.X+2.Xl4.XK.X+1.Xc10.X5.XK.X-6.XD.X+7.Y+9.YD.LA.X+1.Y+1",
		// Boot ends with slack about, in the middle of a growth that fails.
		"0:X+8.Y10x&.E.X-60.XK.X+5.Y+1",
		// A backend that closes the account, releases what the call reserved, or takes the rest.
		"0:X10x&.XK.X0x&.+0",
		"16384:X+5.Xc5.X20p&.X-18.Y10x&.+H.Y+1",

		// A tenant: its limits, over-release, slack that another wants, a backend that closes it.
		"16384:T+8.Tl10.T+3.T+2.T-A+1.Y+9.Y+H.Tc10.T5x&.TK.T-10",
		// Leaving: stocked, drained, closed, twice, with nothing, and with the limit below what is
		// held.
		"16384:X+8.XV.XV.X+1.X-1.T+50.S.TK.TV.Z+40.L8.ZV.+H.XD.XV",
		// Leaving in the middle of a growth that fails, and when nothing is counted any more.
		"0:X+8.Xc8.X20x&.XV.T20&.TV.Tc20.T0.Z+5.E.ZV",
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
		pair, rest := newPair(t, p.Limit), p.Clients[0].Calls()
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
		pair.compareStats("the last call")
	})
}

// badSizes are calls with each size that is none, and with sizes that lose bits on the way.
func badSizes() (text string) {
	for _, n := range []int64{-1, math.MinInt64, math.MaxInt64, model.MaxSize + 1, 1 << 54, 1<<56 + 1, -(1<<56 - 1)} {
		text += fmt.Sprintf(".+%[1]d.-%[1]d.L%[1]d.c1.r%[1]d.c%[1]d.1", n)
	}
	return text
}
