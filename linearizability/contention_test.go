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
		{"drawn, with accounts", 200, func(rng *rand.Rand, i int) calls.Program {
			shape := calls.Shape{Clients: 4, Calls: 800, Limit: 1000 + rng.Int64N(100_000), Still: i/2%2 == 0}
			return calls.Draw(rng, calls.Accounts, shape)
		}},
		{"any bytes", 8, func(rng *rand.Rand, i int) calls.Program {
			b := make([]byte, calls.CallBytes*fewer(50_000))
			for j := range b {
				b[j] = byte(rng.Uint32())
			}
			p := calls.Decode(b, 2+i/2)
			p.Limit = []int64{20, 5000}[i/2%2]
			return p
		}},
		// Releases of a byte that is another's or no one's are among these.
		{"the last bytes", 4, repeated(t, 20_000, "6:+1.+2.-2.+3.-3.S:+2.+3.-4.-1:+3.+1.-2.-2:+1.+2.-1.S.-2")},
		{"the last bytes under a limit that moves", 4,
			repeated(t, 20_000, "6:+1.+2.-2.+3.-3.S:+2.+3.-4.-1:+3.+1.-2.-2:L6.S.L5.S.L2.S")},
		{"owners and a reader", 4,
			repeated(t, 20_000, "100000:X+1.X-1.X+5.X-5.X+7.X-7:X+2.X-2.X+6.X-6.X+4.X-4:S*5.L99999.S*5.L100000")},
		{"a tenant with a limit of its own", 4,
			repeated(t, 10_000, "100000:T+1.T+300.T-150.T+200.T-300:T+250.T+2.T-101:Tl1000.S.L1000.Tl500.S.L100000:T+90.T+80.T-70")},
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
	budget, accounts, tenant := limited(limit), limited(limit), impl.NewBudget().NewTenant()
	if err := tenant.SetLimit(limit); err != nil {
		t.Fatal(err)
	}
	for name, user := range map[string]func() impl.Accountant{
		"budget":   func() impl.Accountant { return budget },
		"accounts": func() impl.Accountant { return accounts.NewAccount() },
		"tenant":   func() impl.Accountant { return tenant },
	} {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			guarded, grants := 0, make([]int, 3) // by most of the limit
			for i := range grants {
				wg.Go(func() {
					for u := user(); grants[i] < 1000; {
						if u.Reserve(1) != nil { // stocks an account, now and then
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
