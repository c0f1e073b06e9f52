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

// owners calls f with a, and with a tenant of another account that newOne makes.
func owners(newOne func() (*impl.Budget, *impl.Account), f func(kind string, b *impl.Budget, a *impl.Account, o owner)) {
	b, a := newOne()
	f("account", b, a, a)
	b, a = newOne()
	f("tenant", b, a, impl.TenantOf(a))
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
