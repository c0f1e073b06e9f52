package calls

import (
	"errors"
	"fmt"

	"casalloc/impl"
	"casalloc/model"
)

// A System is what is called: an *impl.Budget, by itself or [Through] an account.
type System interface {
	Reserve(n int64) error
	Release(n int64)
	SetLimit(n int64) error
	EndBoot()
	Resize(osize, nsize int64, realloc func() bool) error
	Stats() impl.Stats
}

// An Owner is an Account or a Tenant: a caller can tell them apart by their readings only.
type Owner interface {
	impl.Accountant
	SetLimit(n int64) error
	Held() int64
	Close() int64
	Leave() int64
}

// Through returns b as the owner of the account o uses it, or as whoever shares the tenant o: what
// an account has goes through o, the rest to b itself. What must come of it is the same, as long as
// o has no limit of its own, is not closed, and releases no more than it holds.
func Through(b *impl.Budget, o Owner) System { return through{b, o} }

type through struct {
	*impl.Budget
	owner Owner
}

func (t through) Reserve(n int64) error { return t.owner.Reserve(n) }
func (t through) Release(n int64)       { t.owner.Release(n) }
func (t through) Resize(osize, nsize int64, realloc func() bool) error {
	return t.owner.Resize(osize, nsize, realloc)
}

// OwnerOf returns the account or tenant that s is through, or nil.
func OwnerOf(s System) Owner {
	t, _ := s.(through)
	return t.owner
}

// A Reading is what an operation returns beside an error, sizes in bytes. Of Stats it is the part
// that is exact at one instant; the rest lags by the calls in flight. Of Close and Leave Allocated
// is what was held through the account.
type Reading struct {
	Mode             model.Mode
	Limit, Allocated int64
}

// ReadingOf is what Stats returns at a state.
func ReadingOf(s model.State) Reading { return Reading{s.Mode, s.Limit, s.Allocated} }

// Observed is the same of the statistics of the code.
func Observed(s impl.Stats) Reading { return Reading{model.Mode(s.Mode), s.Limit, s.Allocated} }

func (r Reading) String() string {
	switch r.Mode {
	case model.Counting:
		return fmt.Sprintf("%d counted", r.Allocated)
	case model.Unlimited:
		return "unlimited"
	}
	return fmt.Sprintf("%d of %d", r.Allocated, r.Limit)
}

// Do calls s, and returns what it returns. A RollBack is a Release. What has a backend is not for
// Do to call.
func (op Op) Do(s System, n int64) (r Reading, err error) {
	switch op {
	case Reserve:
		err = s.Reserve(n)
	case Release, RollBack:
		s.Release(n)
	case SetLimit:
		err = s.SetLimit(n)
	case EndBoot:
		s.EndBoot()
	case Stats:
		r = Observed(s.Stats())
	case SetAccountLimit:
		err = OwnerOf(s).SetLimit(n)
	case Close:
		r.Allocated = OwnerOf(s).Close()
	case Leave:
		r.Allocated = OwnerOf(s).Leave()
	default:
		panic(op.String())
	}
	return r, err
}

// Step is the specification of what Do calls: what comes of it at state s, and the state after it.
// Of Close and Leave n is what is held through the account.
func (op Op) Step(s model.State, n int64) (next model.State, r Reading, err error) {
	next = s
	switch op {
	case Reserve:
		next, err = s.Reserve(n)
	case Release, Leave:
		next, err = s.Release(n)
	case RollBack:
		next, err = s.RollBack(n)
	case SetLimit:
		next, err = s.SetLimit(n)
	case EndBoot:
		next = s.EndBoot()
	case Stats:
		r = ReadingOf(s)
	case Close, SetAccountLimit:
	default:
		panic(op.String())
	}
	if op.ReturnsHeld() && s.Mode != model.Unlimited {
		r.Allocated = n
	}
	return next, r, err
}

// Try runs f and returns its error. The panic of an over-release is an error, an impl.OverRelease,
// and so is ErrBackendPanic; any other panic is returned as panicked.
func Try(f func() error) (panicked any, err error) {
	defer func() {
		panicked = recover()
		if e, ok := panicked.(impl.OverRelease); ok {
			panicked, err = nil, e
		} else if panicked == ErrBackendPanic {
			panicked, err = nil, ErrBackendPanic
		}
	}()
	return nil, f()
}

// InModel returns err as model's, if model has it.
func InModel(err error) error {
	for _, e := range [...]struct{ impl, model error }{
		{impl.ErrLimit, model.ErrLimit},
		{impl.ErrSize, model.ErrSize},
		{impl.ErrUnlimited, model.ErrUnlimited},
	} {
		if errors.Is(err, e.impl) {
			return e.model
		}
	}
	if _, ok := err.(impl.OverRelease); ok {
		return model.ErrOverRelease
	}
	return err
}

// Outcome is the text of what comes of an operation: ok, over limit, 2 of 3, 5 held.
func (op Op) Outcome(r Reading, err error) string {
	switch {
	case op == Stats:
		return r.String()
	case op.ReturnsHeld():
		return fmt.Sprint(r.Allocated, " held")
	}
	return Outcome(err)
}

// Outcome is the text of an error of a call: ok, over limit, over-release.
func Outcome(err error) string {
	switch InModel(err) {
	case nil:
		return "ok"
	case model.ErrLimit:
		return "over limit"
	case model.ErrSize:
		return "bad size"
	case model.ErrUnlimited:
		return "unlimited"
	case model.ErrOverRelease:
		return "over-release"
	}
	return "failed: " + err.Error()
}
