//go:build lua54

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"casalloc/impl/bench/internal/price"
	"casalloc/impl/lua54"
)

const scriptDir = "../../lua54/testdata"

// What the rivals count is what Lua itself says it has, and 0 when the state is closed.
func TestRivalsCount(t *testing.T) {
	chosen, err := read(scriptDir, allScripts())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range chosen {
		s.arg = "6"
		zone := newTwoWord(1 << 30)
		for name, r := range map[string]run{"counters": plain{}, "haproxy": zone} {
			l := r.live(s)
			if l.err != nil || l.text == "" {
				t.Fatalf("%s, %s: %q, %v", s.file, name, l.text, l.err)
			}
			if l.held != l.counted || l.held == 0 || l.left != 0 {
				t.Errorf("%s, %s: %d bytes held, want %d as Lua says; %d left", s.file, name, l.held, l.counted, l.left)
			}
		}
		if err := zone.close(); err != nil {
			t.Errorf("%s: %v", s.file, err)
		}
	}
}

// HAProxy's protocol refuses what is over the limit. Lua then raises its memory error, and no byte
// is left.
func TestTwoWordEnforces(t *testing.T) {
	greedy := script{file: "greedy", source: `
		local kept = {}
		while true do kept[#kept + 1] = { #kept, tostring(#kept) } end`}
	for _, limit := range []int64{1, 4 << 10, 64 << 10, 1 << 20} {
		z := newTwoWord(limit)
		l := z.live(greedy)
		if !errors.Is(l.err, lua54.ErrMemory) {
			t.Errorf("limit %d: %v, want a memory error", limit, l.err)
		}
		if l.held > limit || l.left != 0 {
			t.Errorf("limit %d: %d bytes held, and %d left", limit, l.held, l.left)
		}
		z.close()
	}
}

// Single calls of HAProxy's protocol, when there are a block of 60 bytes and another.
func TestTwoWordCalls(t *testing.T) {
	const (
		size  = 60
		other = 30
		both  = size + other
		huge  = 1 << 62 // no malloc has it
		null  = true
	)
	for _, c := range []struct {
		name         string
		limit        int64
		null         bool // the call is without a block: osize is a type tag
		osize, nsize uint64
		fails        bool
		want         int64 // bytes allocated
	}{
		{"new block that just fits", both + 40, null, 5, 40, false, both + 40},
		{"new block over the limit", both + 40, null, 5, 41, true, both},
		{"growth that just fits", 100, !null, size, 70, false, 100},
		{"growth over the limit", 100, !null, size, 71, true, both},
		{"shrink", 100, !null, size, 1, false, other + 1},
		{"shrink to the limit", 50, !null, size, 20, false, 50},
		{"shrink above the limit", 50, !null, size, 21, true, both},
		{"free", 100, !null, size, 0, false, other},
		{"free above the limit", 20, !null, size, 0, false, other},
		{"free of NULL above the limit", 20, null, 5, 0, false, both},
		{"realloc fails", math.MaxInt64, !null, size, huge, true, both},
		{"malloc fails", math.MaxInt64, null, 5, huge, true, both},
		{"counting", 0, !null, size, 1 << 20, false, other + 1<<20},
		{"unlimited", -1, !null, size, 1 << 20, false, both},
	} {
		z := newTwoWord(0) // the zone and its blocks stay for good: they are few
		z.alloc(0, 7, other)
		block := z.alloc(0, 7, size)
		z.setLimit(c.limit)
		p := block
		if c.null {
			p = 0
		}
		q := z.alloc(p, c.osize, c.nsize)
		if failed := q == 0 && c.nsize > 0; failed != c.fails {
			t.Errorf("%s: failed: %v, want %v", c.name, failed, c.fails)
		}
		if got := z.allocated(); got != c.want {
			t.Errorf("%s: %d bytes allocated, want %d", c.name, got, c.want)
		}
	}
}

// The command runs scripts under each allocator. Only casalloc's may cross, and not when unlimited.
func TestMeasure(t *testing.T) {
	var r price.Report
	runJSON(t, &r, "-rounds", "2", "-threads", "1,2", "-scripts", "closures,strings")
	if len(r.Rows) != 4 {
		t.Fatalf("%d rows, want 4", len(r.Rows))
	}
	for _, row := range r.Rows {
		for i, c := range row.Cells {
			if len(c.CPU) != 2 || c.Median <= 0 || c.Ratio <= 0 {
				t.Errorf("%s, %s: %+v", row.Script, c.Allocator, c)
			}
			if !r.Allocators[i].Ours && c.Crossed != 0 || c.Crossed > 1000 {
				t.Errorf("%s, %s: %v crossings per 1,000", row.Script, c.Allocator, c.Crossed)
			}
		}
		if row.Cells[3].Crossed != 0 {
			t.Errorf("%s: %v crossings per 1,000 when unlimited", row.Script, row.Cells[3].Crossed)
		}
		if row.Cells[4].Crossed == 0 || row.Calls == 0 {
			t.Errorf("%s: no crossings of the shared word, or no calls", row.Script)
		}
	}
}

func TestCrossings(t *testing.T) {
	var c price.Crossings
	runJSON(t, &c, "-crossings", "-rounds", "1", "-scripts", "strings")
	if len(c.Rows) != 2 || c.Rows[0].States != 1 || c.Rows[1].States != 8 {
		t.Fatalf("rows %+v", c.Rows)
	}
	for _, row := range c.Rows {
		for _, cell := range row.Cells {
			if cell.Calls == 0 || cell.Crossed > cell.Calls || cell.Failed > 0 && cell.Refused == 0 {
				t.Errorf("%d states: %+v", row.States, cell)
			}
		}
	}
}

// runJSON runs the command with short scripts, and reads its output into v.
func runJSON(t *testing.T, v any, args ...string) {
	t.Helper()
	for i := range scripts {
		was := scripts[i].arg
		scripts[i].arg = "6"
		t.Cleanup(func() { scripts[i].arg = was })
	}
	var out, errs bytes.Buffer
	if status := command(append([]string{"-json", "-dir", scriptDir}, args...), &out, &errs); status != measured {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	if err := json.Unmarshal(out.Bytes(), v); err != nil {
		t.Fatal(err)
	}
}

// A run that prints something else, that fails, or that leaves something behind is an error.
func TestWrongRuns(t *testing.T) {
	for _, c := range []struct {
		name string
		run  run
		want string
	}{
		{"prints something else", scripted{life: life{text: "other"}}, `prints "other"`},
		{"fails", scripted{life: life{err: lua54.ErrMemory}}, "not enough memory"},
		{"leaves something", scripted{life: life{text: "right"}, left: errors.New("8 bytes")}, "8 bytes"},
	} {
		b := startBench([]int{2})
		right := scripted{life: life{text: "right"}}
		if _, err := b.run(right, script{file: "x"}, 1); err != nil {
			t.Errorf("the right run: %v", err)
		}
		if _, err := b.run(c.run, script{file: "x"}, 2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %s", c.name, err, c.want)
		}
		b.stop()
	}
}

// scripted is a run that does what it says.
type scripted struct {
	life life
	left error
}

func (s scripted) live(script) life { return s.life }
func (s scripted) close() error     { return s.left }

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"-h", measured, "usage"},
		{"-nosuch", misused, "see -h"},
		{"-rounds 0", misused, "-rounds 0"},
		{"-rounds x", misused, "see -h"},
		{"-threads 1,0", misused, "-threads 1,0"},
		{"-threads 65", misused, "-threads 65"},
		{"-scripts churn,nosuch", misused, "nosuch: want some of churn"},
		{"-dir /nosuch", misused, "see -dir"},
		{"-from /nosuch", failed, "/nosuch"},
		{"-from ../plot/testdata/luaprice.json -crossings", failed, "unknown field"},
		{"script.lua", misused, "script.lua"},
	} {
		var out, errs bytes.Buffer
		status := command(append([]string{"-dir", scriptDir}, strings.Fields(c.args)...), &out, &errs)
		if status != c.status || !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
			t.Errorf("%s: status %d, %s%s", c.args, status, out.String(), errs.String())
		}
		if lines := strings.Count(errs.String(), "\n"); status == misused && lines != 1 {
			t.Errorf("%s: %d lines: %s", c.args, lines, errs.String())
		}
	}
}

// What -json writes, -from reads, and writes again as it was.
func TestFrom(t *testing.T) {
	for _, args := range [][]string{
		{"-rounds", "1", "-scripts", "closures"},
		{"-rounds", "1", "-scripts", "closures", "-crossings"},
	} {
		var first json.RawMessage
		runJSON(t, &first, args...)
		file := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(file, first, 0o666); err != nil {
			t.Fatal(err)
		}
		var again json.RawMessage
		runJSON(t, &again, append([]string{"-from", file}, args...)...)
		if !bytes.Equal(first, again) {
			t.Errorf("%v: wrote\n%s\nand then\n%s", args, first, again)
		}
	}
}

func TestProgress(t *testing.T) {
	var b strings.Builder
	p := newProgress(&b, 2)
	for round := range 3 {
		p.at(round, "a")
		p.at(round, "b")
	}
	p.done()
	want := fmt.Sprintln("warming up") + fmt.Sprintln("round 1 of 2") + fmt.Sprintln("round 2 of 2")
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}

	b.Reset()
	p = &progress{w: &b, rounds: 2, terminal: true, last: -1}
	p.done() // nothing to clear
	p.at(1, "a")
	p.done()
	if want := "\r\x1b[Kround 1 of 2: a\r\x1b[K"; b.String() != want {
		t.Errorf("on a terminal: got %q, want %q", b.String(), want)
	}
}
