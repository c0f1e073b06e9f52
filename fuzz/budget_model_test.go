package fuzz

import (
	"flag"
	"testing"

	"pgregory.net/rapid"
)

// A check takes a tenth of a millisecond.
func init() { flag.Set("rapid.checks", "2000") }

func TestBudget(t *testing.T)      { rapid.Check(t, budgetMachine) }
func FuzzRapidBudget(f *testing.F) { f.Fuzz(rapid.MakeFuzz(budgetMachine)) }
func budgetMachine(t *rapid.T) {
	b := &budget{pair: newPair(t), accounts: rapid.IntRange(0, 3).Draw(t, "accounts")}
	t.Repeat(rapid.StateMachineActions(b))
	b.compareStats(b.steps, "the last command")
}

// budget is the state machine of a Budget: one method an operation. The pair compares after every step, and in the backend.
type budget struct {
	*pair
	accounts int // how many there are, at most
	depth    int // of calls in the backends of others
}

func (b *budget) Reserve(t *rapid.T)  { b.reserve(b.any(t), b.size(t)) }
func (b *budget) Release(t *rapid.T)  { b.release(b.any(t), b.size(t)) }
func (b *budget) SetLimit(t *rapid.T) { b.setLimit(b.size(t)) }

// any is the Budget itself or an account of it.
func (b *budget) any(t *rapid.T) *account {
	i := rapid.IntRange(0, b.accounts).Draw(t, "account")
	if i == 0 {
		return nil
	}
	return b.account(i, b.depth > 0)
}

func (b *budget) Account(t *rapid.T) {
	a := b.any(t)
	if a == nil {
		return
	}
	switch rapid.IntRange(0, 3).Draw(t, "account call") {
	case 0:
		b.close(a)
	case 1:
		b.drop(a)
	default:
		b.setAccountLimit(a, b.size(t))
	}
}

func (b *budget) Stats(*rapid.T) { b.compareStats(b.steps, "the last command") }

// EndBoot is rare: what follows it in Counting is dull.
func (b *budget) EndBoot(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "endboot") == 9 {
		b.endBoot()
	}
}

func (b *budget) Resize(t *rapid.T) {
	b.resize(b.any(t), b.size(t), b.size(t), drawFate(t), func() {
		// Another user of the budget, or the backend itself, while the call is in flight.
		b.depth++
		rapid.SampledFrom([]func(*rapid.T){func(*rapid.T) {}, b.Reserve, b.Release, b.SetLimit, b.EndBoot, b.Resize, b.Account, b.Stats}).Draw(t, "meanwhile")(t)
		b.depth--
	})
}

func (b *budget) Check(t *rapid.T) { b.compare(b.steps, "the last command") }

// size is a small size, or one at an edge.
func (p *pair) size(t *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64Range(0, 63), rapid.SampledFrom(edges(p.want))).Draw(t, "size")
}

func drawFate(t *rapid.T) fate {
	return rapid.SampledFrom([]fate{succeeds, succeeds, fails, panics}).Draw(t, "fate")
}
