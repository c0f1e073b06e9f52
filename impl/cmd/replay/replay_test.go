package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
	"casalloc/impl/trace"
)

const httpTrace = "testdata/http.trace.gz"

// replay runs the command over newBudget, nil for the real one.
func replay(newBudget func() budget, args ...string) (status command.Status, stdout, stderr string) {
	if newBudget == nil {
		newBudget = newRight
	}
	var out, err bytes.Buffer
	p := program{stdout: &out, stderr: &err, newBudget: newBudget}
	status = command.End("replay", p.run(context.Background(), args), &err)
	return status, out.String(), err.String()
}

// replayJSON returns the runs of a replay that must balance.
func replayJSON(t *testing.T, args ...string) (counting, enforcing, unlimited run) {
	t.Helper()
	status, stdout, stderr := replay(nil, append([]string{"-json"}, args...)...)
	if status != command.Done || stderr != "" {
		t.Fatalf("%v: got status %d, %s", args, status, stderr)
	}
	var got struct{ Runs []run }
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || len(got.Runs) != 3 {
		t.Fatalf("%v: %v in %s", args, err, stdout)
	}
	for i, mode := range []string{"counting", "enforcing", "unlimited"} {
		shared := slices.Contains(args, "-shared")
		r := got.Runs[i]
		nothing := r.UsedAtEnd == 0 && r.LiveAtEnd == 0
		if r.Mode != mode || r.Shared != shared || !r.Balanced || !nothing || r.NsPerCall <= 0 {
			t.Errorf("%v: run %d: got %+v, want %s, balanced, nothing at the end", args, i, r, mode)
		}
	}
	return got.Runs[0], got.Runs[1], got.Runs[2]
}

func write(t *testing.T, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "a.trace")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// One state sees exactly what the recording saw. The slack of its child is part of the peak.
func TestOneState(t *testing.T) {
	for _, tt := range []struct {
		args        []string
		calls, peak int64
	}{
		{nil, 73_892, 3_644_367},
		{[]string{httpTrace}, 109_326, 1_228_052},
		{[]string{"-rounds=2", httpTrace, "luacheck.trace.gz"}, 109_326 + 73_892, 3_644_367},
		{[]string{write(t, "n 1 8 16\nf 0 999\nr 1 16 24\nr 1 24 20\nf 1 20\n")}, 5, 24}, // 8 is a tag, 999 nothing
	} {
		testOneState(t, tt.calls, tt.peak, 1, append([]string{"-states=1"}, tt.args...))
		testOneState(t, tt.calls, tt.peak, 0, append([]string{"-states=1", "-shared"}, tt.args...))
	}
}

func testOneState(t *testing.T, calls, peak, children int64, args []string) {
	if (children == 0 || testing.Short()) && calls > 100_000 {
		return // it takes long
	}
	counting, enforcing, unlimited := replayJSON(t, args...)
	slack := counting.PeakUsed - peak
	if counting.Calls != calls || unlimited.Calls != calls || counting.PeakLive != peak ||
		slack < children || slack > children*512<<10 {
		t.Errorf("%v: got counting %+v, unlimited %+v, want %d calls, peak %d", args, counting, unlimited, calls, peak)
	}
	if r := enforcing; r.Limit != peak*3/4 || r.PeakLive > r.Limit || r.Refused == 0 || r.StatesOutOfMemory != r.Refused {
		t.Errorf("%v: got enforcing %+v, want refusals at limit %d", args, r, peak*3/4)
	}
	testJustEnough(t, peak, args)
}

// With just enough nothing is refused, with a byte less something is.
func testJustEnough(t *testing.T, peak int64, args []string) {
	_, enough, _ := replayJSON(t, append([]string{fmt.Sprint("-limit=", peak)}, args...)...)
	_, less, _ := replayJSON(t, append([]string{fmt.Sprint("-limit=", peak-1)}, args...)...)
	if enough.Limit != peak || enough.Refused > 0 || enough.PeakLive != peak || less.Limit != peak-1 || less.Refused == 0 {
		t.Errorf("%v: got %+v\nand %+v, want the limits %d and a byte less, and refusals at that", args, enough, less, peak)
	}
}

// ways are those to charge, or in short tests the usual one: the race detector and an emulator make
// a trace take ten times as long.
func ways() []string {
	if testing.Short() {
		return []string{"-shared=false"}
	}
	return []string{"-shared=false", "-shared"}
}

func TestManyStates(t *testing.T) {
	for _, shared := range ways() {
		testManyStates(t, shared)
	}
}

func testManyStates(t *testing.T, shared string) {
	counting, enforcing, unlimited := replayJSON(t, shared,
		"-limit=4MiB", "-states=9", "-rounds=2", "-fail=1e-5", "-seed=7", httpTrace, "luacheck.trace.gz")
	for _, r := range []run{counting, unlimited} {
		if r.Refused != 0 || r.Limit != 0 || r.StatesOutOfMemory == 0 || r.Calls != counting.Calls {
			t.Errorf("got %+v, want failures of the backend only", r)
		}
	}
	if counting.RolledBack == 0 || unlimited.RolledBack != 0 {
		t.Errorf("got %d rolled back counting, %d unlimited, want some and 0",
			counting.RolledBack, unlimited.RolledBack)
	}
	if r := enforcing; r.Limit != 4<<20 || r.Refused == 0 || r.StatesOutOfMemory < r.Refused+r.RolledBack ||
		r.PeakLive > r.PeakUsed || r.PeakUsed > r.Limit {
		t.Errorf("got %+v, want refusals, and live <= used <= limit", r)
	}
}

// Failures depend on the seed, the state and the round, and on nothing else.
func TestSeed(t *testing.T) {
	args := []string{"-states=3", "-rounds=2", "-fail=3e-5"}
	first, _, unlimited := replayJSON(t, append(args, "-seed=1")...)
	again, _, _ := replayJSON(t, append(args, "-seed=1")...)
	other, _, _ := replayJSON(t, append(args, "-seed=2")...)
	if first.Calls != again.Calls || first.RolledBack != again.RolledBack || first.Calls != unlimited.Calls {
		t.Errorf("got %+v\nand %+v\nand %+v, want the same failures", first, again, unlimited)
	}
	if first.Calls == other.Calls {
		t.Errorf("got %d calls with either seed", first.Calls)
	}
}

func TestBackendAlwaysFails(t *testing.T) {
	counting, enforcing, _ := replayJSON(t, "-states=2", "-rounds=3", "-fail=1")
	if r := counting; r.Calls != 6 || r.StatesOutOfMemory != 6 || r.RolledBack != 6 || r.PeakLive != 0 {
		t.Errorf("got %+v, want one failing call a round", r)
	}
	if enforcing.Limit != 1 || enforcing.Refused != 6 { // nothing was ever live
		t.Errorf("got %+v", enforcing)
	}
}

func TestJSONFields(t *testing.T) {
	_, stdout, _ := replay(nil, "-json", "-states=1")
	want := []string{
		"mode", "shared", "calls", "refused", "rolled_back", "states_out_of_memory", "peak_used",
		"peak_live", "limit", "used_at_end", "live_at_end", "ns_per_call", "balanced",
	}
	var got struct{ Runs []map[string]any }
	d := json.NewDecoder(strings.NewReader(stdout))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || d.More() {
		t.Fatalf("%v: want one object, got %s", err, stdout)
	}
	for _, r := range got.Runs {
		for _, name := range want {
			if _, ok := r[name]; !ok {
				t.Errorf("%v: no field %s", r["mode"], name)
			}
		}
		if len(r) != len(want) {
			t.Errorf("got %d fields %v, want %d", len(r), r, len(want))
		}
	}
}

func TestTable(t *testing.T) {
	_, shared, _ := replay(nil, "-states=1", "-shared")
	for _, want := range []string{"one budget for all", "peak used                3,644,367 "} {
		if !strings.Contains(shared, want) {
			t.Errorf("-shared: no %q in\n%s", want, shared)
		}
	}
	_, stdout, _ := replay(nil, "-states=1")
	for _, want := range []string{
		"states 1, a budget each,", "\npeak with slack ", "counting         enforcing         unlimited\n",
		"calls                       73,892 ", "3,644,367", "2,733,275", "\nBalanced: ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestMisuse(t *testing.T) {
	bad := write(t, "n 1 0 8\nf 1 9\n")
	short := write(t, "n 1 0 8\n")
	whole, err := os.ReadFile(httpTrace)
	if err != nil {
		t.Fatal(err)
	}
	cut := write(t, string(whole[:len(whole)/2]))
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{bad}, bad + ":2: block 1 has 8 bytes, not 9"},
		{[]string{short}, short + ":2: trace ends with 1 blocks of 8 bytes live"},
		{[]string{cut}, "unexpected EOF"},
		{[]string{httpTrace, bad}, bad + ":2:"},
		{[]string{"-json", bad}, bad + ":2:"},
		{[]string{"-states=2", "-fail=0.5", "nowhere.trace"}, "nowhere.trace: no such file"},
		{[]string{"testdata"}, "testdata: not a regular file"},
		{[]string{"-states=0"}, "-states 0: want 1 to 4096"},
		{[]string{"-states=4097"}, "-states 4097: want"},
		{[]string{"-rounds=0"}, "-rounds 0: want"},
		{[]string{"-fail=1.5"}, "-fail 1.5: want"},
		{[]string{"-fail=NaN"}, "-fail NaN: want"},
		{[]string{"-limit=0"}, "want 1 to 140737488355328 bytes"},
		{[]string{"-limit=-1"}, "want 1 to"},
		{[]string{"-limit=129TiB"}, "want 1 to"},
		{[]string{"-limit=4XB"}, "want a whole number"},
		{[]string{"-limit="}, "want a whole number"},
		{[]string{"-limit=4MiB,"}, "want a whole number"},
		{[]string{"-limit=1,2,3", "-states=1", "-rounds=2"}, "3 limits for 1 states in 2 rounds"},
		{[]string{"-samples=nowhere/x.csv"}, "nowhere/x.csv: no such file"},
		{[]string{"-seed=-1"}, "invalid value"},
		{[]string{"-nonsense"}, "not defined"},
		{[]string{"-states=1", "-rounds=2", bad, bad, bad}, "3 files, of which"},
	} {
		status, stdout, stderr := replay(nil, tt.args...)
		oneLine := strings.Count(stderr, "\n") == 1 && strings.HasPrefix(stderr, "replay: ")
		if status != command.ErrUsage || stdout != "" || !oneLine || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: got status %d, %q, %q, want %d, %s", tt.args, status, stdout, stderr, command.ErrUsage, tt.want)
		}
	}
	if status, _, stderr := replay(nil, "-h"); status != command.Done || !strings.Contains(stderr, "usage:") {
		t.Errorf("-h: got status %d, %q", status, stderr)
	}
}

// TestInterrupt: a run that is interrupted has no verdict, nor have those before it.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	budgets := 0
	var out, errs bytes.Buffer
	p := program{stdout: &out, stderr: &errs, newBudget: func() budget {
		if budgets++; budgets == 2 {
			cancel()
		}
		return newRight()
	}}
	status := command.End("replay", p.run(ctx, nil), &errs)
	if status != command.Interrupted || out.Len() > 0 || errs.String() != "replay: interrupted\n" || budgets != 2 {
		t.Errorf("status %d after %d budgets, %q, %q; want %d", status, budgets, &out, &errs, command.Interrupted)
	}
}

// Each of the three runs shows its progress until it ends, and erases it. The first one takes long,
// in the third batch of the first trace and in the sixth of the second.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, err bytes.Buffer
		calls := 0
		slow := func(b *B, osize, nsize int64, realloc func() bool) error {
			if calls++; calls == 2*batchSize+1 || calls == 73_892+5*batchSize+1 {
				time.Sleep(5 * time.Second / 4) // past one tick, and then past the next
			}
			return b.Resize(osize, nsize, realloc)
		}
		c := program{stdout: &out, stderr: &err, progress: time.Second,
			newBudget: func() budget { return twin{Budget: impl.NewBudget(), when: always, resize: slow} }}
		failed := c.run(t.Context(), []string{"-states=1", "-rounds=2"})
		const erase = "\r\x1b[K"
		want := erase + "counting: 0 of 2 traces, 2,048 calls" + erase + "counting: 1 of 2 traces, 79,012 calls" +
			strings.Repeat(erase, 3)
		if got := err.String(); failed != nil || got != want {
			t.Errorf("got %v, %q, want %q", failed, got, want)
		}
	})
}

// A call that is replayed costs no memory, refused or not.
func TestNoAllocation(t *testing.T) {
	for _, shared := range []bool{false, true} {
		b := newRight()
		books := &books{budget: b, shared: shared}
		if err := books.setLimit(9000); err != nil {
			t.Fatal(err)
		}
		s := newState(impl.Enforcing, books, config{})
		calls := []trace.Call{
			{Op: trace.New, ID: 1, OSize: 8, NSize: 90},
			{Op: trace.Free, ID: 1, OSize: 90},
			{Op: trace.New, ID: 1, NSize: 9001},
		}
		if n := testing.AllocsPerRun(100, func() { s.do(calls) }); n != 0 || s.refused == 0 {
			t.Errorf("shared %v: got %v allocations with %d refusals, want 0", shared, n, s.refused)
		}
	}
}

// BenchmarkPlay shows what the check costs: a call of the embedded trace with and without it.
func BenchmarkPlay(b *testing.B) {
	for _, mode := range []impl.Mode{impl.Counting, impl.Enforcing, impl.Unlimited} {
		for _, check := range []string{"on", "off"} {
			if mode == impl.Unlimited && check == "on" {
				continue // nothing to compare live bytes with
			}
			for _, shared := range []bool{false, true} {
				for _, states := range []int{1, 8} {
					name := fmt.Sprintf("mode=%s/shared=%v/check=%s/states=%d", mode, shared, check, states)
					b.Run(name, func(b *testing.B) {
						cfg := config{states: states, rounds: b.N, shared: shared, unchecked: check == "off"}
						cfg.traces, _ = sources(nil)
						c := program{newBudget: newRight}
						var enforced limits
						if mode == impl.Enforcing {
							enforced = limits{trace.MaxLive}
						}
						r, err := c.replayMode(b.Context(), cfg, mode, enforced, nil)
						if err != nil || !r.Balanced {
							b.Fatal(r, err)
						}
						b.ReportMetric(0, "ns/op")
						b.ReportMetric(r.NsPerCall, "ns/call")
					})
				}
			}
		}
	}
}
