//go:build interleave

package explore

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

// Scenarios that are too large to exhaust: of stocked children on three levels, of top-ups and trims,
// of limits that move, of bytes that move and a close, of a first child, and of the end of boot.
var followScenarios = []string{
	"200(-(-)):@Y+1/+20/+60/-1/-20*9:@X+2/+40/-2/-30*9:@Y+3/-1/-3*9:+90/+30/-30*9",
	"200(-(-)):@X+1/+60/-1/-40*9:@Y+1/+12/-12*9:@Y+1/-1*9:+50/-50*5",
	"200(50(-),90):@Y+1/-1/+30*8:@Y+2/-2/-30*8:@Z+1/-1/+60*8:XL20/XL-/L100/L200/ZL30/ZL90*8",
	"200(-(-),90):@Y+3/+4*3.MZ2*2.MX1/MO1*2.XK.Y+1/Y-1*2:@Z+1/-1*8:@X+2/-1/=*8:+20/-20/=*8",
	"200(-(?-)):@X+1/-1/+20*8:@X+2/-2*8:YN.Y+1/Y-1/Y+30*8",
	"-(-(-)):@Y+1/-1*8:@X+2/-2*8:L200/L-*4.L-.E",
}

// followed is how many runs there are of each.
const followed = 5

// unmet are the steps of the module at which no run is: the code closes before it leaves, a reading
// of a stocked budget is no step by step one, and a program has backends for all its calls or none.
var unmet = []string{"Backend", "LeaveDrain", "Stats", "StatsBase", "StatsWord"}

// TestFollow lets TLC follow random runs of the code, the same every time, step by step. So that a
// wrong step would show, it also follows each with one variable of one state changed: to that state
// there is no step, or from it.
func TestFollow(t *testing.T) {
	tlc, err := tla.FindTLC()
	missing.Skip(t, err, fmt.Sprintf("%d runs followed by TLC", followed*len(followScenarios)))
	met := ""
	for seed, text := range followScenarios {
		x, err := New(text)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(uint64(seed), 3))
		var runs []specRun // each, and after it the changed one
		var changes [][]string
		steps := 0
		for range followed {
			r := runOf(t, x, random)
			steps += len(r.states) - 1
			for _, r := range []specRun{r, r.spoilt(random)} {
				runs, changes = append(runs, r), append(changes, r.changes())
			}
			met += strings.Join(changes[len(changes)-2], "")
		}
		ran, cfg := specFiles(t, "Ran", x.scenario)
		reached, err := tlc.Follow(t.Context(), tla.Modules, ran, cfg, changes)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range runs {
			switch n := reached[i]; {
			case r.wrong == 0 && n < len(r.states):
				t.Error(r.report(n))
			case r.wrong > 0 && reached[i-1] == len(r.states) && n != r.wrong && n != r.wrong+1:
				t.Errorf("TLC reached %d of %d states, although this is wrong: %s", n, len(r.states), r.report(r.wrong))
			}
		}
		t.Logf("%s: %d runs, %d steps", text, followed, steps)
	}
	allMet(t, met)
}

// allMet fails if no run is at a step of the module, or one is where none should be.
func allMet(t *testing.T, met string) {
	module, err := fs.ReadFile(tla.Modules, "BudgetTree.tla")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range regexp.MustCompile(`pc\[t\] = ("(\w+)")`).FindAllSubmatch(module, -1) {
		if strings.Contains(met, string(at[1])) == slices.Contains(unmet, string(at[2])) {
			t.Errorf("a run is at step %s, and none should be, or the other way round", at[2])
		}
	}
}

// A specRun is a run of the code in the terms of the specification.
type specRun struct {
	*Explorer
	schedule []engine.Step
	states   [][]string // the values of specVars
	after    []int      // how many steps of the schedule led to each
	wrong    int        // the state that is made wrong, if one is
}

func runOf(t *testing.T, x *Explorer, random *rand.Rand) specRun {
	f := x.Run(mostlyOne(random, x.engine.Threads()), 10_000)
	if f.Err != nil {
		t.Fatal(x.Report(f))
	}
	s := newSpec(x)
	s.run = []engine.State{x.engine.Initial()}
	for _, step := range f.Schedule {
		next, err := x.engine.Take(s.run[len(s.run)-1], step)
		if err != nil {
			t.Fatal(err)
		}
		s.run = append(s.run, next)
	}
	r := specRun{Explorer: x, schedule: f.Schedule}
	for n := range s.run {
		state := strings.Split(s.state(s.run[0]), "; ")
		for _, kind := range []string{`"gone"`, `"unlimited"`} { // TLC compares a record with a record only
			state[0] = strings.ReplaceAll(state[0], "|-> "+kind, "|-> [kind |-> "+kind+"]")
		}
		if n == 0 || !slices.Equal(state, r.states[len(r.states)-1]) {
			r.states, r.after = append(r.states, state), append(r.after, n)
		}
		s.run = s.run[1:]
	}
	return r
}

// spoilt is the run with one variable of one state as it is in another.
func (r specRun) spoilt(random *rand.Rand) specRun {
	r.wrong = 1 + random.IntN(len(r.states)-2)
	r.states = slices.Clone(r.states)
	for was := r.states[r.wrong]; slices.Equal(was, r.states[r.wrong]); {
		v := random.IntN(len(was))
		r.states[r.wrong] = slices.Clone(was)
		r.states[r.wrong][v] = r.states[random.IntN(len(r.states))][v]
	}
	return r
}

// changes are the first state in TLA+, and what each step changes.
func (r specRun) changes() (list []string) {
	last := make([]string, len(specVars))
	for _, state := range r.states {
		var fields []string
		for v, value := range state {
			if value != last[v] {
				fields = append(fields, specVars[v]+" |-> "+value)
			}
		}
		text := "<<>>" // a record of nothing
		if fields != nil {
			text = "[" + strings.Join(fields, ", ") + "]"
		}
		list, last = append(list, text), state
	}
	return list
}

// report says that no step leads to state i.
func (r specRun) report(i int) string {
	if i == 0 {
		return fmt.Sprintf("%s: Scenario does not begin with\n%s", r.text, r.changes()[0])
	}
	return fmt.Sprintf("step %d is none of Scenario: from\n%s\nit changes\n%s\n"+
		"go test -tags interleave ./linearizability/explore -run TestReplaySchedule -v -schedule '%s'",
		i, strings.Join(r.states[i-1], "\n"), r.changes()[i], r.Schedule(r.schedule[:r.after[i]]))
}
