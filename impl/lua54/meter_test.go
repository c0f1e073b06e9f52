//go:build lua54

package lua54

import (
	"context"
	"errors"
	"sync"
	"testing"

	"casalloc/impl"
)

// Of one state a Meter counts what the state itself counts, also when shrinks and growths fail.
func TestMeterOfOneState(t *testing.T) {
	for _, f := range []*fault{{}, {from: 3000, to: 3001}, {from: 1, to: always, shrinks: true}} {
		m := NewMeter()
		b := newBooks(t, 64<<20)
		b.fails = f.hits
		s := open(t, b.budget, Options{Output: discard, Meter: m, backend: b.realloc})
		if got, want := m.Peak(), s.Stats().Peak; got != want {
			t.Errorf("%+v: peak %d at Open, want %d", *f, got, want)
		}
		m.ResetPeak()
		s.ResetPeak()
		if got, want := s.Stats().Peak, s.Stats().Live; got != want || m.Peak() != 0 {
			t.Errorf("%+v: peaks %d and %d after ResetPeak, want %d and 0", *f, got, m.Peak(), want)
		}
		err := s.LoadFile(path("every"))
		if err == nil {
			err = s.Run(t.Context(), "incremental")
		}
		if err != nil && !errors.Is(err, ErrMemory) {
			t.Fatal(err)
		}
		if got := s.Stats(); m.Peak() != got.Peak || m.Live() != got.Live || got.Live == 0 {
			t.Errorf("%+v: peak %d and %d live, want %+v", *f, m.Peak(), m.Live(), got)
		}
		s.Close()
		if got := m.Live(); got != 0 {
			t.Errorf("%+v: %d bytes live after Close", *f, got)
		}
		b.check(t)
	}
}

// Many states use the whole limit and not more.
func TestMeterOfManyStates(t *testing.T) {
	const limit = 2 << 20
	m, budget := NewMeter(), newBudget(t, limit)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(budget, Options{Meter: m})
			if err == nil {
				err = s.LoadFile(path("greedy"))
				if err == nil {
					err = s.Run(context.Background(), "2")
				}
				s.Close()
			}
			if !errors.Is(err, impl.ErrLimit) {
				t.Errorf("%v, want ErrLimit", err)
			}
		})
	}
	wg.Wait()
	if got := m.Peak(); got > limit || got < limit-limit/100 {
		t.Errorf("peak %d, want nearly %d and not more", got, limit)
	}
	if got := m.Live(); got != 0 {
		t.Errorf("%d bytes live after all are closed", got)
	}
	if got, want := m.Refused(), budget.Stats().Refused; got != want || got == 0 {
		t.Errorf("%d refused, want the %d of the budget, and some", got, want)
	}
}

// The boot peaks far above the limit that is set after it, and when it is set, more is live than
// the limit. A Meter still finds a growth above the limit, and finds none where there is none.
func TestMeterFindsGrowthAboveTheLimit(t *testing.T) {
	const limit = 300 << 10
	for name, charger := range map[string]func(*impl.Budget) charger{"right": nil, "lax": lax} {
		m, budget := NewMeter(), newBudget(t, 0)
		opts := Options{Meter: m, charger: charger}
		s, idle := open(t, budget, opts), open(t, budget, opts)
		if err := run(t, s, "local s = ('x'):rep(1000000)"); err != nil {
			t.Fatal(err)
		}
		s.Collect()
		load(t, s, "local t = {} for i = 1, 5000 do t[i] = {} end")
		if err := run(t, idle, "kept = ('x'):rep(600000)"); err != nil {
			t.Fatal(err)
		}
		idle.Collect()
		boot := m.Peak()
		if live := m.Live(); live <= limit {
			t.Fatalf("%d bytes live, want more than %d", live, limit)
		}
		m.ResetPeak()
		if err := budget.SetLimit(limit); err != nil {
			t.Fatal(err)
		}
		idle.Close()
		err := s.Run(t.Context())
		if errors.Is(err, impl.ErrLimit) != (charger == nil) {
			t.Errorf("%s: Run = %v", name, err)
		}
		if got := m.Peak(); (got > limit) != (charger != nil) || got >= boot {
			t.Errorf("%s: peak %d, of the boot %d, limit %d", name, got, boot, limit)
		}
		s.Close()
	}
}

// lax charges another budget, without a limit.
func lax(*impl.Budget) charger { return impl.NewBudget().NewAccount() }

// Without a limit the states do not ask Go and meet at the Meter far more often.
func TestMeterLosesNothing(t *testing.T) {
	m, budget := NewMeter(), newBudget(t, 0)
	budget.EndBoot()
	var wg sync.WaitGroup
	for range 4 {
		s := open(t, budget, Options{Meter: m})
		if err := s.LoadFile(path("alloc")); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 50 {
				if err := s.Run(context.Background()); err != nil {
					t.Error(err)
				}
			}
			s.Close()
		})
	}
	wg.Wait()
	if got := m.Live(); got != 0 {
		t.Errorf("%d bytes live after all are closed", got)
	}
}
