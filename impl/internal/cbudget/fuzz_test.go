//go:build lua54

package cbudget_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"casalloc/impl"
	"casalloc/impl/internal/cbudget"
)

// FuzzCBudget makes the same calls to two trees. In one they are made as lua54 makes them, first by
// C and then by Go what C declines; in the other by Go alone. After each call the outcomes, the
// memory of each child and its statistics must be the same.
//
// A command is two bytes. Byte 0: bits 0-3 the call, bits 4-5 the child. Byte 1: a size, see size.
// Unknown calls are skipped.
func FuzzCBudget(f *testing.F) {
	const (
		reserve, release, rollBack, limitRoot, setLimit = 0, 1, 2, 3, 4
		exact, direct, closeIt, leave, endBoot          = 5, 6, 7, 8, 9
		own, inner, grandchild                          = 1 << 4, 2 << 4, 3 << 4
		slack, over, top, overTop, limit, overLimit     = 240, 241, 242, 243, 244, 245
		zero, huge, least, most                         = 246, 247, 248, 249
	)
	// Slack to the last byte and past it; twice more, and then back to the cap and past it.
	f.Add([]byte{limitRoot, most, reserve, 1, reserve, slack, reserve, 1, reserve, slack, reserve, 1, reserve, slack,
		reserve, 1, release, top, release, overTop, reserve, 1, reserve, over})
	// Releases up to what is held and past it; a size that is none.
	f.Add([]byte{limitRoot, 200, reserve, 9, release, 9, release, 1, reserve, zero, reserve, huge, release, huge,
		reserve, least, release, most})
	// A limit of the child, below and above what is held, and Close.
	f.Add([]byte{limitRoot, 200, own | reserve, 20, own | setLimit, 30, own | reserve, 10, own | reserve, 1,
		own | setLimit, 5, own | reserve, 1, own | release, 16, own | reserve, 1, own | closeIt, 0, own | reserve, 1,
		own | release, 5})
	// Drained by a reading, by the refusal of another, by a limit; stocked again.
	f.Add([]byte{limitRoot, 200, reserve, 1, exact, 0, reserve, 1, release, 1, own | reserve, 1, own | reserve, limit,
		reserve, overLimit, reserve, 2, limitRoot, 50, reserve, 1, limitRoot, 220, reserve, 1})
	// A growth whose memory fails, from slack and without.
	f.Add([]byte{limitRoot, 200, rollBack, 5, reserve, 1, rollBack, slack, rollBack, over, direct, limit, rollBack, 1})
	// At a budget that has a child, and at that child; then both are left.
	f.Add([]byte{grandchild | reserve, 1, inner | reserve, 1, inner | reserve, 2, grandchild | reserve, 2,
		inner | release, 1, inner | release, 9, grandchild | release, 1, inner | leave, 0, inner | release, 1,
		grandchild | reserve, 1, grandchild | release, 1})
	// Boot ends under slack.
	f.Add([]byte{reserve, 5, reserve, 9, endBoot, 0, reserve, 9, release, 30, limitRoot, 9})
	random := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		p := make([]byte, 400)
		for i := range p {
			p[i] = byte(random.Uint32())
			if i%2 == 0 && random.IntN(4) > 0 {
				p[i] &= 3<<4 | 1
			}
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		byC, byGo := newSide(true), newSide(false)
		for ; len(program) >= 2; program = program[2:] {
			call, i := int(program[0]&15), int(program[0]>>4&3)
			n := byGo.size(i, program[1])
			got, want := byC.do(call, i, n), byGo.do(call, i, n)
			if got != want {
				t.Fatalf("call %d of child %d, %d bytes: C %s, Go %s", call, i, n, got, want)
			}
			for j := range byC.children {
				if got, want := byC.child(j), byGo.child(j); got != want {
					t.Fatalf("after call %d of child %d, %d bytes: child %d is %+v by C, %+v by Go",
						call, i, n, j, got, want)
				}
			}
		}
		if got, want := byC.root.Exact(), byGo.root.Exact(); got != want {
			t.Fatalf("by C %+v, by Go %+v", got, want)
		}
	})
}

// A side is a tree: one child without a limit of its own, two that can have one, and a child of the
// last of these.
type side struct {
	root     *impl.Budget
	children [4]*impl.Budget
	c        bool // C first
}

func newSide(c bool) *side {
	root := impl.NewBudget()
	a, b, inner := root.NewChild(impl.NoLimit), root.NewChild(impl.MaxSize), root.NewChild(impl.MaxSize)
	return &side{root, [...]*impl.Budget{a, b, inner, inner.NewChild(impl.NoLimit)}, c}
}

// A child is what calls may change of one.
type child struct {
	cbudget.Memory
	impl.Stats
}

func (s *side) child(i int) child {
	return child{impl.CBudget(s.children[i]).Memory(), s.children[i].Stats()}
}

// size is a size in bytes: most values of the byte times itself, so that sizes spread over those of
// slack, and at the end of its range the sizes at which something changes.
func (s *side) size(i int, b byte) int64 {
	switch c := s.child(i); b {
	case 240, 241:
		return c.Word>>cbudget.TagBits + int64(b) - 240
	case 242, 243:
		return (c.Cap-c.Word)>>cbudget.TagBits + int64(b) - 242
	case 244, 245:
		return 200*200 - c.Used + int64(b) - 244
	case 246:
		return 0
	case 247:
		return math.MaxInt64
	case 248:
		return math.MinInt64
	case 249:
		return impl.MaxSize
	}
	return int64(b) * int64(b)
}

// do makes a call and returns what came of it.
func (s *side) do(call, i int, n int64) (outcome string) {
	defer func() {
		if p := recover(); p != nil {
			outcome = fmt.Sprint(p)
		}
	}()
	b := s.children[i]
	c := impl.CBudget(b)
	switch call {
	case 0:
		if s.c && c.Reserve(n) {
			return fmt.Sprint(nil)
		}
		return fmt.Sprint(b.Reserve(n))
	case 1:
		if !s.c || !c.Release(n) {
			b.Release(n)
		}
	case 2: // Resize of a new block whose backend fails
		if s.c && c.Reserve(n) {
			impl.CRollBack(b, n)
			return fmt.Sprint(impl.ErrBackend)
		}
		return fmt.Sprint(b.Resize(0, n, func() bool { return false }))
	case 3:
		return fmt.Sprint(s.root.SetLimit(n))
	case 4:
		return fmt.Sprint(b.SetLimit(n))
	case 5:
		return fmt.Sprint(s.root.Exact())
	case 6:
		return fmt.Sprint(s.root.Reserve(n))
	case 7, 8, 9:
		if n%8 != 0 { // what follows is dull
			return ""
		}
		switch call {
		case 7:
			return fmt.Sprint(b.Close())
		case 8:
			return fmt.Sprint(b.Leave())
		}
		s.root.EndBoot()
	}
	return ""
}
