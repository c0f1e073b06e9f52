package impl_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"casalloc/impl"
)

const (
	C, E, U = impl.Counting, impl.Enforcing, impl.Unlimited
	Max     = impl.MaxSize
	none    = 0
)

func ok() bool      { return true }
func fail() bool    { return false }
func explode() bool { panic("backend") }

// over is the outcome of a release of n bytes by a party that holds its 20.
func over(n int64) string { return impl.OverRelease{Released: n, Held: 20}.Error() }

// expected is the outcome of a call: want, but ErrClosed of a growth if the party is closed.
func (p party) expected(want string, grows bool) (outcome string, closed bool) {
	if grows = grows || want == "ErrLimit" || want == "ErrAccountLimit"; p.closed && grows {
		return "ErrClosed", true
	}
	return want, false
}

// Every row is one call of a party, its outcome, and how much more is held then.
func TestAccountants(t *testing.T) {
	reserve := func(n int64) func(party) error { return func(p party) error { return p.Reserve(n) } }
	release := func(n int64) func(party) error { return func(p party) error { p.Release(n); return nil } }
	setLimit := func(n int64) func(party) error { return func(p party) error { return p.owner.SetLimit(n) } }
	leave := func(want int64) func(party) error {
		return func(p party) error {
			if n := p.owner.Leave(); n != want {
				t.Errorf("Leave() = %d, want %d", n, want)
			}
			return p.Reserve(1)
		}
	}
	for _, tt := range []struct {
		mode       impl.Mode
		limit, own int64 // of the Budget, of the account: then there is one
		name       string
		call       func(party) error
		want       string // the outcome
		more       int64
	}{
		{C, 0, none, "Reserve(0)", reserve(0), "", 0},
		{C, 0, none, "Reserve(Max)", reserve(Max), "", Max},
		{C, 0, none, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 0},
		{C, 0, none, "Reserve(-1)", reserve(-1), "ErrSize", 0},
		{E, 9000, none, "Reserve(0)", reserve(0), "", 0},
		{E, 9000, none, "Reserve(1)", reserve(1), "", 1},
		{E, 9000, none, "Reserve(8970)", reserve(8970), "", 8970},
		{E, 9000, none, "Reserve(8971)", reserve(8971), "ErrLimit", 0},
		{E, 9000, none, "Reserve(Max)", reserve(Max), "ErrLimit", 0},
		{E, 9000, none, "Reserve(1<<56+1)", reserve(1<<56 + 1), "ErrSize", 0},
		{E, 9000, none, "Reserve(MaxInt64)", reserve(math.MaxInt64), "ErrSize", 0},
		{E, 9000, none, "Reserve(MinInt64)", reserve(math.MinInt64), "ErrSize", 0},
		{E, 33, none, "Reserve(3)", reserve(3), "", 3},
		{E, 33, none, "Reserve(4)", reserve(4), "ErrLimit", 0},
		{E, 30, none, "Reserve(0)", reserve(0), "", 0},
		{E, 30, none, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{E, 18, none, "Reserve(1)", reserve(1), "ErrLimit", 0},
		{U, 0, none, "Reserve(Max)", reserve(Max), "", 0},
		{U, 0, none, "Reserve(-1)", reserve(-1), "ErrSize", 0},

		{C, 0, none, "Release(0)", release(0), "", 0},
		{C, 0, none, "Release(20)", release(20), "", -20},
		{C, 0, none, "Release(21)", release(21), over(21), 0}, // although 30 may be held in all
		{E, 9000, none, "Release(0)", release(0), "", 0},
		{E, 9000, none, "Release(20)", release(20), "", -20},
		{E, 9000, none, "Release(21)", release(21), over(21), 0},
		{E, 9000, none, "Release(-1)", release(-1), over(-1), 0},
		{E, 9000, none, "Release(MaxInt64)", release(math.MaxInt64), over(math.MaxInt64), 0},
		{E, 9000, none, "Release(MinInt64)", release(math.MinInt64), over(math.MinInt64), 0},
		{E, 18, none, "Release(20)", release(20), "", -20},
		{U, 0, none, "Release(20)", release(20), "", 0},
		{U, 0, none, "Release(Max)", release(Max), "", 0},
		{U, 0, none, "Release(1<<54)", release(1 << 54), "", 0},
		{U, 0, none, "Release(-1)", release(-1), "casalloc: released -1 bytes with 0 held", 0},

		{E, 9000, 50, "Reserve(30)", reserve(30), "", 30},
		{E, 9000, 50, "Reserve(31)", reserve(31), "ErrAccountLimit", 0},
		{E, 9000, 50, "Reserve(Max)", reserve(Max), "ErrAccountLimit", 0},
		{E, 9000, 50, "Reserve(Max+1)", reserve(Max + 1), "ErrSize", 0},
		{E, 9000, 5, "Reserve(1)", reserve(1), "ErrAccountLimit", 0},
		{E, 9000, 5, "Reserve(0)", reserve(0), "", 0},
		{E, 9000, 5, "Release(20)", release(20), "", -20},
		{E, 9000, 5, "SetLimit(0)", setLimit(0), "ErrSize", 0},
		{E, 9000, 5, "SetLimit(Max+1)", setLimit(Max + 1), "ErrSize", 0},
		{E, 9000, 5, "SetLimit(21), Reserve(1)", func(p party) error {
			return errors.Join(p.owner.SetLimit(21), p.Reserve(1))
		}, "", 1},
		{E, 9000, Max, "Reserve(8970)", reserve(8970), "", 8970},
		{C, 0, 50, "Reserve(31)", reserve(31), "ErrAccountLimit", 0},
		{U, 0, 50, "Reserve(31)", reserve(31), "", 0},

		{C, 0, Max, "Leave()", leave(20), "ErrClosed", -20},
		{E, 9000, Max, "Leave()", leave(20), "ErrClosed", -20},
		{E, 9000, 5, "Leave()", leave(20), "ErrClosed", -20},
		{E, 9000, Max, "Leave(), Leave()", func(p party) error { p.owner.Leave(); return leave(0)(p) }, "ErrClosed", -20},
		{E, 9000, Max, "Leave(), Release(1)", func(p party) error { p.owner.Leave(); p.Release(1); return nil },
			"casalloc: released 1 bytes with 0 held", -20},
		{U, 0, Max, "Leave()", leave(0), "", 0},
	} {
		for _, p := range parties(t, tt.mode, tt.limit, tt.own) {
			name := fmt.Sprintf("%s: %v, limits %d and %d: %s", p.name, tt.mode, tt.limit, tt.own, tt.name)
			more := tt.more
			want, closed := p.expected(tt.want, more > 0)
			if closed {
				more = 0
			}
			stats := impl.Stats{Mode: tt.mode, Limit: p.b.Usage().Limit, Peak: 20 + max(more, 0)}
			got := outcome(func() error { return tt.call(p) })
			if tt.mode != U {
				stats.Allocated = 20 + more
			}
			if want == "ErrLimit" {
				stats.Refused = 1
			}
			if got != want || p.held() != stats.Allocated {
				t.Errorf("%s = %q, %d held; want %q, %d", name, got, p.held(), want, stats.Allocated)
			}
			p.compare(t, name, stats)
		}
	}
}

const never = -1 << 40 // a backend that must not run

// Every row is one call of a party, how its backend ends, the outcome, and how much more is held
// while the backend works, and then.
func TestResize(t *testing.T) {
	for _, tt := range []struct {
		mode         impl.Mode
		limit, own   int64 // of the Budget, of the account: then there is one
		osize, nsize int64
		backend      func() bool
		want         string
		inCall, more int64
		rolledBack   int64
	}{
		{C, 0, none, 0, 5, ok, "", 5, 5, 0},
		{C, 0, none, 0, 5, fail, "ErrBackend", 5, 0, 1},
		{E, 9000, none, 0, 5, ok, "", 5, 5, 0},
		{E, 9000, none, 0, 5, fail, "ErrBackend", 5, 0, 1},
		{E, 9000, none, 0, 8971, ok, "ErrLimit", never, 0, 0},
		{E, 35, none, 0, 5, ok, "", 5, 5, 0},
		{E, 35, none, 0, 6, ok, "ErrLimit", never, 0, 0},
		{E, 32, none, 3, 5, ok, "", 2, 2, 0}, // only the difference is new
		{E, 32, none, 3, 5, fail, "ErrBackend", 2, 0, 1},
		{E, 32, none, 3, 5, explode, "backend", 2, 0, 1},
		// A shrink or a free: charged until it is done, never refused, nothing to roll back.
		{E, 9000, none, 5, 3, ok, "", 0, -2, 0},
		{E, 18, none, 5, 3, ok, "", 0, -2, 0},
		{E, 18, none, 20, 0, ok, "", 0, -20, 0},
		{E, 18, none, 5, 3, fail, "ErrBackend", 0, 0, 0},
		{E, 35, none, 5, 3, fail, "ErrBackend", 0, 0, 0},
		{E, 9000, none, 5, 0, explode, "backend", 0, 0, 0},
		{E, 9000, none, 21, 0, ok, over(21), 0, 0, 0},
		{E, 18, none, 5, 5, ok, "", 0, 0, 0},
		{E, 18, none, 5, 5, fail, "ErrBackend", 0, 0, 0},
		{E, 18, none, 0, 0, fail, "", never, 0, 0},
		{E, 9000, 50, 20, 50, ok, "", 30, 30, 0},
		{E, 9000, 50, 20, 51, ok, "ErrAccountLimit", never, 0, 0},
		{E, 9000, 5, 20, 8, ok, "", 0, -12, 0},
		{E, 9000, 5, 20, 8, fail, "ErrBackend", 0, 0, 0},
		{E, 9000, 5, 20, 0, ok, "", 0, -20, 0},
		{E, 9000, 5, 20, 20, ok, "", 0, 0, 0},
		{U, 0, none, 0, Max, ok, "", 0, 0, 0},
		{U, 0, none, 0, 5, fail, "ErrBackend", 0, 0, 0},
		{U, 0, none, 0, 5, explode, "backend", 0, 0, 0},
		{U, 0, none, 5, 0, ok, "", 0, 0, 0},
		{U, 0, none, 0, 0, fail, "", never, 0, 0},
		{U, 0, none, 0, -1, ok, "ErrSize", never, 0, 0},
		{U, 0, 50, 20, Max, ok, "", 0, 0, 0},
		{E, 9000, none, 0, -1, ok, "ErrSize", never, 0, 0},
		{E, 9000, none, 0, Max + 1, ok, "ErrSize", never, 0, 0},
		{C, 0, none, -1, 5, ok, "ErrSize", never, 0, 0},
		{C, 0, none, Max + 1, 5, ok, "ErrSize", never, 0, 0},
	} {
		for _, p := range parties(t, tt.mode, tt.limit, tt.own) {
			name := fmt.Sprintf("%s: %v, limits %d and %d: Resize(%d, %d)",
				p.name, tt.mode, tt.limit, tt.own, tt.osize, tt.nsize)
			held := int64(20)
			if tt.mode == U {
				held = 0
			}
			stats := impl.Stats{Mode: tt.mode, Limit: p.b.Usage().Limit, Allocated: held + tt.more,
				Peak: 20 + max(tt.inCall, 0), RolledBack: tt.rolledBack}
			inCall := tt.inCall
			want, closed := p.expected(tt.want, inCall > 0)
			if closed {
				inCall, stats.Allocated, stats.RolledBack, stats.Peak = never, held, 0, 20
			}
			if want == "ErrLimit" {
				stats.Refused = 1
			}
			during := int64(never)
			got := outcome(func() error {
				return p.Resize(tt.osize, tt.nsize, func() bool {
					during = p.held() - held
					return tt.backend()
				})
			})
			if got != want || during != inCall || p.held() != stats.Allocated {
				t.Errorf("%s = %q with %d more in the backend, %d held; want %q with %d, %d",
					name, got, during, p.held(), want, inCall, stats.Allocated)
			}
			p.compare(t, name, stats)
		}
	}
}

// What happens to a party that holds a block of 20 bytes in the middle of its call.
func TestResizeMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		own     int64 // if not 0, the party is an account
		nsize   int64
		backend func(party) bool
		want    string
		after   impl.Stats // Allocated and Peak are the party's
	}{
		{"a reading", none, 25, func(p party) bool { return p.b.Stats().Allocated == 25+p.others }, "",
			impl.Stats{Allocated: 25, Peak: 25}},
		{"a reading during a shrink", none, 15, func(p party) bool { return p.b.Stats().Allocated == 20+p.others }, "",
			impl.Stats{Allocated: 15, Peak: 20}},
		{"boot ends, growth fails: nothing is counted, so nothing rolls back",
			none, 25, func(p party) bool { p.b.EndBoot(); return false }, "ErrBackend", impl.Stats{Mode: U, Peak: 25}},
		{"boot ends during a shrink",
			none, 15, func(p party) bool { p.b.EndBoot(); return true }, "", impl.Stats{Mode: U, Peak: 20}},
		{"a limit comes, growth fails: rolled back under the new limit",
			none, 25, func(p party) bool { return p.b.SetLimit(3) != nil }, "ErrBackend",
			impl.Stats{Mode: E, Limit: 3, Allocated: 20, Peak: 25, RolledBack: 1}},
		{"a limit comes below what is granted: the grant stands",
			none, 25, func(p party) bool { return p.b.SetLimit(3) == nil }, "",
			impl.Stats{Mode: E, Limit: 3, Allocated: 25, Peak: 25}},
		{"growth within a growth that fails",
			none, 25, func(p party) bool { return p.Resize(0, 7, ok) != nil }, "ErrBackend",
			impl.Stats{Allocated: 27, Peak: 32, RolledBack: 1}},
		{"shrink within a growth",
			none, 25, func(p party) bool { return p.Resize(9, 2, ok) == nil }, "", impl.Stats{Allocated: 18, Peak: 25}},
		{"a release within a free: the free is the over-release",
			none, 0, func(p party) bool { p.Release(17); return true }, "casalloc: released 20 bytes with 3 held",
			impl.Stats{Allocated: 3, Peak: 20}},
		{"a growth is released within it: its rollback is the over-release",
			none, 25, func(p party) bool { p.Release(22); return false }, "casalloc: released 5 bytes with 3 held",
			impl.Stats{Allocated: 3, Peak: 25}},
		{"the backend panics", none, 25, func(party) bool { panic("oops") }, "oops",
			impl.Stats{Allocated: 20, Peak: 25, RolledBack: 1}},
		{"the backend panics in a shrink", none, 15, func(party) bool { panic("oops") }, "oops",
			impl.Stats{Allocated: 20, Peak: 20}},
		{"the backend ends its goroutine: it neither returns nor panics",
			none, 25, func(party) bool { runtime.Goexit(); return true }, "Goexit",
			impl.Stats{Allocated: 20, Peak: 25, RolledBack: 1}},
		{"the account is closed, growth fails", Max, 25, func(p party) bool { return p.owner.Close() != 25 }, "ErrBackend",
			impl.Stats{Allocated: 20, Peak: 25, RolledBack: 1}},
		{"the account grows and is closed: the growth stands",
			Max, 25, func(p party) bool { return p.Reserve(7) == nil && p.owner.Held() == 32 && p.owner.Close() == 32 }, "",
			impl.Stats{Allocated: 32, Peak: 32}},
		{"the account is closed during a free", Max, 0, func(p party) bool { return p.owner.Close() == 20 }, "",
			impl.Stats{Peak: 20}},
		{"the account is left in a growth that fails: a bug, and found",
			Max, 25, func(p party) bool { return p.owner.Leave() != 25 }, "casalloc: released 5 bytes with 0 held",
			impl.Stats{Peak: 25}},
	} {
		for _, p := range parties(t, C, 0, tt.own) {
			if p.closed {
				continue
			}
			name, got := p.name+": "+tt.name, "Goexit"
			done := make(chan bool)
			go func() {
				defer close(done)
				got = outcome(func() error { return p.Resize(20, tt.nsize, func() bool { return tt.backend(p) }) })
			}()
			<-done
			if got != tt.want || p.held() != tt.after.Allocated {
				t.Errorf("%s: %q, %d held; want %q, %d", name, got, p.held(), tt.want, tt.after.Allocated)
			}
			p.compare(t, name, tt.after)
		}
	}
}

// The backend's own panic value arrives as it is.
func TestResizePanicValue(t *testing.T) {
	want := errors.New("out of address space")
	got := catch(func() { impl.NewBudget().Resize(0, 8, func() bool { panic(want) }) })
	if got != want {
		t.Errorf("panic value %v, want %v", got, want)
	}
}
