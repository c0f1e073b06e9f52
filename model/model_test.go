package model_test

import (
	"fmt"
	"testing"

	"casalloc/model"
)

type State = model.State

const Max, None = model.MaxSize, model.NoLimit

// root is a tree of one budget.
func root(limit, used, peak, refused, rolledBack int64) State {
	s := model.New()
	s.Budgets[0] = model.Budget{Limit: limit, Held: used, Used: used, Peak: peak, Refused: refused, RolledBack: rolledBack}
	return s
}

func unlimited(peak int64) State {
	s := root(None, 0, peak, 0, 0)
	s.Unlimited = true
	return s
}

// To be checked by eye: each row is a root, an operation, its error, and the root after it.
func TestRoot(t *testing.T) {
	reserve, release, rollBack, setLimit := State.Reserve, State.Release, State.RollBack, State.SetLimit
	endBoot := func(s State, at int, _ int64) (State, error) { return s.EndBoot(at), nil }

	//                              limit, used, peak, refused, rolled back
	for i, tt := range []struct {
		before State
		op     func(State, int, int64) (State, error)
		n      int64
		err    error
		after  State
	}{
		{model.New(), reserve, 5, nil, root(None, 5, 5, 0, 0)},
		{root(None, 5, 5, 0, 0), reserve, Max, nil, root(None, 5+Max, 5+Max, 0, 0)},
		{root(None, Max*3/2, Max*3/2, 0, 0), reserve, 1, model.ErrLimit, root(None, Max*3/2, Max*3/2, 1, 0)},
		{root(8, 5, 6, 0, 0), reserve, 0, nil, root(8, 5, 6, 0, 0)},
		{root(8, 5, 6, 0, 0), reserve, 3, nil, root(8, 8, 8, 0, 0)},
		{root(8, 5, 6, 0, 0), reserve, 4, model.ErrLimit, root(8, 5, 6, 1, 0)},
		{root(3, 5, 6, 0, 0), reserve, 1, model.ErrLimit, root(3, 5, 6, 1, 0)},
		{root(3, 5, 6, 0, 0), reserve, 0, nil, root(3, 5, 6, 0, 0)},
		{root(8, 5, 6, 0, 0), reserve, -1, model.ErrSize, root(8, 5, 6, 0, 0)},
		{root(8, 5, 6, 0, 0), reserve, Max + 1, model.ErrSize, root(8, 5, 6, 0, 0)},
		{unlimited(6), reserve, Max, nil, unlimited(6)},
		{unlimited(6), reserve, -1, model.ErrSize, unlimited(6)},

		{root(3, 5, 6, 0, 0), release, 1, nil, root(3, 4, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), release, 0, nil, root(3, 5, 6, 0, 0)},
		{root(None, 5, 6, 0, 0), release, 5, nil, root(None, 0, 6, 0, 0)},
		{root(None, 5, 6, 0, 0), release, 6, model.ErrOverRelease, root(None, 5, 6, 0, 0)},
		{root(None, 5, 6, 0, 0), release, -1, model.ErrOverRelease, root(None, 5, 6, 0, 0)},
		{unlimited(6), release, 7, nil, unlimited(6)},
		{unlimited(6), release, -1, model.ErrOverRelease, unlimited(6)},

		{root(8, 5, 6, 0, 0), rollBack, 2, nil, root(8, 3, 6, 0, 1)},
		{root(8, 5, 6, 0, 0), rollBack, 6, model.ErrOverRelease, root(8, 5, 6, 0, 0)},
		{unlimited(6), rollBack, 2, nil, unlimited(6)},

		{root(None, 5, 6, 0, 0), setLimit, 3, nil, root(3, 5, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), setLimit, 0, nil, root(0, 5, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), setLimit, Max, nil, root(Max, 5, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), setLimit, None, nil, root(None, 5, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), setLimit, -1, model.ErrSize, root(3, 5, 6, 0, 0)},
		{root(3, 5, 6, 0, 0), setLimit, Max + 1, model.ErrSize, root(3, 5, 6, 0, 0)},
		{unlimited(6), setLimit, 3, model.ErrUnlimited, unlimited(6)},

		{root(None, 5, 6, 0, 0), endBoot, 0, nil, unlimited(6)},
		{root(8, 5, 6, 0, 0), endBoot, 0, nil, root(8, 5, 6, 0, 0)},
		{unlimited(6), endBoot, 0, nil, unlimited(6)},
	} {
		if after, err := tt.op(tt.before, 0, tt.n); after != tt.after || err != tt.err {
			t.Errorf("row %d: %+v, n = %d:\n got %+v, %v\nwant %+v, %v",
				i+1, tt.before, tt.n, after, err, tt.after, tt.err)
		}
	}
}

// The tree of TestTree:
//
//	0: 20
//	   1: 10
//	      2: without a limit
//	      3: 5
//	   4: without a limit
func tree() State {
	s, _ := model.New().SetLimit(0, 20)
	return s.NewChild(0, 10).NewChild(1, None).NewChild(1, 5).NewChild(0, None)
}

// To be checked by eye: each row is an operation on the tree as the row before left it, its error,
// and what is used.
func TestTree(t *testing.T) {
	s := tree()
	var returned int64
	type step func() (State, error)
	reserve := func(at int, n int64) step { return func() (State, error) { return s.Reserve(at, n) } }
	release := func(at int, n int64) step { return func() (State, error) { return s.Release(at, n) } }
	rollBack := func(at int, n int64) step { return func() (State, error) { return s.RollBack(at, n) } }
	setLimit := func(at int, n int64) step { return func() (State, error) { return s.SetLimit(at, n) } }
	move := func(from, to int, n int64) step { return func() (State, error) { return s.Move(from, to, n) } }
	endBoot := func(at int) step { return func() (State, error) { return s.EndBoot(at), nil } }
	closes := func(at int, want int64) step {
		return func() (next State, err error) {
			if next, returned = s.Close(at); returned != want {
				err = fmt.Errorf("Close returns %d", returned)
			}
			return next, err
		}
	}
	leave := func(at int, want int64) step {
		return func() (next State, err error) {
			if next, returned = s.Leave(at); returned != want {
				err = fmt.Errorf("Leave returns %d", returned)
			}
			return next, err
		}
	}

	for i, row := range []struct {
		step step
		err  error
		used [5]int64
	}{
		{reserve(2, 4), nil, [5]int64{4, 4, 4, 0, 0}},
		{reserve(3, 6), model.ErrLimit, [5]int64{4, 4, 4, 0, 0}}, // over its own limit
		{reserve(3, 5), nil, [5]int64{9, 9, 4, 5, 0}},
		{reserve(2, 2), model.ErrLimit, [5]int64{9, 9, 4, 5, 0}}, // over that of its parent
		{reserve(1, 1), nil, [5]int64{10, 10, 4, 5, 0}},          // held at a parent itself
		{reserve(4, 11), model.ErrLimit, [5]int64{10, 10, 4, 5, 0}},
		{reserve(4, 10), nil, [5]int64{20, 10, 4, 5, 10}},
		{release(2, 3), nil, [5]int64{17, 7, 1, 5, 10}},
		{release(1, 2), model.ErrOverRelease, [5]int64{17, 7, 1, 5, 10}}, // what children hold is not its own
		{rollBack(1, 1), nil, [5]int64{16, 6, 1, 5, 10}},

		// The root is full with 4 bytes more, and does not see what is moved.
		{reserve(0, 4), nil, [5]int64{20, 6, 1, 5, 10}},
		{move(4, 2, 5), model.ErrLimit, [5]int64{20, 6, 1, 5, 10}}, // 10 of 1 has no room
		{move(4, 2, 4), nil, [5]int64{20, 10, 5, 5, 6}},
		{move(2, 3, 1), model.ErrLimit, [5]int64{20, 10, 5, 5, 6}},
		{move(3, 2, 1), nil, [5]int64{20, 10, 6, 4, 6}}, // 1 does not see it
		{move(3, 1, 1), nil, [5]int64{20, 10, 6, 3, 6}}, // to one above
		{move(1, 3, 1), nil, [5]int64{20, 10, 6, 4, 6}}, // and to one below
		{move(0, 4, 4), nil, [5]int64{20, 10, 6, 4, 10}},
		{move(0, 4, 1), model.ErrOverRelease, [5]int64{20, 10, 6, 4, 10}},
		{move(4, 4, 11), model.ErrOverRelease, [5]int64{20, 10, 6, 4, 10}},
		{move(4, 4, 10), nil, [5]int64{20, 10, 6, 4, 10}},

		{setLimit(2, 9), model.ErrNoLimit, [5]int64{20, 10, 6, 4, 10}},
		{setLimit(1, 3), nil, [5]int64{20, 10, 6, 4, 10}}, // below what is used
		{release(4, 10), nil, [5]int64{10, 10, 6, 4, 0}},
		{reserve(2, 1), model.ErrLimit, [5]int64{10, 10, 6, 4, 0}},
		{setLimit(1, None), nil, [5]int64{10, 10, 6, 4, 0}},
		{reserve(2, 10), nil, [5]int64{20, 20, 16, 4, 0}},
		{endBoot(1), nil, [5]int64{20, 20, 16, 4, 0}}, // of a child: nothing

		// Closed: what is held stays, and no one below grows.
		{closes(1, 20), nil, [5]int64{20, 20, 16, 4, 0}},
		{release(2, 6), nil, [5]int64{14, 14, 10, 4, 0}},
		{reserve(2, 1), model.ErrClosed, [5]int64{14, 14, 10, 4, 0}},
		{reserve(3, 9), model.ErrClosed, [5]int64{14, 14, 10, 4, 0}}, // nor would its own limit let it
		{reserve(1, 0), nil, [5]int64{14, 14, 10, 4, 0}},
		{setLimit(1, 9), model.ErrClosed, [5]int64{14, 14, 10, 4, 0}},
		{closes(1, 14), nil, [5]int64{14, 14, 10, 4, 0}},
		{move(2, 4, 1), nil, [5]int64{14, 13, 9, 4, 1}},             // out of it
		{move(4, 2, 1), model.ErrClosed, [5]int64{14, 13, 9, 4, 1}}, // and not into it
		{move(2, 1, 2), nil, [5]int64{14, 13, 7, 4, 1}},             // nor does 1 see what moves below it

		// Left: all of it goes back, and what comes later does nothing.
		{leave(3, 4), nil, [5]int64{10, 9, 7, 0, 1}},
		{release(3, 4), nil, [5]int64{10, 9, 7, 0, 1}},
		{release(3, -1), model.ErrOverRelease, [5]int64{10, 9, 7, 0, 1}},
		{leave(1, 9), nil, [5]int64{1, 0, 7, 0, 1}},
		{leave(1, 0), nil, [5]int64{1, 0, 7, 0, 1}},
		{rollBack(1, 2), nil, [5]int64{1, 0, 7, 0, 1}},
		{release(2, 3), nil, [5]int64{1, 0, 4, 0, 1}}, // passes as far as 1
		{reserve(2, 1), model.ErrClosed, [5]int64{1, 0, 4, 0, 1}},
		{move(2, 4, 1), model.ErrClosed, [5]int64{1, 0, 4, 0, 1}},
		{move(4, 3, 1), model.ErrClosed, [5]int64{1, 0, 4, 0, 1}},
		{setLimit(0, None), nil, [5]int64{1, 0, 4, 0, 1}},

		{endBoot(0), nil, [5]int64{}},
		{reserve(4, Max), nil, [5]int64{}},
		{release(4, 9), nil, [5]int64{}},
		{move(4, 0, 9), nil, [5]int64{}},
		{closes(4, 0), nil, [5]int64{}},
		{leave(4, 0), nil, [5]int64{}},
		{setLimit(3, 1), model.ErrClosed, [5]int64{}},
		{setLimit(0, 1), model.ErrUnlimited, [5]int64{}},
	} {
		next, err := row.step()
		var used [5]int64
		for b := range used {
			used[b] = next.Budgets[b].Used
		}
		if used != row.used || err != row.err {
			t.Fatalf("row %d: used %v, %v, want %v, %v", i+1, used, err, row.used, row.err)
		}
		s = next
	}
	for at, want := range [5][2]int64{{0, 0}, {0, 1}, {4, 0}, {2, 0}, {1, 0}} {
		if got := [2]int64{s.Budgets[at].Refused, s.Budgets[at].RolledBack}; got != want {
			t.Errorf("budget %d: refused, rolled back %v, want %v", at, got, want)
		}
	}
}

// Scripts load before the limit is read; the limit that is then set is below what they hold.
func Example_boot() {
	s := model.New()
	s, _ = s.Reserve(0, 50)
	s, _ = s.SetLimit(0, 40)
	s = s.EndBoot(0) // no effect: a limit is in force

	s, err := s.Reserve(0, 1)
	fmt.Println(s.Budgets[0].Used, s.Headroom(0), err)
	s, err = s.Release(0, 20)
	fmt.Println(s.Budgets[0].Used, s.Headroom(0), err)
	s, err = s.Reserve(0, 10)
	fmt.Println(s.Budgets[0].Used, s.Headroom(0), err)
	// Output:
	// 50 -10 model: over limit
	// 30 10 <nil>
	// 40 0 <nil>
}
