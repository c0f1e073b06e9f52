package workload

import (
	"errors"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/calls"
)

// Each check fails when what it compares is made wrong. At first the client holds 5 bytes by itself
// and 5 through its account, of a limit of 20; one growth was refused, and one rolled back.
func TestChecksFail(t *testing.T) {
	for _, c := range []struct {
		want  string // how the failure begins; the checks pass if it is empty
		wrong func(c *client, direct, own, shared *part) error
	}{
		{"", func(c *client, _, _, _ *part) error { return c.run.judge() }},
		{"", func(c *client, _, _, _ *part) error { return c.run.settle() }},
		{"", func(c *client, _, own, _ *part) error {
			c.end(calls.Leave, own)
			c.lookCheaply()
			return errors.Join(c.err, c.run.judge())
		}},
		{"11 bytes exist", func(c *client, _, _, _ *part) error { c.exist(1); return c.run.judge() }},
		{"1 refused", func(c *client, _, _, _ *part) error { c.refused++; return c.run.judge() }},
		{"1 rolled back", func(c *client, _, _, _ *part) error { c.rolledBack++; return c.run.judge() }},
		{"Exact: 10 bytes", func(c *client, _, own, _ *part) error { c.exist(1); own.Held++; return c.run.judge() }},
		{"Exact: 1 bytes", func(c *client, direct, _, _ *part) error { direct.Held--; return c.run.settle() }},
		{"NeverOverLimit: peak 20", func(c *client, _, _, _ *part) error { c.ceiling = 19; return c.run.judge() }},
		{"counting at the end", func(c *client, _, _, _ *part) error {
			c.budget, c.refused = impl.NewBudget(), 0
			return c.run.judge()
		}},
		{"OverReleaseCaught", func(c *client, direct, _, _ *part) error { direct.Held++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client, _, own, _ *part) error { own.Held++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client, direct, _, _ *part) error { c.releaseOwn(c.budget, direct, 11); return c.err }},
		{"OverReleaseCaught", func(c *client, _, own, _ *part) error {
			c.overRelease(c.through(calls.X), own, 5, calls.X)
			return c.err
		}},
		{"OverReleaseCaught", func(c *client, _, own, _ *part) error {
			own.Held--
			c.overRelease(c.through(calls.X), own, 9, calls.X)
			return c.err
		}},
		{"OverReleaseCaught", func(c *client, direct, _, _ *part) error {
			c.overRelease(c.budget, direct, 10, calls.Budget)
			return c.err
		}},
		{"NeverOverLimit: counter 10", func(c *client, _, _, _ *part) error { c.ceiling = 9; c.look(); return c.err }},
		{"LiveWithinCharge: counter 10", func(c *client, _, own, _ *part) error { own.moving++; c.look(); return c.err }},
		{"LiveWithinCharge: 21 bytes exist", func(c *client, _, _, _ *part) error { c.exist(11); return c.err }},
		{"Close() = 5", func(c *client, _, own, _ *part) error { own.Held++; c.end(calls.Close, own); return c.err }},
		{"Leave() = 5", func(c *client, _, own, _ *part) error { own.Held++; c.end(calls.Leave, own); return c.err }},
		{"Exact: the tenant holds 0", func(c *client, direct, _, shared *part) error {
			shared.Held++
			direct.Held--
			return c.run.judge()
		}},
		{"Exact: Leave of the tenant returns 0", func(c *client, _, _, shared *part) error { shared.Held++; return c.run.settle() }},
		{"LiveWithinCharge: the tenant holds 0", func(c *client, _, _, shared *part) error {
			shared.Held++
			c.lookCheaply()
			return c.err
		}},
		{"NeverOverLimit: the tenant holds 3", func(c *client, _, _, shared *part) error {
			c.reserve(c.through(calls.Tenant), shared, 3)
			c.own = 2
			c.lookCheaply()
			return c.err
		}},
		{"Usage()", func(c *client, _, _, _ *part) error { c.ceiling = 9; c.lookCheaply(); return c.err }},
		{"Usage()", func(c *client, _, own, _ *part) error { own.Held += 11; c.lookCheaply(); return c.err }},
		{"WrapSafe: a growth by -1 = <nil>", func(c *client, _, own, _ *part) error {
			c.reserve(granting{c.budget}, own, -1)
			return c.err
		}},
		{"NeverOverLimit: a growth by 1 = <nil>, want casalloc: over account limit", func(c *client, _, own, _ *part) error {
			own.Limit = 5
			c.reserve(c.through(calls.X), own, 1)
			return c.err
		}},
		{"NeverOverLimit: a growth by 1 = casalloc: account closed, want <nil>", func(c *client, _, own, _ *part) error {
			own.owner.Close()
			c.reserve(c.through(calls.X), own, 1)
			return c.err
		}},
		{"SetAccountLimit = <nil>, want casalloc: account closed", func(c *client, _, own, _ *part) error {
			own.Closed, own.moving = true, 1
			c.setAccountLimit(own, calls.Call{Op: calls.SetAccountLimit, Via: calls.X, Size: calls.Size{N: 9}})
			return c.err
		}},
		{"ShrinkNeverRefused", func(c *client, direct, _, _ *part) error {
			c.resize(refusing{c.budget}, direct, 2, calls.Call{})
			return c.err
		}},
		{"Resize(0, 2) = <nil> without", func(c *client, _, own, _ *part) error {
			c.resize(doingNothing{c.budget}, own, 2, calls.Call{})
			return c.err
		}},
		{"Resize(0, 2) = <nil>, but its backend fails", func(c *client, _, own, _ *part) error {
			c.resize(succeeding{c.budget}, own, 2, calls.Call{Fate: calls.Fails})
			return c.err
		}},
	} {
		p, err := calls.Parse("20:5.X+5.B+11.T-0.B+10x")
		if err != nil {
			t.Fatal(err)
		}
		r, _ := newRun(p, Counted)
		r.carryOut()
		client := r.clients[0]
		if client.err != nil || client.refused != 1 || client.rolledBack != 1 {
			t.Fatalf("%d refused, %d rolled back, %v", client.refused, client.rolledBack, client.err)
		}
		parts := &client.parts
		err = c.wrong(client, &parts[calls.Budget], &parts[calls.X], &parts[calls.Tenant])
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
)

func (granting) Reserve(int64) error { return nil }

func (refusing) Resize(int64, int64, func() bool) error { return impl.ErrLimit }

func (doingNothing) Resize(int64, int64, func() bool) error { return nil }

func (succeeding) Resize(_, _ int64, realloc func() bool) error { realloc(); return nil }
