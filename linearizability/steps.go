package linearizability

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"casalloc/linearizability/calls"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// A step is one of an operation: see "Operations are the protocol's steps" in the package comment.
// All steps of an operation have its call and its return.
type step struct {
	Input
	Output
	client int
	number int // of the steps of the operation
	last   bool
	kind   kind
	level  int // of a pass
}

type kind string

const (
	whole  kind = ""        // all of the operation
	early  kind = "asks"    // of a Reserve: whether the budget is closed
	grant  kind = "granted" // of Reserve and Move
	land   kind = "landed"
	take   kind = "taken" // of Release and RollBack
	pass   kind = "passed"
	shut   kind = "closed" // of Close and Leave
	look   kind = "read"   // of Close
	forget kind = "left"   // of Leave
	charge kind = "above"  // of a Reserve that is refused in the end, because its budget left meanwhile
	refuse kind = "refused"
)

// String is the text of a step in pictures.
func (o step) String() string {
	text := Describe(o.Input, o.Output)
	switch {
	case o.kind == pass:
		return fmt.Sprintf("%s: %s at %v", text, o.kind, calls.Via(o.level))
	case o.kind != whole:
		return fmt.Sprintf("%s: %s", text, o.kind)
	}
	return text
}

// steps are the steps of the operations of a history, each with the call and the return of its
// operation. Those after the first have a lane of their own in a picture.
func (h History) steps() (all []porcupine.Operation) {
	tree := h.Tree.State()
	for i, o := range h.Ops {
		base := step{Input: o.Input.(Input), Output: o.Output.(Output), client: o.ClientId}
		var others []Input
		for j, p := range h.Ops {
			if i != j && p.Call < o.Return && o.Call < p.Return {
				others = append(others, p.Input.(Input))
			}
		}
		steps := []step{base}
		if others != nil {
			steps = base.split(&tree, others)
		}
		for k, s := range steps {
			s.number, s.last = k, k == len(steps)-1
			o.Input, o.Output, o.ClientId = s, nil, s.client+k*maxClients
			all = append(all, o)
		}
	}
	return all
}

// split returns the steps of an operation that overlaps others.
func (o step) split(tree *model.State, others []Input) (steps []step) {
	at := int(o.At)
	ended := slices.ContainsFunc(others, func(in Input) bool {
		return in.At == o.At && (in.Op == calls.Close || in.Op == calls.Leave)
	})
	late := ended && tree.Budgets[at].Open // it may ask before that and take after it
	as := func(kinds ...kind) {
		for _, k := range kinds {
			o.kind = k
			steps = append(steps, o)
		}
	}
	passes := func(levels []int) {
		for _, o.level = range levels {
			as(pass)
		}
	}
	switch above := tree.Path(at); {
	case o.Op == calls.Reserve && o.Err == nil && late:
		as(early, grant, land)
	case o.Op == calls.Reserve && o.Err == nil:
		as(grant, land)
	case o.Op == calls.Reserve && o.Err == model.ErrClosed && late:
		as(early, charge, refuse)
		passes(above[1:])
	case (o.Op == calls.Release || o.Op == calls.RollBack) && o.Err == nil:
		as(take)
		passes(above)
	case o.Op == calls.Move && o.Err == nil:
		as(grant)
		passes(tree.Rising(at, int(o.To)))
		as(land)
	case o.Op == calls.Close:
		as(shut, look)
	case o.Op == calls.Leave:
		o.N = o.Reading.Used
		as(shut, forget)
		passes(above[1:])
	default:
		as(whole)
	}
	return steps
}

const maxClients = 16

// A state is one of the specification in the middle of operations.
type state struct {
	tree model.State
	open [maxClients]progress
}

// Progress is what the open operation of a client has done so far.
type progress struct {
	steps  int
	early  bool  // it found its budget open
	coming Input // granted, and not yet landed
	ended  bool  // what it has yet to pass, a budget that left has given back
}

// explain returns the state after a step, and false if the step is not one at s.
func (s state) explain(o step) (state, bool) {
	p, t := &s.open[o.client], &s.tree
	if p.steps != o.number {
		return s, false
	}
	p.steps++
	ok, at := true, int(o.At)
	var err error
	switch o.kind {
	case whole:
		ok = s.whole(o.Input, o.Output)
	case early:
		p.early = !t.Budgets[at].Closed
	case grant:
		*t, ok = granted(*t, o.Input, p.early)
		p.coming = o.Input
	case land:
		if o.Op == calls.Move {
			at = int(o.To)
		}
		*t = t.Land(at, o.N)
	case take:
		*t, err = t.Take(at, o.N)
		ok = err == nil
	case pass:
		if !p.ended {
			next, follow := t.Pass(o.level, o.N)
			*t, p.ended = next, !follow
		}
	case charge:
		above := t.Path(at)[1:]
		if p.ended = !p.early || t.Unlimited || t.Refusals(o.N, above) != nil; !p.ended {
			for _, b := range above {
				t.Budgets[b].Used += o.N
			}
		}
	case refuse:
		ok = t.Budgets[at].Closed || p.ended && refuses(*t, o.Input, o.Err)
	case shut:
		*t = t.Shut(at)
	case look:
		ok = s.reads(o.Input, o.Reading.Used)
	case forget:
		var left int64
		*t, left = t.Forget(at)
		ok = left == o.Reading.Used
	}
	if o.last {
		*p = progress{}
	}
	return s, ok
}

// granted returns the tree after a Reserve or a Move is granted, and false if it is not. One that
// found a child without a limit open is no longer refused by it.
func granted(t model.State, in Input, early bool) (next model.State, ok bool) {
	at, err := int(in.At), error(nil)
	closed := &t.Budgets[at].Closed
	was := *closed
	*closed = was && !(early && !t.Budgets[at].Left)
	if in.Op == calls.Move {
		next, err = t.Depart(at, int(in.To), in.N)
	} else {
		next, err = t.Grant(at, in.N)
	}
	next.Budgets[at].Closed = was
	return next, err == nil
}

// refuses reports whether a budget refuses a Reserve or a Move with an error. Any one may, and one
// that is closed is also over its limit.
func refuses(t model.State, in Input, err error) bool {
	at := int(in.At)
	path := t.Path(at)
	if in.Op == calls.Move {
		path = t.Rising(int(in.To), at)
	}
	errs := t.Refusals(in.N, path)
	return in.N > 0 && !calls.BadSize(in.N) && !t.Unlimited &&
		(slices.Contains(errs, err) || err == model.ErrLimit && errs != nil)
}

// whole reports whether an operation may have an output as one step, and makes it.
func (s *state) whole(in Input, out Output) bool {
	t, at := &s.tree, int(in.At)
	b := &t.Budgets[at]
	next, want := Step(*t, in)
	grows := in.Op == calls.Reserve || in.Op == calls.Move
	switch {
	case in.Op == calls.Stats || in.Op == calls.Exact:
		used := out.Reading.Used
		if in.Op == calls.Stats && at != 0 {
			out.Reading = want.Reading // of a child, no instant is claimed for the rest
		}
		out.Reading.Used = want.Reading.Used
		return out == want && (t.Unlimited || s.reads(in, used))
	case out.Err == model.ErrOverRelease && in.N >= 0:
		return in.Op != calls.Reserve && !t.Unlimited && !b.Left && in.N > b.Held-b.Coming
	case grows && (out.Err == model.ErrLimit || out.Err == model.ErrClosed) && refuses(*t, in, out.Err):
		return true
	}
	*t = next
	return out == want
}

// coming returns the bytes for which a budget is charged and which its word may not have yet, as
// far as a reading may find it so: of growths and moves that were granted, to it and to what is
// below. The root is charged first. Under the lock, as all readings but Stats are, only growth at a
// child without a limit is on its way.
func (s *state) coming(reading Input) (sizes []int64) {
	t, at := &s.tree, int(reading.At)
	if at == 0 || t.Unlimited || t.Budgets[at].Left {
		return nil
	}
	for _, p := range s.open {
		in, path := p.coming, []int(nil)
		switch {
		case in.Op == calls.Reserve && (reading.Op == calls.Stats || in.At == reading.At && t.Budgets[at].Open):
			path = t.Path(int(in.At))
		case in.Op == calls.Move && reading.Op == calls.Stats:
			path = t.Rising(int(in.To), int(in.At))
		}
		if slices.Contains(path, at) {
			sizes = append(sizes, in.N)
		}
	}
	return sizes
}

// reads reports whether so many bytes may be read: what is used, with any of what is coming left
// out. Stats of a budget that has children may have slack beside that, up to the lowest limit from
// the budget upwards; nothing that is closed has slack.
func (s *state) reads(in Input, used int64) bool {
	t, at := &s.tree, int(in.At)
	least, rest := t.Budgets[at].Used, map[int64]bool{t.Budgets[at].Used: true}
	for _, n := range s.coming(in) {
		least -= n
		for used := range maps.Clone(rest) {
			rest[used-n] = true
		}
	}
	if in.Op != calls.Stats || t.IsLeaf(at) {
		return rest[used]
	}
	most := t.Budgets[at].Used
	if path := t.Path(at); !slices.Contains(t.Refusals(0, path), model.ErrClosed) {
		lowest := slices.MinFunc(path, func(a, b int) int { return cmp.Compare(t.Limit(a), t.Limit(b)) })
		most = max(most, t.Limit(lowest))
	}
	return used >= max(0, least) && used <= most
}
