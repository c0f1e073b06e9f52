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
	m := &budgetMachine{newPair(t, drawnTrees.Draw(t, "tree"))}
	t.Repeat(rapid.StateMachineActions(m))
	m.compareExactly()
}

// A budgetMachine is the state machine of a tree of budgets. Its calls are those of FuzzSequential,
// drawn by rapid. The pair compares after every one, and in the backend.
type budgetMachine struct{ *pair }

func (m *budgetMachine) Call(t *rapid.T) {
	m.do(drawCall(t, len(m.tree)), func() { m.Call(t) })
}

func (m *budgetMachine) Check(t *rapid.T) { m.compare(m.steps, "the last call") }

// drawnTrees are the trees of any bytes.
var drawnTrees = rapid.Custom(func(t *rapid.T) calls.Tree {
	tree, _ := calls.TreeOf(rapid.SliceOfN(rapid.Byte(), 0, 2*calls.Vias).Draw(t, "bytes"))
	return tree
})

// drawCall draws a call of any bytes.
func drawCall(t *rapid.T, budgets int) calls.Call {
	_, c := calls.CallOf([calls.CallBytes]byte(rapid.SliceOfN(rapid.Byte(), calls.CallBytes, calls.CallBytes).Draw(t, "call")), budgets)
	return c
}

func TestConstantsAgree(t *testing.T) {
	for i, m := range []model.Mode{model.Counting, model.Enforcing, model.Unlimited} {
		if got := []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited}[i]; int(got) != int(m) {
			t.Errorf("%v is %d in impl and %d in model", got, got, m)
		}
	}
	if impl.MaxSize != model.MaxSize || impl.NoLimit != model.NoLimit {
		t.Errorf("MaxSize and NoLimit are %d and %d in impl, %d and %d in model",
			int64(impl.MaxSize), int64(impl.NoLimit), int64(model.MaxSize), int64(model.NoLimit))
	}
	// The range of the counter while counting: exactly model.CountingBase.
	p := newPair(t, calls.Tree{{Limit: impl.NoLimit}})
	for left := int64(model.CountingBase); left > 0; left -= model.MaxSize {
		p.do(calls.Call{Op: calls.Reserve, Size: calls.Size{N: min(left, model.MaxSize)}}, nil)
	}
	p.do(calls.Call{Op: calls.Reserve, Size: calls.Size{N: 1}}, nil)
	if p.want.Budgets[0].Refused != 1 {
		t.Errorf("the model grants more than its CountingBase")
	}
}
