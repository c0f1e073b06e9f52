package impl_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"casalloc/impl"
)

// paths are the budgets of a forest: a root, two customers with limits, and goroutines.
var paths = []string{"", "/a", "/a/x", "/a/y", "/b", "/b/x", "/c"}

// A forest is a tree by its paths.
type forest map[string]*impl.Budget

// newForest returns one under a limit of 100,000, in which 10 bytes are held at each budget.
func newForest(t *testing.T) forest {
	t.Helper()
	f := forest{"": newBudget(t, E, 100_000, 10)}
	limits := map[string]int64{"/a": 50_000, "/b": 20_000, "/a/y": 10_000}
	for _, path := range paths[1:] {
		limit := int64(None)
		if n := limits[path]; n != 0 {
			limit = n
		}
		i := strings.LastIndex(path, "/")
		f[path] = f[path[:i]].NewChild(limit)
		f[path].SetName(path[i+1:])
		must(t, f[path].Reserve(10))
	}
	return f
}

// used is what each budget uses, in the order of paths.
func (f forest) used() (all []int64) {
	for _, path := range paths {
		all = append(all, f[path].Exact().Used)
	}
	return all
}

// Every row begins with a new forest, with slack and without.
func TestMove(t *testing.T) {
	for _, tt := range []struct {
		from, to string
		n        int64
		before   func(f forest)
		want     string
		used     []int64 // nil: as before
	}{
		{"/a/x", "/c", 10, nil, "", []int64{70, 20, 0, 10, 20, 10, 20}},
		{"/a/x", "/a/y", 4, nil, "", []int64{70, 30, 6, 14, 20, 10, 10}},
		{"/a/x", "/b/x", 10, nil, "", []int64{70, 20, 0, 10, 30, 20, 10}},
		{"/a/x", "", 10, nil, "", []int64{70, 20, 0, 10, 20, 10, 10}},
		{"", "/a/x", 10, nil, "", []int64{70, 40, 20, 10, 20, 10, 10}},
		{"/a", "/a/x", 10, nil, "", []int64{70, 30, 20, 10, 20, 10, 10}},
		{"/a/x", "/a", 10, nil, "", []int64{70, 30, 0, 10, 20, 10, 10}},
		{"/a", "/b", 10, nil, "", []int64{70, 20, 10, 10, 30, 10, 10}},
		{"/a/x", "/a/x", 10, nil, "", nil},
		{"/a/x", "/c", 0, nil, "", nil},

		{"/a/x", "/b/x", 10, func(f forest) { f["/b"].SetLimit(30) }, "", []int64{70, 20, 0, 10, 30, 20, 10}},
		{"/a/x", "/b/x", 10, func(f forest) { f["/b"].SetLimit(29) }, "ErrLimit", nil},
		{"/a/x", "/a/y", 10, func(f forest) { f["/a/y"].SetLimit(0) }, "ErrLimit", nil},
		{"/a/x", "/c", Max, nil, "casalloc: released 140737488355328 bytes with 10 held", nil},
		{"/a/x", "/c", 11, nil, "casalloc: released 11 bytes with 10 held", nil},
		{"/a", "/c", 11, nil, "casalloc: released 11 bytes with 10 held", nil}, // although it uses 30
		{"/a/x", "/c", -1, nil, "casalloc: released -1 bytes with 10 held", nil},

		// What is above both is not asked, not even if it is closed or over its limit.
		{"/a/x", "/a/y", 4, func(f forest) { f["/a"].SetLimit(0) }, "", []int64{70, 30, 6, 14, 20, 10, 10}},
		{"/a/x", "/a/y", 4, func(f forest) { f["/a"].Close() }, "", []int64{70, 30, 6, 14, 20, 10, 10}},
		{"/a/x", "/c", 10, func(f forest) { f[""].SetLimit(1) }, "", []int64{70, 20, 0, 10, 20, 10, 20}},
		{"/a/x", "/c", 10, func(f forest) { f["/a"].Close() }, "", []int64{70, 20, 0, 10, 20, 10, 20}},
		{"/a/x", "/c", 10, func(f forest) { f["/c"].Close() }, "ErrClosed", nil},
		{"/c", "/a/x", 10, func(f forest) { f["/a"].Close() }, "ErrClosed", nil},
		{"/a/x", "/c", 10, func(f forest) { f["/a/x"].Leave() }, "ErrClosed", []int64{60, 20, 0, 10, 20, 10, 10}},
		{"/a/x", "/c", 10, func(f forest) { f["/a"].Leave() }, "ErrClosed", []int64{40, 0, 10, 10, 20, 10, 10}},
		{"/a/x", "/late", 5, func(f forest) { f["/a/x"].Close(); f["/late"] = f["/a/x"].NewChild(None) }, "ErrClosed", nil},
		{"/a/x", "/else", 5, func(f forest) { f["/else"] = impl.NewBudget() }, "ErrTree", nil},
		{"/a/x", "/c", 1 << 40, func(f forest) { f[""].SetLimit(None); f[""].EndBoot() }, "", []int64{0, 0, 0, 0, 0, 0, 0}},
	} {
		for _, drained := range []bool{false, true} {
			f := newForest(t)
			if drained {
				f[""].Exact()
			} else if impl.Slack(f["/a/x"]) <= 0 {
				t.Fatal("no slack below two levels")
			}
			want := tt.used
			if want == nil {
				want = []int64{70, 30, 10, 10, 20, 10, 10}
			}
			if tt.before != nil {
				tt.before(f)
			}
			got := outcome(func() error { return f[tt.from].Move(f[tt.to], tt.n) })
			if used := f.used(); got != tt.want || !slices.Equal(used, want) {
				t.Errorf("%s, %s, %d, drained %v: %q, used %d; want %q, %d", tt.from, tt.to, tt.n, drained, got, used, tt.want, want)
			}
		}
	}
}

// A buffer passes from its producer to its consumer, and back. Nothing is allocated or freed, so
// neither is refused, although another takes what is free at each instant.
func TestHandOver(t *testing.T) {
	root := newBudget(t, E, 1000, 0)
	a, b := root.NewChild(900), root.NewChild(None)
	must(t, a.Reserve(900))
	done := make(chan struct{})
	var third sync.WaitGroup
	third.Go(func() {
		c := root.NewChild(None)
		for {
			select {
			case <-done:
				return
			default:
			}
			if c.Reserve(101) == nil {
				t.Error("101 granted beside 900 of 1000")
			}
			if c.Reserve(100) == nil {
				c.Release(100)
			}
		}
	})
	for range 10_000 {
		if err := a.Move(b, 900); err != nil {
			t.Errorf("Move(900) = %v", err)
			break
		}
		a, b = b, a
	}
	close(done)
	third.Wait()
	if got := root.Exact().Used; got != 900 {
		t.Errorf("%d used, want 900", got)
	}
}

// Every row: who leaves, what went back, and what each budget uses then. What they release later
// changes nothing above, and panics only if it was never held.
func TestLeave(t *testing.T) {
	for _, tt := range []struct {
		who  string
		gave int64
		used []int64
	}{
		{"/a/x", 10, []int64{60, 20, 0, 10, 20, 10, 10}},
		{"/a", 30, []int64{40, 0, 10, 10, 20, 10, 10}},
		{"/c", 10, []int64{60, 30, 10, 10, 20, 10, 0}},
		{"", 70, []int64{0, 30, 10, 10, 20, 10, 10}},
	} {
		for _, closed := range []bool{false, true} {
			f := newForest(t)
			if closed {
				f[tt.who].Close()
			}
			if gave, again := f[tt.who].Leave(), f[tt.who].Leave(); gave != tt.gave || again != 0 {
				t.Errorf("%q, closed %v: Leave() = %d, then %d; want %d, 0", tt.who, closed, gave, again, tt.gave)
			}
			if used := f.used(); !slices.Equal(used, tt.used) {
				t.Errorf("%q, closed %v, left: %d used, want %d", tt.who, closed, used, tt.used)
			}
			for _, path := range paths {
				if !strings.HasPrefix(path, tt.who) {
					continue
				}
				b := f[path]
				child := b.NewChild(None)
				if b.Reserve(1) != impl.ErrClosed || child.Reserve(1) != impl.ErrClosed || b.Resize(0, 1, ok) != impl.ErrClosed {
					t.Errorf("%q left: a growth of %q is not refused with %v", tt.who, path, impl.ErrClosed)
				}
				b.Release(10)
			}
			if got := f[""].Exact().Used; got != tt.used[0] {
				t.Errorf("%q left: %d used after late releases, want %d", tt.who, got, tt.used[0])
			}
			if got := f[tt.who].Close(); got != 0 {
				t.Errorf("%q left: Close() = %d", tt.who, got)
			}
		}
	}
}

// A session leaves with all of its streams while workers give streams back, and open some. Whatever
// the order, what others hold is left.
func TestLateReleases(t *testing.T) {
	for range 200 {
		root := newBudget(t, E, 1<<20, 0)
		other := newStocked(t, root, None, 500)
		session := root.NewChild(1 << 19)
		var workers sync.WaitGroup
		for range 3 {
			stream := session.NewChild(None)
			must(t, stream.Reserve(1000))
			must(t, session.Reserve(100))
			workers.Go(func() {
				stream.Resize(0, 64, func() bool { runtime.Gosched(); return false })
				stream.Release(1000)
				session.Release(100)
			})
		}
		session.Leave()
		workers.Wait()
		if got := root.Exact().Used; got != 500 || other.Stats().Used != 500 {
			t.Fatalf("%d used at the root, %d by the other; want 500", got, other.Stats().Used)
		}
	}
}

// Memory is charged to a child by one of its workers and freed by another: the books are those of
// the child. What exists then is 600 bytes.
func TestFreedByAnotherWorker(t *testing.T) {
	root := newBudget(t, E, 1000, 0)
	query := root.NewChild(None)
	var workers sync.WaitGroup
	made := make(chan int64)
	workers.Go(func() {
		for range 4 {
			must(t, query.Reserve(100))
			made <- 100
		}
		close(made)
	})
	workers.Go(func() {
		must(t, query.Reserve(600))
		for n := range made {
			query.Release(n)
		}
	})
	workers.Wait()
	if err := root.Reserve(401); err != impl.ErrLimit {
		t.Errorf("Reserve(401) = %v beside the 600 that exist, limit 1000", err)
	}
	must(t, root.Reserve(400))
	if gave := query.Leave(); gave != 600 {
		t.Errorf("Leave() = %d, want 600", gave)
	}
}

// An object is charged to a query and to the process. What the query refuses is never charged to the
// process, not for an instant: who fits there is not refused.
func TestTwoLimitsForOneObject(t *testing.T) {
	process := newBudget(t, E, 1000, 0)
	full := process.NewChild(599).NewChild(None)
	done := make(chan struct{})
	var doomed sync.WaitGroup
	doomed.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if full.Reserve(600) == nil {
					t.Error("600 granted of 599")
				}
			}
		}
	})
	for i := range 10_000 {
		if process.Reserve(500) != nil {
			t.Errorf("500 of 1000 refused at attempt %d, with nothing granted", i)
			break
		}
		process.Release(500)
	}
	close(done)
	doomed.Wait()
}

// Slack at one place is no reason to refuse at another, and no room beyond a limit.
func TestRefusalsExactWithSlackElsewhere(t *testing.T) {
	const limit, held = 1 << 20, 210
	for name, caller := range map[string]func(root *impl.Budget) *impl.Budget{
		"the root":          func(root *impl.Budget) *impl.Budget { must(t, root.Reserve(10)); return root },
		"a stocked child":   func(root *impl.Budget) *impl.Budget { return newStocked(t, root, None, 10) },
		"a drained child":   func(root *impl.Budget) *impl.Budget { b := newStocked(t, root, Max, 10); root.Exact(); return b },
		"a new child":       func(root *impl.Budget) *impl.Budget { must(t, root.Reserve(10)); return root.NewChild(None) },
		"a limited child":   func(root *impl.Budget) *impl.Budget { must(t, root.Reserve(10)); return root.NewChild(limit) },
		"a new grandchild":  func(root *impl.Budget) *impl.Budget { return newStocked(t, root, Max, 10).NewChild(Max) },
		"a closed neighbor": func(root *impl.Budget) *impl.Budget { newStocked(t, root, None, 10).Close(); return root },
	} {
		for more, want := range []error{nil, impl.ErrLimit} {
			root := newBudget(t, E, limit, 0)
			b := caller(root)
			var others []*impl.Budget
			for range 10 { // and ten below them
				mid := newStocked(t, root, Max, 10)
				others = append(others, mid, newStocked(t, mid, None, 10))
			}
			n := int64(limit - held + more)
			if err := b.Reserve(n); err != want {
				t.Errorf("%s: Reserve(%d) = %v with %d of %d held, want %v", name, n, err, held, limit, want)
			}
			total := int64(held)
			if want == nil {
				for _, o := range others {
					if err := o.Reserve(1); err != impl.ErrLimit {
						t.Errorf("%s: then another's Reserve(1) = %v, want ErrLimit", name, err)
					}
				}
				total = limit
			}
			if got := root.Exact().Used; got != total {
				t.Errorf("%s: %d used, want %d", name, got, total)
			}
		}
	}
}

// 0 refuses all growth, and NoLimit takes the limit away: at the root, and at a customer.
func TestLimitOfZero(t *testing.T) {
	for _, at := range []string{"", "/a"} {
		f := newForest(t)
		must(t, f[at].SetLimit(0))
		if err := f["/a/x"].Reserve(1); err != impl.ErrLimit {
			t.Errorf("Reserve(1) = %v below %q with a limit of 0, want %v", err, at, impl.ErrLimit)
		}
		f["/a/x"].Release(10)
		must(t, f[at].SetLimit(None))
		must(t, f["/a/x"].Reserve(400))
	}
}

func TestExplain(t *testing.T) {
	f := newForest(t)
	f[""].SetName("all")
	f[""].Exact() // so that no slack is in the numbers
	must(t, f["/b"].SetLimit(None))
	for _, tt := range []struct {
		of   string
		n    int64
		err  error
		want impl.Refusal
		text string
	}{
		{"/a/y", 9991, nil, impl.Refusal{Err: impl.ErrLimit, Budget: f["/a/y"], Path: "all/a/y", Used: 10, Limit: 10_000},
			"casalloc: over limit of all/a/y: 9991 bytes requested, 10 of 10000 used"},
		{"/a/x", 49971, nil, impl.Refusal{Err: impl.ErrLimit, Budget: f["/a"], Path: "all/a", Used: 30, Limit: 50_000},
			"casalloc: over limit of all/a: 49971 bytes requested, 30 of 50000 used"},
		{"/b/x", 99931, nil, impl.Refusal{Err: impl.ErrLimit, Budget: f[""], Path: "all", Used: 70, Limit: 100_000},
			"casalloc: over limit of all: 99931 bytes requested, 70 of 100000 used"},
		{"/b/x", 8, impl.ErrBackend, impl.Refusal{Err: impl.ErrBackend, Budget: f["/b/x"], Path: "all/b/x", Used: 10, Limit: None},
			"casalloc: backend failed of all/b/x: 8 bytes requested, 10 used"},
		{"/c", -1, nil, impl.Refusal{Err: impl.ErrSize, Budget: f["/c"], Path: "all/c", Used: 10, Limit: None},
			"casalloc: size out of range of all/c: -1 bytes requested, 10 used"},
		{"/d/x", 1, nil, impl.Refusal{Err: impl.ErrClosed, Budget: f["/a"], Path: "all/a", Used: 30, Limit: 0},
			"casalloc: budget closed of all/a: 1 bytes requested, 30 of 0 used"},
	} {
		b, tt := f[tt.of], tt
		if b == nil { // last of all
			f["/a"].Close()
			b = f["/a/x"]
		}
		if tt.err == nil {
			tt.err = b.Reserve(tt.n)
		}
		tt.want.Requested = tt.n
		err := impl.Explain(b, tt.n, tt.err)
		got, ok := errors.AsType[impl.Refusal](err)
		if !ok || got != tt.want || err.Error() != tt.text || !errors.Is(err, tt.want.Err) {
			t.Errorf("%s: Explain(%v) = %#v, %q\nwant %#v, %q", tt.of, tt.err, got, err, tt.want, tt.text)
		}
	}
	if err := impl.Explain(f["/c"], 1, nil); err != nil {
		t.Errorf("Explain(nil) = %v", err)
	}
	// If none refuses so much any more, the budget that was called is named.
	if got, _ := errors.AsType[impl.Refusal](impl.Explain(f["/b/x"], 1, impl.ErrLimit)); got.Budget != f["/b/x"] {
		t.Errorf("Explain of a growth that fits = %v", got)
	}
}

func TestReports(t *testing.T) {
	f := newForest(t)
	list := func(b *impl.Budget) (all string) {
		for _, c := range b.Children() {
			all += fmt.Sprint(c.Name(), " ", c.Path(), " ", c.Parent() == b, "; ")
		}
		return all
	}
	late := f["/a"].NewChild(None)
	for _, tt := range []struct{ of, want string }{
		{"", "a /a true; b /b true; c /c true; "},
		{"/a", "x /a/x true; y /a/y true;  /a/? true; "},
		{"/c", ""},
	} {
		if got := list(f[tt.of]); got != tt.want {
			t.Errorf("children of %q: %q, want %q", tt.of, got, tt.want)
		}
	}
	late.Leave()
	f["/a/x"].Close()
	f[""].SetName("all")
	if got, want := list(f["/a"]), "y all/a/y true; "; got != want || f[""].Parent() != nil {
		t.Errorf("children left and closed: %q, want %q", got, want)
	}
}
