//go:build lua54

package lua54

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

// What bounds what is not charged: see the table in README.md.

// C functions that call Lua, which calls them, nest 200 deep, and so no C stack grows further.
func TestCallsNestAtMost200Deep(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(dir+"/deep.lua", []byte("deeper(dofile, arg[1] .. '/deep.lua')"), 0o644))
	for _, call := range []string{
		`deeper(string.gsub, "a", "a", call)`,
		`deeper(tostring, setmetatable({}, {__tostring = function(o) return ("%s"):format(o) end}))`,
		`deeper(table.sort, {1, 2, 3}, call)`,
		`deeper(dofile, arg[1] .. "/deep.lua")`,
		`deeper(require, "deep")`,
		`assert(deeper(pcall, call))`,
		`assert(deeper(load, function() call() end))`,
		`deeper(coroutine.wrap(call))`,
		`assert(load("return " .. ("("):rep(300)))`,
	} {
		s := open(t, newBudget(t, 0), Options{})
		err := run(t, s, `
			package.path = arg[1] .. "/?.lua"
			local depth = 0
			function deeper(f, ...)
				depth = depth + 1
				assert(depth <= 200, "deeper than 200")
				return f(...)
			end
			function call() `+call+` return true end
			call()`, dir)
		if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Message, "C stack overflow") {
			t.Errorf("%s: %v, want a C stack overflow", call, err)
		}
	}
}

// Of a message, and of a traceback, an Error keeps 64 KiB. The traceback is found behind any
// message.
func TestLongMessage(t *testing.T) {
	s := open(t, newBudget(t, 0), Options{})
	for _, n := range []int{maxText - 1, maxText, maxText + 1, 1 << 24} {
		want := strings.Repeat("x", min(n, maxText))
		if n > maxText {
			want += "..."
		}
		err := run(t, s, `error(("x"):rep(tonumber(arg[1])), 0)`, strconv.Itoa(n))
		e, ok := errors.AsType[*Error](err)
		if !ok {
			t.Fatalf("error of %d bytes: %v, want an *Error", n, err)
		}
		if e.Message != want || !strings.HasPrefix(e.Traceback, "\t[C]: in function 'error'") {
			t.Errorf("error of %d bytes: %d of message, traceback %.100q; want %d", n, len(e.Message), e.Traceback, len(want))
		}
	}
	err := run(t, s, `
		local name = ("f"):rep(1 << 20)
		package.loaded[name] = {[name] = function() error("x", 0) end}
		local function call(f) f() end
		call(package.loaded[name][name])`)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v, want an *Error", err)
	}
	if want := maxText + len("..."); e.Message != "x" || len(e.Traceback) != want {
		t.Errorf("message %.10q, traceback of %d bytes, want %d", e.Message, len(e.Traceback), want)
	}
}

// What a script has left open goes with its state.
func TestCloseClosesFiles(t *testing.T) {
	descriptors := func() int {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(open)
	}
	before := descriptors()
	s := open(t, newBudget(t, 0), Options{Output: discard})
	must(t, run(t, s, `
		keep = {}
		for i = 1, 20 do
			keep[#keep + 1] = assert(io.open("/dev/null"))
			keep[#keep + 1] = io.lines("/dev/null")
			keep[#keep + 1] = assert(io.popen("read x", "w"))
			keep[#keep + 1] = assert(io.tmpfile())
		end
		collectgarbage("stop")`))
	if n := descriptors() - before; n < 80 {
		t.Errorf("%d descriptors are open, want 80: the script has them", n)
	}
	s.Close()
	if n := descriptors(); n != before {
		t.Errorf("%d descriptors after Close, want %d", n, before)
	}
}
