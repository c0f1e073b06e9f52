package engine

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The engine is tested on toy systems of a few lines.

// An op is an operation of the toys: its name, and an argument.
type op struct {
	name string
	n    int64
}

var (
	load   = op{name: "load"}
	lock   = op{name: "lock"}
	unlock = op{name: "unlock"}
)

func store(n int64) op { return op{"store", n} }
func add(n int64) op   { return op{"add", n} }

func (o op) Enabled(v int64) bool { return o != lock || v == 0 }

func (o op) Do(v *int64) int64 {
	switch o.name {
	case "store":
		*v = o.n
	case "add":
		*v += o.n
	case "lock":
		*v = 1
	case "unlock":
		*v = 0
	}
	return *v
}

// The view of a toy's thread is a place in its code; a thread has ended at done.
type place string

const done place = "done"

type (
	toySystem = System[place, int, string]
	toyThread = Thread[place, string]
	toy       = Explorer[place, int, string]
)

// cells are shared cells of value 0.
func cells(names ...string) (list []Cell) {
	for _, n := range names {
		list = append(list, Cell{Name: n})
	}
	return list
}

// once makes a body of threads that each run their code once.
func once(code ...func(t *toyThread)) (views []place, body func(*toyThread)) {
	return make([]place, len(code)), func(t *toyThread) {
		if t.View == done {
			return
		}
		code[t.Number](t)
		t.View = done
	}
}

func newToy(t *testing.T, sys toySystem) *toy {
	t.Helper()
	x, err := New(sys)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// explored explores all of the toy.
func explored(t *testing.T, x *toy) (*Graph, error) {
	t.Helper()
	return x.Explore(t.Context(), Limits{States: 1 << 20})
}

// broken explores the toy, which must break the promise by a schedule of so many steps, none
// shorter.
func broken(t *testing.T, x *toy, promise string, steps int) *Failure {
	t.Helper()
	_, err := explored(t, x)
	var f *Failure
	if !errors.As(err, &f) || !strings.HasPrefix(err.Error(), promise) || len(f.Schedule) != steps {
		t.Fatalf("explored = %v, schedule %v; want %s, %d steps", err, f, promise, steps)
	}
	if report := x.Report(f); strings.Contains(report, "a replay says") {
		t.Fatalf("the replay does not fail like the exploration:\n%s", report)
	}
	return f
}

// n threads of k steps each have (nk)!/(k!)^n interleavings. Loads leave no trace, so the states
// are where each thread is: (k+1)^n, with n*k*(k+1)^(n-1) steps between them.
func TestInterleavings(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for k := 1; k <= 4; k++ {
			loads := func(t *toyThread) {
				for range k {
					t.Do(0, load)
				}
			}
			views, body := once(loads, loads, loads, loads)
			x := newToy(t, toySystem{Cells: cells("x"), Views: views[:n], Body: body})
			g, err := explored(t, x)
			if err != nil {
				t.Fatal(err)
			}
			power := func(e int) (p int64) {
				for p = 1; e > 0; e-- {
					p *= int64(k + 1)
				}
				return p
			}
			states, steps := power(n), int64(n*k)*power(n-1)
			if int64(len(g.States)) != states || g.Steps != steps || g.Ends != 1 {
				t.Errorf("%d threads, %d steps each: %d states, %d steps, %d ends; want %d, %d, 1",
					n, k, len(g.States), g.Steps, g.Ends, states, steps)
			}
			want := new(big.Int).MulRange(1, int64(n*k))
			for range n {
				want.Div(want, new(big.Int).MulRange(1, int64(k)))
			}
			if got := runs(t, x, x.Initial(), make(map[State]*big.Int)); got.Cmp(want) != 0 {
				t.Errorf("%d threads, %d steps each: %v interleavings, want %v", n, k, got, want)
			}
		}
	}
}

// runs counts the runs from a state.
func runs(t *testing.T, x *toy, s State, known map[State]*big.Int) *big.Int {
	if n := known[s]; n != nil {
		return n
	}
	n := new(big.Int)
	steps := x.Steps(s)
	if len(steps) == 0 {
		n.SetInt64(1)
	}
	for _, st := range steps {
		next, err := x.Take(s, st)
		if err != nil {
			t.Fatal(err)
		}
		n.Add(n, runs(t, x, next, known))
	}
	known[s] = n
	return n
}

// counter is two threads that add one to a cell. The judge counts the steps of each run, so that no
// two histories of different length are one state.
func counter(increment func(t *toyThread)) toySystem {
	views, body := once(increment, increment)
	return toySystem{
		Cells: cells("x"), Views: views, Body: body,
		JudgeEnd: func(_ int, m *Memory) error {
			if m[0] != 2 {
				return fmt.Errorf("Sum: %d, want 2", m[0])
			}
			return nil
		},
	}
}

func lostUpdate(t *toyThread) { t.Do(0, store(t.Do(0, load)+1)) }

func TestLostUpdate(t *testing.T) {
	f := broken(t, newToy(t, counter(lostUpdate)), "Sum: 1, want 2", 4)
	if s := FormatSchedule(f.Schedule); s[0] == s[1] {
		t.Errorf("schedule %s loses no update", s)
	}
	if _, err := explored(t, newToy(t, counter(func(t *toyThread) { t.Do(0, add(1)) }))); err != nil {
		t.Errorf("one atomic addition: %v", err)
	}
}

// Two threads take two locks, in opposite orders.
func TestDeadlock(t *testing.T) {
	take := func(first, second int) func(*toyThread) {
		return func(t *toyThread) {
			t.Do(first, lock)
			t.Do(second, lock)
			t.Do(second, unlock)
			t.Do(first, unlock)
		}
	}
	views, body := once(take(0, 1), take(1, 0))
	x := newToy(t, toySystem{Cells: cells("p", "q"), Views: views, Body: body})
	f := broken(t, x, "Progress: deadlock: a waits at q", 2)
	if s := FormatSchedule(f.Schedule); s != "ab" {
		t.Errorf("schedule %s, want ab", s)
	}
	views, body = once(take(0, 1), take(0, 1))
	if _, err := explored(t, newToy(t, toySystem{Cells: cells("p", "q"), Views: views, Body: body})); err != nil {
		t.Errorf("one order: %v", err)
	}
}

// Each of two threads raises its flag and lowers it again as long as the other's is up.
func TestLivelock(t *testing.T) {
	polite := func(mine, other int) func(*toyThread) {
		return func(t *toyThread) {
			for t.Do(mine, store(1)); t.Do(other, load) == 1; t.Do(mine, store(1)) {
				t.Do(mine, store(0))
			}
		}
	}
	views, body := once(polite(0, 1), polite(1, 0))
	x := newToy(t, toySystem{Cells: cells("p", "q"), Views: views, Body: body})
	f := broken(t, x, "Progress: a has taken 128 steps without a rest", MaxSteps+2)
	if s := FormatSchedule(f.Schedule); strings.Count(s, "b") != 1 {
		t.Errorf("schedule %s, want one step of b, which raises its flag", s)
	}
}

// Two threads raise a flag and then look at the other's. If both flags are seen down, both go in.
// Sequential consistency forbids that in this order of the two operations, and in no other.
func TestReordered(t *testing.T) {
	enter := func(mine, other int, reordered bool) func(*toyThread) {
		return func(t *toyThread) {
			var seen int64
			if reordered {
				seen = t.Do(other, load)
				t.Do(mine, store(1))
			} else {
				t.Do(mine, store(1))
				seen = t.Do(other, load)
			}
			if seen == 0 {
				t.View = "inside"
				t.Do(mine, load)
			}
		}
	}
	for _, reordered := range []bool{false, true} {
		views, body := once(enter(0, 1, reordered), enter(1, 0, reordered))
		x := newToy(t, toySystem{Cells: cells("p", "q"), Views: views, Body: body,
			Judge: func(n int, o *Observation[place, string]) (int, error) {
				if o.To[0].View == "inside" && o.To[1].View == "inside" {
					return n, errors.New("Exclusion: both are inside")
				}
				return n, nil
			}})
		if reordered {
			broken(t, x, "Exclusion: ", 4)
		} else if _, err := explored(t, x); err != nil {
			t.Error(err)
		}
	}
}

// A thread that rests with the same view and memory is where it was: a search of a system that runs
// for ever ends.
func TestCycle(t *testing.T) {
	body := func(t *toyThread) { t.Do(0, store(int64(t.Number))) }
	x := newToy(t, toySystem{Cells: cells("x"), Views: make([]place, 2), Body: body})
	if g, err := explored(t, x); err != nil || len(g.States) != 2 || g.Steps != 4 || g.Ends != 0 {
		t.Errorf("%d states, %d steps, %d ends, %v; want 2, 4, 0", len(g.States), g.Steps, g.Ends, err)
	}
}

// Bounds that were hit are never a pass.
func TestIncomplete(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		states int
	}{{t.Context(), 5}, {cancelled, 1 << 20}} {
		x := newToy(t, counter(func(t *toyThread) { t.Do(0, add(1)); t.Do(0, load) }))
		if _, err := x.Explore(c.ctx, Limits{States: c.states}); !errors.Is(err, ErrIncomplete) {
			t.Errorf("Explore of %d states, context %v = %v, want incomplete", c.states, c.ctx.Err(), err)
		}
		first := func(State, []Step) int { return 0 }
		if f := x.Run(first, 2); !errors.Is(f.Err, ErrIncomplete) {
			t.Errorf("Run of 2 steps = %v, want incomplete", f.Err)
		}
		if f := x.Run(first, 4); f.Err != nil {
			t.Errorf("Run of 4 steps = %v", f.Err)
		}
	}
}

// The same exploration twice is the same, to the letter of its report.
func TestTwice(t *testing.T) {
	var reports [2]string
	for i := range reports {
		x := newToy(t, counter(lostUpdate))
		g, err := explored(t, x)
		var f *Failure
		if !errors.As(err, &f) {
			t.Fatal(err)
		}
		reports[i] = fmt.Sprint(g.States, g.Steps) + x.Report(f)
	}
	if reports[0] != reports[1] {
		t.Errorf("first\n%s\nthen\n%s", reports[0], reports[1])
	}
}

// A report has one column per thread and one line per step.
func TestReport(t *testing.T) {
	sys := counter(func(t *toyThread) {
		n := t.Do(0, load)
		t.Note(fmt.Sprintf("saw %d", n))
		t.Do(0, store(n+1))
	})
	sys.Columns, sys.Row = []string{"x"}, func(_ int, m *Memory) []string { return []string{fmt.Sprint(m[0])} }
	x := newToy(t, sys)
	steps, err := ParseSchedule("abab")
	if err != nil {
		t.Fatal(err)
	}
	want := `
   a                      b                      x
0                                                0
1  x {load 0} = 0: saw 0                         0
2                         x {load 0} = 0: saw 0  0
3  x {store 1} = 1                               1
4                         x {store 1} = 1        1
`
	table, err := x.Replay(steps)
	var got strings.Builder
	for line := range strings.Lines(table) {
		got.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if "\n"+got.String() != want || err == nil || err.Error() != "Sum: 1, want 2" {
		t.Errorf("Replay = %v\n%s\nwant%s", err, got.String(), want)
	}
}

// Every random run, replayed on coroutines that nothing restores, is the run that the explorer had.
func TestRestored(t *testing.T) {
	body := func(t *toyThread) {
		switch t.Choose(3) {
		case 0:
			t.View = done
		case 1:
			t.Do(0, add(1))
			t.Do(1, store(t.Do(0, load)))
		}
		if t.View != done {
			t.View += "."
		}
	}
	own := []Cell{{Name: "x"}, {Name: "mine", Own: true}}
	x := newToy(t, toySystem{Cells: own, Views: make([]place, 1), Body: func(t *toyThread) {
		if t.View != done && len(t.View) < 5 {
			body(t)
		}
	}})
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		f := x.Run(func(_ State, possible []Step) int { return random.IntN(len(possible)) }, 100)
		if f.Err != nil {
			t.Fatal(f.Err)
		}
		if _, err := x.Replay(f.Schedule); err != nil {
			t.Fatalf("%s: %v", FormatSchedule(f.Schedule), err)
		}
	}
}

// A replay notices what is no schedule, and a body that is not the same every time.
func TestReplayNotices(t *testing.T) {
	x := newToy(t, counter(lostUpdate))
	for _, text := range []string{"aaa", "c", "a1"} {
		steps, err := ParseSchedule(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Replay(steps); !errors.Is(err, ErrSchedule) {
			t.Errorf("Replay of %s = %v, want not a schedule", text, err)
		}
	}
	bodies := int64(0)
	x = newToy(t, counter(func(t *toyThread) {
		bodies++
		n := bodies
		t.Do(0, load)
		t.Do(0, store(n))
	}))
	if _, err := x.Replay([]Step{{}, {}}); !errors.Is(err, ErrSchedule) {
		t.Errorf("Replay of a body that counts itself = %v, want not a schedule", err)
	}
}

// Memory of one thread's own that another uses too.
func TestOwn(t *testing.T) {
	use := func(t *toyThread) { t.Do(0, load); t.Do(1, store(1)) }
	views, body := once(use, use)
	sys := toySystem{Cells: []Cell{{Name: "x"}, {Name: "mine", Own: true}}, Views: views, Body: body}
	_, err := explored(t, newToy(t, sys))
	if want := "Contract: mine is used by b, and was by a"; err == nil || err.Error() != want {
		t.Errorf("explored = %v, want %s", err, want)
	}
	sys.Views = views[:1]
	if g, err := explored(t, newToy(t, sys)); err != nil || len(g.States) != 2 {
		t.Errorf("one thread: %d states, %v; want 2: what it does on its own is part of a step", len(g.States), err)
	}
}

// Memory that a lock guards, and that a thread uses with the lock or without.
func TestGuard(t *testing.T) {
	locked := func(t *toyThread) { t.Do(0, lock); t.Do(1, add(1)); t.Do(0, unlock) }
	for _, c := range []struct {
		second func(*toyThread)
		want   string
	}{
		{locked, ""},
		{func(t *toyThread) { t.Do(2, load); t.Do(1, add(1)) }, "Contract: guarded is used by b without lock"},
		{func(t *toyThread) { t.Do(0, lock); t.Do(0, unlock); t.Do(1, load) }, "Contract: guarded is used by b without lock"},
	} {
		views, body := once(locked, c.second)
		sys := toySystem{Cells: []Cell{{Name: "lock"}, {Name: "guarded", Guard: 1}, {Name: "x"}}, Views: views, Body: body}
		if _, err := explored(t, newToy(t, sys)); fmt.Sprint(err) != c.want && (err != nil || c.want != "") {
			t.Errorf("explored = %v, want %q", err, c.want)
		}
	}
}

// A point knows what was asked since the last rest, and what the answers were.
func TestAsked(t *testing.T) {
	views, body := once(func(t *toyThread) {
		if t.Choose(2) == 1 {
			t.Do(1, store(7)) // on its own memory: part of the step before
			t.Do(0, add(2))
		}
		t.Do(0, load)
	})
	x := newToy(t, toySystem{Cells: []Cell{{Name: "x"}, {Name: "mine", Own: true}}, Views: views, Body: body})
	s := x.Initial()
	for i, want := range []struct {
		asked   []Request
		answers []int64
	}{
		{},
		{[]Request{{Kind: Choice, N: 2}, {Kind: Own, Cell: 1, Op: store(7)}}, []int64{1, 7}},
		{[]Request{{Kind: Choice, N: 2}, {Kind: Own, Cell: 1, Op: store(7)}, {Kind: Operation, Op: add(2)}}, []int64{1, 7, 2}},
		{}, // at rest again
	} {
		p := x.Point(s, 0)
		asked := slices.Clone(p.Asked)
		for i := range asked {
			asked[i].Site = nil
		}
		if !slices.Equal(asked, want.asked) || !slices.Equal(p.Answers, want.answers) {
			t.Errorf("after %d steps: asked %v, answered %v; want %v, %v", i, asked, p.Answers, want.asked, want.answers)
		}
		if steps := x.Steps(s); len(steps) > 0 {
			s, _ = x.Take(s, steps[len(steps)-1])
		}
	}
}

// A request knows where in the code it is made.
func TestSite(t *testing.T) {
	views, body := once(func(t *toyThread) {
		for range 2 {
			t.Do(0, add(1))
		}
		addOne(t)
	})
	x := newToy(t, toySystem{Cells: cells("x"), Views: views, Body: body})
	var sites []*Site
	for s := x.Initial(); len(x.Steps(s)) > 0; s, _ = x.Take(s, x.Steps(s)[0]) {
		sites = append(sites, x.Point(s, 0).Site)
	}
	if len(sites) != 3 || sites[0] != sites[1] || sites[0] == sites[2] {
		t.Fatalf("sites %v, want three, and two of them one", sites)
	}
	frames := sites[2].Frames()
	first, _ := frames.Next()
	second, _ := frames.Next()
	if !strings.HasSuffix(first.Function, ".addOne") || !strings.Contains(second.Function, ".TestSite.") {
		t.Errorf("the third request is made by %s in %s, want addOne in TestSite", first.Function, second.Function)
	}
}

func addOne(t *toyThread) { t.Do(0, add(1)) }

func TestBounds(t *testing.T) {
	views, body := once(lostUpdate)
	for name, sys := range map[string]toySystem{
		"no thread":    {Cells: cells("x"), Body: body},
		"five threads": {Cells: cells("x"), Views: make([]place, MaxThreads+1), Body: body},
		"many cells":   {Cells: make([]Cell, MaxCells+1), Views: views, Body: body},
	} {
		if _, err := New(sys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSchedule(t *testing.T) {
	for _, text := range []string{"", "abcd", "a1b9a"} {
		if steps, err := ParseSchedule(text); err != nil || FormatSchedule(steps) != text {
			t.Errorf("%q is read as %v, %v", text, steps, err)
		}
	}
	for _, text := range []string{"1a", "ae", "a11", "A"} {
		if _, err := ParseSchedule(text); err == nil {
			t.Errorf("ParseSchedule(%q): no error", text)
		}
	}
}
