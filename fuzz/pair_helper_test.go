package fuzz

import (
	"errors"
	"fmt"
	"math"

	"casalloc/impl"
	"casalloc/model"
)

// A pair is a Budget and the model it must agree with, driven by the same commands.
type pair struct {
	t       fataler
	got     *impl.Budget
	want    model.State
	counter int64 // Allocated at the last comparison
	steps   int

	accountPairs
}

// A fataler is a *testing.T or a *rapid.T.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newPair(t fataler) *pair { return &pair{t: t, got: impl.NewBudget()} }

// A fate is what the backend does with a call.
type fate byte

const (
	succeeds fate = iota
	fails
	panics
)

func (f fate) String() string { return [...]string{"succeeds", "fails", "panics"}[f] }

func (p *pair) reserve(a *accountPair, n int64) {
	p.t.Helper()
	p.step(fmt.Sprintf("%vReserve(%d)", a, n), func() string {
		return name(p.take(a, n))
	}, func() error { return p.accountant(a).Reserve(n) })
}

func (p *pair) release(a *accountPair, n int64) {
	p.t.Helper()
	if a == nil {
		n = p.direct(n, false)
	}
	p.step(fmt.Sprintf("%vRelease(%d)", a, n), func() string {
		return p.giveBack(a, n, model.State.Release)
	}, func() error { p.accountant(a).Release(n); return nil })
}

func (p *pair) setLimit(n int64) {
	p.t.Helper()
	p.step(fmt.Sprintf("SetLimit(%d)", n), func() string {
		next, err := p.want.SetLimit(n)
		p.want = next
		return name(err)
	}, func() error { return p.got.SetLimit(n) })
}

func (p *pair) endBoot() {
	p.t.Helper()
	p.step("EndBoot()", func() string {
		p.want = p.want.EndBoot()
		return name(nil)
	}, func() error { p.got.EndBoot(); return nil })
}

// step gives one command to the model and to the Budget and compares.
func (p *pair) step(command string, want func() string, call func() error) {
	p.t.Helper()
	p.steps++
	at, before := p.steps, p.want
	p.judge(at, command, before, want(), outcome(call))
}

// resize is one lua_Alloc call of a block of osize bytes to nsize. The backend calls during, if
// there is one, and then meets its fate.
func (p *pair) resize(a *accountPair, osize, nsize int64, f fate, during func()) {
	p.t.Helper()
	if d := osize - nsize; a == nil && valid(osize) && valid(nsize) && d > 0 {
		osize = nsize + p.direct(d, during != nil)
	}
	p.resizeBy(a, osize, nsize, f, during, func(backend func() bool) error {
		return p.accountant(a).Resize(osize, nsize, backend)
	})
}

// resizeBy is resize by a call that is given the backend function. Model and Budget are compared in
// the backend too.
func (p *pair) resizeBy(
	a *accountPair, osize, nsize int64, f fate, during func(), call func(backend func() bool) error,
) {
	p.t.Helper()
	p.steps++
	at, before := p.steps, p.want
	command := fmt.Sprintf("%vResize(%d, %d), backend %v", a, osize, nsize, f)

	var err error
	reached := false // the backend is to be called
	switch {
	case !valid(osize) || !valid(nsize):
		err = model.ErrSize
	case osize == 0 && nsize == 0:
	case nsize > osize:
		err = p.take(a, nsize-osize)
		reached = err == nil
	default:
		reached = true
	}
	want := name(err)

	calls := 0
	got := outcome(func() error {
		return call(func() bool {
			calls++
			p.compare(at, command+" in the backend")
			if during != nil {
				p.promise(a, nsize-osize, during)
			}
			if f == panics {
				panic(errBackendPanic)
			}
			return f == succeeds
		})
	})

	if reached {
		want = [...]string{"nil", "ErrBackend", errBackendPanic.Error()}[f]
		over := ""
		switch {
		case f != succeeds && nsize > osize:
			over = p.giveBack(a, nsize-osize, model.State.RollBack)
		case f == succeeds && nsize < osize:
			over = p.giveBack(a, osize-nsize, model.State.Release)
		}
		if over != "" && over != "nil" {
			want = over
		}
	}
	if wantCalls := map[bool]int{true: 1}[reached]; calls != wantCalls {
		p.t.Fatalf("command %d: %s: %d backend calls, want %d (state %+v)", at, command, calls, wantCalls, before)
	}
	p.judge(at, command, before, want, got)
}

// take is the model's Reserve.
func (p *pair) take(a *accountPair, n int64) error {
	if err := a.refuses(n); err != nil && valid(n) && n > 0 && p.want.Mode != model.Unlimited {
		return err
	}
	next, err := p.want.Reserve(n)
	a.add(next.Allocated - p.want.Allocated)
	p.want = next
	return err
}

// giveBack is the model's Release or RollBack. It returns the outcome as outcome does.
func (p *pair) giveBack(a *accountPair, n int64, op func(model.State, int64) (model.State, error)) string {
	held := p.want.Allocated
	if a != nil && p.want.Mode != model.Unlimited {
		held = a.held
	}
	next, err := op(p.want, n)
	if err != nil || n > held && p.want.Mode != model.Unlimited {
		return impl.OverRelease{Released: n, Held: held}.Error()
	}
	a.add(next.Allocated - p.want.Allocated)
	p.want = next
	return "nil"
}

func (p *pair) judge(at int, command string, before model.State, want, got string) {
	p.t.Helper()
	if got != want {
		p.t.Fatalf("command %d: %s = %s, want %s (state %+v)", at, command, got, want, before)
	}
	p.compare(at, command)
}

// compare compares the statistics, and so whatever an error may have changed. If there are accounts
// it does so only when it is told to look, because Stats drains accounts.
func (p *pair) compare(at int, command string) {
	p.t.Helper()
	w := p.want
	if w.Mode == model.Enforcing && w.Allocated > max(w.Limit, p.counter) {
		p.t.Fatalf("command %d: %s: NeverOverLimit: the counter went from %d to %d, limit %d",
			at, command, p.counter, w.Allocated, w.Limit)
	}
	p.counter = w.Allocated
	p.compareHeld(at, command, w)
	if p.made == 0 || p.look {
		p.compareStats(at, command)
	}
}

func (p *pair) compareStats(at int, command string) {
	p.t.Helper()
	s := p.got.Stats()
	got := model.State{
		Mode: model.Mode(s.Mode), Limit: s.Limit, Allocated: s.Allocated, Peak: s.Peak,
		Refused: s.Refused, RolledBack: s.RolledBack,
	}
	if p.made > 0 && p.want.Peak <= got.Peak && got.Peak <= p.maxPeak {
		got.Peak = p.want.Peak
	}
	if got != p.want {
		p.t.Fatalf("command %d: after %s:\n got %+v\nwant %+v, peak at most %d",
			at, command, got, p.want, max(p.want.Peak, p.maxPeak))
	}
}

var errBackendPanic = errors.New("the backend panicked")

// outcome returns what a call came to, in words that impl and model share.
func outcome(call func() error) (s string) {
	defer func() {
		switch r := recover(); {
		case r == nil:
		case r == errBackendPanic:
			s = errBackendPanic.Error()
		default:
			over, ok := r.(impl.OverRelease)
			if !ok {
				panic(r)
			}
			s = over.Error()
		}
	}()
	return name(call())
}

var names = []struct {
	impl, model error
	name        string
}{
	{nil, nil, "nil"},
	{impl.ErrLimit, model.ErrLimit, "ErrLimit"},
	{impl.ErrSize, model.ErrSize, "ErrSize"},
	{impl.ErrUnlimited, model.ErrUnlimited, "ErrUnlimited"},
	{impl.ErrBackend, nil, "ErrBackend"},
	{impl.ErrAccountLimit, nil, "ErrAccountLimit"},
	{impl.ErrClosed, nil, "ErrClosed"},
}

func name(err error) string {
	for _, n := range names {
		if errors.Is(err, n.impl) || errors.Is(err, n.model) {
			return n.name
		}
	}
	return err.Error()
}

func valid(n int64) bool { return n >= 0 && n <= model.MaxSize }

// edges returns the sizes at which something changes in state s, and sizes that break a guard.
func edges(s model.State) []int64 {
	h := s.Headroom()
	return []int64{
		0, 1, h - 1, h, h + 1,
		s.Allocated - 1, s.Allocated, s.Allocated + 1,
		s.Limit - 1, s.Limit, s.Limit + 1,
		-1, math.MinInt64, math.MaxInt64,
		model.MaxSize, model.MaxSize + 1,
		1 << 54,      // shifted to its place in the word: the unlimited band
		1<<56 + 1,    // one byte, if bits are lost
		-(1<<56 - 1), // likewise
		// Limits under which accounts stock up, and sizes that use up their slack.
		1 << 14, 5000, h / 2, 1 << 24, 100_000, 200_000,
	}
}
