// Package model is the sequential specification of a memory budget: values only, one operation at a
// time, to be checked by eye.
//
// A budget starts Counting, with nothing allocated. SetLimit makes it Enforcing. EndBoot makes one
// that is still Counting Unlimited, for good. Every operation returns the next state and an error.
// With an error, the next state differs from the state at most in Refused. The checks of package
// impl compare it with this one; the two share no code.
package model

import "errors"

// Mode is what the budget does with a request.
type Mode int

const (
	Counting  Mode = iota // counts, refuses nothing that a machine can hold
	Enforcing             // refuses what does not fit
	Unlimited             // counts nothing, refuses nothing
)

// Sizes in bytes.
const (
	MaxSize      = 1 << 52     // the largest size and the largest limit
	CountingBase = 2 * MaxSize // the range of the counter while Counting
)

var (
	ErrLimit       = errors.New("model: over limit")
	ErrSize        = errors.New("model: size out of range")
	ErrUnlimited   = errors.New("model: not accounted any more")
	ErrOverRelease = errors.New("model: released more than is held")
)

// State is a budget at rest. Sizes are in bytes.
type State struct {
	Mode       Mode
	Limit      int64 // 0 unless Enforcing
	Allocated  int64 // reserved and not released; 0 when Unlimited
	Peak       int64 // the largest Allocated so far
	Refused    int64 // reservations that did not fit
	RolledBack int64 // reservations rolled back
}

// Headroom returns the bytes that still fit. It is negative if the limit was lowered below what is
// allocated, and means nothing when Unlimited.
func (s State) Headroom() int64 {
	if s.Mode == Counting {
		return CountingBase - s.Allocated
	}
	return s.Limit - s.Allocated
}

// Reserve takes n bytes if they fit.
func (s State) Reserve(n int64) (State, error) {
	switch {
	case n < 0 || n > MaxSize:
		return s, ErrSize
	case n == 0 || s.Mode == Unlimited:
		return s, nil
	case n > s.Headroom():
		s.Refused++
		return s, ErrLimit
	}
	s.Allocated += n
	s.Peak = max(s.Peak, s.Allocated)
	return s, nil
}

// Release gives back n bytes, if that many are held.
func (s State) Release(n int64) (State, error) {
	switch {
	case n < 0:
		return s, ErrOverRelease
	case s.Mode == Unlimited:
		return s, nil
	case n > s.Allocated:
		return s, ErrOverRelease
	}
	s.Allocated -= n
	return s, nil
}

// RollBack gives back a reservation whose allocation failed.
func (s State) RollBack(n int64) (State, error) {
	next, err := s.Release(n)
	if err == nil && s.Mode != Unlimited {
		next.RolledBack++
	}
	return next, err
}

// SetLimit puts the limit n in force, whatever is allocated.
func (s State) SetLimit(n int64) (State, error) {
	switch {
	case n < 1 || n > MaxSize:
		return s, ErrSize
	case s.Mode == Unlimited:
		return s, ErrUnlimited
	}
	s.Mode, s.Limit = Enforcing, n
	return s, nil
}

// EndBoot ends the accounting if no limit was set.
func (s State) EndBoot() State {
	if s.Mode == Counting {
		s.Mode, s.Allocated = Unlimited, 0
	}
	return s
}
