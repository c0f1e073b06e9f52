//go:build lua54

package lua54

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"casalloc/impl"
)

// books are the backend of many states at once. At every call they count what malloc has given out,
// and compare it with the limit and with what is charged.
type books struct {
	budget *impl.Budget
	limit  int64                              // 0: none
	fails  func(p, osize, nsize uintptr) bool // nil: never

	// The books add bytes before malloc and take them off after free, so live is never less than
	// what exists.
	live   atomic.Int64
	blocks atomic.Int64
	peak   atomic.Int64
	broken atomic.Pointer[string] // the first broken promise
}

func (b *books) realloc(s *State, p, osize, nsize uintptr) uintptr {
	grown := int64(nsize) - int64(osize)
	// host.live is from before this call. Bytes that this call is about to free still exist.
	own, charged := int64(s.host.live)+max(grown, 0), s.budget.Stats()
	if own > charged.Used && charged.Mode != impl.Unlimited {
		b.fail("LiveWithinCharge: a state has %d bytes live and %d charged", own, charged.Used)
	}
	if grown > 0 {
		b.move(grown)
	}
	var q uintptr
	if b.fails == nil || !b.fails(p, osize, nsize) {
		q = malloc(s, p, osize, nsize)
	}
	switch {
	case q == 0 && nsize > 0: // failed: nothing has changed
		if grown > 0 {
			b.move(-grown)
		}
		return 0
	case p == 0:
		b.blocks.Add(1)
	case nsize == 0:
		b.blocks.Add(-1)
	}
	if grown < 0 {
		b.move(grown)
	}
	return q
}

func (b *books) move(d int64) {
	live := b.live.Add(d)
	for p := b.peak.Load(); live > p && !b.peak.CompareAndSwap(p, live); p = b.peak.Load() {
	}
	if b.limit != 0 && d > 0 && live > b.limit {
		b.fail("NeverOverLimit: %d bytes live with a limit of %d", live, b.limit)
	}
}

func (b *books) fail(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	b.broken.CompareAndSwap(nil, &s)
}

// balance returns what is wrong, after every State was closed.
func (b *books) balance() error {
	if s := b.broken.Load(); s != nil {
		return fmt.Errorf("%s", *s)
	}
	live, blocks, used := b.live.Load(), b.blocks.Load(), b.budget.Stats().Used
	if live != 0 || blocks != 0 || used != 0 {
		return fmt.Errorf("after Close: %d bytes in %d blocks live, %d used; want 0", live, blocks, used)
	}
	return nil
}

// newBooks returns books of a new budget; limit 0 is none.
func newBooks(t testing.TB, limit int64) *books {
	return &books{budget: newBudget(t, limit), limit: limit}
}

func (b *books) check(t *testing.T) {
	t.Helper()
	if err := b.balance(); err != nil {
		t.Error(err)
	}
}

// Wrong ways to charge. The books must find each.

// hasty releases before the memory is gone, as HAProxy does.
func hasty(b *impl.Budget, osize, nsize int64, realloc func() bool) error {
	if nsize >= osize {
		return b.Resize(osize, nsize, realloc)
	}
	b.Release(osize - nsize)
	realloc()
	return nil
}

// forgetful does not roll back.
func forgetful(b *impl.Budget, osize, nsize int64, realloc func() bool) error {
	if nsize <= osize {
		return b.Resize(osize, nsize, realloc)
	}
	if err := b.Reserve(nsize - osize); err != nil {
		return err
	}
	if !realloc() {
		return impl.ErrBackend
	}
	return nil
}

func TestBooksFindWrongCharges(t *testing.T) {
	const limit = 1 << 20
	failing := func() func(_, _, _ uintptr) bool {
		n := 0
		return func(_, osize, nsize uintptr) bool {
			n++
			return nsize > osize && n > 1000 && n%1000 == 0
		}
	}
	for _, c := range []struct {
		name   string
		limit  int64 // of the budget
		resize func(b *impl.Budget, osize, nsize int64, realloc func() bool) error
		found  string
	}{
		{"right", limit, nil, ""},
		{"lax", 2 * limit, nil, "NeverOverLimit"},
		{"hasty", limit, hasty, "LiveWithinCharge"},
		{"forgetful", limit, forgetful, " used; want 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks(t, c.limit)
			b.limit, b.fails = limit, failing()
			s, err := Open(b.budget, Options{resize: c.resize, backend: b.realloc})
			must(t, err)
			must(t, s.Load("=greedy", "local t = {} while true do t[#t+1] = {tostring(#t)} end"))
			if err := s.Run(t.Context()); !errors.Is(err, ErrMemory) {
				t.Errorf("Run = %v, want ErrMemory", err)
			}
			s.Close()
			found := ""
			if err := b.balance(); err != nil {
				found = err.Error()
			}
			if (found == "") != (c.found == "") || !strings.Contains(found, c.found) {
				t.Errorf("books say %q, want %q", found, c.found)
			}
		})
	}
}
