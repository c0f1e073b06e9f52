package workload

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability"

	"github.com/google/go-cmp/cmp"
)

// The numbers here are those of the format: whoever changes one makes another program of every
// input that was kept.
func TestDecode(t *testing.T) {
	looks := func(op Op, n int64) Command { return Command{Op: op, N: n, Yield: op.hasBackend(), Look: true} }
	for _, c := range []struct {
		name string
		data []byte
		want Program
	}{
		{"nothing", nil, Program{}},
		{"half a head", []byte{0}, Program{}},
		{"a head: Counting", []byte{0, 0}, Program{Clients: make([][]Command, 2)}},
		{"bits that mean nothing", []byte{0xf8, 0xc0 | 9}, Program{Limit: 9, Clients: make([][]Command, 2)}},
		{"five clients, wide", []byte{3 | 4, 2}, Program{Limit: 128, Clients: make([][]Command, 5)}},
		{"half a command", []byte{0, 0, 3, 0}, Program{Clients: make([][]Command, 2)}},
		{"operations", []byte{0, 5, 0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 0, 4, 4, 0, 5, 5, 0, 6},
			Program{Limit: 5, Clients: [][]Command{{
				looks(Grow, 1), looks(Shrink, 2), looks(Resize, 3), looks(Reserve, 4),
				looks(Release, 5), looks(SetLimit, 6),
			}, nil}}},
		{"more operations", []byte{0, 0, 6, 0, 7, 7, 0, 8, 8, 0, 9, 9, 0, 10, 10, 0, 11},
			Program{Clients: [][]Command{{
				looks(Stats, 7), looks(OverRelease, 8), looks(EndBoot, 9), looks(Close, 10), looks(Leave, 11),
			}, nil}}},
		{"operations that are not known", []byte{0, 0, 11, 0, 1, 15, 0, 1, 3, 0, 1},
			Program{Clients: [][]Command{{looks(Reserve, 1)}, nil}}},
		{"clients, modulo two", []byte{0, 0, 3, 0, 1, 1<<4 | 3, 0, 2, 15<<4 | 3, 0, 3},
			Program{Clients: [][]Command{{looks(Reserve, 1)}, {looks(Reserve, 2), looks(Reserve, 3)}}}},
		{"fates and flags", []byte{0, 0, 0, 1, 1, 0, 2 | 4, 2, 0, 3 | 8, 3, 3, 16, 0xff, 4, 32, 5}, Program{Clients: [][]Command{{
			{Op: Grow, N: 1, Fate: Fails, Yield: true, Look: true},
			{Op: Grow, N: 2, Fate: Panics, Account: true, Yield: true, Look: true},
			{Op: Grow, N: 3, Yield: true},
			{Op: Reserve, N: 63, Yield: true, Look: true},
			{Op: Release, N: 5, Tenant: true, Look: true},
		}, nil}}},
		{"wide", []byte{4, 0, 3, 0, 5, 5, 0, 5},
			Program{Clients: [][]Command{{looks(Reserve, 25), looks(SetLimit, 320)}, nil}}},
	} {
		if d := cmp.Diff(c.want, Decode(c.data)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestDraw(t *testing.T) {
	for name, mix := range map[string]Mix{"Steps": Steps, "Calls": Calls, "Accounts": Accounts} {
		shape := Shape{Clients: 3, Commands: 1000, Limit: 5000}
		draw := func() Program { return Draw(rand.New(rand.NewPCG(1, 2)), mix, shape) }
		p := draw()
		if d := cmp.Diff(p, draw()); d != "" {
			t.Errorf("%s: one seed, two programs:\n%s", name, d)
		}
		shape.Still = true
		if f := draw().facts(); f.ceiling != shape.Limit {
			t.Errorf("%s: Still, and a limit of %d", name, f.ceiling)
		}
	}
}

func TestReleaseAnyOwnsNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("ReleaseAny beside a block: no panic")
		}
	}()
	Program{Clients: [][]Command{{{Op: ReleaseAny}}, {{Op: Grow, N: 1}}}}.Run(Counted)
}

// Each check fails when what it compares is made wrong. At first the client holds 5 bytes by itself
// and 5 through its account, of a limit of 20; one growth was refused, and one rolled back.
func TestChecksFail(t *testing.T) {
	for _, c := range []struct {
		want  string // how the failure begins; the checks pass if it is empty
		wrong func(*client) error
	}{
		{"", func(c *client) error { return c.run.judge() }},
		{"", func(c *client) error { return c.run.settle() }},
		{"", func(c *client) error { c.leave(); c.lookCheaply(); return errors.Join(c.err, c.run.judge()) }},
		{"11 bytes exist", func(c *client) error { c.exist(1); return c.run.judge() }},
		{"1 refused", func(c *client) error { c.refused++; return c.run.judge() }},
		{"1 rolled back", func(c *client) error { c.rolledBack++; return c.run.judge() }},
		{"Exact: 10 bytes", func(c *client) error { c.exist(1); c.own.loose++; return c.run.judge() }},
		{"Exact: 1 bytes", func(c *client) error { c.direct.block--; return c.run.settle() }},
		{"NeverOverLimit: peak 20", func(c *client) error { c.ceiling = 19; return c.run.judge() }},
		{"counting at the end", func(c *client) error {
			c.budget, c.refused = impl.NewBudget(), 0
			return c.run.judge()
		}},
		{"OverReleaseCaught", func(c *client) error { c.direct.loose++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client) error { c.own.loose++; return c.run.settle() }},
		{"OverReleaseCaught", func(c *client) error { c.release(c.budget, &c.direct, 11); return c.err }},
		{"OverReleaseCaught", func(c *client) error { c.overReleaseOwn(-1); return c.err }},
		{"OverReleaseCaught", func(c *client) error { c.overRelease(c.budget, -c.maxHeld-1); return c.err }},
		{"NeverOverLimit: counter 10", func(c *client) error { c.ceiling = 9; c.look(0); return c.err }},
		{"LiveWithinCharge: counter 10", func(c *client) error { c.look(11); return c.err }},
		{"LiveWithinCharge: 21 bytes exist", func(c *client) error { c.exist(11); return c.err }},
		{"Close() = 5", func(c *client) error { c.own.loose++; c.close(); return c.err }},
		{"Leave() = 5", func(c *client) error { c.own.loose++; c.leave(); return c.err }},
		{"Exact: the tenant holds 0", func(c *client) error {
			c.shared.loose++
			c.direct.loose--
			return c.run.judge()
		}},
		{"Exact: 1 bytes of the tenant", func(c *client) error { c.shared.loose++; return c.run.settle() }},
		{"LiveWithinCharge: the tenant holds 0", func(c *client) error { c.shared.loose++; c.lookCheaply(); return c.err }},
		{"Usage()", func(c *client) error { c.ceiling = 9; c.lookCheaply(); return c.err }},
		{"Usage()", func(c *client) error { c.own.loose += 11; c.lookCheaply(); return c.err }},
		{"WrapSafe: Reserve(-1) = <nil>", func(c *client) error {
			c.reserve(granting{c.budget}, &c.own, -1)
			return c.err
		}},
		{"ShrinkNeverRefused", func(c *client) error {
			c.resize(refusing{c.budget}, &c.direct, 2, Command{Op: Resize})
			return c.err
		}},
		{"Resize(0, 2) = casalloc: backend failed, but its backend succeeds", func(c *client) error {
			c.resize(failing{c.budget}, &c.own, 2, Command{Op: Resize})
			return c.err
		}},
	} {
		r, _ := newRun(Program{Limit: 20, Clients: [][]Command{{
			{Op: Grow, N: 5}, {Op: Reserve, N: 5, Account: true}, {Op: Grow, N: 11}, {Op: Release, Tenant: true}, {Op: Grow, N: 10, Fate: Fails},
		}}}, Counted)
		r.carryOut()
		client := r.clients[0]
		if client.err != nil || client.refused != 1 || client.rolledBack != 1 {
			t.Fatalf("%d refused, %d rolled back, %v", client.refused, client.rolledBack, client.err)
		}
		err := c.wrong(client)
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
	granting struct{ *impl.Budget }
	refusing struct{ *impl.Budget }
	failing  struct{ *impl.Budget }
)

var _ = []linearizability.System{granting{}, refusing{}, failing{}}

func (granting) Reserve(int64) error { return nil }

func (refusing) Resize(int64, int64, func() bool) error { return impl.ErrLimit }

func (failing) Resize(osize, nsize int64, realloc func() bool) error { return impl.ErrBackend }
