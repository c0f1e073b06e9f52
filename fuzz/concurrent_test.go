package fuzz

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability"
	"casalloc/model"
)

// The first byte of an input: bits 0-1 the goroutines, 2 to 4 of them; the rest the limit at the start, 0 for Counting.
// Then a command is two bytes:
//
//	byte 0: bits 0-2  0 grow  1 shrink  2 free  3 Reserve  4 Release  5 SetLimit  6 Stats  7 over-release, or EndBoot
//	        bits 3-4  the fate of the backend
//	        bits 5-7  the goroutine
//	byte 1: a size in bytes, bits 0-5; EndBoot if bit 6 is set
func FuzzConcurrent(f *testing.F) {
	const (
		grow, shrink, free, reserve, release, setLimit, stats, over, endBoot = 0, 1, 2, 3, 4, 5, 6, 7, 1 << 6
		fail, panics                                                         = 1 << 3, 2 << 3
		c0, c1, c2, c3                                                       = 0, 1 << 5, 2 << 5, 3 << 5
		two, four                                                            = 0, 2
	)
	limit := func(n byte) byte { return n << 2 }
	// A doomed growth overlaps one that is refused because of it.
	f.Add([]byte{two | limit(2), c0 | grow | fail, 2, c1 | grow, 1})
	// A shrink while another waits for the bytes; the shrink fails.
	f.Add([]byte{two | limit(10), c0 | grow, 10, c0 | shrink | fail, 5, c0 | shrink, 5, c1 | grow, 5, c1 | grow, 5, c1 | free, 0})
	// Four want a budget that has room for two.
	f.Add([]byte{four | limit(2), c0 | reserve, 1, c1 | reserve, 1, c2 | reserve, 1, c3 | reserve, 1, c0 | release, 1, c1 | release, 1, c2 | release, 1, c3 | release, 1})
	// The limit falls and rises under growths, rollbacks and readings.
	f.Add([]byte{four | limit(20), c0 | grow, 10, c0 | grow | panics, 5, c0 | free, 0, c1 | setLimit, 5, c1 | setLimit, 30, c1 | setLimit, 1, c2 | stats, 0, c2 | reserve, 3, c2 | release, 3, c3 | stats, 0, c3 | grow, 9, c3 | shrink, 9})
	// The limit falls by as much as others release, while a release of too much is in flight.
	f.Add([]byte{four | limit(40), c0 | reserve, 8, c0 | release, 4, c1 | over, 1, c1 | over, 1, c2 | setLimit, 36, c2 | setLimit, 40, c3 | over, 1, c3 | stats, 0})
	// Boot ends under calls in flight.
	f.Add([]byte{four, c0 | grow | fail, 9, c0 | grow, 9, c0 | free, 0, c1 | over, endBoot, c2 | reserve, 4, c2 | release, 4, c3 | stats, 0, c3 | setLimit, 9})
	// Arbitrary programs.
	for seed := range uint64(20) {
		f.Add(program(seed, 100))
	}

	f.Fuzz(func(t *testing.T, program []byte) {
		const maxRecorded = 64 // operations; beyond that a verdict takes long
		for range 2 {
			run(t, program, false)
			history := run(t, program[:min(len(program), 1+2*maxRecorded)], true)
			if history != nil {
				linearizability.Require(t, linearizability.History(history), "program %v", program)
			}
		}
	})
}

// Programs long enough for goroutines to meet, with and without changes of the limit.
func TestConcurrent(t *testing.T) {
	seed := rand.Uint64()
	for i := range uint64(4) {
		p := program(seed+i, 100_000)
		p[0] |= 20 << 2 // Enforcing
		for j := 1; i%2 == 0 && j < len(p); j += 2 {
			if p[j]&7 == 5 {
				p[j]-- // Release
			}
		}
		t.Logf("seed %d", seed+i)
		run(t, p, false)
	}
}

func program(seed uint64, commands int) []byte {
	r := rand.New(rand.NewPCG(seed, 0))
	p := make([]byte, 1+2*commands)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

// A shared is what the goroutines of one program have in common.
type shared struct {
	t       *testing.T
	budget  *impl.Budget
	ceiling int64        // no limit was ever above it, bytes
	total   int64        // more than all that can be held, bytes
	live    atomic.Int64 // bytes that exist
	refused atomic.Int64
	undone  atomic.Int64 // growths whose backend failed or panicked
	failed  atomic.Bool
}

func (s *shared) errorf(format string, args ...any) {
	if !s.failed.Swap(true) {
		s.t.Errorf(format, args...)
	}
}

// run runs a program and checks what must hold in every schedule. The history of a recorded run is for the caller to judge;
// otherwise every client has a clock of its own, and nothing orders the goroutines but the Budget.
func run(t *testing.T, program []byte, record bool) []*linearizability.Recorder {
	if len(program) == 0 {
		return nil
	}
	clients := make([]client, 2+program[0]&3%3)
	s := &shared{t: t, budget: impl.NewBudget(), total: 64 * int64(len(program)), ceiling: math.MaxInt64}
	recorders := linearizability.NewRecorders(len(clients))
	if limit := int64(program[0] >> 2); limit > 0 {
		s.ceiling = limit
		recorders[0].Do(s.budget, linearizability.Input{Op: linearizability.SetLimit, N: limit})
	}
	for rest := program[1:]; len(rest) >= 2; rest = rest[2:] {
		c := &clients[int(rest[0]>>5)%len(clients)]
		c.program = append(c.program, rest[:2]...)
		if rest[0]&7 == 5 {
			s.ceiling = max(s.ceiling, int64(rest[1]&63))
		}
	}

	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range clients {
		c := &clients[i]
		c.shared, c.Recorder = s, recorders[i]
		if !record {
			c.Recorder = linearizability.NewRecorders(1)[0]
		}
		wg.Go(func() {
			<-start
			c.run()
		})
	}
	close(start)
	wg.Wait()

	var held int64
	for i := range clients {
		held += clients[i].held()
	}
	st := s.budget.Stats()
	if live := s.live.Load(); live != held {
		t.Errorf("%d bytes live, %d held", live, held)
	}
	if st.Mode != impl.Unlimited {
		if st.Allocated != held {
			t.Errorf("Exact: counter %d at rest, %d bytes held", st.Allocated, held)
		}
		if st.Peak > s.ceiling {
			t.Errorf("NeverOverLimit: peak %d, no limit was above %d", st.Peak, s.ceiling)
		}
		if n := s.undone.Load(); st.RolledBack != n {
			t.Errorf("%d rolled back, want %d", st.RolledBack, n)
		}
		s.budget.Release(held)
		if n := s.budget.Stats().Allocated; n != 0 {
			t.Errorf("Exact: counter %d with all released", n)
		}
	}
	if n := s.refused.Load(); st.Refused != n {
		t.Errorf("%d refused, want %d", st.Refused, n)
	}
	if t.Failed() {
		t.Logf("program %v", program[:min(len(program), 1000)])
	}
	return recorders
}

// A client is one goroutine.
type client struct {
	*shared
	*linearizability.Recorder
	program     []byte
	block, free int64 // its bytes: a block of its backend, and reserved without one
}

func (c *client) held() int64 { return c.block + c.free }

func (c *client) run() {
	for p := c.program; len(p) >= 2 && !c.failed.Load(); p = p[2:] {
		f, n := fate(p[0]>>3&3)%3, int64(p[1]&63)
		switch p[0] & 7 {
		case 0:
			c.resize(c.block+n, f)
		case 1:
			c.resize(max(0, c.block-n), f)
		case 2:
			c.resize(0, f)
		case 3:
			if c.do(linearizability.Reserve, n) == nil {
				c.free += n
				c.exists(n)
			}
		case 4:
			n = min(n, c.free)
			c.exists(-n)
			c.free -= n
			if err := c.do(linearizability.Release, n); err != nil {
				c.errorf("Release(%d) = %v with %d held", n, err, c.held()+n)
			}
		case 5:
			c.do(linearizability.SetLimit, n)
		case 6:
			c.do(linearizability.Stats, 0)
		case 7:
			if p[1]&64 != 0 {
				c.do(linearizability.EndBoot, 0)
			} else if err := c.do(linearizability.Release, c.total); err != model.ErrOverRelease && c.budget.Stats().Mode != impl.Unlimited {
				c.errorf("OverReleaseCaught: Release(%d) = %v", c.total, err)
			}
		}
	}
}

// do is one operation, and a look at the counter: what is ours is charged.
func (c *client) do(op linearizability.Op, n int64) error {
	err := c.Do(c.budget, linearizability.Input{Op: op, N: n}).Err
	if err == model.ErrLimit {
		c.refused.Add(1)
	}
	c.charged(c.held())
	return err
}

func (c *client) charged(n int64) {
	if s := c.budget.Stats(); s.Mode != impl.Unlimited && (s.Allocated < n || s.Allocated > c.ceiling) {
		c.errorf("counter %d, want from %d, what one client holds, to %d, the highest limit", s.Allocated, n, c.ceiling)
	}
}

// exists is called when n bytes have come into existence, or are about to go out of it.
func (c *client) exists(n int64) {
	if live := c.live.Add(n); live > c.ceiling || live < 0 {
		c.errorf("LiveWithinCharge: %d bytes live, no limit was above %d", live, c.ceiling)
	}
}

func (c *client) resize(nsize int64, f fate) {
	osize := c.block
	diff := nsize - osize
	if nsize == 0 && f == fails {
		f = succeeds // a free cannot fail
	}
	err := func() (err error) {
		defer func() {
			if r := recover(); r != nil {
				if r != errBackendPanic {
					panic(r)
				}
				err = errBackendPanic
			}
		}()
		return c.Resize(c.budget, osize, nsize, func() bool {
			c.charged(c.held() + max(diff, 0))
			runtime.Gosched()
			switch f {
			case fails:
				return false
			case panics:
				panic(errBackendPanic)
			}
			c.exists(diff)
			c.block = nsize
			return true
		})
	}()
	switch {
	case err == nil:
	case err == model.ErrLimit:
		c.refused.Add(1)
		if diff <= 0 {
			c.errorf("ShrinkNeverRefused: Resize(%d, %d) = %v", osize, nsize, err)
		}
	case errors.Is(err, impl.ErrBackend) && f == fails, err == errBackendPanic && f == panics:
		if diff > 0 {
			c.undone.Add(1)
		}
	default:
		c.errorf("Resize(%d, %d), backend %v = %v", osize, nsize, f, err)
	}
}
