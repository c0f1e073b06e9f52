package prove

import "slices"

// draw takes states that TLC met, and perturbed ones; and then, for each path that is taken in
// few of them, some more in which it is.
func (a *agreement) draw(met, perturbed int) {
	for _, s := range a.reachable(met) {
		a.add(s)
	}
	labels := a.labels
	for turn := range perturbed {
		a.add(a.perturbed(labels[turn%len(labels)], 3))
	}
	took := make([]int, len(a.paths))
	for n := range a.states {
		a.count(n, took)
	}
	for i, p := range a.paths {
		for try := 0; try < tries && took[i] < a.small.eachPath; try++ {
			var s []any
			if places := a.at[p.action]; try%2 == 0 && len(places) > 0 {
				s = a.met[places[a.IntN(len(places))].state]
			} else {
				s = a.perturbed(p.action, 1)
				a.climb(p, s)
			}
			a.enter(s)
			if len(a.takenIn(p, 0)) > 0 && a.add(s) {
				a.count(len(a.states)-1, took)
			}
		}
	}
}

// tries is how many states are looked at for one in which a path is taken.
const tries = 100

// climb changes the state until the path can be taken, or so many changes have not done it: a
// change stays if no fewer of the path's conditions hold after it.
func (a *agreement) climb(p *path, state []any) {
	for _, v := range p.vars {
		all := a.choices(v.Sort)
		a.set(v, all[a.IntN(len(all))])
	}
	a.put(state, a.values[p.vars[0].ID].(thread), p.action)
	holds := func() (n int) {
		a.enter(state)
		for _, c := range p.conds {
			if a.truth(c) {
				n++
			}
		}
		return n
	}
	best := holds()
	for range 100 {
		if best == len(p.conds) {
			return
		}
		old := slices.Clone(state)
		a.change(state)
		if n := holds(); n >= best {
			best = n
		} else {
			copy(state, old)
		}
	}
}

// add adds a state that is not there, and says whether it did.
func (a *agreement) add(state []any) bool {
	key := written(a.text(state))
	if a.listed[key] {
		return false
	}
	a.listed[key] = true
	a.states = append(a.states, state)
	return true
}

func (a *agreement) count(state int, took []int) {
	a.enter(a.states[state])
	for i, p := range a.paths {
		took[i] += len(a.takenIn(p, state))
	}
}
