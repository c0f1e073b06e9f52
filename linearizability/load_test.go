package linearizability_test

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	lin "casalloc/linearizability"
)

var seedFlag = flag.Uint64("history.seed", 0, "seed of the random histories; 0 draws one")

// seed returns the seed of a test's programs and logs it. What they do is the seed's; how they interleave is not.
func seed(t *testing.T) uint64 {
	s := *seedFlag
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("-history.seed=%d", s)
	return s
}

// A command is one step of a client's program.
type command struct {
	in    lin.Input // what to do, if a resize is not
	size  int64     // size to resize the client's block to, or -1
	fate  fate      // of the backend
	yield bool      // let others run before, or within the backend
}

type fate int

const (
	works fate = iota
	fails
	panics
)

// programs draws what 4 to 8 clients do under a limit of 2 to 9 bytes, 10 to 30 commands in all. In half of the programs nobody
// changes the limit.
func programs(rng *rand.Rand, draw func(rng *rand.Rand, limit int64) command) (limit int64, still bool, ps [][]command) {
	limit = 2 + rng.Int64N(8)
	still = rng.IntN(2) == 0
	ps = make([][]command, 4+rng.IntN(5))
	for i := range 10 + rng.IntN(21) {
		c := draw(rng, limit)
		if still && c.in.Op == lin.SetLimit {
			c.in = lin.Input{Op: lin.Stats}
		}
		c.yield = rng.IntN(4) == 0
		ps[i%len(ps)] = append(ps[i%len(ps)], c)
	}
	return limit, still, ps
}

// steps draws an operation: sizes on both sides of the limit, now and then one that no budget takes.
func steps(rng *rand.Rand, limit int64) command {
	in := lin.Input{N: 1 + rng.Int64N(limit)}
	switch p := rng.IntN(100); {
	case p < 45:
		in.Op = lin.Reserve
		if rng.IntN(8) == 0 {
			in.N = []int64{0, -1, limit + 1, 1<<52 + 1, 1<<63 - 1}[rng.IntN(5)]
		}
	case p < 70:
		in.Op = lin.Release
		in.N = 1 + rng.Int64N(min(3, limit))
	case p < 82:
		in.Op = lin.SetLimit
		in.N = rng.Int64N(limit + 3)
	case p < 84:
		in.Op = lin.EndBoot
	default:
		in.Op = lin.Stats
	}
	return command{in: in, size: -1}
}

// calls draws whole calls of Resize, a quarter of which fail in the backend, between readings and changes of the limit.
func calls(rng *rand.Rand, limit int64) command {
	switch p := rng.IntN(100); {
	case p < 8:
		return command{in: lin.Input{Op: lin.SetLimit, N: 1 + rng.Int64N(limit)}, size: -1}
	case p < 10:
		return command{in: lin.Input{Op: lin.EndBoot}, size: -1}
	case p < 20:
		return command{in: lin.Input{Op: lin.Stats}, size: -1}
	}
	c := command{size: max(0, rng.Int64N(limit+3)-1)}
	switch rng.IntN(16) {
	case 0, 1, 2:
		c.fate = fails
	case 3:
		c.fate = panics
	}
	return c
}

// A heap is what the clients' backend knows: bytes that exist now, and the most that ever did.
type heap struct{ live, most atomic.Int64 }

func (h *heap) add(n int64) {
	live := h.live.Add(n)
	for m := h.most.Load(); live > m && !h.most.CompareAndSwap(m, live); m = h.most.Load() {
	}
}

// run runs a program a client, all at once, each on its recorder, and returns what the clients hold at the end by the outcomes of
// their calls.
func run(b lin.Budget, rs []*lin.Recorder, ps [][]command, h *heap) (held int64) {
	var (
		wg    sync.WaitGroup
		start atomic.Bool
		total atomic.Int64
	)
	for i, p := range ps {
		wg.Go(func() {
			for !start.Load() {
				runtime.Gosched()
			}
			var block int64
			for _, c := range p {
				if c.size >= 0 {
					block = resize(b, rs[i], c, block, h)
					continue
				}
				if c.yield {
					runtime.Gosched()
				}
				switch out := rs[i].Do(b, c.in); {
				case out.Err != nil:
				case c.in.Op == lin.Reserve:
					total.Add(c.in.N)
				case c.in.Op == lin.Release:
					total.Add(-c.in.N)
				}
			}
			total.Add(block)
		})
	}
	// A program takes less time than it takes to wake a processor. So all of them are kept busy before anything starts.
	for range 100 {
		runtime.Gosched()
	}
	start.Store(true)
	wg.Wait()
	return total.Load()
}

// resize makes a block of size bytes one of c.size, and returns the size it then has.
func resize(b lin.Budget, r *lin.Recorder, c command, size int64, h *heap) (now int64) {
	now = size
	defer func() {
		if p := recover(); p != nil && p != panics {
			panic(p)
		}
	}()
	r.Resize(b, size, c.size, func() bool {
		if c.yield {
			runtime.Gosched()
		}
		switch c.fate {
		case fails:
			return false
		case panics:
			panic(panics)
		}
		h.add(c.size - size)
		now = c.size
		return true
	})
	return now
}
