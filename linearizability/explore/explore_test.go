//go:build interleave

package explore

import (
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"casalloc/impl"
	"casalloc/linearizability/explore/engine"
)

var (
	large     = flag.Bool("large", false, "explore the large scenarios too, with progress")
	maxStates = flag.Int("states", 100_000_000, "explore so many states of one scenario at most; more is a failure")
	pinned    = flag.Bool("pinned", true, "compare the numbers of states; false for another version of impl")
)

// A pinnedScenario is explored in full. Its numbers are the same on every run: another number is
// another program, or a state that was missed.
type pinnedScenario struct {
	name, text    string
	states, steps int64
}

var scenarios = []pinnedScenario{
	// Two threads, three calls each.
	{"grow shrink free", "3:2/1/0*3:2/1/0*3", 205_114, 403_644},
	{"below at and above the limit", "3:2/3/4/0*3:1/0*3", 73_774, 146_838},
	{"failing growth", "3:2e/3x/0*3:2e/1/0*3", 1_268_100, 2_569_202},
	{"failing shrink and free", "3:h3.2e/0e/3*3:1/0e*3", 78_506, 158_684},
	{"panicking backend", "3:2p/1/0*3:h1.2/0p*3", 38_619, 77_245},
	{"SetLimit up and down", "3:L2/L4/2/0*3:2/1/0*3", 592_686, 1_160_750},
	{"two setters", "0:L2/L1/1*3:L3/E/0*3", 64_143, 117_862},
	{"EndBoot", "0:E/2e/0*3:L3/2/0*3", 430_090, 856_695},
	{"unlimited", "U:2e/1/0/E*3:L2/S/1p/0*3", 10_691, 25_099},
	{"over-release", "3:h2.-1/1/0*3:-1/c2/0*3", 55_447, 114_049},
	{"over-release while the limit moves", "4:-2/-1*3:h2.1/0/L3*3", 64_322, 127_967},
	{"Stats", "3:S*3:L2/2/0*3", 14_577, 28_437},
	{"Reserve and Release", "2:+1/+2/+3/+0*3:-1/+1/-0*3", 136_833, 287_743},
	{"Allocator", "3:a2/a0*3:a2x/a1p/a0/a1*3", 346_941, 679_325},
	{"sizes of every magnitude",
		"4503599627370496:+4503599627370496/+4503599627370497/+-1*3:-4503599627370496/--1/L0/L4503599627370497*3", 8_715, 19_559},
	{"counting to the end of its range", "0:+4503599627370496*3:+1/-1*3", 4_874, 8_713},

	// A thread with an account beside one without, or two accounts. The limit must be worth a batch
	// of slack.
	{"account beside the word", "200:@1/0*3:+190.-190.+190", 31_257, 59_424},
	{"two accounts", "200:@1/0*3:@1/0*3", 26_750, 54_042},
	{"slack taken and given back", "200:@1.41.0:150/0*2", 7_223, 13_386},
	{"account and limits", "200:@1.0.1:L3.L200", 10_873, 20_267},
	{"account in boot", "0:@1.2e.0:E/L200*2", 132_397, 252_936},
	{"account and Stats", "200:@1e.0.1:S*3", 91_857, 177_691},

	// Accounts that are made, closed and dropped while others call, that have a limit of their own,
	// and whose caller releases what it has not.
	{"Close beside a refusal", "200:@1/0*3.K.0:199/0*2", 69_221, 134_425},
	{"Close beside a limit that moves", "200:@1e/0*2.K.0:L3.L200", 56_158, 106_726},
	{"Close beside Stats", "200:@1.K.0:S*2", 7_555, 13_995},
	{"Close and growth", "200:@1/0.K.2/0*2:199/0*2", 28_384, 55_241},
	{"Close and growth in boot", "0:@1/2.K.3/0:E/L200*2", 18_568, 34_037},
	{"Close twice", "200:@1/0.K*2:199/0*2", 5_316, 9_949},
	{"two closed", "200:@1/0.K*2:@1/0.K", 7_591, 13_906},
	{"dropped beside a refusal", "200:@1/0.D.2/0*2:199/0*2", 29_593, 55_432},
	{"dropped beside a limit that moves", "200:@1/0.D.0:L3.L200", 2_312, 3_945},
	{"dropped in boot", "0:@1e/3.D.0:E/L200*2", 29_162, 52_699},
	{"dropped after a refusal", "200:@1/201.D.0:S*2", 5_301, 9_175},
	{"two dropped", "200:@1/0.D.0:@1.D.0", 41_127, 73_482},
	{"NewAccount beside a refusal", "200:N.1/0*2:199/0*2", 12_411, 23_731},
	{"one account after another", "200:@1.0.D/K.N.1/0:199/0*2", 41_507, 78_766},
	{"own limit that moves", "200:@l4.1/3/0*2.l2.1/3/0*2:199", 210_011, 412_803},
	{"own limit in boot", "0:@l2.1/3*2.K.1:E/L200", 3_637, 6_531},
	{"over-release through an account", "200:@+1.+110.-112/-110.-10/-1:199.0", 30_265, 57_028},
	{"claim through an account", "200:@c4/1.2/0*2:199/0*2", 46_877, 89_866},
	{"over-release and limits", "200:@h2.-1/1/0*2:L3.L200", 32_861, 61_797},
	{"Allocator over an account", "200:@a2e/a1p/a0*2:199/0*2", 352_518, 686_193},
	{"given back beside a refusal", "200:@1.110.0/20.0:190/0*2", 58_212, 111_557},

	// Three threads, two calls each.
	{"three grow and free", "3:2/0*2:2/0*2:2/0*2", 87_792, 234_123},
	{"three with a failing backend", "3:2x.1:2.0:1.0e", 785_995, 2_122_123},
	{"three with a setter", "3:2.0:1.0:L2.L4", 722_832, 1_965_944},
	{"three with two setters", "2:L1/L3*2:L2.L4:2.0", 555_011, 1_195_335},
	{"three in boot", "0:2/0*2:L2/E*2:2/0*2", 1_490_081, 4_169_537},
	{"three and an over-release", "4:-2.-1:h2.1/0*2:L3/L4*2", 1_106_708, 3_047_833},
	{"three with a reader", "3:S*2:2/0*2:L2/L4*2", 1_065_486, 2_901_146},
	{"three and two accounts", "130:@1.0:@1:128", 586_313, 1_633_525},
	{"three, two accounts and a limit", "200:@1.0:@1:L3", 245_990, 667_220},
	{"three, two accounts and a reader", "200:@1:@1.0:S", 613_041, 1_673_571},
	{"three at their frees", "3:h1.0.2x:h1.0e.2:h1.0.1", 1_072_039, 2_967_571},
	{"three and a Close", "200:@1.K:@1:190", 116_013, 302_616},
	{"three and one that is dropped", "200:@1.D:@1:L3", 31_813, 70_463},
	{"three, two NewAccounts", "200:N.1:N.1:199", 70_082, 172_527},
	{"three, an account and a NewAccount", "200:@1:N.1:190", 38_241, 93_886},
}

// The large scenarios take minutes and gigabytes. They are not pinned.
var largeScenarios = []pinnedScenario{
	{name: "two threads, more sizes", text: "4:2/1/0/2x*3:2/1/0/2x*3"},
	{name: "two threads, more panics", text: "3:2p/1p/2/0*3:h1.2p/0p/0*3"},
	{name: "three threads, two calls of several", text: "3:2/0*2:2e/0*2:L2/L4*2"},
	{name: "three at more frees", text: "3:h1.0/2e*2:h1.0/2p*2:h1.0e/2*2"},
	{name: "two accounts and limits", text: "200:@1.0:@1.0:L2.L150"},
}

func TestExplore(t *testing.T) {
	all := scenarios
	if *large {
		all = slices.Concat(all, largeScenarios)
	}
	for _, s := range all {
		if testing.Short() && s.states > 100_000 {
			t.Logf("-short: %s has %d states", s.name, s.states)
			continue
		}
		t.Run(strings.ReplaceAll(s.name, " ", "-"), func(t *testing.T) {
			t.Parallel() // each on a machine of its own
			g := exploreAll(t, s.text)
			if *pinned && s.states > 0 && (int64(len(g.States)) != s.states || g.Steps != s.steps) {
				t.Errorf("%d states and %d steps, want %d and %d", len(g.States), g.Steps, s.states, s.steps)
			}
		})
	}
}

func exploreAll(t *testing.T, text string) *engine.Graph {
	t.Helper()
	x, err := New(text)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	g, err := x.Explore(t.Context(), *maxStates, func(states, unexplored int) {
		t.Logf("%v: %d states, %d of them unexplored", time.Since(begin).Round(time.Second), states, unexplored)
	})
	if f := (*engine.Failure)(nil); errors.As(err, &f) {
		t.Fatalf("%s\n%s", text, x.Report(f))
	} else if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d states, %d steps, %d ends, %d points, %d histories, %v", text, len(g.States), g.Steps, g.Ends,
		x.engine.Points(), x.judge.monitor.Points(), time.Since(begin).Round(time.Millisecond))
	return g
}

// Bounds that were hit are never a pass.
func TestExploreIncomplete(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		ctx    context.Context
		states int
	}{{t.Context(), 100}, {cancelled, 1 << 20}} {
		x, err := New(scenarios[0].text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Explore(c.ctx, c.states, nil); !errors.Is(err, engine.ErrIncomplete) {
			t.Errorf("explore of %d states, context %v = %v, want incomplete", c.states, c.ctx.Err(), err)
		}
	}
}

// A thread that is restored from its answers is the thread that ran all along: random runs, live
// and as the explorer has them.
func TestExploreRestores(t *testing.T) {
	for seed, s := range scenarios {
		x, err := New(s.text)
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		for range 20 {
			run := x.Run(func(_ engine.State, possible []engine.Step) int { return random.IntN(len(possible)) }, 10_000)
			if run.Err != nil {
				t.Fatalf("%s\n%s", s.text, x.Report(run))
			}
			table, err := x.Replay(run.Schedule)
			if err != nil {
				t.Fatalf("%s: %v\n%s", x.Schedule(run.Schedule), err, table)
			}
			if again, _ := x.Replay(run.Schedule); again != table {
				t.Fatalf("two replays of %s:\n%s%s", x.Schedule(run.Schedule), table, again)
			}
		}
	}
}

// The checks fail when they should: operations that are not what the code asked for, and the
// promise that falls.
func TestExploreFindsFaults(t *testing.T) {
	word := func(f func(impl.Op) impl.Op) func(string, impl.Op) impl.Op {
		return func(cell string, op impl.Op) impl.Op {
			if cell == "word" {
				op = f(op)
			}
			return op
		}
	}
	instead := func(cell string, old, new impl.OpKind) func(string, impl.Op) impl.Op {
		return func(c string, op impl.Op) impl.Op {
			if strings.HasPrefix(c, cell) && op.Kind == old {
				op.Kind = new
			}
			return op
		}
	}
	for _, f := range []struct {
		name, scenario string
		tamper         func(cell string, op impl.Op) impl.Op
		want           string
	}{
		{"no comparison", "3:2:2", instead("word", impl.OpCompareAndSwap, impl.OpSwap), "Exact: "},
		{"a comparison that always fails", "3:2:2", word(func(op impl.Op) impl.Op {
			op.Old--
			return op
		}), "Progress: a has taken 128 steps"},
		{"a sum that wraps", "3:1:1", word(func(op impl.Op) impl.Op {
			if op.Kind == impl.OpCompareAndSwap {
				op.New -= 1 << 61
			}
			return op
		}), "WrapSafe: "},
		{"limit stored", "3:1:L2", instead("word", impl.OpAdd, impl.OpStore), "NeverOverLimit: "},
		{"no lock", "3:L1:L2", instead("setter", impl.OpLock, impl.OpTryLock), ""},
		{"no unlock", "3:L1:L2", instead("setter", impl.OpUnlock, impl.OpLoad),
			"Progress: deadlock: b waits at SetLimitLock"},
		{"no peak", "3:1.0:1", instead("peak", impl.OpCompareAndSwap, impl.OpLock), "Statistics: "},
		{"peak stored", "3:1.0:2.0", instead("peak", impl.OpCompareAndSwap, impl.OpSwap), "Statistics: "},
		{"no base", "3:2:L2", instead("base", impl.OpStore, impl.OpLoad), "Progress: Stats does not end"},
	} {
		t.Run(strings.ReplaceAll(f.name, " ", "-"), func(t *testing.T) {
			var last string
			for range 2 {
				x, err := New(f.scenario)
				if err != nil {
					t.Fatal(err)
				}
				x.machine.tamper = f.tamper
				_, err = x.Explore(t.Context(), 1<<20, nil)
				var fail *engine.Failure
				if !errors.As(err, &fail) || !strings.HasPrefix(err.Error(), f.want) {
					t.Fatalf("explore = %v, want %s", err, f.want)
				}
				report := x.Report(fail)
				if last != "" && report != last {
					t.Fatalf("first\n%s\nthen\n%s", last, report)
				}
				last = report
			}
			if strings.Contains(last, "a replay says") {
				t.Errorf("the replay does not fail like the exploration")
			}
			t.Log("\n" + last)
		})
	}
}

// fuzzScenarios are too large to exhaust.
var fuzzScenarios = []string{
	"5:2e/1e/4/0*6:2/3p/1/0*6:L3/L6/4x/0*6:S/1/2e/0e*6",
	"0:2e/1/0*6:L4/E/3/0*6:L2/L5/E/S*6:3p/1e/0*6",
	"4:+2/-2/-1/+3*6:h2.1/0/c4/2*6:L3/L4/L2/S*6:a2/a1/a0/a3x*6",
}

// FuzzExplore runs the scenario that the first byte names by the schedule that the others choose:
// of the n steps that are possible, byte b takes number b mod n. Without bytes left, the first
// thread that can goes on, to the end.
func FuzzExplore(f *testing.F) {
	explorers := make([]*Explorer, len(fuzzScenarios))
	for i := range fuzzScenarios {
		f.Add([]byte{byte(i)})
		random := rand.New(rand.NewPCG(1, uint64(i)))
		schedule := []byte{byte(i)}
		for range 300 {
			schedule = append(schedule, byte(random.Uint32()))
		}
		f.Add(schedule)
	}
	f.Fuzz(func(t *testing.T, schedule []byte) {
		if len(schedule) == 0 {
			return
		}
		i := int(schedule[0]) % len(fuzzScenarios)
		if x := explorers[i]; x == nil || x.engine.Points() > 1<<17 { // what it learns it keeps, within bounds
			var err error
			if explorers[i], err = New(fuzzScenarios[i]); err != nil {
				t.Fatal(err)
			}
		}
		x, rest := explorers[i], schedule[1:]
		run := x.Run(func(_ engine.State, possible []engine.Step) int {
			if len(rest) == 0 {
				return 0
			}
			b := int(rest[0])
			rest = rest[1:]
			return b % len(possible)
		}, 10_000)
		if run.Err != nil {
			t.Fatalf("%s\n%s", x.text, x.Report(run))
		}
	})
}
