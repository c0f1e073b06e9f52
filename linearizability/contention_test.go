package linearizability_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/workload"
)

// Programs for goroutines that meet as often as they can, without a common clock: a clock orders
// the clients, and hides from the race detector that the Budget fails to. One run in two has the
// clients Apart; in the others the bytes that exist are counted.
func TestContention(t *testing.T) {
	for _, c := range []struct {
		name string
		runs int
		draw func(rng *rand.Rand, i int) calls.Program
	}{
		{"drawn", 1000, func(rng *rand.Rand, i int) calls.Program {
			return calls.Draw(rng, []calls.Mix{calls.Steps, calls.Calls}[i/2%2], calls.Small(rng))
		}},
		{"drawn, with slack", 200, func(rng *rand.Rand, i int) calls.Program {
			shape := calls.Shape{Clients: 4, Calls: 800, Limit: 1000 + rng.Int64N(100_000), Budgets: 9, Still: i/2%2 == 0}
			return calls.Draw(rng, calls.Slack, shape)
		}},
		{"any bytes", 8, func(rng *rand.Rand, i int) calls.Program {
			b := make([]byte, calls.CallBytes*fewer(50_000))
			for j := range b {
				b[j] = byte(rng.Uint32())
			}
			p := calls.Decode(b, 2+i/2)
			p.Tree[0].Limit = []int64{20, 5000}[i/2%2]
			return p
		}},
		// Releases of a byte that is another's or no one's are among these.
		{"the last bytes", 4, repeated(t, 20_000, "6:+1.+2.-2.+3.-3.=:+2.+3.-4.-1:+3.+1.-2.-2:+1.+2.-1.=.-2")},
		{"the last bytes of two levels", 4,
			repeated(t, 20_000, "9(6(4,-),-):@Y+1.+2.-2.+3.-3.O=:@Z+2.+3.-4.-1:@W+3.+1.-2.-2:+1.+2.-1.X=.-2")},
		{"the last bytes under a limit that moves", 4,
			repeated(t, 20_000, "6:+1.+2.-2.+3.-3.=:+2.+3.-4.-1:+3.+1.-2.-2:L6.=.L5.=.L2.=")},
		{"children and a reader", 4,
			repeated(t, 20_000, "100000(-,-):X+1.X-1.X+5.X-5.X+7.X-7:Y+2.Y-2.Y+6.Y-6.Y+4.Y-4:S*5.L99999.=*5.L100000")},
		{"one child of all, whose limit moves", 4,
			repeated(t, 10_000, "100000(1000):@X+1.+300.-150.+200.-300:@X+250.+2.-101:XL1000.=.L1000.XL500.=.L100000:@X+90.+80.-70")},
		{"bytes that move", 4,
			repeated(t, 10_000, "1000(500(-,300),-):@Y+100.MW100.+50.MZ50.-50:@Z+200.MY100.-100:@W+100.MY50.MX50.S:=.XL400.X=.XL500")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := seed(t)
			for i := range c.runs {
				p := c.draw(rand.New(rand.NewPCG(s, uint64(i))), i)
				if _, err := workload.Run(p, []workload.Watch{workload.Apart, workload.Counted}[i%2]); err != nil {
					t.Fatalf("-history.seed=%d, program %d: %v", s, i, err)
				}
			}
		})
	}
}

// repeated draws the program of a text, in which each client makes all its calls so many times.
func repeated(t *testing.T, times int, text string) func(*rand.Rand, int) calls.Program {
	p, err := calls.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range p.Clients {
		p.Clients[i].Items = slices.Repeat(c.Items, fewer(times))
	}
	return func(*rand.Rand, int) calls.Program { return p }
}

// fewer returns n, or a tenth of it under -short.
func fewer(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// Most of a budget is a try-lock: what was written before a release is visible to the goroutine
// that is granted the bytes next. The race detector reports it if not. Slack is no way around it.
func TestReleaseSynchronizesBeforeGrant(t *testing.T) {
	const limit, most = 1000, 900 // bytes
	one, children, deep := limited(limit), limited(limit), limited(limit).NewChild(limit)
	for name, user := range map[string]func() *impl.Budget{
		"one budget": func() *impl.Budget { return one },
		"one child":  func() *impl.Budget { return deep },
		"children":   func() *impl.Budget { return children.NewChild(impl.NoLimit) },
		"two levels": func() *impl.Budget { return children.NewChild(limit).NewChild(impl.NoLimit) },
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			guarded, grants := 0, make([]int, 3) // by most of the limit
			for i := range grants {
				wg.Go(func() {
					for u := user(); grants[i] < 1000; {
						if u.Reserve(1) != nil { // stocks a child, now and then
							continue
						}
						if u.Reserve(most) == nil {
							guarded++
							grants[i]++
							u.Release(most)
						}
						u.Release(1)
						runtime.Gosched()
					}
				})
			}
			wg.Wait()
			if want := 1000 * len(grants); guarded != want {
				t.Errorf("%d increments, want %d", guarded, want)
			}
		})
	}
}
