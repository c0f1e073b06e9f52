package model_test

import (
	"fmt"
	"testing"

	"casalloc/model"
)

type State = model.State

const (
	Counting, Enforcing, Unlimited = model.Counting, model.Enforcing, model.Unlimited
	Max                            = model.MaxSize
)

// To be checked by eye: each row is a state, an operation, its error, and the next state.
func TestModel(t *testing.T) {
	reserve, release, rollBack, setLimit := State.Reserve, State.Release, State.RollBack, State.SetLimit
	endBoot := func(s State, _ int64) (State, error) { return s.EndBoot(), nil }

	//                           mode, limit, allocated, peak, refused, rolled back
	for i, tt := range []struct {
		before State
		op     func(State, int64) (State, error)
		n      int64
		err    error
		after  State
	}{
		{State{}, reserve, 5, nil, State{Counting, 0, 5, 5, 0, 0}},
		{State{Counting, 0, 5, 5, 0, 0}, reserve, Max, nil, State{Counting, 0, 5 + Max, 5 + Max, 0, 0}},
		{State{Counting, 0, 2 * Max, 2 * Max, 0, 0}, reserve, 1, model.ErrLimit,
			State{Counting, 0, 2 * Max, 2 * Max, 1, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, reserve, 0, nil, State{Enforcing, 8, 5, 6, 0, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, reserve, 3, nil, State{Enforcing, 8, 8, 8, 0, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, reserve, 4, model.ErrLimit, State{Enforcing, 8, 5, 6, 1, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, reserve, 1, model.ErrLimit, State{Enforcing, 3, 5, 6, 1, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, reserve, 0, nil, State{Enforcing, 3, 5, 6, 0, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, reserve, -1, model.ErrSize, State{Enforcing, 8, 5, 6, 0, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, reserve, Max + 1, model.ErrSize, State{Enforcing, 8, 5, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, reserve, Max, nil, State{Unlimited, 0, 0, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, reserve, -1, model.ErrSize, State{Unlimited, 0, 0, 6, 0, 0}},

		{State{Enforcing, 3, 5, 6, 0, 0}, release, 1, nil, State{Enforcing, 3, 4, 6, 0, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, release, 0, nil, State{Enforcing, 3, 5, 6, 0, 0}},
		{State{Counting, 0, 5, 6, 0, 0}, release, 5, nil, State{Counting, 0, 0, 6, 0, 0}},
		{State{Counting, 0, 5, 6, 0, 0}, release, 6, model.ErrOverRelease, State{Counting, 0, 5, 6, 0, 0}},
		{State{Counting, 0, 5, 6, 0, 0}, release, -1, model.ErrOverRelease, State{Counting, 0, 5, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, release, 7, nil, State{Unlimited, 0, 0, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, release, -1, model.ErrOverRelease, State{Unlimited, 0, 0, 6, 0, 0}},

		{State{Enforcing, 8, 5, 6, 0, 0}, rollBack, 2, nil, State{Enforcing, 8, 3, 6, 0, 1}},
		{State{Enforcing, 8, 5, 6, 0, 0}, rollBack, 6, model.ErrOverRelease, State{Enforcing, 8, 5, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, rollBack, 2, nil, State{Unlimited, 0, 0, 6, 0, 0}},

		{State{Counting, 0, 5, 6, 0, 0}, setLimit, 3, nil, State{Enforcing, 3, 5, 6, 0, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, setLimit, 1, nil, State{Enforcing, 1, 5, 6, 0, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, setLimit, Max, nil, State{Enforcing, Max, 5, 6, 0, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, setLimit, 0, model.ErrSize, State{Enforcing, 3, 5, 6, 0, 0}},
		{State{Enforcing, 3, 5, 6, 0, 0}, setLimit, Max + 1, model.ErrSize, State{Enforcing, 3, 5, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, setLimit, 3, model.ErrUnlimited, State{Unlimited, 0, 0, 6, 0, 0}},

		{State{Counting, 0, 5, 6, 0, 0}, endBoot, 0, nil, State{Unlimited, 0, 0, 6, 0, 0}},
		{State{Enforcing, 8, 5, 6, 0, 0}, endBoot, 0, nil, State{Enforcing, 8, 5, 6, 0, 0}},
		{State{Unlimited, 0, 0, 6, 0, 0}, endBoot, 0, nil, State{Unlimited, 0, 0, 6, 0, 0}},
	} {
		if after, err := tt.op(tt.before, tt.n); after != tt.after || err != tt.err {
			t.Errorf("row %d: %+v, n = %d:\n got %+v, %v\nwant %+v, %v",
				i+1, tt.before, tt.n, after, err, tt.after, tt.err)
		}
	}
}

// Scripts load before the limit is read; the limit that is then set is below what they hold.
func Example_boot() {
	var s State
	s, _ = s.Reserve(50)
	s, _ = s.SetLimit(40)
	s = s.EndBoot() // no effect: a limit is in force

	s, err := s.Reserve(1)
	fmt.Println(s.Allocated, s.Headroom(), err)
	s, err = s.Release(20)
	fmt.Println(s.Allocated, s.Headroom(), err)
	s, err = s.Reserve(10)
	fmt.Println(s.Allocated, s.Headroom(), err)
	// Output:
	// 50 -10 model: over limit
	// 30 10 <nil>
	// 40 0 <nil>
}
