package impl_test

import (
	"errors"
	"fmt"
	"testing"

	"casalloc/impl"

	"github.com/google/go-cmp/cmp"
)

// catch returns what f panicked with, or nil.
func catch(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// newBudget returns a Budget in mode m with held bytes, and if Enforcing, limit.
func newBudget(t *testing.T, m impl.Mode, limit, held int64) *impl.Budget {
	t.Helper()
	b := impl.NewBudget()
	must(t, b.Reserve(held))
	switch m {
	case impl.Enforcing:
		must(t, b.SetLimit(limit))
	case impl.Unlimited:
		b.EndBoot()
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func diff(t *testing.T, what string, got, want impl.Stats) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("after %s (-want +got):\n%s", what, d)
	}
}

// outcome is the error's name, the panic's text, or "".
func outcome(call func() error) string {
	var err error
	if r := catch(func() { err = call() }); r != nil {
		return fmt.Sprint(r)
	}
	for _, e := range []struct {
		err  error
		name string
	}{
		{nil, ""},
		{impl.ErrLimit, "ErrLimit"},
		{impl.ErrSize, "ErrSize"},
		{impl.ErrUnlimited, "ErrUnlimited"},
		{impl.ErrBackend, "ErrBackend"},
		{impl.ErrAccountLimit, "ErrAccountLimit"},
		{impl.ErrClosed, "ErrClosed"},
	} {
		if errors.Is(err, e.err) {
			return e.name
		}
	}
	return err.Error()
}

// newAccount returns an account that holds held bytes, of a Budget in which others hold 10 and that
// then enters mode m. It is stocked, if the mode lets it.
func newAccount(t *testing.T, m impl.Mode, limit, held int64) (*impl.Budget, *impl.Account) {
	t.Helper()
	b := newBudget(t, impl.Counting, 0, 10)
	if m == impl.Enforcing {
		must(t, b.SetLimit(limit))
	}
	a := b.NewAccount()
	must(t, a.Reserve(held))
	if impl.Slack(a) <= 0 {
		t.Fatalf("%v, limit %d: slack %d, want a stocked account", m, limit, impl.Slack(a))
	}
	if m == impl.Unlimited {
		b.EndBoot()
	}
	return b, a
}

// An owner is an Account or a Tenant.
type owner interface {
	impl.Accountant
	SetLimit(n int64) error
	Held() int64
	Close() int64
	Leave() int64
}

// owners are an account that newOne makes, and a tenant of another one.
func owners(newOne func() (*impl.Budget, *impl.Account)) []party {
	b, a := newOne()
	account := party{Accountant: a, name: "account", b: b, owner: a, account: a}
	b, a = newOne()
	tenant := impl.TenantOf(a)
	return []party{account, {Accountant: tenant, name: "tenant", b: b, owner: tenant, account: a}}
}

// A party is an Accountant that holds 20 bytes.
type party struct {
	impl.Accountant
	name    string
	b       *impl.Budget
	owner   owner         // the Accountant; nil if it is the Budget
	account *impl.Account // of owner
	others  int64         // bytes that others hold
	closed  bool
}

// parties are those for which a call must have the same outcome, wherever slack lies: accounts and
// tenants, stocked, drained and closed, of a Budget in which others hold 10 bytes. Their own limit
// is own. If it is 0 they have none, and a Budget is a party too: alone, its limit lower by the 10.
// Under a low limit no party is stocked.
func parties(t *testing.T, m impl.Mode, limit, own int64) (all []party) {
	t.Helper()
	const roomy = 9000 // a limit of which an account takes slack
	if own == 0 {
		b := newBudget(t, m, limit-10, 20)
		all = append(all, party{Accountant: b, name: "budget", b: b})
	}
	low := m == impl.Enforcing && limit < roomy
	for _, state := range []string{"stocked", "drained", "closed"} {
		if state == "stocked" && low {
			continue
		}
		for _, p := range owners(func() (*impl.Budget, *impl.Account) { return newAccount(t, m, max(limit, roomy), 20) }) {
			p.name, p.others, p.closed = state+" "+p.name, 10, state == "closed"
			if own != 0 {
				must(t, p.owner.SetLimit(own))
			}
			if low {
				must(t, p.b.SetLimit(limit))
			}
			switch state {
			case "drained":
				p.b.Stats()
			case "closed":
				p.close(t, m)
			}
			if (impl.Slack(p.account) > 0) != (state == "stocked" && m != impl.Unlimited) {
				t.Fatalf("%s: slack %d", p.name, impl.Slack(p.account))
			}
			all = append(all, p)
		}
	}
	return all
}

// close closes the party, and again: the slack goes back, and nothing else.
func (p party) close(t *testing.T, m impl.Mode) {
	t.Helper()
	for range 2 {
		if n := p.owner.Close(); n != p.held() || m != impl.Unlimited && (n != 20 || impl.Taken(p.b) != 30) {
			t.Errorf("%s: Close() = %d with %d held, %d taken", p.name, n, p.held(), impl.Taken(p.b))
		}
	}
	if err := p.owner.SetLimit(5); err != impl.ErrClosed {
		t.Errorf("%s: SetLimit(5) = %v once closed, want %v", p.name, err, impl.ErrClosed)
	}
}

// held is what the party holds, in bytes, 0 if nothing is counted. It drains nobody.
func (p party) held() int64 {
	if p.owner == nil {
		return p.b.Stats().Allocated
	}
	return p.owner.Held()
}

// compare compares the statistics. In want, Allocated and Peak are those of the party alone. Slack
// of an account can be part of its peak.
func (p party) compare(t *testing.T, what string, want impl.Stats) {
	t.Helper()
	got := p.b.Stats()
	if want.Mode != impl.Unlimited {
		want.Allocated += p.others
	}
	if p.owner != nil && got.Peak >= want.Peak+p.others {
		want.Peak = got.Peak
	}
	diff(t, what, got, want)
}

// exact compares all but the peak, of which slack is a part.
func exact(t *testing.T, what string, got, want impl.Stats) {
	t.Helper()
	got.Peak, want.Peak = 0, 0
	diff(t, what, got, want)
}

// backendFunc is a Backend.
type backendFunc func(block []byte, n int) []byte

func (f backendFunc) Realloc(block []byte, n int) []byte { return f(block, n) }
