package impl_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"casalloc/impl"
)

// A ref is what a tree of budgets should do, in the obvious way: each budget knows what it holds,
// and what it uses is added up each time.
type ref struct {
	got         *impl.Budget
	parent      *ref
	children    []*ref
	limit, held int64
	most        int64 // the most that it used
	depth       int
	closed      bool
}

func (r *ref) newChild(limit int64) *ref {
	c := &ref{got: r.got.NewChild(limit), parent: r, depth: r.depth + 1, limit: limit, closed: r.closed}
	r.children = append(r.children, c)
	return c
}

func (r *ref) used() int64 {
	sum := r.held
	for _, c := range r.children {
		sum += c.used()
	}
	return sum
}

// grow has n bytes more, or if n is negative fewer, held at r.
func (r *ref) grow(n int64) {
	r.held += n
	for ; r != nil; r = r.parent {
		r.most = max(r.most, r.used())
	}
}

// fits is the outcome of a growth by n bytes, as far as the budgets below top decide it. A Move
// names the first of two reasons, and a growth the one that will not pass.
func (r *ref) fits(n int64, top *ref) string {
	want := ""
	for ; r != top; r = r.parent {
		switch {
		case r.closed && (top == nil || want == ""):
			return "ErrClosed"
		case r.limit != None && n > r.limit-r.used():
			want = "ErrLimit"
		}
	}
	return want
}

// under returns the lowest budget that is r or above it, and also above or the same as o.
func (r *ref) under(o *ref) *ref {
	for ; o != nil; o = o.parent {
		for a := r; a != nil; a = a.parent {
			if a == o {
				return a
			}
		}
	}
	return nil
}

// Random calls on random trees of up to four levels, one after the other: each has the outcome that
// the reference has.
func TestQuick(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		limit := r.Int64N(100_000)
		root := &ref{got: newBudget(t, E, limit, 0), limit: limit}
		all := []*ref{root}
		for step := range 300 {
			b, to := all[r.IntN(len(all))], all[r.IntN(len(all))]
			var name, got, want string
			n := 1 + r.Int64N(200)
			if r.IntN(4) == 0 {
				n = 1 + r.Int64N(limit+1)
			}
			switch r.IntN(14) {
			case 0:
				if len(all) < 10 && b.depth < 3 {
					own := int64(None)
					if r.IntN(2) == 0 {
						own = n
					}
					all = append(all, b.newChild(own))
				}
			case 1:
				name = "SetLimit"
				got = outcome(func() error { return b.got.SetLimit(n) })
				switch {
				case b.parent != nil && b.limit == None:
					want = "ErrNoLimit"
				case b.closed:
					want = "ErrClosed"
				default:
					b.limit = n
				}
			case 2:
				name, got, want = "Exact", fmt.Sprint(b.got.Exact().Used), fmt.Sprint(b.used())
			case 3:
				if s := b.got.Stats(); s.Used < b.used() || len(b.children) == 0 && s.Used > b.used() || s.Peak < b.most {
					name, got, want = "Stats", fmt.Sprintf("%+v", s), fmt.Sprint(b.used(), b.most)
				}
			case 4, 5:
				name = "Move"
				n = r.Int64N(b.held + 1)
				if want = to.fits(n, b.under(to)); n == 0 {
					want = ""
				} else if want == "" {
					b.grow(-n)
					to.grow(n)
				}
				got = outcome(func() error { return b.got.Move(to.got, n) })
			case 6:
				if r.IntN(20) == 0 {
					name, got, want = "Close", fmt.Sprint(b.got.Close()), fmt.Sprint(b.used())
					b.closed = true
				}
			case 7, 8, 9:
				name = "Release"
				n = min(n, b.held+1)
				if n > b.held {
					want = impl.OverRelease{Released: n, Held: b.held}.Error()
				} else {
					b.grow(-n)
				}
				got = outcome(func() error { b.got.Release(n); return nil })
			default:
				name = "Reserve"
				if want = b.fits(n, nil); want == "" {
					b.grow(n)
				}
				got = outcome(func() error { return b.got.Reserve(n) })
			}
			if got != want {
				t.Fatalf("seed %d, step %d: %s of %d bytes at %q: %q, want %q", seed, step, name, n, b.got.Path(), got, want)
			}
		}
		for _, b := range all {
			if got := b.got.Exact(); got.Used != b.used() || got.Peak < b.most {
				t.Fatalf("seed %d: %+v at %q at the end, want %d used, peak %d", seed, got, b.got.Path(), b.used(), b.most)
			}
		}
	}
}

// Four goroutines at the budgets of one tree, while limits move: each can release what it was
// granted, and nothing is left in the end.
func TestQuickConcurrent(t *testing.T) {
	const most = 100_000 // bytes that the root may have
	for seed := range uint64(10) {
		root := newBudget(t, E, most, 0)
		mid := root.NewChild(most / 2)
		all := []*impl.Budget{root, mid, mid.NewChild(None), mid.NewChild(most / 4), root.NewChild(None)}
		limits := []int64{most, most / 2, most / 2, most / 4, most} // on each, and above it
		var wg sync.WaitGroup
		for g := range uint64(4) {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(seed, g))
				held := make([]int64, len(all))
				for range 5000 {
					i, j := r.IntN(len(all)), r.IntN(len(all))
					n := 1 + r.Int64N(300)
					if r.IntN(20) == 0 {
						n = 1 + r.Int64N(most/4)
					}
					switch what := r.IntN(40); {
					case what == 0:
						must(t, errors.Join(mid.SetLimit(most/4+r.Int64N(most/4)), root.SetLimit(most/2+r.Int64N(most/2))))
					case what == 1:
						if cheap, s := all[i].Stats(), all[i].Exact(); max(s.Used, s.Peak, cheap.Used) > limits[i] {
							t.Errorf("seed %d: NeverOverLimit: %+v and %+v at budget %d", seed, cheap, s, i)
						}
					case what == 2:
						if n = held[i] / 2; all[i].Move(all[j], n) == nil {
							held[i] -= n
							held[j] += n
						}
					case what < 20:
						n = min(n, held[i])
						all[i].Release(n)
						held[i] -= n
					case all[i].Reserve(n) == nil:
						held[i] += n
					}
				}
				for i, n := range held {
					all[i].Release(n)
				}
			})
		}
		wg.Wait()
		for i, b := range all {
			if got := b.Exact().Used; got != 0 {
				t.Errorf("seed %d: Exact: %d used at budget %d with nothing held", seed, got, i)
			}
		}
	}
}
