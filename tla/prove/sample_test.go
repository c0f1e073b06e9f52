package prove

import (
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"maps"
	"math/rand/v2"
	"slices"
)

// A sampler draws states of a small instance: some that TLC has met, and some near them that are
// not reachable.
type sampler struct {
	*rand.Rand
	*interpretation
	variables []string
	sorts     map[string]*smt.Sort
	labels    []string           // what pc may be
	met       [][]any            // the states that TLC met
	at        map[string][]place // by label: where a thread is at it
}

// strange is a string that no formula names.
const strange = "strange"

type place struct {
	state  int
	thread thread
}

func newSampler(seed uint64, in *interpretation, ev *evaluator, met []tupleOf) *sampler {
	s := &sampler{Rand: rand.New(rand.NewPCG(seed, 0)), interpretation: in,
		variables: ev.Variables, sorts: ev.sorts,
		labels: stringsIn(ev.Defs["Steps"]), at: map[string][]place{}}
	pc := slices.Index(s.variables, "pc")
	for n, m := range met {
		s.met = append(s.met, s.state(m))
		for i, label := range s.met[n][pc].([]any) {
			s.at[label.(string)] = append(s.at[label.(string)], place{n, thread(i)})
		}
	}
	return s
}

// stringsIn are the strings that definitions name, themselves or through others.
func stringsIn(defs ...*sany.Definition) (all []string) {
	found := map[*sany.Definition]bool{}
	for _, d := range defs {
		reach(d, found)
	}
	for d := range found {
		each(d.Body, func(x *sany.Expr) {
			if x.Kind == sany.String {
				all = append(all, x.Name)
			}
		})
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// state is the state as the interpretation has it, and text is the way back.
func (s *sampler) state(said tupleOf) (state []any) {
	for i, v := range s.variables {
		state = append(state, s.from(said[i], s.sorts[v]))
	}
	return state
}

func (s *sampler) text(state []any) (said tupleOf) {
	for i, v := range s.variables {
		said = append(said, s.to(state[i], s.sorts[v]))
	}
	return said
}

// reachable are n of the states that were met, as many with a thread at a rare step as with one
// at a common step.
func (s *sampler) reachable(n int) (states [][]any) {
	labels := slices.Sorted(maps.Keys(s.at))
	taken := map[int]bool{0: true} // the initial state
	states = append(states, s.met[0])
	for tries := 0; len(states) < n && tries < 20*n; tries++ {
		all := s.at[labels[tries%len(labels)]]
		if p := all[s.IntN(len(all))]; !taken[p.state] {
			taken[p.state] = true
			states = append(states, s.met[p.state])
		}
	}
	return states
}

// perturbed is a state near one that was met. A thread is put at the step, with variables of its
// own that a thread at it has had if there is one, and up to so many things are changed.
func (s *sampler) perturbed(label string, changes int) []any {
	state := slices.Clone(s.met[s.IntN(len(s.met))])
	t := thread(s.IntN(len(s.threads)))
	if places := s.at[label]; len(places) > 0 {
		p := places[s.IntN(len(places))]
		if s.IntN(3) == 0 {
			state = slices.Clone(s.met[p.state]) // only what is changed below is wrong
			t = p.thread
		}
		s.splice(state, t, p)
	}
	s.put(state, t, label)
	for range 1 + s.IntN(changes) {
		s.change(state)
	}
	return state
}

// put puts thread t at the step, if it is one: some actions begin a call.
func (s *sampler) put(state []any, t thread, label string) {
	if pc := slices.Index(s.variables, "pc"); slices.Contains(s.labels, label) {
		state[pc] = stored(state[pc], t, label)
	}
}

// change changes one thing in the state, other than where threads are.
func (s *sampler) change(state []any) {
	i := s.IntN(len(s.variables))
	switch v := s.variables[i]; {
	case v == "pc":
	case s.IntN(3) == 0:
		state[i] = s.met[s.IntN(len(s.met))][i]
	default:
		state[i] = s.changed(state[i], s.sorts[v])
	}
}

// splice gives thread t the variables of its own that the thread of the place has there.
func (s *sampler) splice(state []any, t thread, p place) {
	for i, v := range s.variables {
		if of := s.sorts[v]; of.Index == smt.ThreadSort && !of.Set {
			state[i] = stored(state[i], t, s.met[p.state][i].([]any)[p.thread])
		}
	}
}

// changed is v with one thing in it changed.
func (s *sampler) changed(v any, of *smt.Sort) any {
	switch v := v.(type) {
	case bool:
		return !v
	case int64:
		// From half of Half, nothing is counted.
		half := s.values[s.ev.Const("Half", smt.IntSort).ID].(int64)
		near := []int64{v + 1, v - 1, 0, half / 2, half/2 - 1, half / 4, int64(s.IntN(6))}
		return near[s.IntN(len(near))]
	case []any:
		i := s.IntN(len(v))
		elem := of.Elem
		switch {
		case of.Fields != nil:
			elem = of.Fields[i].Sort
		case of.Set:
			elem = smt.BoolSort
		}
		v = slices.Clone(v)
		v[i] = s.changed(v[i], elem)
		return v
	case map[int64]any:
		i := int64(s.IntN(2))
		return stored(v, i, s.changed(v[i], of.Elem))
	case map[string]any:
		if len(v) == 0 {
			return map[string]any{strange: true}
		}
		return map[string]any{}
	}
	panic(of.Name)
}
