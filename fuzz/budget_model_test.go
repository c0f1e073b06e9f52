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
func budgetMachine(t *rapid.T)     { t.Repeat(rapid.StateMachineActions(&budget{newPair(t)})) }

// budget is the state machine of a Budget: one method an operation. The pair compares after every step, and in the backend.
type budget struct{ *pair }

func (b *budget) Reserve(t *rapid.T)  { b.reserve(b.size(t)) }
func (b *budget) Release(t *rapid.T)  { b.release(b.size(t)) }
func (b *budget) SetLimit(t *rapid.T) { b.setLimit(b.size(t)) }

// EndBoot is rare: what follows it in Counting is dull.
func (b *budget) EndBoot(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "endboot") == 9 {
		b.endBoot()
	}
}

func (b *budget) Resize(t *rapid.T) {
	osize, nsize := b.size(t), b.size(t)
	b.resize(osize, nsize, drawFate(t), func() {
		// Another user of the budget, or the backend itself, while the call is in flight.
		rapid.SampledFrom([]func(*rapid.T){func(*rapid.T) {}, b.Reserve, b.Release, b.SetLimit, b.EndBoot, b.Resize}).Draw(t, "meanwhile")(t)
	}, func(backend func() bool) error {
		return b.got.Resize(osize, nsize, backend)
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
