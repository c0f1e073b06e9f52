//go:build lua54

package lua54

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"casalloc/impl"
)

// Seven programs and a bomb share a limit. The bomb asks for a block larger than the limit while
// all states together hold far less, so only the bomb is refused.
func TestEightStatesOneOfThemABomb(t *testing.T) {
	b := newBooks(t, 32<<20)
	var wg sync.WaitGroup
	for _, script := range append([]string{"bomb"}, scripts...) {
		want := ""
		if script != "bomb" {
			want = alone(t, script)
		}
		wg.Go(func() {
			for range 3 {
				var out bytes.Buffer
				s, err := live(t, b.budget, Options{Output: &out, backend: b.realloc}, script)
				if got := s.Budget().Stats(); (got.Refused > 0) != (script == "bomb") || got.RolledBack != 0 {
					t.Errorf("%s: %+v, want refusals of the bomb only, and no rollbacks", script, got)
				}
				if script == "bomb" {
					if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrLimit) {
						t.Errorf("bomb: %v, want ErrMemory and ErrLimit", err)
					}
				} else if got := out.String(); err != nil || got != want {
					t.Errorf("%s: %v, output %q, want %q", script, err, got, want)
				}
			}
		})
	}
	wg.Wait()
	b.check(t)
}

// Eight states allocate small blocks until they are refused. Together they use the whole limit and
// not more. Which of them gets the last bytes is left to chance.
func TestGreedyStates(t *testing.T) {
	const limit = 2 << 20
	for _, books := range []bool{true, false} { // they make each call one of Go
		b, m := newBooks(t, limit), NewMeter()
		opts := Options{Meter: m}
		if books {
			opts.backend = b.realloc
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 3 {
					s, err := live(t, b.budget, opts, "greedy", "2")
					if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrLimit) {
						t.Errorf("%v, want ErrMemory and ErrLimit", err)
					}
					if s != nil && s.Budget().Stats().Refused == 0 {
						t.Error("no refusals counted")
					}
				}
			})
		}
		wg.Wait()
		b.check(t)
		if got := m.Peak(); got > limit || got < limit-limit/100 {
			t.Errorf("NeverOverLimit: %d bytes live at most, want nearly %d and not more", got, limit)
		}
		if got := m.Live(); got != 0 {
			t.Errorf("%d bytes live after all are closed", got)
		}
	}
}

func TestStateWorksAgainAfterItHitTheLimit(t *testing.T) {
	const limit = 4 << 20
	b := newBooks(t, limit)
	var out bytes.Buffer
	s := open(t, b.budget, Options{Output: &out, backend: b.realloc})
	for range 3 {
		if err := runFile(s, "greedy", "1"); !errors.Is(err, impl.ErrLimit) {
			t.Fatalf("Run = %v, want ErrLimit", err)
		}
		s.Collect()
		if got := s.Stats().Live; got > limit/4 {
			t.Errorf("%d bytes live after the collection, want what an idle state has", got)
		}
		out.Reset()
		must(t, runFile(s, "json"))
		if want := alone(t, "json"); out.String() != want {
			t.Errorf("output %q, want %q", out.String(), want)
		}
	}
	s.Close()
	b.check(t)
}

// A state is made and filled while counting; then a limit is set below what it holds.
func TestBootWithALimitBelowWhatIsLoaded(t *testing.T) {
	const limit = 512 << 10
	b := newBooks(t, 0)
	s := open(t, b.budget, Options{backend: b.realloc})
	must(t, run(t, s, "kept = {} for i = 1, 20000 do kept[i] = 'line ' .. i end"))
	load(t, s, `
		if arg[1] == "grow" then return ("x"):rep(10000) .. "y" end
		if arg[1] == "drop" then kept = nil end
		collectgarbage()`)
	held := b.budget.Exact().Used
	must(t, b.budget.SetLimit(limit))
	b.budget.EndBoot()
	if got := b.budget.Exact(); got.Mode != impl.Enforcing || got.Limit != limit || got.Used != held || held <= limit {
		t.Fatalf("after boot %+v, want %d bytes held, above %d", got, held, limit)
	}
	if err := s.Run(t.Context(), "grow"); !errors.Is(err, impl.ErrLimit) {
		t.Errorf("grow: %v, want ErrLimit", err)
	}
	// To call a script takes memory too, which the budget now refuses. The host can free memory.
	before := s.Stats().Live
	s.Collect()
	if got := s.Stats().Live; got > before {
		t.Errorf("%d bytes live after a collection, %d before", got, before)
	}
	// The state drops what it kept, under a limit that lets it run.
	must(t, b.budget.SetLimit(b.budget.Exact().Used+4096))
	must(t, s.Run(t.Context(), "drop"))
	must(t, b.budget.SetLimit(limit))
	if err := s.Run(t.Context(), "grow"); err != nil {
		t.Errorf("grow after drop: %v", err)
	}
	s.Close()
	b.check(t)
}

// Without a limit the accounting ends with the boot, and the allocator no longer asks Go.
func TestBootWithoutALimit(t *testing.T) {
	budget := newBudget(t, 0)
	var out bytes.Buffer
	s := open(t, budget, Options{Output: &out})
	must(t, s.LoadFile(path("objects")))
	before := s.Stats()
	if got := budget.Exact(); before.Crossed == 0 || got.Used != before.Live {
		t.Fatalf("counting: %+v, %+v", got, before)
	}
	budget.EndBoot()
	must(t, s.Run(t.Context()))
	must(t, s.Close())
	if got, n := out.String(), s.Stats().Crossed-before.Crossed; n != 0 || got != alone(t, "objects") {
		t.Errorf("unlimited: %d calls into Go, output %q", n, got)
	}
}

// If the accounting ends while a script runs, the state still counts its own bytes correctly.
func TestBootEndsDuringARun(t *testing.T) {
	budget := newBudget(t, 0)
	s := open(t, budget, Options{Output: onWrite(func() { budget.EndBoot() })})
	must(t, run(t, s, `
		local t = {} for i = 1, 1000 do t[i] = {} end
		print() -- now the accounting ends
		t = nil for i = 1, 1000 do local _ = {} end`))
	s.Close()
	if got := s.Stats().Live; got != 0 {
		t.Errorf("%d bytes live after Close", got)
	}
}

func TestOutput(t *testing.T) {
	var out bytes.Buffer
	s := open(t, newBudget(t, 0), Options{Output: &out, ID: 3})
	must(t, run(t, s, `
		print("a", 1, nil, setmetatable({}, {__tostring = function() return "object" end}))
		io.write("b", 2.5, "\n"):write("c\n")
		io.stdout:write(arg[0], " ", arg.state, " ", #arg, arg[1], arg[2], " ", select("#", ...), (...), "\n")
		assert(io.output() == io.stdout and not io.stdout:close())
		io.write(("long "):rep(300), "\0 no newline")`, "x y", ""))
	want := "a\t1\tnil\tobject\nb2.5\nc\ntest 3 2x y 2x y\n" + strings.Repeat("long ", 300) + "\x00 no newline"
	if got := out.String(); got != want {
		t.Errorf("output %q, want %q", got, want)
	}
}

func TestOutputThatFails(t *testing.T) {
	full := errors.New("full")
	s := open(t, newBudget(t, 0), Options{Output: writerFunc(func([]byte) (int, error) { return 0, full })})
	if err := run(t, s, `local ok, err = io.write(("x"):rep(10000)) assert(not ok and err)`); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != full {
		t.Errorf("Close = %v, want %v", err, full)
	}
}

func TestErrors(t *testing.T) {
	s := open(t, newBudget(t, 0), Options{ID: 1})
	for _, c := range []struct {
		source, message, traceback string
	}{
		{"x =", "test:1: unexpected symbol near <eof>", ""},
		{"\x1bLua", "attempt to load a binary chunk (mode is 't')", ""},
		{"#!/usr/bin/lua\nerror('shell')", "test:2: shell", "in main chunk"},
		{"local function f() error('deep') end\nf()", "test:1: deep", "in local 'f'"},
		{"error({})", "(error object is a table value)", "in main chunk"},
		{"error(setmetatable({}, {__tostring = function() return 'mine' end}))", "mine", ""},
		{"error()", "(error object is a nil value)", ""},
		{"error(12)", "12", ""},
		{"local function f() return 1 + f() end f()", "stack overflow", "..."},
		{"error(setmetatable({}, {__tostring = error}))", "C stack overflow", ""},
		{"os.exit(7)", "test:1: os.exit is not available", "in function 'os.exit'"},
		{"os.setlocale('C')", "test:1: os.setlocale is not available", "in main chunk"},
		{"debug.sethook()", "test:1: debug.sethook is not available", "in main chunk"},
	} {
		err := s.Load("=test", c.source)
		if err == nil {
			err = s.Run(t.Context())
		}
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Message, c.message) ||
			!strings.Contains(e.Traceback, c.traceback) {
			t.Errorf("%q: %#v, want message %q and traceback %q", c.source, err, c.message, c.traceback)
		}
		if errors.Is(err, ErrMemory) {
			t.Errorf("%q: %v is ErrMemory", c.source, err)
		}
	}
	// An error with Lua's message for it is Lua's error; only the reason is missing.
	err := run(t, s, "error('not enough memory', 0)")
	if !errors.Is(err, ErrMemory) || errors.Is(err, impl.ErrLimit) {
		t.Errorf("feigned: %v, want ErrMemory without ErrLimit", err)
	}
}

func TestOpenRefused(t *testing.T) {
	for limit := int64(1); limit < 1<<15; limit += 97 {
		b := newBooks(t, limit)
		s, err := Open(b.budget, Options{backend: b.realloc})
		if err == nil {
			s.Close()
		} else if !errors.Is(err, ErrMemory) || !errors.Is(err, impl.ErrLimit) {
			t.Errorf("limit %d: %v, want ErrMemory and ErrLimit", limit, err)
		}
		b.check(t)
	}
}

func TestStateOfTwoGoroutines(t *testing.T) {
	var s *State
	var caught any
	s = open(t, newBudget(t, 0), Options{Output: writerFunc(func(p []byte) (int, error) {
		done := make(chan bool)
		go func() {
			defer close(done)
			defer func() { caught = recover() }()
			s.Collect()
		}()
		<-done
		return len(p), nil
	})})
	must(t, run(t, s, "print()"))
	if caught == nil {
		t.Error("a second goroutine was let in")
	}
}
