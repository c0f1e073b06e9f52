package linearizability_test

import (
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// want is an operation as a recorder should have recorded it, without its stamps.
type want struct {
	In  lin.Input
	Out lin.Output
}

func recorded(history []porcupine.Operation) (ops []want) {
	for _, o := range history {
		ops = append(ops, want{o.Input.(lin.Input), o.Output.(lin.Output)})
	}
	return ops
}

// failing returns a budget of 4 bytes, all free.
func limited(n int64) *impl.Budget {
	b := impl.NewBudget()
	if err := b.SetLimit(n); err != nil {
		panic(err)
	}
	return b
}

func TestRecorderDo(t *testing.T) {
	b := impl.NewBudget()
	r := lin.NewRecorders(1)[0]
	ops := []want{
		{lin.Input{Op: lin.Stats}, lin.Output{}},
		{lin.Input{Op: lin.SetLimit, N: 0}, lin.Output{Err: model.ErrSize}},
		{lin.Input{Op: lin.SetLimit, N: 4}, lin.Output{}},
		{lin.Input{Op: lin.Reserve, N: 5}, lin.Output{Err: model.ErrLimit}},
		{lin.Input{Op: lin.Reserve, N: -1}, lin.Output{Err: model.ErrSize}},
		{lin.Input{Op: lin.Reserve, N: 3}, lin.Output{}},
		{lin.Input{Op: lin.Release, N: 4}, lin.Output{Err: model.ErrOverRelease}},
		{lin.Input{Op: lin.RollBack, N: 1}, lin.Output{}},
		{lin.Input{Op: lin.EndBoot}, lin.Output{}},
		{lin.Input{Op: lin.Stats}, lin.Output{Reading: lin.Reading{Mode: model.Enforcing, Limit: 4, Allocated: 2}}},
	}
	for _, o := range ops {
		r.Do(b, o.In)
	}
	history := lin.History([]*lin.Recorder{r})
	if d := cmp.Diff(ops, recorded(history), cmpopts.EquateErrors()); d != "" {
		t.Errorf("recorded (-want +got):\n%s", d)
	}
	lin.Require(t, history, "one client")
}

func TestRecorderDoUnlimited(t *testing.T) {
	b := impl.NewBudget()
	r := lin.NewRecorders(1)[0]
	ops := []want{
		{lin.Input{Op: lin.Reserve, N: 3}, lin.Output{}},
		{lin.Input{Op: lin.Stats}, lin.Output{Reading: lin.Reading{Allocated: 3}}},
		{lin.Input{Op: lin.EndBoot}, lin.Output{}},
		{lin.Input{Op: lin.Release, N: 9}, lin.Output{}},
		{lin.Input{Op: lin.SetLimit, N: 4}, lin.Output{Err: model.ErrUnlimited}},
		{lin.Input{Op: lin.Stats}, lin.Output{Reading: lin.Reading{Mode: model.Unlimited}}},
	}
	for _, o := range ops {
		r.Do(b, o.In)
	}
	history := lin.History([]*lin.Recorder{r})
	if d := cmp.Diff(ops, recorded(history), cmpopts.EquateErrors()); d != "" {
		t.Errorf("recorded (-want +got):\n%s", d)
	}
	lin.Require(t, history, "one client")
}
