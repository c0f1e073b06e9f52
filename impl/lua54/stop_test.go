//go:build lua54

package lua54

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// A script prints just before it loops for ever; then the context ends.
func TestStop(t *testing.T) {
	for name, source := range map[string]string{
		"loop":       "print() while true do end",
		"pcall":      "print() while true do pcall(function() while true do end end) end",
		"xpcall":     "print() local function f() while true do end end while true do xpcall(f, f) end",
		"coroutines": "print() while true do coroutine.wrap(pcall)(function() while true do end end) end",
		"close": "print() local function f() while true do end end " +
			"local x <close> = setmetatable({}, {__close = f}) f()",
		"sort": "print() while true do pcall(table.sort, {3, 2, 1}, function(a, b) while true do end end) end",
	} {
		t.Run(name, func(t *testing.T) {
			const limit = 1 << 20
			b := newBooks(t, limit)
			why := errors.New("enough")
			var stop context.CancelCauseFunc
			s := open(t, b.budget, Options{backend: b.realloc, Output: onWrite(func() { stop(why) })})
			var ctx context.Context
			load(t, s, source)
			for range 2 {
				ctx, stop = context.WithCancelCause(t.Context())
				err := s.Run(ctx)
				if !errors.Is(err, why) || errors.Is(err, ErrMemory) ||
					!strings.HasPrefix(err.Error(), "test:1: stopped") {
					t.Fatalf("Run = %v, want test:1: stopped: %v", err, why)
				}
				if err := s.Run(ctx); err != why {
					t.Errorf("Run with an ended context = %v, want %v", err, why)
				}
			}
			// The state still works, under a context that may end too.
			ctx, stop = context.WithCancelCause(t.Context())
			defer stop(nil)
			load(t, s, "local n = 0 for i = 1, 1e5 do n = n + i end assert(n == 5000050000)")
			if err := s.Run(ctx); err != nil {
				t.Errorf("Run after a stop = %v", err)
			}
			s.Close()
			b.check(t)
		})
	}
}

// A script that ends or fails by itself does not count as stopped, even if its context has ended.
func TestStopTooLate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := open(t, newBudget(t, 0), Options{Output: onWrite(func() { cancel() })})
	load(t, s, "print()")
	if err := s.Run(ctx); err != nil {
		t.Errorf("Run = %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	load(t, s, "print() error('mine', 0)")
	if err := s.Run(ctx); err == nil || !strings.HasPrefix(err.Error(), "mine") {
		t.Errorf("Run = %v, want mine", err)
	}
}

// A context that ends when the script does must not stop the next one.
func TestStopIsNotCarriedOver(t *testing.T) {
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		s := open(t, newBudget(t, 0), Options{Output: onWrite(cancel)})
		load(t, s, "print()")
		must(t, s.Run(ctx))
		ctx, cancel = context.WithCancel(t.Context())
		load(t, s, "for i = 1, 20000 do end")
		if err := s.Run(ctx); err != nil {
			t.Fatalf("next Run = %v", err)
		}
		cancel()
		s.Close()
	}
}
