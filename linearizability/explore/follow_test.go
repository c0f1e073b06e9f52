//go:build interleave

package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

// Scenarios that are too large to exhaust.
var followScenarios = []string{
	"200(-(-)):@Y+1/+20/+60/-1/-20*9:@X+2/+40/-2/-30*9:@Y+3/-1/-3*9:+90/+30/-30*9",
	"200(-,-):@X+1/+60/-1/-40*9:@X+2/-2/+50*9:@Y+1/+49/-1/-20*9:+100/-90/+20*9",
	"200(50(-),90):@Y+1/-1/+30*8:@Y+2/-2/-30*8:@Z+1/-1/+60*8:XL20/XL-/L100/L200/ZL30/ZL90*8",
	"200(-(-),90):@Y+3/+4*3.MZ2*2.MX1/MO1*2.XK.Y+1/Y-1*2:@Z+1/-1*8:@X+2/-1/=*8:+20/-20/=*8",
	"200(-(?-)):@X+1/-1/+20*8:@X+2/-2*8:YN.Y+1/Y-1/Y+30*8",
	"-(-(-)):@Y+1/-1*7:@X+2/-2*7:L200/L-/S*4.L-.E",
}

// followed is how many runs there are of each.
const followed = 5

// TestFollow lets TLC follow random runs of the code, the same every time, step by step. So that a
// wrong step would show, it also follows each with one state left out, or with one variable changed
// in one.
func TestFollow(t *testing.T) {
	tlc, err := tla.FindTLC()
	missing.Skip(t, err, fmt.Sprintf("%d runs followed by TLC", followed*len(followScenarios)))
	for seed, text := range followScenarios {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			x, err := New(text)
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(uint64(seed), 3))
			var runs, wrong []specRun
			steps := 0
			for range followed {
				r := runOf(t, x, random)
				runs, wrong = append(runs, r), append(wrong, r.spoilt(random))
				steps += len(r.states) - 1
			}
			ran, cfg := specFiles(t, "Ran", x.scenario)
			var all [][]string
			for _, r := range slices.Concat(runs, wrong) {
				all = append(all, r.changes())
			}
			reached, err := tlc.Follow(t.Context(), tla.Modules, ran, cfg, all)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range runs {
				if reached[i] < len(r.states) {
					t.Error(r.report(reached[i]))
				} else if n := reached[followed+i]; n != wrong[i].wrong {
					t.Errorf("state %d is wrong, and yet TLC reached %d states:\n%s", wrong[i].wrong, n, all[followed+i])
				}
			}
			t.Logf("%s: %d runs, %d steps", text, followed, steps)
		})
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

// spoilt is the run with one state left out, or with one variable of one as it is in another.
func (r specRun) spoilt(random *rand.Rand) specRun {
	r.wrong = 1 + random.IntN(len(r.states)-2)
	r.states = slices.Clone(r.states)
	if random.IntN(2) == 0 {
		r.states = slices.Delete(r.states, r.wrong, r.wrong+1)
		return r
	}
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
		list, last = append(list, "["+strings.Join(fields, ", ")+"]"), state
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
