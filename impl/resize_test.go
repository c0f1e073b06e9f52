package impl_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl"
)

const never = -1 << 40 // a backend that must not run

// Every row is one call of a party, how its backend ends, the outcome, and how much more is held
// while the backend works, and then.
func TestResize(t *testing.T) {
	for _, tt := range []struct {
		mode         impl.Mode
		limit, own   int64 // of the root, of the party
		osize, nsize int64
		backend      func() bool
		want         string
		inCall, more int64
		rolledBack   int64
	}{
		{C, 0, None, 0, 5, ok, "", 5, 5, 0},
		{C, 0, None, 0, 5, fail, "ErrBackend", 5, 0, 1},
		{E, 9000, None, 0, 5, ok, "", 5, 5, 0},
		{E, 9000, None, 0, 5, fail, "ErrBackend", 5, 0, 1},
		{E, 9000, None, 0, 8971, ok, "ErrLimit", never, 0, 0},
		{E, 35, None, 0, 5, ok, "", 5, 5, 0},
		{E, 35, None, 0, 6, ok, "ErrLimit", never, 0, 0},
		{E, 32, None, 3, 5, ok, "", 2, 2, 0}, // only the difference is new
		{E, 32, None, 3, 5, fail, "ErrBackend", 2, 0, 1},
		{E, 32, None, 3, 5, explode, "backend", 2, 0, 1},
		// A shrink or a free: charged until it is done, never refused, nothing to roll back.
		{E, 9000, None, 5, 3, ok, "", 0, -2, 0},
		{E, 18, None, 5, 3, ok, "", 0, -2, 0},
		{E, 18, None, 20, 0, ok, "", 0, -20, 0},
		{E, 18, None, 5, 3, fail, "ErrBackend", 0, 0, 0},
		{E, 35, None, 5, 3, fail, "ErrBackend", 0, 0, 0},
		{E, 9000, None, 5, 0, explode, "backend", 0, 0, 0},
		{E, 9000, None, 21, 0, ok, over(21), 0, 0, 0},
		{E, 18, None, 5, 5, ok, "", 0, 0, 0},
		{E, 18, None, 5, 5, fail, "ErrBackend", 0, 0, 0},
		{E, 18, None, 0, 0, fail, "", never, 0, 0},
		{E, 9000, 50, 20, 50, ok, "", 30, 30, 0},
		{E, 9000, 50, 20, 51, ok, "ErrLimit", never, 0, 0},
		{E, 9000, 5, 20, 8, ok, "", 0, -12, 0},
		{E, 9000, 0, 20, 8, fail, "ErrBackend", 0, 0, 0},
		{E, 9000, 0, 20, 0, ok, "", 0, -20, 0},
		{E, 9000, 5, 20, 20, ok, "", 0, 0, 0},
		{U, 0, None, 0, Max, ok, "", 0, 0, 0},
		{U, 0, None, 0, 5, fail, "ErrBackend", 0, 0, 0},
		{U, 0, None, 0, 5, explode, "backend", 0, 0, 0},
		{U, 0, None, 5, 0, ok, "", 0, 0, 0},
		{U, 0, None, 0, 0, fail, "", never, 0, 0},
		{U, 0, None, 0, -1, ok, "ErrSize", never, 0, 0},
		{U, 0, 50, 20, Max, ok, "", 0, 0, 0},
		{E, 9000, None, 0, -1, ok, "ErrSize", never, 0, 0},
		{E, 9000, None, 0, Max + 1, ok, "ErrSize", never, 0, 0},
		{C, 0, None, -1, 5, ok, "ErrSize", never, 0, 0},
		{C, 0, None, Max + 1, 5, ok, "ErrSize", never, 0, 0},
	} {
		for _, p := range parties(t, tt.mode, tt.limit, tt.own) {
			name := fmt.Sprintf("%v, limits %d and %d: Resize(%d, %d)", tt.mode, tt.limit, tt.own, tt.osize, tt.nsize)
			held := p.held()
			inCall, want, refused := tt.inCall, tt.want, false
			stats := impl.Stats{Used: 20 + tt.more, Peak: 20 + max(tt.inCall, 0), RolledBack: tt.rolledBack}
			if tt.mode != U {
				want, refused = p.expected(tt.want, tt.inCall > 0)
			}
			if refused {
				inCall, stats = never, impl.Stats{Used: 20, Peak: 20, Refused: 1}
			}
			during := int64(never)
			got := outcome(func() error {
				return p.Resize(tt.osize, tt.nsize, func() bool {
					during = p.held() - held
					return tt.backend()
				})
			})
			if got != want || during != inCall {
				t.Errorf("%s: %s = %q with %d more in the backend, want %q, %d", p.name, name, got, during, want, inCall)
			}
			p.check(t, name, stats)
		}
	}
}

// What happens to a party that holds a block of 20 bytes in the middle of its call.
func TestResizeMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name    string
		own     int64
		nsize   int64
		backend func(party) bool
		want    string
		after   impl.Stats
	}{
		{"a reading", None, 25, func(p party) bool { return p.root.Exact().Used == 25+p.others }, "",
			impl.Stats{Used: 25, Peak: 25}},
		{"a reading during a shrink", None, 15, func(p party) bool { return p.root.Exact().Used == 20+p.others }, "",
			impl.Stats{Used: 15, Peak: 20}},
		{"boot ends, growth fails: nothing is counted, so nothing rolls back",
			None, 25, func(p party) bool { p.root.EndBoot(); return false }, "ErrBackend", impl.Stats{Used: 20, Peak: 25}},
		{"boot ends during a shrink",
			None, 15, func(p party) bool { p.root.EndBoot(); return true }, "", impl.Stats{Used: 15, Peak: 20}},
		{"a limit comes, growth fails: rolled back under the new limit",
			1000, 25, func(p party) bool { return p.SetLimit(3) != nil }, "ErrBackend",
			impl.Stats{Used: 20, Peak: 25, RolledBack: 1}},
		{"a limit comes below what is granted: the grant stands",
			1000, 25, func(p party) bool { return p.SetLimit(3) == nil }, "", impl.Stats{Used: 25, Peak: 25}},
		{"growth within a growth that fails",
			None, 25, func(p party) bool { return p.Resize(0, 7, ok) != nil }, "ErrBackend",
			impl.Stats{Used: 27, Peak: 32, RolledBack: 1}},
		{"shrink within a growth",
			None, 25, func(p party) bool { return p.Resize(9, 2, ok) == nil }, "", impl.Stats{Used: 18, Peak: 25}},
		{"a release within a free: the free is the over-release",
			None, 0, func(p party) bool { p.Release(17); return true }, "casalloc: released 20 bytes with 3 held",
			impl.Stats{Used: 3, Peak: 20}},
		{"a growth is released within it: its rollback is the over-release",
			None, 25, func(p party) bool { p.Release(22); return false }, "casalloc: released 5 bytes with 3 held",
			impl.Stats{Used: 3, Peak: 25}},
		{"a child is made within a growth that fails",
			None, 25, func(p party) bool { return p.NewChild(8).Reserve(0) != nil }, "ErrBackend",
			impl.Stats{Used: 20, Peak: 25, RolledBack: 1}},
		{"the backend panics", None, 25, func(party) bool { panic("oops") }, "oops",
			impl.Stats{Used: 20, Peak: 25, RolledBack: 1}},
		{"the backend panics in a shrink", None, 15, func(party) bool { panic("oops") }, "oops",
			impl.Stats{Used: 20, Peak: 20}},
		{"the backend ends its goroutine: it neither returns nor panics",
			None, 25, func(party) bool { runtime.Goexit(); return true }, "Goexit",
			impl.Stats{Used: 20, Peak: 25, RolledBack: 1}},
		{"closed, growth fails", None, 25, func(p party) bool { return p.Close() != 25+p.below }, "ErrBackend",
			impl.Stats{Used: 20, Peak: 25, RolledBack: 1}},
		{"grows and is closed: the growth stands",
			None, 25, func(p party) bool { return p.Reserve(7) == nil && p.Close() == 32+p.below }, "",
			impl.Stats{Used: 32, Peak: 32}},
		{"closed during a free", None, 0, func(p party) bool { return p.Close() == 20+p.below }, "", impl.Stats{Peak: 20}},
		{"left in a growth that fails: its rollback does nothing",
			None, 25, func(p party) bool { return p.Leave() != 25+p.below }, "ErrBackend", impl.Stats{Peak: 25}},
		{"left during a free: the free does nothing",
			None, 0, func(p party) bool { return p.Leave() == 20+p.below }, "", impl.Stats{Peak: 20}},
	} {
		for _, p := range parties(t, C, 0, tt.own) {
			if p.closed {
				continue
			}
			got, after := "Goexit", tt.after
			done := make(chan bool)
			go func() {
				defer close(done)
				got = outcome(func() error { return p.Resize(20, tt.nsize, func() bool { return tt.backend(p) }) })
			}()
			<-done
			if got != tt.want {
				t.Errorf("%s: %s: %q, want %q", p.name, tt.name, got, tt.want)
			}
			s := p.Stats()
			p.limit, p.closed = s.Limit, s.Closed
			if strings.HasPrefix(tt.name, "left") { // with what is below it
				after.Used -= p.below
			}
			p.check(t, tt.name, after)
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
