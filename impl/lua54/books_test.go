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

// books count what malloc has given out, at every call, and compare it with limit and counter. They are the backend of many
// states at once.
type books struct {
	account Account
	limit   int64                              // 0: none
	fails   func(p, osize, nsize uintptr) bool // nil: never

	// live is a count of changes above the live bytes, below 1<<54. Bytes are added before malloc and taken off after free:
	// it is never less than what exists.
	live   atomic.Int64
	blocks atomic.Int64
	peak   atomic.Int64
	broken atomic.Pointer[string] // the first broken promise
}

const change = 1 << 54

func (b *books) realloc(p, osize, nsize uintptr) uintptr {
	grown := int64(nsize) - int64(osize)
	if grown > 0 {
		b.move(grown)
	} else {
		b.charged(b.live.Load()) // while the bytes are there
	}
	var q uintptr
	if b.fails == nil || !b.fails(p, osize, nsize) {
		q = malloc(p, osize, nsize)
	}
	switch {
	case q == 0 && nsize > 0: // failed: as before
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
	live := b.live.Add(change + d)
	bytes := live & (change - 1)
	for p := b.peak.Load(); bytes > p && !b.peak.CompareAndSwap(p, bytes); p = b.peak.Load() {
	}
	if b.limit != 0 && d > 0 && bytes > b.limit {
		b.fail("NeverOverLimit: %d bytes live with a limit of %d", bytes, b.limit)
	}
	b.charged(live)
}

// charged compares live with the counter. They are two words: only if live has not changed meanwhile were both true at once.
func (b *books) charged(live int64) {
	bytes := live & (change - 1)
	if a := b.account.Stats().Allocated; bytes > a && b.live.Load() == live {
		b.fail("LiveWithinCharge: %d bytes live with %d on the counter", bytes, a)
	}
}

func (b *books) fail(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	b.broken.CompareAndSwap(nil, &s)
}

// balance returns what is wrong once every State is closed.
func (b *books) balance() error {
	if s := b.broken.Load(); s != nil {
		return fmt.Errorf("%s", *s)
	}
	live, blocks, counter := b.live.Load()&(change-1), b.blocks.Load(), b.account.Stats().Allocated
	if live != 0 || blocks != 0 || counter != 0 {
		return fmt.Errorf("after Close: %d bytes in %d blocks live, counter %d; want 0", live, blocks, counter)
	}
	return nil
}

// newBooks returns books of account; limit 0 is none.
func newBooks(account Account, limit int64) *books { return &books{account: account, limit: limit} }

func newBudget(t testing.TB, limit int64) *impl.Budget {
	t.Helper()
	b := impl.NewBudget()
	if limit != 0 {
		if err := b.SetLimit(limit); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *books) check(t *testing.T) {
	t.Helper()
	if err := b.balance(); err != nil {
		t.Error(err)
	}
}

// Wrong accounts. The books must find each.

// hasty releases before the memory is gone, as HAProxy does.
type hasty struct{ *impl.Budget }

func (h hasty) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize >= osize {
		return h.Budget.Resize(osize, nsize, realloc)
	}
	h.Release(osize - nsize)
	realloc()
	return nil
}

// forgetful does not roll back.
type forgetful struct{ *impl.Budget }

func (f forgetful) Resize(osize, nsize int64, realloc func() bool) error {
	if nsize <= osize {
		return f.Budget.Resize(osize, nsize, realloc)
	}
	if err := f.Reserve(nsize - osize); err != nil {
		return err
	}
	if !realloc() {
		return impl.ErrBackend
	}
	return nil
}

func TestBooksFindWrongAccounts(t *testing.T) {
	const limit = 1 << 20
	failing := func() func(_, _, _ uintptr) bool {
		n := 0
		return func(_, osize, nsize uintptr) bool {
			n++
			return nsize > osize && n > 1000 && n%1000 == 0
		}
	}
	for _, c := range []struct {
		name    string
		account func(*impl.Budget) Account
		found   string
	}{
		{"right", func(b *impl.Budget) Account { return b }, ""},
		{"lax", func(*impl.Budget) Account { return newBudget(t, 2*limit) }, "NeverOverLimit"},
		{"hasty", func(b *impl.Budget) Account { return hasty{b} }, "LiveWithinCharge"},
		{"forgetful", func(b *impl.Budget) Account { return forgetful{b} }, "counter "},
	} {
		t.Run(c.name, func(t *testing.T) {
			account := c.account(newBudget(t, limit))
			b := newBooks(account, limit)
			b.fails = failing()
			s, err := Open(account, Options{backend: b.realloc})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Load("=greedy", "local t = {} while true do t[#t+1] = {tostring(#t)} end"); err != nil {
				t.Fatal(err)
			}
			if err := s.Run(t.Context()); !errors.Is(err, ErrMemory) {
				t.Errorf("Run = %v, want ErrMemory", err)
			}
			s.Close()
			if err := b.balance(); (err == nil) != (c.found == "") || err != nil && !strings.Contains(err.Error(), c.found) {
				t.Errorf("books say %v, want %q", err, c.found)
			}
		})
	}
}
