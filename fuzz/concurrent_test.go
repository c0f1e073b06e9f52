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

// The first byte of an input: bits 0-1 the goroutines, 2 to 4 of them, or 3 of them and all is wide; the rest the limit at the
// start, 0 for Counting. Wide, sizes are squared and limits 64 times as large: accounts do not stock up under small limits.
// Then a command is two bytes:
//
//	byte 0: bits 0-2  0 grow  1 shrink  2 free  3 Reserve  4 Release  5 SetLimit  6 Stats  7 over-release, or EndBoot
//	        bits 3-4  the fate of the backend; once a goroutine has an account, it reads the counter only if they are 0
//	        bits 5-7  the goroutine
//	byte 1: a size in bytes, bits 0-5; EndBoot if bit 6 is set; through the goroutine's account if bit 7 is set, and then
//	        7 is Close, or if bits 3-4 of byte 0 are set the account's over-release
func FuzzConcurrent(f *testing.F) {
	const (
		grow, shrink, free, reserve, release, setLimit, stats, over, endBoot = 0, 1, 2, 3, 4, 5, 6, 7, 1 << 6
		fail, panics                                                         = 1 << 3, 2 << 3
		c0, c1, c2, c3                                                       = 0, 1 << 5, 2 << 5, 3 << 5
		two, four, wide                                                      = 0, 2, 3
		acct, quiet                                                          = 1 << 7, 3 << 3
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
	// Slack of one is wanted by another, to the last byte; a third asks the Budget itself.
	f.Add([]byte{wide | limit(63), c0 | reserve | quiet, acct | 1, c1 | reserve | quiet, acct | 1, c0 | reserve | quiet, acct | 60, c1 | reserve | quiet, acct | 20, c2 | reserve, 7, c0 | release | quiet, acct | 60, c1 | grow | quiet, acct | 62, c2 | stats, 0, c1 | over | fail, acct, c0 | over, acct})
	// The limit falls and rises under slack, and accounts come and go.
	f.Add([]byte{wide | limit(63), c0 | grow | quiet, acct | 2, c0 | grow | fail, acct | 40, c0 | over, acct, c0 | grow | quiet, acct | 3, c1 | reserve | quiet, acct | 2, c1 | over, acct, c1 | over, acct, c1 | reserve | quiet, acct | 3, c2 | setLimit, 5, c2 | setLimit, 63, c2 | stats, 0, c2 | grow, 50})
	// Boot ends under slack.
	f.Add([]byte{wide, c0 | grow | fail, acct | 9, c0 | grow | quiet, acct | 9, c0 | free, acct, c1 | over, endBoot, c2 | reserve | quiet, acct | 4, c2 | release | quiet, acct | 4, c2 | over, acct})
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
		p[0] = [...]byte{20<<2 | 2, 63<<2 | 3}[i/2] // Enforcing, or that and wide
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
	wide    bool
	ceiling int64        // no limit was ever above it, bytes
	total   int64        // more than all that can be held, bytes
	live    atomic.Int64 // bytes that exist
	refused atomic.Int64
	undone  atomic.Int64 // growths whose backend failed or panicked
	failed  atomic.Bool
}

func (s *shared) limit(b byte) int64 {
	if s.wide {
		return 64 * int64(b)
	}
	return int64(b)
}

func (s *shared) size(b byte) int64 {
	if s.wide {
		return int64(b) * int64(b)
	}
	return int64(b)
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
	s := &shared{t: t, budget: impl.NewBudget(), wide: program[0]&3 == 3, total: 64 * 64 * int64(len(program)), ceiling: math.MaxInt64}
	clients := make([]client, 2+program[0]&3%3)
	if s.wide {
		clients = make([]client, 3)
	}
	recorders := linearizability.NewRecorders(len(clients))
	if limit := s.limit(program[0] >> 2); limit > 0 {
		s.ceiling = limit
		recorders[0].Do(s.budget, linearizability.Input{Op: linearizability.SetLimit, N: limit})
	}
	for rest := program[1:]; len(rest) >= 2; rest = rest[2:] {
		c := &clients[int(rest[0]>>5)%len(clients)]
		c.program = append(c.program, rest[:2]...)
		if rest[0]&7 == 5 {
			s.ceiling = max(s.ceiling, s.limit(rest[1]&63))
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
	account     *impl.Account // nil: none now
	closed      bool          // the account is
	own, direct holding       // through the account, and without
}

// A holding is in bytes: a block of the backend, and what is reserved without one.
type holding struct{ block, free int64 }

func (h holding) held() int64 { return h.block + h.free }

func (c *client) held() int64 { return c.own.held() + c.direct.held() }

func (c *client) run() {
	for p := c.program; len(p) >= 2 && !c.failed.Load(); p = p[2:] {
		op, f, n := p[0]&7, fate(p[0]>>3&3), c.size(p[1]&63)
		m, h := linearizability.Budget(c.budget), &c.direct
		if p[1]&(1<<7) != 0 {
			if c.account == nil || c.closed && op != 7 {
				c.leave()
				c.account = c.budget.NewAccount()
			}
			m, h = linearizability.Through(c.budget, c.account), &c.own
		}
		look := f == 0 || c.account == nil
		switch op {
		case 0:
			c.resize(m, h, h.block+n, f%3, look)
		case 1:
			c.resize(m, h, max(0, h.block-n), f%3, look)
		case 2:
			c.resize(m, h, 0, f%3, look)
		case 3:
			if c.do(m, linearizability.Reserve, n) == nil {
				h.free += n
				c.exists(n)
			}
		case 4:
			n = min(n, h.free)
			c.exists(-n)
			h.free -= n
			if err := c.do(m, linearizability.Release, n); err != nil {
				c.errorf("Release(%d) = %v with %d held", n, err, h.held()+n)
			}
		case 5:
			c.do(m, linearizability.SetLimit, c.limit(p[1]&63))
		case 6:
			c.do(m, linearizability.Stats, 0)
		case 7:
			switch {
			case h == &c.own && f == 0:
				c.close()
			case h == &c.own:
				c.overRelease(h.held() + 1 + n)
			case p[1]&64 != 0:
				c.do(m, linearizability.EndBoot, 0)
			default:
				if err := c.do(m, linearizability.Release, c.total); err != model.ErrOverRelease && c.budget.Stats().Mode != impl.Unlimited {
					c.errorf("OverReleaseCaught: Release(%d) = %v", c.total, err)
				}
			}
		}
		if look {
			c.charged(c.held())
		}
	}
	c.leave()
}

// do is one operation.
func (c *client) do(m linearizability.Budget, op linearizability.Op, n int64) error {
	err := c.Do(m, linearizability.Input{Op: op, N: n}).Err
	if err == model.ErrLimit {
		c.refused.Add(1)
	}
	return err
}

// charged looks at the counter: what is ours is charged.
func (c *client) charged(n int64) {
	if s := c.budget.Stats(); s.Mode != impl.Unlimited && (s.Allocated < n || s.Allocated > c.ceiling) {
		c.errorf("counter %d, want from %d, what one client holds, to %d, the highest limit", s.Allocated, n, c.ceiling)
	}
}

// close closes the account, which may be closed. What is held through it stays.
func (c *client) close() {
	c.closed = true
	if n := c.account.Close(); n != c.own.held() && c.budget.Stats().Mode != impl.Unlimited {
		c.errorf("Close() = %d, want the %d held", n, c.own.held())
	}
}

// leave gives back what is held through the account, and forgets it, closed or not.
func (c *client) leave() {
	if c.account == nil {
		return
	}
	m := linearizability.Through(c.budget, c.account)
	c.resize(m, &c.own, 0, succeeds, false)
	c.exists(-c.own.free)
	c.do(m, linearizability.Release, c.own.free)
	c.own, c.account, c.closed = holding{}, nil, false
}

// overRelease releases n bytes through the account, which are more than it holds. The account finds that by itself, so it is no
// operation of the budget.
func (c *client) overRelease(n int64) {
	got := func() (r any) {
		defer func() { r = recover() }()
		c.account.Release(n)
		return nil
	}()
	if want := (impl.OverRelease{Released: n, Held: c.own.held()}); got != want && c.budget.Stats().Mode != impl.Unlimited {
		c.errorf("OverReleaseCaught: Release(%d): %v, want %v", n, got, want)
	}
}

// exists is called when n bytes have come into existence, or are about to go out of it.
func (c *client) exists(n int64) {
	if live := c.live.Add(n); live > c.ceiling || live < 0 {
		c.errorf("LiveWithinCharge: %d bytes live, no limit was above %d", live, c.ceiling)
	}
}

func (c *client) resize(m linearizability.Budget, h *holding, nsize int64, f fate, look bool) {
	osize := h.block
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
		return c.Resize(m, osize, nsize, func() bool {
			if look {
				c.charged(c.held() + max(diff, 0))
			}
			runtime.Gosched()
			switch f {
			case fails:
				return false
			case panics:
				panic(errBackendPanic)
			}
			c.exists(diff)
			h.block = nsize
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
