package fuzz

import (
	"flag"
	"testing"

	"casalloc/impl"
	"casalloc/model"

	"pgregory.net/rapid"
)

// A check takes a tenth of a millisecond.
func init() { flag.Set("rapid.checks", "2000") }

func TestBudget(t *testing.T)      { rapid.Check(t, budgetProperty) }
func FuzzRapidBudget(f *testing.F) { f.Fuzz(rapid.MakeFuzz(budgetProperty)) }

func budgetProperty(t *rapid.T) {
	m := &budgetMachine{pair: newPair(t), maxAccounts: rapid.IntRange(0, 3).Draw(t, "accounts")}
	t.Repeat(rapid.StateMachineActions(m))
	m.compareStats(m.steps, "the last command")
}

// A budgetMachine is the state machine of a Budget: one method per operation. The pair compares
// after every step, and in the backend.
type budgetMachine struct {
	*pair
	maxAccounts int
	depth       int // of calls in the backends of others
}

func (m *budgetMachine) Reserve(t *rapid.T)  { m.reserve(m.any(t), m.size(t)) }
func (m *budgetMachine) Release(t *rapid.T)  { m.release(m.any(t), m.size(t)) }
func (m *budgetMachine) SetLimit(t *rapid.T) { m.setLimit(m.size(t)) }

// any returns an account, or nil, the Budget itself.
func (m *budgetMachine) any(t *rapid.T) *accountPair {
	i := rapid.IntRange(0, m.maxAccounts).Draw(t, "account")
	if i == 0 {
		return nil
	}
	return m.account(i, m.depth > 0)
}

func (m *budgetMachine) Account(t *rapid.T) {
	a := m.any(t)
	if a == nil {
		return
	}
	switch rapid.IntRange(0, 5).Draw(t, "account call") {
	case 0:
		m.close(a)
	case 1:
		m.drop(a)
	case 2:
		m.leave(a)
	case 3:
		m.tenant(a)
	default:
		m.setAccountLimit(a, m.size(t))
	}
}

func (m *budgetMachine) Stats(*rapid.T) { m.compareStats(m.steps, "the last command") }

// EndBoot is rare: what follows it in Counting is dull.
func (m *budgetMachine) EndBoot(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "endboot") == 9 {
		m.endBoot()
	}
}

func (m *budgetMachine) Resize(t *rapid.T) {
	m.resize(m.any(t), m.size(t), m.size(t), drawFate(t), func() {
		// Another user of the budget, or the backend itself, while the call is in flight.
		m.depth++
		rapid.SampledFrom([]func(*rapid.T){
			func(*rapid.T) {}, m.Reserve, m.Release, m.SetLimit, m.EndBoot, m.Resize, m.Account, m.Stats,
		}).Draw(t, "meanwhile")(t)
		m.depth--
	})
}

func (m *budgetMachine) Check(t *rapid.T) { m.compare(m.steps, "the last command") }

// size draws a small size, or one at an edge.
func (p *pair) size(t *rapid.T) int64 {
	return rapid.OneOf(rapid.Int64Range(0, 63), rapid.SampledFrom(edges(p.want))).Draw(t, "size")
}

func drawFate(t *rapid.T) fate {
	return rapid.SampledFrom([]fate{succeeds, succeeds, fails, panics}).Draw(t, "fate")
}

func TestConstantsAgree(t *testing.T) {
	for i, m := range []model.Mode{model.Counting, model.Enforcing, model.Unlimited} {
		if got := []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited}[i]; int(got) != int(m) {
			t.Errorf("%v is %d in impl and %d in model", got, got, m)
		}
	}
	if impl.MaxSize != model.MaxSize {
		t.Errorf("MaxSize is %d in impl and %d in model", int64(impl.MaxSize), int64(model.MaxSize))
	}
	// The range of the counter while counting: exactly model.CountingBase.
	p := newPair(t)
	for left := int64(model.CountingBase); left > 0; left -= model.MaxSize {
		p.reserve(nil, min(left, model.MaxSize))
	}
	p.reserve(nil, 1)
	if p.want.Refused != 1 {
		t.Errorf("the model grants more than its CountingBase")
	}
}
