// Package model is the sequential specification of a tree of memory budgets: values only, one
// operation at a time, to be checked by eye.
//
// A tree begins with its root, which counts and refuses nothing. A child is made with a limit of
// its own, or without one for good. A growth is granted if it fits at the budget that was called
// and at each one above it. Every operation returns the next state and an error. With an error, the
// next state differs from the state at most in Refused. The checks of package impl compare it with
// this one; the two share no code.
//
// # Steps
//
// Beside others, some operations are several steps. Reserve is Grant, when a budget and all above
// it are charged, and Land, when the caller knows. Release is Take, and one Pass per budget,
// upwards. Close is Shut, and a reading. Leave is Shut, Forget, and one Pass per budget above. Move
// is Depart, one Pass per budget on the way to the lowest one that is above both, and Land.
package model

import (
	"errors"
	"math"
	"slices"
)

// Mode is what a budget does with a request.
type Mode int

const (
	Counting  Mode = iota // has no limit of its own in force
	Enforcing             // refuses what does not fit
	Unlimited             // counts nothing, refuses nothing
)

// Sizes in bytes.
const (
	MaxSize      = 1 << 47             // the largest size and the largest limit
	NoLimit      = math.MaxInt64       // in place of a limit: none
	CountingBase = MaxSize + MaxSize/2 // the range of the counter of a root without a limit
	MaxBudgets   = 9                   // of a tree here
)

var (
	ErrLimit       = errors.New("model: over limit")
	ErrClosed      = errors.New("model: closed")
	ErrSize        = errors.New("model: size out of range")
	ErrUnlimited   = errors.New("model: not accounted any more")
	ErrNoLimit     = errors.New("model: made without a limit")
	ErrOverRelease = errors.New("model: released more than is held")
)

// State is a tree at rest. A budget is named by its number; the root is 0.
type State struct {
	Unlimited bool // the boot has ended without a limit: nothing is counted
	Len       int  // budgets there are
	Budgets   [MaxBudgets]Budget
}

// A Budget is one of a tree. Sizes are in bytes.
type Budget struct {
	Parent       int   // 0 of the root, too
	Limit        int64 // its own, 0 to MaxSize, or NoLimit
	Open         bool  // a child that never has a limit of its own
	Closed, Left bool
	Held         int64 // granted at it and not released
	Coming       int64 // of that, what has not landed
	Used         int64 // charged: Held, Used of its children, and what they have not yet passed
	Peak         int64 // the largest Used so far
	Refused      int64 // growths at it that did not fit
	RolledBack   int64 // growths at it that were rolled back
}

// New returns a root without a limit.
func New() (s State) {
	s.Len = 1
	s.Budgets[0].Limit = NoLimit
	return s
}

// NewChild adds a child of a budget, with a limit of its own, or with NoLimit for good.
func (s State) NewChild(of int, limit int64) State {
	s.Budgets[s.Len] = Budget{Parent: of, Limit: limit, Open: limit == NoLimit}
	s.Len++
	return s.Made(s.Len - 1)
}

// Made returns the state when a child has been made: of one that is closed it is closed too. A
// child may be in the tree before.
func (s State) Made(at int) State {
	b := &s.Budgets[at]
	b.Closed = b.Closed || s.Budgets[b.Parent].Closed
	return s
}

// Path returns the budgets from one up to the root.
func (s *State) Path(at int) []int { return append(s.below(0, at), 0) }

// below returns the budgets from one upwards, as long as they are below top.
func (s *State) below(top, at int) (path []int) {
	for ; at != top; at = s.Budgets[at].Parent {
		path = append(path, at)
	}
	return path
}

// Rising returns the budgets from one upwards that a Move to another takes bytes back at: those
// below the lowest one that is above both.
func (s *State) Rising(from, to int) []int { return s.below(s.common(from, to), from) }

func (s *State) common(a, b int) int {
	above := s.Path(b)
	for !slices.Contains(above, a) {
		a = s.Budgets[a].Parent
	}
	return a
}

// IsLeaf reports whether a budget has no children.
func (s *State) IsLeaf(at int) bool {
	return !slices.ContainsFunc(s.Budgets[1:s.Len], func(b Budget) bool { return b.Parent == at })
}

// Mode returns the mode of a budget.
func (s *State) Mode(at int) Mode {
	switch {
	case s.Unlimited:
		return Unlimited
	case s.Budgets[at].Limit == NoLimit:
		return Counting
	}
	return Enforcing
}

// Limit returns the limit of a budget itself. A root without one has the range of its counter.
func (s *State) Limit(at int) int64 {
	if at == 0 {
		return min(s.Budgets[0].Limit, CountingBase)
	}
	return s.Budgets[at].Limit
}

// Headroom returns the bytes that still fit at a budget itself. It is negative if the limit was
// lowered below what is used, and means nothing when Unlimited.
func (s *State) Headroom(at int) int64 { return s.Limit(at) - s.Budgets[at].Used }

// Refusals returns why n bytes are refused at budgets, in their order.
func (s *State) Refusals(n int64, budgets []int) (errs []error) {
	for _, at := range budgets {
		switch {
		case s.Budgets[at].Closed:
			errs = append(errs, ErrClosed)
		case n > s.Headroom(at):
			errs = append(errs, ErrLimit)
		}
	}
	return errs
}

// Reserve takes n bytes if they fit.
func (s State) Reserve(at int, n int64) (State, error) {
	next, err := s.Grant(at, n)
	if err != nil {
		return next, err
	}
	return next.Land(at, n), nil
}

// Grant charges a budget and all above it for n bytes if they fit.
func (s State) Grant(at int, n int64) (State, error) {
	switch {
	case n < 0 || n > MaxSize:
		return s, ErrSize
	case n == 0 || s.Unlimited:
		return s, nil
	}
	path := s.Path(at)
	errs := s.Refusals(n, path)
	if errs != nil {
		s.Budgets[at].Refused++
	}
	switch {
	case slices.Contains(errs, ErrClosed):
		return s, ErrClosed
	case errs != nil:
		return s, ErrLimit
	}
	return s.charge(at, n, path), nil
}

// charge charges a budget for n bytes that are to be held there, and those on the path.
func (s State) charge(at int, n int64, path []int) State {
	s.Budgets[at].Held += n
	s.Budgets[at].Coming += n
	for _, above := range path {
		b := &s.Budgets[above]
		b.Used += n
		b.Peak = max(b.Peak, b.Used)
	}
	return s
}

// Land ends what Grant and Depart began.
func (s State) Land(at int, n int64) State {
	if !s.Unlimited && !s.Budgets[at].Left {
		s.Budgets[at].Coming -= n
	}
	return s
}

// Release gives back n bytes, if that many are held at a budget.
func (s State) Release(at int, n int64) (State, error) {
	next, err := s.Take(at, n)
	if err != nil {
		return s, err
	}
	return next.pass(n, s.Path(at)), nil
}

// Take takes n bytes away from what is held at a budget.
func (s State) Take(at int, n int64) (State, error) {
	b := &s.Budgets[at]
	switch {
	case n < 0:
		return s, ErrOverRelease
	case s.Unlimited || b.Left:
		return s, nil
	case n > b.Held:
		return s, ErrOverRelease
	}
	b.Held -= n
	return s, nil
}

// Pass has a budget charged for n bytes less. It reports whether those above it are to follow.
func (s State) Pass(at int, n int64) (next State, follow bool) {
	if s.Unlimited || s.Budgets[at].Left {
		return s, false
	}
	s.Budgets[at].Used -= n
	return s, true
}

func (s State) pass(n int64, budgets []int) State {
	for _, at := range budgets {
		next, follow := s.Pass(at, n)
		if !follow {
			return s
		}
		s = next
	}
	return s
}

// RollBack gives back a reservation whose allocation failed. It counts as one where bytes do.
func (s State) RollBack(at int, n int64) (State, error) {
	next, err := s.Release(at, n)
	counted := !s.Unlimited && !slices.ContainsFunc(s.Path(at), func(b int) bool { return s.Budgets[b].Left })
	if err == nil && counted {
		next.Budgets[at].RolledBack++
	}
	return next, err
}

// SetLimit puts the limit n in force at a budget, whatever is used; 0 refuses all growth, NoLimit
// is none.
func (s State) SetLimit(at int, n int64) (State, error) {
	switch b := &s.Budgets[at]; {
	case n < 0 || n > MaxSize && n != NoLimit:
		return s, ErrSize
	case b.Open:
		return s, ErrNoLimit
	case b.Closed:
		return s, ErrClosed
	case s.Unlimited:
		return s, ErrUnlimited
	default:
		b.Limit = n
	}
	return s, nil
}

// EndBoot ends the accounting of the tree, if the root has no limit. It is for the root to call.
func (s State) EndBoot(at int) State {
	root := s.Budgets[0]
	if at != 0 || root.Limit != NoLimit || root.Closed {
		return s
	}
	s.Unlimited = true
	for i := range s.Budgets {
		b := &s.Budgets[i]
		b.Held, b.Coming, b.Used = 0, 0, 0
	}
	return s
}

// Close refuses all growth at a budget and below it, and returns what is used there.
func (s State) Close(at int) (State, int64) {
	s = s.Shut(at)
	return s, s.Budgets[at].Used
}

// Shut closes a budget.
func (s State) Shut(at int) State {
	if !s.Unlimited {
		s.Budgets[at].Closed = true
	}
	return s
}

// Leave closes a budget and gives back all that is used there. It returns how much that is.
func (s State) Leave(at int) (State, int64) {
	s, n := s.Shut(at).Forget(at)
	return s.pass(n, s.Path(at)[1:]), n
}

// Forget takes away all that is held at a budget and below it. Later releases do nothing to it.
func (s State) Forget(at int) (State, int64) {
	if s.Unlimited {
		return s, 0
	}
	b := &s.Budgets[at]
	n := b.Used
	b.Held, b.Coming, b.Used, b.Left = 0, 0, 0, true
	return s, n
}

// Move has n bytes that are held at one budget be held at another. No budget above both sees it.
func (s State) Move(from, to int, n int64) (State, error) {
	next, err := s.Depart(from, to, n)
	if err != nil || n == 0 {
		return s, err
	}
	return next.pass(n, s.Rising(from, to)).Land(to, n), nil
}

// Depart takes n bytes away from what is held at a budget, and charges the other one for them, and
// those above it that are not above both.
func (s State) Depart(from, to int, n int64) (State, error) {
	switch {
	case n < 0:
		return s, ErrOverRelease
	case n == 0 || s.Unlimited:
		return s, nil
	}
	path := s.Rising(to, from)
	for _, at := range append(s.Rising(from, to), from, to) {
		if s.Budgets[at].Left {
			return s, ErrClosed
		}
	}
	next, err := s.Take(from, n)
	if err != nil {
		return s, err
	}
	if errs := s.Refusals(n, path); errs != nil {
		return s, errs[0]
	}
	return next.charge(to, n, path), nil
}

// Books returns the state without statistics, on which no operation depends.
func (s State) Books() State {
	for i := range s.Budgets {
		b := &s.Budgets[i]
		b.Peak, b.Refused, b.RolledBack = 0, 0, 0
	}
	return s
}
