package linearizability_test

import (
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"

	"github.com/google/go-cmp/cmp"
)

func limited(n int64) *impl.Budget {
	b := impl.NewBudget()
	if err := b.SetLimit(n); err != nil {
		panic(err)
	}
	return b
}

// described is the history as Describe puts it.
func described(h lin.History) (ops []string) {
	for _, o := range h.Ops {
		ops = append(ops, lin.Describe(o.Input.(lin.Input), o.Output.(lin.Output)))
	}
	return ops
}

func TestDo(t *testing.T) {
	for _, ops := range [][]string{{
		"stats 0 counted",
		"setlimit(-1) bad size",
		"setlimit(4) ok",
		"reserve(5) over limit",
		"reserve(-1) bad size",
		"reserve(3) ok",
		"release(4) over-release",
		"rollback(1) ok",
		"endboot ok",
		"stats 2 of 4",
		"setlimit(9223372036854775807) ok",
		"exact 2 counted",
	}, {
		"reserve(3) ok",
		"stats 3 counted",
		"endboot ok",
		"release(9) ok",
		"setlimit(4) unlimited",
		"stats unlimited",
	}, {
		"X setlimit(4) no limit",
		"X reserve(5) ok",
		"Y reserve(4) over limit",
		"Y reserve(3) ok",
		"Y exact 3 of 3",
		"exact 8 counted",
		"X move(Y, 1) over limit",
		"Y move(X, 4) over-release",
		"Y move(X, 2) ok",
		"X exact 7 counted",
		"X close 7 held",
		"X reserve(1) closed",
		"Y move(X, 1) closed",
		"X release(1) ok",
		"X exact 6 closed",
		"X leave 6 held",
		"X release(6) ok",
		"X stats 0 closed",
		"exact 1 counted",
	}} {
		tree, rs := parseTree(t, "-(-,3)"), lin.NewRecorders(1)
		b := tree.Make()
		for _, op := range ops {
			in, _ := parseOp(t, op)
			rs[0].Do(b[in.At], b[in.To], in)
		}
		h := lin.Collect(tree, rs)
		if d := cmp.Diff(ops, described(h)); d != "" {
			t.Errorf("recorded (-want +got):\n%s", d)
		}
		lin.Require(t, h, "# one client")
	}
}

// Each call begins at 3 bytes held of 4.
func TestResize(t *testing.T) {
	works := func() bool { return true }
	fails := func() bool { return false }
	panics := calls.Panics.End
	otherwise := func() bool { panic("backend") }
	for _, c := range []struct {
		name         string
		osize, nsize int64
		realloc      func() bool
		err          error
		ops          []string
	}{
		{"growth", 3, 4, works, nil, []string{"reserve(1) ok"}},
		{"growth, realloc fails", 3, 4, fails, impl.ErrBackend, []string{"reserve(1) ok", "rollback(1) ok"}},
		{"growth, realloc panics", 3, 4, panics, calls.ErrBackendPanic, []string{"reserve(1) ok", "rollback(1) ok"}},
		{"growth, realloc panics otherwise", 3, 4, otherwise, nil, []string{"reserve(1) ok", "rollback(1) ok"}},
		{"growth, refused", 3, 5, works, impl.ErrLimit, []string{"reserve(2) over limit"}},
		{"shrink", 3, 1, works, nil, []string{"release(2) ok"}},
		{"shrink, realloc fails", 3, 1, fails, impl.ErrBackend, nil},
		{"shrink, realloc panics", 3, 1, panics, calls.ErrBackendPanic, nil},
		{"shrink, realloc panics otherwise", 3, 1, otherwise, nil, nil},
		{"free", 3, 0, works, nil, []string{"release(3) ok"}},
		{"free of more than is held", 4, 0, works, impl.OverRelease{Released: 4, Held: 3}, []string{"release(4) over-release"}},
		{"neither", 3, 3, works, nil, nil},
		{"neither, realloc fails", 3, 3, fails, impl.ErrBackend, nil},
		{"size below 0", -1, 3, works, impl.ErrSize, nil},
		{"size above the largest", 3, impl.MaxSize + 1, works, impl.ErrSize, nil},
		{"growth, closed", 3, 4, works, impl.ErrClosed, []string{"reserve(1) closed"}},
		{"free of nothing", 0, 0, fails, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, rs := limited(4), lin.NewRecorders(1)
			b.Reserve(3)
			if c.err == impl.ErrClosed {
				b.Close()
			}
			func() {
				defer func() {
					if p := recover(); p != nil && p != "backend" {
						panic(p)
					}
				}()
				if err := rs[0].Resize(b, calls.Root, c.osize, c.nsize, c.realloc); err != c.err {
					t.Errorf("Resize(%d, %d) = %v, want %v", c.osize, c.nsize, err, c.err)
				}
			}()
			if d := cmp.Diff(c.ops, described(lin.Collect(nil, rs))); d != "" {
				t.Errorf("recorded (-want +got):\n%s", d)
			}
		})
	}
}

// The stamps of a growth whose backend fails. What others do in the backend begins after the
// reservation has ended, and ends before the rollback begins.
func TestResizeStamps(t *testing.T) {
	b, rs := limited(4), lin.NewRecorders(2)
	rs[0].Resize(b, calls.Root, 0, 4, func() bool {
		rs[1].Do(b, nil, lin.Input{Op: calls.Stats})
		return false
	})
	h := lin.Collect(nil, rs).Ops
	reserve, rollback, stats := h[0], h[1], h[2]
	if !(reserve.Call < reserve.Return && reserve.Return < stats.Call &&
		stats.Return < rollback.Call && rollback.Call < rollback.Return) {
		t.Errorf("reserve %d..%d, stats %d..%d, rollback %d..%d: want one after the other",
			reserve.Call, reserve.Return, stats.Call, stats.Return, rollback.Call, rollback.Return)
	}
}

func TestOverlapWithinClientRefused(t *testing.T) {
	b, r := limited(4), lin.NewRecorders(1)[0]
	defer func() {
		if p := recover(); p != "linearizability: client 0: call of Stats within another" {
			t.Errorf("overlap: panic %v", p)
		}
		defer func() {
			if recover() == nil {
				t.Error("Collect of a client whose last call is open: no panic")
			}
		}()
		lin.Collect(nil, []*lin.Recorder{r})
	}()
	r.Do(meddling{b, func() { r.Do(b, nil, lin.Input{Op: calls.Stats}) }}, nil, lin.Input{Op: calls.Reserve, N: 1})
}

// A meddling System does something before it reserves.
type meddling struct {
	*impl.Budget
	first func()
}

func (m meddling) Reserve(n int64) error {
	m.first()
	return m.Budget.Reserve(n)
}
