package linearizability_test

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
)

// Clients with an account each, or none, fight for the last bytes of a limit under which accounts stock up: their small requests fill
// accounts with slack, their large ones need the slack of others.

// A tenant is a client and what it holds, through its account and without.
type tenant struct {
	budget  *impl.Budget
	rec     *lin.Recorder
	rng     *rand.Rand
	limit   int64 // at the start, bytes
	still   bool  // nobody changes it
	heap    *heap
	account *impl.Account // nil: none now
	own     holding       // through the account
	direct  holding
}

// A holding is in bytes: a block of the backend, and what was reserved without one.
type holding struct{ block, loose int64 }

func (h holding) held() int64 { return h.block + h.loose }

// do does one thing.
func (c *tenant) do(t testing.TB) {
	if c.rng.IntN(4) == 0 {
		runtime.Gosched()
	}
	switch p := c.rng.IntN(100); {
	case p < 15 && c.account == nil:
		c.account = c.budget.NewAccount()
		return
	case p < 5:
		c.leave(t)
		return
	case p < 10:
		c.rec.Do(c.budget, lin.Input{Op: lin.Stats})
		return
	case p < 16 && !c.still:
		c.rec.Do(c.budget, lin.Input{Op: lin.SetLimit, N: c.limit/2 + c.rng.Int64N(c.limit)})
		return
	case p < 17:
		c.rec.Do(c.budget, lin.Input{Op: lin.EndBoot})
		return
	}
	b, h := lin.Budget(c.budget), &c.direct
	if c.account != nil && c.rng.IntN(8) > 0 {
		b, h = lin.Through(c.budget, c.account), &c.own
	}
	switch c.rng.IntN(6) {
	case 0, 1:
		if n := c.size(); c.rec.Do(b, lin.Input{Op: lin.Reserve, N: n}).Err == nil {
			h.loose += n
		}
	case 2:
		n := c.rng.Int64N(h.loose + 1)
		if out := c.rec.Do(b, lin.Input{Op: lin.Release, N: n}); out.Err != nil {
			t.Errorf("Release(%d) = %v with %d held", n, out.Err, h.held())
		}
		h.loose -= n
	case 3:
		h.block = resize(b, c.rec, command{size: c.rng.Int64N(h.block + 1), fate: c.fate()}, h.block, c.heap)
	default:
		h.block = resize(b, c.rec, command{size: h.block + c.size(), fate: c.fate(), yield: c.rng.IntN(3) == 0}, h.block, c.heap)
	}
	if c.account == nil || c.rng.IntN(8) > 0 {
		return
	}
	// An over-release of the account is found by the account, whatever others hold. It is no operation of the budget.
	h = &c.own
	caught := false
	func() {
		defer func() { caught = recover() != nil }()
		c.account.Release(h.held() + 1)
	}()
	if !caught && c.budget.Stats().Mode != impl.Unlimited {
		t.Errorf("OverReleaseCaught: Release(%d) through an account that holds %d", h.held()+1, h.held())
	}
}

// leave closes the account and gives back what is held through it.
func (c *tenant) leave(t testing.TB) {
	if c.account == nil {
		return
	}
	if n := c.account.Close(); n != c.own.held() && c.budget.Stats().Mode != impl.Unlimited {
		t.Errorf("Close() = %d, want the %d held", n, c.own.held())
	}
	if c.rng.IntN(2) == 0 {
		c.account.Close()
	}
	b := lin.Through(c.budget, c.account)
	c.own.block = resize(b, c.rec, command{}, c.own.block, c.heap)
	c.rec.Do(b, lin.Input{Op: lin.Release, N: c.own.loose})
	c.own, c.account = holding{}, nil
}

func (c *tenant) size() int64 {
	switch c.rng.IntN(6) {
	case 0:
		return c.limit/4 + c.rng.Int64N(c.limit)
	case 1:
		return c.limit / 5
	case 2, 3:
		return 1 + c.rng.Int64N(c.limit/200)
	}
	return 1 + c.rng.Int64N(3)
}

func (c *tenant) fate() fate {
	switch c.rng.IntN(8) {
	case 0:
		return fails
	case 1:
		return panics
	}
	return works
}

// tenants makes n clients do things, all at once, and checks what must hold at the end of every schedule.
func tenants(t testing.TB, b *impl.Budget, rs []*lin.Recorder, rng *rand.Rand, things int, limit int64, still bool) {
	var (
		wg    sync.WaitGroup
		start atomic.Bool
		h     = new(heap)
		cs    = make([]*tenant, len(rs))
	)
	for i := range cs {
		c := &tenant{budget: b, rec: rs[i], rng: rand.New(rand.NewPCG(rng.Uint64(), 0)), limit: limit, still: still, heap: h}
		cs[i] = c
		wg.Go(func() {
			for !start.Load() {
				runtime.Gosched()
			}
			for range things {
				c.do(t)
			}
		})
	}
	for range 100 { // as in run
		runtime.Gosched()
	}
	start.Store(true)
	wg.Wait()
	var held, inBlocks int64
	for _, c := range cs {
		held += c.own.held() + c.direct.held()
		inBlocks += c.own.block + c.direct.block
	}
	rs[0].Do(b, lin.Input{Op: lin.Stats}) // what the others left must be explained too
	if s := b.Stats(); s.Mode != impl.Unlimited && s.Allocated != held {
		t.Errorf("Exact: %d bytes counted at rest, want %d", s.Allocated, held)
	}
	if live := h.live.Load(); live != inBlocks {
		t.Errorf("%d bytes exist, want %d", live, inBlocks)
	}
	if most := h.most.Load(); still && b.Stats().Mode == impl.Enforcing && most > limit {
		t.Errorf("NeverOverLimit: %d bytes existed, limit %d", most, limit)
	}
}

// TestHistoriesOfAccounts records and judges short histories: 3 or 4 clients, up to 32 operations.
func TestHistoriesOfAccounts(t *testing.T) {
	s, total, overlaps := seed(t), 0, 0
	for ; overlaps < enough && total < maxHistories; total++ {
		rng := rand.New(rand.NewPCG(s, uint64(total)))
		b, rs, limit := impl.NewBudget(), lin.NewRecorders(3+rng.IntN(2)), 1000+rng.Int64N(4000)
		boot := rng.IntN(8) == 0
		if !boot {
			rs[0].Do(b, lin.Input{Op: lin.SetLimit, N: limit})
		}
		tenants(t, b, rs, rng, 8, limit, rng.IntN(2) == 0 && !boot)
		history := lin.History(rs)
		lin.Require(t, history, "-history.seed=%d, history %d", s, total)
		if t.Failed() {
			t.Fatalf("-history.seed=%d, history %d", s, total)
		}
		if overlap(history) {
			overlaps++
		}
	}
	t.Logf("%d of %d histories have operations that overlap", overlaps, total)
	if overlaps == 0 && runtime.GOMAXPROCS(0) > 1 {
		t.Error("no two operations overlapped: nothing concurrent was checked")
	}
}

// The same with a clock for each client, and longer: nothing orders the clients but the Budget.
func TestAccountsUnrecorded(t *testing.T) {
	s := seed(t)
	for i := range 200 {
		rng := rand.New(rand.NewPCG(s, uint64(i)))
		limit := 1000 + rng.Int64N(100_000)
		b, rs := limited(limit), make([]*lin.Recorder, 4)
		for c := range rs {
			rs[c] = lin.NewRecorders(1)[0]
		}
		tenants(t, b, rs, rng, 200, limit, i%2 == 0)
		if t.Failed() {
			t.Fatalf("-history.seed=%d, load %d", s, i)
		}
	}
}

// Slack is no way around what a release and the next grant promise: a budget of which one account takes all but a byte, by
// turns, is a lock.
func TestAccountReleaseSynchronizesBeforeGrant(t *testing.T) {
	const limit = 1000
	b := limited(limit)
	var wg sync.WaitGroup
	var guarded int // by all of the limit
	grants := make([]int, 3)
	for i := range grants {
		wg.Go(func() {
			a := b.NewAccount()
			defer a.Close()
			for grants[i] < 1000 {
				if a.Reserve(1) != nil { // stocks the account, now and then
					continue
				}
				if a.Reserve(limit-100) == nil {
					guarded++
					grants[i]++
					a.Release(limit - 100)
				}
				a.Release(1)
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	if want := 1000 * len(grants); guarded != want {
		t.Errorf("%d increments, want %d", guarded, want)
	}
}
