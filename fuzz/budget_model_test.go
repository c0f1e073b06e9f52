package fuzz

import (
	"flag"
	"testing"

	"casalloc/impl"
	"casalloc/linearizability/calls"
	"casalloc/model"

	"pgregory.net/rapid"
)

// A check takes a tenth of a millisecond.
func init() { flag.Set("rapid.checks", "2000") }

func TestBudget(t *testing.T)      { rapid.Check(t, budgetProperty) }
func FuzzRapidBudget(f *testing.F) { f.Fuzz(rapid.MakeFuzz(budgetProperty)) }

func budgetProperty(t *rapid.T) {
	limit := calls.Decode([]byte{rapid.Byte().Draw(t, "limit")}, 1).Limit
	m := &budgetMachine{newPair(t, limit), calls.Via(rapid.IntRange(0, calls.Vias-1).Draw(t, "accounts"))}
	t.Repeat(rapid.StateMachineActions(m))
	m.compareStats("the last call")
}

// A budgetMachine is the state machine of a Budget. Its calls are those of FuzzSequential, drawn by
// rapid. The pair compares after every one, and in the backend.
type budgetMachine struct {
	*pair
	most calls.Via // none goes through another
}

func (m *budgetMachine) Call(t *rapid.T) {
	c := drawnCalls.Draw(t, "call")
	c.Via = min(c.Via, m.most)
	m.do(c, func() { m.Call(t) })
}

func (m *budgetMachine) Check(t *rapid.T) { m.compare(m.steps, "the last call") }

// drawnCalls are the calls of any bytes.
var drawnCalls = rapid.Custom(func(t *rapid.T) calls.Call {
	var b [calls.CallBytes]byte
	for i := range b {
		b[i] = rapid.Byte().Draw(t, "byte")
	}
	_, c := calls.CallOf(b)
	return c
})

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
	p := newPair(t, 0)
	for left := int64(model.CountingBase); left > 0; left -= model.MaxSize {
		p.do(calls.Call{Op: calls.Reserve, Size: calls.Size{N: min(left, model.MaxSize)}}, nil)
	}
	p.do(calls.Call{Op: calls.Reserve, Size: calls.Size{N: 1}}, nil)
	if p.want.Refused != 1 {
		t.Errorf("the model grants more than its CountingBase")
	}
}
