//go:build lua54

package luaprice

import (
	"errors"
	"math"
	"strings"
	"testing"

	"casalloc/impl/lua54"
)

// What the rivals count is what Lua itself says it has, and 0 when the state is closed.
func TestRivalsCount(t *testing.T) {
	for _, s := range scripts(t, true) {
		zone := newTwoWord(1 << 30)
		for name, r := range map[string]run{"counters": plain{}, "haproxy": zone} {
			l := r.live(s)
			if l.err != nil || l.text == "" {
				t.Fatalf("%s, %s: %q, %v", s.file, name, l.text, l.err)
			}
			if l.held != l.counted || l.held == 0 || l.left != 0 {
				t.Errorf("%s, %s: %d bytes held, want %d as Lua says; %d left", s.file, name, l.held, l.counted, l.left)
			}
		}
		if err := zone.close(); err != nil {
			t.Errorf("%s: %v", s.file, err)
		}
	}
}

// HAProxy's protocol refuses what is over the limit. Lua then raises its memory error, and no byte
// is left.
func TestTwoWordEnforces(t *testing.T) {
	greedy := script{file: "greedy", source: `
		local kept = {}
		while true do kept[#kept + 1] = { #kept, tostring(#kept) } end`}
	for _, limit := range []int64{1, 4 << 10, 64 << 10, 1 << 20} {
		z := newTwoWord(limit)
		l := z.live(greedy)
		if !errors.Is(l.err, lua54.ErrMemory) {
			t.Errorf("limit %d: %v, want a memory error", limit, l.err)
		}
		if l.held > limit || l.left != 0 {
			t.Errorf("limit %d: %d bytes held, and %d left", limit, l.held, l.left)
		}
		z.close()
	}
}

// Single calls of HAProxy's protocol, when there are a block of 60 bytes and another.
func TestTwoWordCalls(t *testing.T) {
	const (
		size  = 60
		other = 30
		both  = size + other
		huge  = 1 << 62 // no malloc has it
		null  = true
	)
	for _, c := range []struct {
		name         string
		limit        int64
		null         bool // the call is without a block: osize is a type tag
		osize, nsize uint64
		fails        bool
		want         int64 // bytes allocated
	}{
		{"new block that just fits", both + 40, null, 5, 40, false, both + 40},
		{"new block over the limit", both + 40, null, 5, 41, true, both},
		{"growth that just fits", 100, !null, size, 70, false, 100},
		{"growth over the limit", 100, !null, size, 71, true, both},
		{"shrink", 100, !null, size, 1, false, other + 1},
		{"shrink to the limit", 50, !null, size, 20, false, 50},
		{"shrink above the limit", 50, !null, size, 21, true, both},
		{"free", 100, !null, size, 0, false, other},
		{"free above the limit", 20, !null, size, 0, false, other},
		{"free of NULL above the limit", 20, null, 5, 0, false, both},
		{"realloc fails", math.MaxInt64, !null, size, huge, true, both},
		{"malloc fails", math.MaxInt64, null, 5, huge, true, both},
		{"counting", 0, !null, size, 1 << 20, false, other + 1<<20},
		{"unlimited", -1, !null, size, 1 << 20, false, both},
	} {
		z := newTwoWord(0) // the zone and its blocks stay for good: they are few
		z.alloc(0, 7, other)
		block := z.alloc(0, 7, size)
		z.setLimit(c.limit)
		p := block
		if c.null {
			p = 0
		}
		q := z.alloc(p, c.osize, c.nsize)
		if failed := q == 0 && c.nsize > 0; failed != c.fails {
			t.Errorf("%s: failed: %v, want %v", c.name, failed, c.fails)
		}
		if got := z.allocated(); got != c.want {
			t.Errorf("%s: %d bytes allocated, want %d", c.name, got, c.want)
		}
	}
}

// Only calls of casalloc cross: few of a child, and none if it is unlimited.
func TestCrossings(t *testing.T) {
	st := newStage(1)
	defer st.stop()
	s := scripts(t, true)[4]
	for i, want := range [][2]int64{{0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 100}} {
		sum, _, err := st.run(allocators[i].begin(), s, 1, 0)
		if per1000 := sum.cross * 1000 / max(sum.calls, 1); err != nil || per1000 < want[0] || per1000 > want[1] {
			t.Errorf("%s: %d of %d calls crossed, %v; want %d to %d of 1,000",
				allocators[i].name, sum.cross, sum.calls, err, want[0], want[1])
		}
	}
}

// A run that prints something else, that fails, or that leaves something behind is an error. A
// memory error is none if the limit may refuse.
func TestWrongRuns(t *testing.T) {
	st := newStage(2)
	defer st.stop()
	failing := scripted{life: life{err: lua54.ErrMemory}}
	for _, c := range []struct {
		name    string
		run     run
		refused int // states that may be refused, and are
		want    string
	}{
		{"right", scripted{life: life{text: "right"}}, 0, ""},
		{"prints something else", scripted{life: life{text: "other"}}, 0, `prints "other"`},
		{"fails", failing, 0, "not enough memory"},
		{"fails once more than it may", failing, 1, "not enough memory"},
		{"is refused", failing, 2, ""},
		{"leaves something", scripted{life: life{text: "right"}, left: errors.New("8 bytes")}, 0, "8 bytes"},
	} {
		_, refused, err := st.run(c.run, script{file: "x"}, 2, c.refused)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) || refused != c.refused {
			t.Errorf("%s: %d refused, %v; want %d and %q", c.name, refused, err, c.refused, c.want)
		}
	}
}

// A scripted run lives as it is told.
type scripted struct {
	life life
	left error
}

func (s scripted) live(script) life { return s.life }
func (s scripted) close() error     { return s.left }
