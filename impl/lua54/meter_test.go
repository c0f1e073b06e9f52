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
		err := runFile(s, "every", "incremental")
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

// The boot peaks far above the limit that is set after it, and when it is set, more is live than
// the limit. A Meter still finds a growth above the limit, and finds none where there is none.
func TestMeterFindsGrowthAboveTheLimit(t *testing.T) {
	const limit = 300 << 10
	for _, lax := range []bool{false, true} {
		m, budget := NewMeter(), newBudget(t, 0)
		charged := budget
		if lax {
			charged = newBudget(t, 0) // and has no limit later
		}
		opts := Options{Meter: m}
		s, idle := open(t, charged, opts), open(t, charged, opts)
		must(t, run(t, s, "local s = ('x'):rep(1000000)"))
		s.Collect()
		load(t, s, "local t = {} for i = 1, 5000 do t[i] = {} end")
		must(t, run(t, idle, "kept = ('x'):rep(600000)"))
		idle.Collect()
		boot := m.Peak()
		if live := m.Live(); live <= limit {
			t.Fatalf("%d bytes live, want more than %d", live, limit)
		}
		m.ResetPeak()
		must(t, budget.SetLimit(limit))
		idle.Close()
		err := s.Run(t.Context())
		if errors.Is(err, impl.ErrLimit) == lax {
			t.Errorf("lax %v: Run = %v", lax, err)
		}
		if got := m.Peak(); (got > limit) != lax || got >= boot {
			t.Errorf("lax %v: peak %d, of the boot %d, limit %d", lax, got, boot, limit)
		}
		s.Close()
	}
}

// Without a limit the states do not ask Go and meet at the Meter far more often.
func TestMeterLosesNothing(t *testing.T) {
	m, budget := NewMeter(), newBudget(t, 0)
	budget.EndBoot()
	var wg sync.WaitGroup
	for range 4 {
		s := open(t, budget, Options{Meter: m})
		must(t, s.LoadFile(path("alloc")))
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
