//go:build lua54

package lua54

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"casalloc/impl/trace"
)

// An outside is a way in which a script makes the process hold what its state is not charged.
type outside struct {
	name   string
	each   int    // how many things the script makes, and keeps in the table keep
	first  string // runs before, and is not measured
	script string // its arg[1] is a directory, in which the file "full" has 8 KiB
	limit  int64  // of the budget, in bytes; 0: none
	most   bool   // what counts is the most that is held at a time, not what is held at the end
	opts   Options
}

var outsides = []outside{
	{name: "message", each: 1, script: `error(("x"):rep(50000000), 0)`},
	{name: "file", each: 2000, script: `for i = 1, 2000 do keep[i] = assert(io.open("/dev/null")) end`},
	{name: "file-read", each: 2000, script: `for i = 1, 2000 do keep[i] = assert(io.open(arg[1] .. "/full")); keep[i]:read(1) end`},
	// The size of a buffer is the C library's choice, and not the script's.
	{name: "file-setvbuf", each: 2000, script: `
		for i = 1, 2000 do
			keep[i] = assert(io.open("/dev/null", "w"))
			keep[i]:setvbuf("full", 1 << 30)
			keep[i]:write("x")
		end`},
	{name: "popen", each: 20, script: `for i = 1, 20 do keep[i] = assert(io.popen("read x", "w")) end`},
	{name: "string", each: 100_000, script: `for i = 1, 100000 do keep[i] = ("%06d"):format(i) end`},
	{name: "table", each: 100_000, script: `for i = 1, 100000 do keep[i] = {} end`},
	{name: "coroutine", each: 1000, script: `for i = 1, 1000 do keep[i] = coroutine.create(print) end`},
	// Realloc copies what is no mapping of its own. When a mapping is freed, malloc makes no more
	// of that size.
	{name: "moved-block", each: 1, most: true,
		first:  `local x = ("x"):rep(32e6) x = nil collectgarbage()`,
		script: `local t = {} for i = 1, 2^20 + 1 do t[i] = i if i % 10000 == 0 then keep[i] = {} end end`},
	// Of blocks in three sizes one stays on each page, or so: the next size fits into no gap.
	{name: "fragments", each: 1, limit: 64 << 20, script: `
		local function fill(size, every)
			local all, n = {}, 0
			pcall(function() while true do all[n + 1] = ("x"):rep(size); n = n + 1 end end)
			for i = every, n, every do keep[#keep + 1] = all[i] end
			all = nil
			collectgarbage()
		end
		fill(200, 18)
		fill(4200, 18)
		fill(80000, 1)`},
	{name: "C-stack", each: 1, script: `local function f() return (string.gsub("a", "a", f)) end assert(not pcall(f))`},
	{name: "pattern", each: 1, script: `assert(not pcall(string.match, ("a"):rep(300), (".-"):rep(300) .. "b"))`},
	{name: "shared-object", each: 1, script: `assert(package.loadlib("libstdc++.so.6", "*"))`},
	{name: "traced-block", each: 100_000, script: `for i = 1, 100000 do keep[i] = {} end`,
		opts: Options{Trace: trace.NewWriter(io.Discard)}},
}

// BenchmarkOutside measures how much more the process holds after a script has run than its state
// is charged more, for each thing that the script has made and keeps. It reports
//
//	charged-B    bytes that Lua holds, for each thing
//	outside-B    resident bytes of the process less those, for each thing
func BenchmarkOutside(b *testing.B) {
	dir := b.TempDir()
	must(b, os.WriteFile(filepath.Join(dir, "full"), make([]byte, 8<<10), 0o644))
	b.Run("of=state", func(b *testing.B) {
		const each = 500
		budget := newBudget(b, 0)
		states := make([]*State, each)
		measure(b, each, false, func() (charged int64) {
			for i := range states {
				states[i] = open(b, budget, Options{Output: discard})
				charged += states[i].Stats().Live
			}
			return charged
		})
	})
	for _, o := range outsides {
		b.Run("of="+o.name, func(b *testing.B) {
			s := open(b, newBudget(b, o.limit), o.opts)
			must(b, run(b, s, "keep = {}"+o.first))
			s.Collect()
			load(b, s, o.script)
			var err error
			measure(b, o.each, o.most, func() int64 {
				s.ResetPeak()
				before := s.Stats().Live
				err = s.Run(b.Context(), dir)
				if o.most {
					return s.Stats().Peak - before
				}
				s.Collect()
				return s.Stats().Live - before
			})
			if _, ok := errors.AsType[*Error](err); ok != (o.name == "message") {
				b.Error(err)
			}
		})
	}
}

// measure calls hold, which returns how many bytes more are charged after it, or were at most. It
// does so on a thread that has not been in C before: nothing of its stack is resident.
func measure(b *testing.B, each int, most bool, hold func() (charged int64)) {
	var charged, resided int
	for range b.N {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // and not unlocked: the thread ends with the goroutine
			trim(b)
			before, after := resident(b), resident
			if most {
				after = mostResident
			}
			charged += int(hold())
			resided += after(b) - before
		}()
		<-done
	}
	n := float64(b.N * each)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(charged)/n, "charged-B")
	b.ReportMetric(float64(resided-charged)/n, "outside-B")
}

// trim has malloc give back the pages of free blocks, which would hide what is taken of them next,
// and the system forget what was resident at most.
func trim(b *testing.B) {
	s := open(b, nil, Options{plain: true})
	defer s.Close()
	// As a C function of Lua it ignores its argument, and returns it.
	must(b, run(b, s, `package.loadlib("libc.so.6", "malloc_trim")(0)`))
	must(b, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0))
}

// mostResident returns the most bytes that the process had resident since trim.
func mostResident(b testing.TB) (n int) {
	status, err := os.ReadFile("/proc/self/status")
	_, kilobytes, ok := strings.Cut(string(status), "\nVmHWM:")
	if _, bad := fmt.Sscan(kilobytes, &n); err != nil || !ok || bad != nil {
		b.Fatal(err, bad)
	}
	return n << 10
}
