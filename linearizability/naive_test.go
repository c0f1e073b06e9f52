package linearizability_test

import (
	"slices"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"

	"github.com/anishathalye/porcupine"
)

// naiveModel is the naive specification: a growth is one operation, and one that fails has no
// effect. The state is the counter.
func naiveModel(limit int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return int64(0) },
		Step: func(state, input, output any) (bool, any) {
			held, n := state.(int64), input.(int64)
			switch output {
			case nil:
				return held+n <= limit, held + n
			case impl.ErrLimit:
				return held+n > limit, held
			}
			return output == impl.ErrBackend, held
		},
	}
}

// The naive specification rejects what a correct budget does:
//
//	limit 2
//	C0: |-- resize(0, 2): backend failed -----------------|
//	C1:          |-- resize(0, 1): over limit --|
//
// With C0 first nothing is held when C1 asks, and with C1 first neither. The protocol's steps
// explain it. So a whole call must not be one operation, however much shorter that would be. Nor
// may a refusal be legal whenever something overlaps it: then a false refusal would be legal too.
func TestNaiveSpecificationRejectsCorrectHistory(t *testing.T) {
	b, rs := impl.NewBudget(), lin.NewRecorders(2)
	rs[0].Do(b, nil, lin.Input{Op: calls.SetLimit, N: 2})
	var err1 error
	err0 := b.Resize(0, 2, func() bool {
		err1 = b.Resize(0, 1, func() bool { return true })
		return false
	})
	naive := []porcupine.Operation{
		{ClientId: 0, Input: int64(2), Output: err0, Call: 1, Return: 4},
		{ClientId: 1, Input: int64(1), Output: err1, Call: 2, Return: 3},
	}
	if got := porcupine.CheckOperations(naiveModel(2), naive); got {
		t.Errorf("the naive specification explains %v and %v", err0, err1)
	}

	rs[0].Resize(b, calls.Root, 0, 2, func() bool {
		rs[1].Resize(b, calls.Root, 0, 1, func() bool { return true })
		return false
	})
	history := lin.Collect(parseTree(t, "-"), rs)
	want := parse(t, "-", `
		C0: |-- setlimit(2) ok --| |-- reserve(2) ok --|                              |-- rollback(2) ok --|
		C1:                                              |-- reserve(1) over limit --|`)
	if got, want := described(history), described(want); !slices.Equal(got, want) {
		t.Fatalf("recorded %q, want %q", got, want)
	}
	lin.Require(t, history, "# limit 2")

	// It is not the naive model that is broken: it explains the two calls one after the other.
	naive[1].Output, naive[1].Call, naive[1].Return = nil, 5, 6
	if !porcupine.CheckOperations(naiveModel(2), naive) {
		t.Error("the naive specification does not explain a failed growth and then one that fits")
	}
}
