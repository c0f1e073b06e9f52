//go:build lua54

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
	"casalloc/impl/internal/samples"
	"casalloc/impl/trace"
)

// asMain is a variable of the environment: the process is luarun, and not its tests.
const asMain = "LUARUN_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	os.Exit(m.Run())
}

func script(t *testing.T, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func luarun(args ...string) (status command.Status, stdout, stderr string) {
	return luarunWith("", args...)
}

// luarunWith runs with this standard input.
func luarunWith(stdin string, args ...string) (status command.Status, stdout, stderr string) {
	var out, errs bytes.Buffer
	err := run(context.Background(), args, strings.NewReader(stdin), &out, &errs)
	status = command.End("luarun", err, &errs)
	return status, out.String(), errs.String()
}

// process is luarun in a process of its own.
func process(ctx context.Context, stderr io.Writer, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), asMain+"=1"), stderr
	return cmd
}

// runJSON runs with -json.
func runJSON(t *testing.T, args ...string) (command.Status, report) {
	t.Helper()
	status, out, errs := luarun(append([]string{"-json"}, args...)...)
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%q: exit status %d, %v: %s", args, status, err, errs)
	}
	return status, r
}

func wantAll(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("no %q in\n%s", w, text)
		}
	}
}

func TestBombDiesAlone(t *testing.T) {
	for _, c := range []struct{ flag, limits, refused string }{
		{"-limit", "limit 33554432, of each none,", "over limit: "},
		{"-each", "limit none, of each 33554432,", "over limit of /state 1: "},
	} {
		status, out, errs := luarun(c.flag, "32MiB", "-states", "8", "../../lua54/testdata/party.lua")
		if status != command.Failed {
			t.Errorf("%s: exit status %d, want %d; %s", c.flag, status, command.Failed, errs)
		}
		wantAll(t, out, "not enough memory", c.limits, "used at the end 0: the books balance")
		wantAll(t, errs, "state 1: lua54: not enough memory: casalloc: "+c.refused)
		for _, s := range []string{"2", "3", "4", "5", "6", "7", "8"} {
			wantAll(t, out, "["+s+"] state\t"+s+"\t5000\tguest 0 of state "+s+"\n")
		}
		if n := strings.Count(out, " ok "); n != 7 {
			t.Errorf("%s: %d states ok, want 7\n%s", c.flag, n, out)
		}
	}
}

// States that eat all there is get as much as each may have, and no more.
func TestLimitOfEach(t *testing.T) {
	status, got := runJSON(t, "-limit", "8MiB", "-each", "1MiB", "-states", "3", "../../lua54/testdata/greedy.lua")
	if status != command.Failed || !got.Balanced || got.Refused == 0 || got.Each != 1<<20 || got.Limit != 8<<20 {
		t.Errorf("exit status %d, %+v, want %d and refusals", status, got, command.Failed)
	}
	for _, s := range got.States {
		if s.Result != "not enough memory" || s.Peak > 1<<20 || s.Peak < 1<<20*99/100 {
			t.Errorf("%+v, want nearly 1 MiB", s)
		}
	}
}

func TestJSON(t *testing.T) {
	status, out, errs := luarun("-json", "-states", "3", "-limit", "1MB", script(t, `
		if arg.state == 2 then error("mine") end
		io.write("to be ") print(..., arg[2])
		io.write("unfinished")`), "continued", "later")
	var got report
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if status != command.Failed || len(got.States) != 3 ||
		got.States[0].Result != "ok" || got.States[1].Result != "error" ||
		got.Limit != 1e6 || got.Mode != "enforcing" || !got.Balanced || got.Peak < got.States[0].Peak {
		t.Errorf("exit status %d, %+v", status, got)
	}
	wantAll(t, errs, "[1] to be continued\tlater\n", "[3] unfinished\n",
		"state 2: ", "script.lua:2: mine\n", "in main chunk")
}

func TestTimeout(t *testing.T) {
	status, out, _ := luarun("-timeout", "50ms", "-states", "2",
		script(t, `if arg.state == 1 then while true do end end`))
	if status != command.Failed {
		t.Errorf("exit status %d, want %d", status, command.Failed)
	}
	wantAll(t, out, "1  timed out", "2         ok", "unlimited: limit none", "the books balance")
}

// A finalizer cannot be stopped. Luarun ends without the state that runs it, in a process of its
// own here, since the state never ends.
func TestStuck(t *testing.T) {
	const loop = "setmetatable({}, {__gc = function() while true do end end}) "
	for name, source := range map[string]string{
		"run":   loop + "collectgarbage()",
		"close": loop,
		"print": "setmetatable({}, {__gc = function() while true do print('x') end end}) collectgarbage()",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			trace := filepath.Join(t.TempDir(), "trace")
			var out, errs bytes.Buffer
			luarun := process(ctx, &errs, "-timeout", "1s", "-grace", "100ms", "-states", "2",
				"-trace", trace, script(t, "if arg.state == 1 then "+source+" end"))
			luarun.Stdout = &out
			luarun.Run()
			if got := luarun.ProcessState.ExitCode(); got != int(command.Failed) {
				t.Errorf("exit status %d, want %d", got, command.Failed)
			}
			wantAll(t, errs.String(), "state 1: stuck", "its trace is incomplete")
			_, report, _ := strings.Cut(out.String(), "state  result")
			wantAll(t, report, " stuck ", "peak in all not known", "the books of stuck states are open\n")
		})
	}
}

// TestInterrupt: luarun ends at an interrupt, although no script notices it, and prints no table.
func TestInterrupt(t *testing.T) {
	var errs bytes.Buffer
	luarun := process(t.Context(), &errs, "-states", "1", script(t, "print('begun') while true do end"))
	stdout, err := luarun.StdoutPipe()
	if err == nil {
		err = luarun.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(stdout)
	if line, err := out.ReadString('\n'); line != "[1] begun\n" {
		t.Fatalf("it prints %q, %v", line, err)
	}
	luarun.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(out)
	luarun.Wait()
	got := command.Status(luarun.ProcessState.ExitCode())
	if got != command.Interrupted || len(rest) > 0 || errs.String() != "luarun: interrupted\n" {
		t.Errorf("exit status %d, %q, %q; want %d", got, rest, &errs, command.Interrupted)
	}
}

// A state whose result is there is not stuck, even if it is taken after the hard deadline.
func TestCollect(t *testing.T) {
	hard := make(chan struct{})
	close(hard)
	results := make(chan stateReport, 3)
	results <- stateReport{State: 3, Result: "ok"}
	results <- stateReport{State: 1, Result: "error"}
	r := report{States: make([]stateReport, 3)}
	r.collect(t.Context(), results, hard)
	for i, want := range []string{"error", "stuck", "ok"} {
		if got := r.States[i]; got.Result != want || got.State != i+1 || got.stuck != (want == "stuck") {
			t.Errorf("state %d: %+v, want %s", i+1, got, want)
		}
	}
}

func TestTraceFile(t *testing.T) {
	for _, name := range []string{"t.trace", "t.trace.gz"} {
		path := filepath.Join(t.TempDir(), name)
		status, out, errs := luarun("-trace", path, "-states", "2", "../../lua54/testdata/objects.lua")
		if status != command.Done {
			t.Fatalf("exit status %d: %s%s", status, out, errs)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		calls := 0
		for _, err = range trace.NewReader(f, name).All() {
			calls++
		}
		if err != nil || calls < 1000 {
			t.Errorf("%s: %d calls, %v", name, calls, err)
		}
	}
}

// The first sample is taken when the limit is set, and the last when all states are closed, also if
// that is before it is time for another.
func TestSamples(t *testing.T) {
	path := filepath.Join(t.TempDir(), "samples.csv")
	status, got := runJSON(t, "-limit", "2MiB", "-states", "2", "-samples", path, script(t, "return ('x'):rep(4000000)"))
	if status != command.Failed || got.Refused == 0 {
		t.Fatalf("exit status %d, %+v, want %d and refusals", status, got, command.Failed)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := samples.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	first, last := rows[0], rows[len(rows)-1]
	if live := float64(got.AtBoot); first[1] != 2<<20 || first[2] < live || first[3] != live || first[4] != 0 {
		t.Errorf("first row %v, want the %d bytes of the boot live, and charged", first, got.AtBoot)
	}
	if want := [5]float64{last[0], 2 << 20, 0, 0, float64(got.Refused)}; last != want {
		t.Errorf("last row %v, want nothing, and %d refused", last, got.Refused)
	}
}

// Wrong arguments, and what of them cannot be read or made, are told in one line.
func TestMisuse(t *testing.T) {
	const bomb = "../../lua54/testdata/bomb.lua"
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "no script; see -h"},
		{[]string{"-states"}, "needs an argument: -states; see -h"},
		{[]string{"-nosuch", bomb}, "not defined: -nosuch; see -h"},
		{[]string{"-limit", "0", bomb}, "want 1 to 140737488355328 bytes; see -h"},
		{[]string{"-limit", "many", bomb}, "want a whole number"},
		{[]string{"-states", "0", bomb}, "-states 0: want 1 to 4096"},
		{[]string{"-timeout", "-1s", bomb}, "-timeout -1s: want more than 0"},
		{[]string{"-grace", "-1s", bomb}, "-grace -1s: want 0 or more"},
		{[]string{"-samples", "x.csv", bomb}, "-samples without -limit"},
		{[]string{"-limit", "1MiB", "-samples", "/nosuch/file", bomb}, "/nosuch/file: no such file"},
		{[]string{"nosuch.lua"}, "nosuch.lua: no such file"},
		{[]string{script(t, "syntax error")}, "script.lua:1: syntax error"},
		{[]string{"-trace", "/nosuch/file", bomb}, "/nosuch/file: no such file"},
	} {
		status, out, errs := luarun(c.args...)
		oneLine := strings.Count(errs, "\n") == 1 && strings.HasPrefix(errs, "luarun: ")
		if status != command.ErrUsage || out != "" || !oneLine || !strings.Contains(errs, c.want) {
			t.Errorf("%q: exit status %d, %q, %q; want %d, %s", c.args, status, out, errs, command.ErrUsage, c.want)
		}
	}
	if status, out, errs := luarun("-h"); status != command.Done || out != "" ||
		!strings.Contains(errs, "no sandbox") || !strings.Contains(errs, "-limit size") {
		t.Errorf("-h: exit status %d, %q, %q", status, out, errs)
	}
}

// Flags after the script are the script's; luarun warns if they look like its own.
func TestFlagsAfterTheScript(t *testing.T) {
	path := script(t, "print(...)")
	for _, c := range []struct {
		args, warned []string
	}{
		{[]string{path, "-limit", "8MiB"}, []string{"-limit"}},
		{[]string{path, "x", "--limit=8MiB", "-json"}, []string{"-limit", "-json"}},
		{[]string{path, "-x", "limit", "-", "---limit", "-Limit", ""}, nil},
		{[]string{"--", path, "-limit", "8MiB"}, nil},
		{[]string{path, "--", "-limit", "8MiB"}, nil},
		{[]string{path, "-states", "2", "--", "-limit", "8MiB"}, []string{"-states"}},
		{[]string{"-limit", "8MiB", path, "x"}, nil},
	} {
		status, out, errs := luarun(append([]string{"-states", "1"}, c.args...)...)
		got := strings.Split(strings.TrimSuffix(errs, "\n"), "\n")
		if errs == "" {
			got = nil
		}
		if status != command.Done || len(got) != len(c.warned) {
			t.Errorf("%q: exit status %d, printed %q, want %d warnings", c.args, status, errs, len(c.warned))
			continue
		}
		for i, w := range c.warned {
			wantAll(t, got[i], "warning: "+w+" goes to the script")
		}
		after := c.args[slices.Index(c.args, path)+1:]
		wantAll(t, out, "[1] "+strings.Join(after, "\t")+"\n")
	}
}

func TestScriptFromStandardInput(t *testing.T) {
	status, out, errs := luarunWith("print(arg[0], ...) error('here')", "-states", "2", "-", "x")
	if status != command.Failed {
		t.Errorf("exit status %d, want %d", status, command.Failed)
	}
	wantAll(t, out, "[1] stdin\tx\n", "[2] stdin\tx\n")
	wantAll(t, errs, "state 1: stdin:1: here", "state 2: stdin:1: here")
}

// The boot needs more than the limit, for a moment or at its end. That is not against the limit.
func TestLimitBelowTheBoot(t *testing.T) {
	// While it is loaded, the script is in memory twice.
	long := script(t, "local s = '"+strings.Repeat("x", 110_000)+"' assert(#s == 110000)")
	for _, c := range []struct {
		limit, result string
		status        command.Status
	}{
		{"250KiB", "ok", command.Done},
		{"160KiB", "ok", command.Done},
		{"100KiB", "not enough memory", command.Failed},
		{"1B", "not enough memory", command.Failed},
	} {
		for _, flag := range []string{"-limit", "-each"} {
			status, got := runJSON(t, flag, c.limit, "-states", "1", long)
			if status != c.status || got.States[0].Result != c.result || !got.Balanced {
				t.Errorf("%s %s: exit status %d, %+v, want %d and %s", flag, c.limit, status, got, c.status, c.result)
			}
			if got.BootPeak <= 2*110_000 || got.PeakUsed < got.BootPeak || got.AtBoot <= 110_000 ||
				got.Peak < got.AtBoot || got.Peak > max(got.AtBoot, got.Limit, got.Each) || got.States[0].Peak != got.Peak {
				t.Errorf("%s %s: wrong peaks: %+v", flag, c.limit, got)
			}
		}
	}
}

// The peaks are the same whether a budget counts or not. What is used has slack in it.
func TestPeaksAreWithoutSlack(t *testing.T) {
	args := []string{"-states", "1", "../../lua54/testdata/json.lua"}
	_, limited := runJSON(t, append([]string{"-limit", "64MiB"}, args...)...)
	_, unlimited := runJSON(t, args...)
	if limited.Peak != unlimited.Peak || limited.BootPeak != unlimited.BootPeak || limited.PeakUsed <= limited.Peak {
		t.Errorf("with a limit %+v, without %+v", limited, unlimited)
	}
}

// Luarun says that the books do not balance even if every state is ok.
func TestUnbalanced(t *testing.T) {
	for _, c := range []struct {
		budget impl.Stats
		state  stateReport
		grown  int64
	}{
		{budget: impl.Stats{Limit: impl.NoLimit, Used: 1}},
		{budget: impl.Stats{Limit: impl.NoLimit}, state: stateReport{Live: 1}},
		{budget: impl.Stats{Limit: impl.NoLimit}, state: stateReport{over: true}},
		{budget: impl.Stats{Mode: impl.Enforcing, Limit: 5, Peak: 9}, grown: 6},
		{budget: impl.Stats{Mode: impl.Enforcing, Limit: 5, Peak: 9}, grown: 6, state: stateReport{stuck: true}},
	} {
		c.state.ok = true
		r := report{States: []stateReport{c.state}, BootPeak: 9, AtBoot: 8}
		r.total(c.budget, c.grown)
		var out bytes.Buffer
		if err := r.write(&out, false); err != nil || r.status() != unbalanced {
			t.Errorf("%+v: exit status %d, want %d", r, r.status(), unbalanced)
		}
		wantAll(t, out.String(), "DO NOT BALANCE")
	}
}
