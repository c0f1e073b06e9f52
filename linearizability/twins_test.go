package linearizability_test

import (
	"slices"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
)

// Each twin with the schedule that breaks it, and the checks that must catch it there, no more and no fewer. The real Budget
// must pass them all.
var twins = []struct {
	name     string
	twin     func(pause func()) lin.Budget
	schedule func(*world)
	caught   []string
}{{
	// limit 2
	// C0: |-- reserve(2): it fits ......................... add --|
	// C1:                          |-- reserve(1) ok --|
	name: "check, then add",
	twin: func(p func()) lin.Budget { return &checkThenAdd{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.within(
			func() { w.do(0, lin.Reserve, 2) },
			func() { w.do(1, lin.Reserve, 1) })
	},
	caught: []string{linearizable, neverOverLimit},
}, {
	// limit 2
	// C0: |-- reserve(3): add ................................. undo: over limit --|
	// C1:                      |-- reserve(1) over limit --|
	name: "add, then undo",
	twin: func(p func()) lin.Budget { return &addThenUndo{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.within(
			func() { w.do(0, lin.Reserve, 3) },
			func() { w.do(1, lin.Reserve, 1) })
	},
	caught: []string{linearizable, neverOverLimit},
}, {
	// limit 2
	// C0: |-- reserve(2): load limit ................................................. swap: ok --|
	// C1:                             |-- setlimit(1) ok --| |-- stats 0 of 1 --|
	//
	// Without the reading C0 could have been first, and the schedule would be no evidence.
	name: "limit read once before the loop",
	twin: func(p func()) lin.Budget { return &limitReadOnce{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.within(
			func() { w.do(0, lin.Reserve, 2) },
			func() { w.do(1, lin.SetLimit, 1); w.do(1, lin.Stats, 0) })
	},
	caught: []string{linearizable, neverOverLimit},
}, {
	// limit 2
	// C0: |-- reserve(2) ok --| |-- reserve(1) ok --|
	name: "off by one at the limit",
	twin: func(p func()) lin.Budget { return &offByOne{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.do(0, lin.Reserve, 2)
		w.do(0, lin.Reserve, 1)
	},
	caught: []string{linearizable, neverOverLimit},
}, {
	// limit 2
	// C0: |-- reserve(1) ok --| |-- reserve(1<<63-1): 1 + n is negative: ok --|
	name: "sum that wraps",
	twin: func(p func()) lin.Budget { return &wrappingSum{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.do(0, lin.Reserve, 1)
		w.do(0, lin.Reserve, 1<<63-1)
	},
	caught: []string{linearizable},
}, {
	// limit 2
	// C0: |-- resize(0, 2): reserve, backend fails --| |-- stats 2 of 2 --|
	name: "rollback forgotten",
	twin: func(p func()) lin.Budget { return &rollbackForgotten{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.resize(0, 0, 2, fails, nil)
		w.do(0, lin.Stats, 0)
	},
	caught: []string{linearizable, exact},
}, {
	// limit 4
	// C0: |-- resize(0, 4) ok --| |-- resize(4, 2): release ........................... backend fails: add --|
	// C1:                                                    |-- resize(0, 2) ok --|
	name: "release before the free",
	twin: func(p func()) lin.Budget { return &releaseFirst{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 4)
		w.resize(0, 0, 4, works, nil)
		w.resize(0, 4, 2, fails, func() { w.resize(1, 0, 2, works, nil) })
	},
	caught: []string{linearizable, liveWithinCharge, neverOverLimit},
}, {
	// C0: |-- setlimit(4) ok --| |-- resize(0, 4) ok --| |-- setlimit(1) ok --| |-- resize(4, 2) over limit --|
	name: "shrink compared with the limit",
	twin: func(p func()) lin.Budget { return &shrinkRefused{twoWords{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 4)
		w.resize(0, 0, 4, works, nil)
		w.do(0, lin.SetLimit, 1)
		w.resize(0, 4, 2, works, nil)
	},
	caught: []string{linearizable},
}, {
	// limit 3, 3 held
	// C0: |-- release(3): headroom 0, 3 of 3 held ............................................. swap 0 for 3: ok --|
	// C1:                                          |-- setlimit(2) ok --| |-- release(1) ok --|
	//
	// Lowering the limit takes the headroom to -1, the release back to 0. With a generation in the word the swap fails.
	name: "no generation",
	twin: func(p func()) lin.Budget { return &noGeneration{pause: p} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 3)
		w.do(0, lin.Reserve, 3)
		w.within(
			func() { w.do(0, lin.Release, 3) },
			func() { w.do(1, lin.SetLimit, 2); w.do(1, lin.Release, 1) })
	},
	caught: []string{linearizable, overReleaseCaught},
}, {
	// limit 2
	// C0: |-- setlimit(4): 0 held ........................... store 4: ok --|  |-- stats 0 of 4 --|
	// C1:                          |-- reserve(2) ok --|
	name: "limit stored, not added",
	twin: func(p func()) lin.Budget { return &limitStored{oneWord{pause: p}} },
	schedule: func(w *world) {
		w.do(0, lin.SetLimit, 2)
		w.within(
			func() { w.do(0, lin.SetLimit, 4) },
			func() { w.do(1, lin.Reserve, 2) })
		w.do(0, lin.Stats, 0)
	},
	caught: []string{linearizable, exact},
}}

func TestTwinsCaught(t *testing.T) {
	useful := map[string]bool{}
	for _, c := range twins {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.b = c.twin(func() { w.pause() })
			c.schedule(w)
			got := w.judge()
			want := slices.Sorted(slices.Values(c.caught))
			if !slices.Equal(got, want) {
				t.Errorf("caught by %q, want %q", got, want)
			}
			for _, check := range got {
				useful[check] = true
			}
		})
	}
	for _, check := range checks {
		if !useful[check] {
			t.Errorf("%s catches no twin", check)
		}
	}
}

// The real Budget has no pause, so others run before or after the call that the schedule puts them into. (Within it is where
// the explorer puts them.) In the backend they run within.
func TestBudgetPassesTwinsSchedules(t *testing.T) {
	for _, c := range twins {
		for _, first := range []bool{true, false} {
			w := newWorld()
			w.b, w.othersFirst = impl.NewBudget(), first
			c.schedule(w)
			if got := w.judge(); len(got) != 0 {
				t.Errorf("%s: othersFirst=%v: caught by %q, want none", c.name, first, got)
			}
		}
	}
}
