package workload

import (
	"errors"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/calls"
)

// Each check fails when what it compares is made wrong. At first the client holds 5 bytes at the
// root, under a limit of 20, and 5 at its child X, which has one of 12. Growths of the root were
// refused, and rolled back, once each.
func TestChecksFail(t *testing.T) {
	for _, c := range []struct {
		want  string // how the failure begins; the checks pass if it is empty
		wrong func(c *client, root, x *part) error
	}{
		{"", func(c *client, _, _ *part) error { return c.run.judge() }},
		{"", func(c *client, _, _ *part) error { return c.run.settle() }},
		{"", func(c *client, _, _ *part) error {
			c.look(c.budget(calls.X), calls.X, calls.Stats)
			c.look(c.budget(calls.Root), calls.Root, calls.Exact)
			return errors.Join(c.err, c.run.judge())
		}},
		{"O: 11 bytes exist", func(c *client, _, _ *part) error { c.live[calls.Root].Add(1); return c.run.judge() }},
		{"X: 6 bytes exist", func(c *client, _, _ *part) error { c.live[calls.X].Add(1); return c.run.judge() }},
		{"O: 1 refused", func(c *client, root, _ *part) error { root.refused++; return c.run.judge() }},
		{"O: 1 rolled back", func(c *client, root, _ *part) error { root.rolledBack++; return c.run.judge() }},
		{"O: Exact: 10 bytes", func(c *client, _, x *part) error { c.exist(calls.X, 1); x.Held++; return c.run.judge() }},
		{"X: Exact: 5 bytes", func(c *client, root, x *part) error {
			c.live[calls.X].Add(1)
			x.Held++
			root.Held--
			return c.run.judge()
		}},
		{"Exact: O: 1 bytes", func(c *client, root, _ *part) error { root.Held--; return c.run.settle() }},
		{"O: NeverOverLimit: peak 20", func(c *client, _, _ *part) error { c.ceiling[calls.Root] = 19; return c.run.judge() }},
		{"O: unlimited at the end", func(c *client, root, _ *part) error {
			b := impl.NewBudget()
			b.EndBoot()
			c.budgets[calls.Root].Store(b)
			root.refused = 0
			return c.run.judge()
		}},
		{"OverReleaseCaught", func(c *client, root, _ *part) error { root.Held++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client, _, x *part) error { x.Held++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client, _, _ *part) error { c.releaseOwn(calls.Root, 11); return c.err }},
		{"OverReleaseCaught", func(c *client, _, _ *part) error {
			c.release(calls.X, 5, calls.Call{Size: calls.Size{Of: calls.All, N: 1}})
			return c.err
		}},
		{"NeverOverLimit: 10 used", func(c *client, _, _ *part) error {
			c.ceiling[calls.Root] = 9
			c.look(c.budget(calls.Root), calls.Root, calls.Exact)
			return c.err
		}},
		{"LiveWithinCharge: 10 used", func(c *client, _, x *part) error {
			x.moving++
			c.look(c.budget(calls.Root), calls.Root, calls.Exact)
			return c.err
		}},
		{"LiveWithinCharge: 4 used", func(c *client, _, _ *part) error {
			c.look(oneLess{c.budget(calls.X)}, calls.X, calls.Stats)
			return c.err
		}},
		{"LiveWithinCharge: 21 bytes exist at O", func(c *client, _, _ *part) error { c.exist(calls.Root, 11); return c.err }},
		{"LiveWithinCharge: 13 bytes exist at X", func(c *client, _, _ *part) error { c.exist(calls.X, 8); return c.err }},
		{"Exact: Close() = 5", func(c *client, _, x *part) error { x.Held++; c.end(calls.X, calls.Close); return c.err }},
		{"Exact: Leave() = 5", func(c *client, _, x *part) error { x.Held++; c.end(calls.X, calls.Leave); return c.err }},
		{"WrapSafe: a growth by -1 = <nil>", func(c *client, _, _ *part) error {
			c.reserve(granting{c.budget(calls.Root)}, calls.Root, -1)
			return c.err
		}},
		{"NoFalseRefusal: a growth by 1 = model: closed", func(c *client, _, _ *part) error {
			c.budget(calls.X).Close()
			c.reserve(c.budget(calls.X), calls.X, 1)
			return c.err
		}},
		{"SetLimit(9) = model: closed, want <nil>", func(c *client, _, _ *part) error {
			c.budget(calls.X).Close()
			c.setLimit(calls.X, 9)
			return c.err
		}},
		{"SetLimit(9) = <nil>, want model: made without a limit", func(c *client, _, _ *part) error {
			c.tree[calls.X].Limit = impl.NoLimit
			c.setLimit(calls.X, 9)
			return c.err
		}},
		{"Move(O, 5) = model: closed", func(c *client, _, _ *part) error {
			c.budget(calls.X).Leave()
			c.move(calls.X, calls.Root, 5)
			return c.err
		}},
		{"ShrinkNeverRefused", func(c *client, _, _ *part) error {
			c.resize(refusing{c.budget(calls.Root)}, calls.Root, 2, calls.Call{})
			return c.err
		}},
		{"Resize(0, 2) = <nil> without", func(c *client, _, _ *part) error {
			c.resize(doingNothing{c.budget(calls.X)}, calls.X, 2, calls.Call{})
			return c.err
		}},
		{"Resize(0, 2) = <nil>, but its backend fails", func(c *client, _, _ *part) error {
			c.resize(succeeding{c.budget(calls.X)}, calls.X, 2, calls.Call{Fate: calls.Fails})
			return c.err
		}},
	} {
		p, err := calls.Parse("20(12):5.X+5.B+11.B+10x")
		if err != nil {
			t.Fatal(err)
		}
		r, _ := newRun(p, Counted)
		r.carryOut()
		client := r.clients[0]
		root, x := &client.parts[calls.Root], &client.parts[calls.X]
		if client.err != nil || root.refused != 1 || root.rolledBack != 1 {
			t.Fatalf("%d refused, %d rolled back, %v", root.refused, root.rolledBack, client.err)
		}
		err = c.wrong(client, root, x)
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(": "+err.Error(), ": "+c.want) {
			t.Errorf("got failure %v, want %q", err, c.want)
		}
	}
}

// Wrong systems, each in one way.
type (
	granting     struct{ *impl.Budget }
	refusing     struct{ *impl.Budget }
	doingNothing struct{ *impl.Budget }
	succeeding   struct{ *impl.Budget }
	oneLess      struct{ *impl.Budget }
)

func (granting) Reserve(int64) error { return nil }

func (refusing) Resize(int64, int64, func() bool) error { return impl.ErrLimit }

func (doingNothing) Resize(int64, int64, func() bool) error { return nil }

func (succeeding) Resize(_, _ int64, realloc func() bool) error { realloc(); return nil }

func (b oneLess) Stats() impl.Stats {
	s := b.Budget.Stats()
	s.Used--
	return s
}
