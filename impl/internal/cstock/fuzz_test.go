//go:build lua54

package cstock_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"casalloc/impl"
)

// FuzzStock makes the same calls to two Budgets with two accounts each. One has the owner's calls
// as lua54 makes them, first C and then what C declines Go; the other has Go alone. After each call
// the outcomes and the stocks must be the same, and what Stats says whenever it is asked.
//
// A command is two bytes. Byte 0: bits 0-3 the call, bit 4 the account. Byte 1: a size, see size.
// Unknown calls are skipped.
func FuzzStock(f *testing.F) {
	const (
		reserve, release, rollBack, setLimit, ownLimit, stats, direct, closeIt, endBoot = 0, 1, 2, 3, 4, 5, 6, 7, 8
		b                                                                               = 1 << 4 // the other account
		slack, over, top, overTop, limit, overLimit, zero, huge, least, most            = 240, 241, 242, 243, 244, 245, 246, 247, 248, 249
	)
	// Slack to the last byte and past it, and back to the cap and past it.
	f.Add([]byte{setLimit, 200, reserve, 1, reserve, slack, reserve, 1, reserve, over, release, top, release, overTop})
	// Releases up to what is held and past it; a size that is none.
	f.Add([]byte{setLimit, 200, reserve, 9, release, 9, release, 1, reserve, zero, reserve, huge, release, huge, reserve, least, release, most})
	// The account's own limit, below and above what is held, and Close.
	f.Add([]byte{setLimit, 200, reserve, 20, ownLimit, 30, reserve, 10, reserve, 1, ownLimit, 5, reserve, 1, release, 16, reserve, 1, closeIt, 0, reserve, 1, release, 5})
	// Drained by a reading, by the other's refusal, by a limit; stocked again.
	f.Add([]byte{setLimit, 200, reserve, 1, stats, 0, reserve, 1, release, 1, b | reserve, 1, b | reserve, limit, reserve, overLimit, reserve, 2, setLimit, 50, reserve, 1, setLimit, 220, reserve, 1})
	// A growth whose memory fails, from slack and without.
	f.Add([]byte{setLimit, 200, rollBack, 5, reserve, 1, rollBack, slack, rollBack, over, direct, limit, rollBack, 1})
	// Boot ends under slack.
	f.Add([]byte{reserve, 5, reserve, 9, endBoot, 0, reserve, 9, release, 30, setLimit, 9})
	random := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		p := make([]byte, 400)
		for i := range p {
			p[i] = byte(random.Uint32())
			if i%2 == 0 && random.IntN(4) > 0 {
				p[i] &= b | 1
			}
		}
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		byC, byGo := newSide(true), newSide(false)
		for ; len(program) >= 2; program = program[2:] {
			call, i := int(program[0]&15), int(program[0]>>4&1)
			n := byGo.size(i, program[1])
			got, want := byC.do(call, i, n), byGo.do(call, i, n)
			if got != want {
				t.Fatalf("call %d of account %d, %d bytes: C %s, Go %s", call, i, n, got, want)
			}
			for a := range byC.accounts {
				got, want := *impl.CStock(byC.accounts[a]), *impl.CStock(byGo.accounts[a])
				if got != want || byC.accounts[a].Held() != byGo.accounts[a].Held() {
					t.Fatalf("after call %d of account %d, %d bytes: account %d is %+v by C, %+v by Go; held %d, %d",
						call, i, n, a, got, want, byC.accounts[a].Held(), byGo.accounts[a].Held())
				}
			}
		}
		if got, want := byC.budget.Stats(), byGo.budget.Stats(); got != want {
			t.Fatalf("by C %+v, by Go %+v", got, want)
		}
	})
}

// A side is a Budget and its accounts.
type side struct {
	budget   *impl.Budget
	accounts [2]*impl.Account
	c        bool // C first
}

func newSide(c bool) *side {
	s := &side{budget: impl.NewBudget(), c: c}
	for i := range s.accounts {
		s.accounts[i] = s.budget.NewAccount()
	}
	return s
}

// size is a size in bytes: most values of the byte times itself, so that sizes spread over those of
// slack, and at the end of its range the sizes at which something changes.
func (s *side) size(i int, b byte) int64 {
	st := impl.CStock(s.accounts[i])
	switch room := st.Slack - st.Floor; b {
	case 240, 241:
		return room + int64(b) - 240
	case 242, 243:
		return st.Top - st.Slack + int64(b) - 242
	case 244, 245:
		return 200*200 - s.accounts[i].Held() + int64(b) - 244
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
	a, st := s.accounts[i], impl.CStock(s.accounts[i])
	switch call {
	case 0:
		if s.c && st.Reserve(n) {
			return fmt.Sprint(nil)
		}
		return fmt.Sprint(a.Reserve(n))
	case 1:
		if !s.c || !st.Release(n) {
			a.Release(n)
		}
	case 2: // Resize of a new block whose backend fails
		if s.c && st.Reserve(n) {
			impl.CRollBack(a, n)
			return fmt.Sprint(impl.ErrBackend)
		}
		return fmt.Sprint(a.Resize(0, n, func() bool { return false }))
	case 3:
		return fmt.Sprint(s.budget.SetLimit(n))
	case 4:
		return fmt.Sprint(a.SetLimit(n))
	case 5:
		return fmt.Sprint(s.budget.Stats())
	case 6:
		return fmt.Sprint(s.budget.Reserve(n))
	case 7:
		return fmt.Sprint(a.Close())
	case 8:
		if n%8 == 0 { // what follows the end of the boot is dull
			s.budget.EndBoot()
		}
	}
	return ""
}
