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
	{"grow shrink free", "3:2/1/0*3:2/1/0*3", 275_200, 536_128},
	{"below at and above the limit", "3:2/3/4/0*3:1/0*3", 83_915, 166_225},
	{"failing growth", "3:2e/3x/0*3:2e/1/0*2", 248_896, 494_269},
	{"failing shrink and free", "3:h3.2e/0e/3*3:1/0e*3", 68_805, 139_282},
	{"panicking backend", "3:2p/1/0*3:h1.2/0p*3", 38_274, 76_589},
	{"SetLimit up and down", "3:L2/L4/2/0*3:2/1/0*2", 276_338, 535_713},
	{"two setters", "-:L2/L1/1*3:L3/E/0*3", 75_534, 138_129},
	{"EndBoot", "-:E/2e/0*3:L3/2/0*2", 184_447, 368_054},
	{"unlimited", "U:2e/1/0/E*3:L2/S/1p/0*3", 7_518, 18_073},
	{"over-release", "3:h2.-1/1/0*3:-1/c2/0*3", 186_850, 369_238},
	{"over-release while the limit moves", "4:-2/-1*3:h2.1/0/L3*3", 209_769, 393_806},
	{"Stats", "3:S*3:L2/2/0*3", 10_971, 21_706},
	{"Reserve and Release", "2:+1/+2/+3/+0*3:-1/+1/-0*3", 163_926, 346_494},
	{"Allocator", "3:a2/a0*3:a2x/a1p/a0/a1*3", 410_955, 798_977},
	{"sizes of every magnitude",
		"140737488355328:+140737488355328/+140737488355329/+-1*3:-140737488355328/--1/L0/L140737488355329*3", 73_696, 155_893},
	{"counting to the end of its range", "-:+140737488355328*3:+1/-1*3", 4_031, 7_484},

	// Trees. The limit of the root must be worth a batch of slack.
	{"child beside the word", "200(-):@X1/0*2:+190.-190", 17_891, 33_993},
	{"two children", "200(-,-):@X1/0*2:@Y1/150*2", 86_471, 166_236},
	{"two children and the word", "200(-,-):@X1.0:@Y1.0.+198", 99_156, 190_122},
	{"one child of two", "200(-):@X1.0:@X1.150", 267_557, 508_856},
	{"one limited child of two", "200(5):@X2/0*2:@X3/4/0*2", 177_049, 331_298},
	{"limited child near its limit", "200(5):@X3.1.0:@X3.5", 159_657, 297_133},
	{"child and limits", "200(-):@X1.0.1:L3.L200", 40_870, 75_428},
	{"limited child and its limit", "200(9):@X2/0*2:XL1/XL-*2", 16_767, 29_743},
	{"limits of root and child", "200(9):@X2.0:XL1.L3.XL200", 6_377, 11_465},
	{"child in boot", "-(-):@X1.2e.0:E/L200", 85_730, 159_905},
	{"limited child in boot", "-(5):@X1/6.0:E/L200.XL3", 4_505, 7_807},
	{"children in boot", "-(9(-)):@Y1e.0:E.X1", 5_005, 9_398},
	{"child and Stats", "200(-):@X1e.0.1:S.XS.=", 36_507, 69_557},
	{"child with a failing backend", "200(-):@X2e/1p.0e:199/0*2", 66_586, 126_569},
	{"allocator over a child", "200(9):@Xa2e/a1p.a0:+199/+8*2", 16_053, 29_961},
	{"slack taken and given back", "200(-):@X1.41.0:150/0*2", 12_791, 24_661},
	{"grandchild and root", "200(-(-)):@Y1.0.1:+198.-198", 83_585, 158_747},
	{"grandchild and parent", "200(-(-)):@Y1.0:@X1.199", 180_803, 341_320},
	{"limited parent", "200(100(-)):@Y1.0:@X99.100", 93_259, 177_241},
	{"two grandchildren", "200(-(-,-)):@Y1.0:@Z1.198", 64_251, 120_914},
	{"grandchildren of two", "200(-(-),-(-)):@Y1.0:@W1.199", 81_613, 156_567},
	{"bytes at an inner budget", "200(-(-)):@X2/0*2:@Y1.0", 173_517, 331_817},
	{"bytes at the root", "200(-):2/0*2:@X1.0.198", 43_577, 84_845},
	{"over-release at an inner budget", "200(-(-)):@X+2.-3.-2:@Y1", 56_952, 106_746},
	{"over-release at the root", "200(-):+2.-3.-2:@X1", 8_042, 15_396},
	{"over-release at a child", "200(-):@X+1.+2.-4/-3.-1:+199", 46_954, 88_660},
	{"over-release at a limited child", "200(9):@X+1.-2/-1:@X+1.-2", 9_576, 17_771},
	{"over-release while limits move", "200(9):@X+3.-4.-3:XL1.L3", 2_474, 4_585},
	{"first child made beside calls", "200(?-):2/0*2:XN.X1.X0", 24_046, 46_981},
	{"first grandchild beside calls", "200(-(?-)):@X2/0*2:YN.Y1", 297_063, 572_178},
	{"two stocked", "200(-,-):@X1.0:Y1.+190", 75_253, 142_064},
	{"child of a closed one", "200(9(?9)):XK:YN.Y1.YL3", 730, 1_125},
	{"second child made", "200(-,?5):@X1.0:YN.Y3.Y6", 14_523, 27_858},
	{"Close beside a refusal", "200(-):@X1/0.K.0:199/0", 8_551, 15_870},
	{"Close beside a growth", "200(-):@X1.K:@X1.0", 92_714, 174_348},
	{"Close of a limited child", "200(9):@X1.K.0:@X1.0", 44_987, 83_570},
	{"Close of a parent", "200(9(-)):XK:@Y1.0", 1_898, 3_438},
	{"Close twice", "200(-):@X1.K.K:XK", 571, 899},
	{"Close in boot", "-(-):@X1.K.0:E/L3", 2_103, 3_615},
	{"Close of the root", "3:1.K.0:2.L1", 1_504, 2_716},
	{"Leave beside a release", "200(-):@X1.V:@X1.0", 155_097, 294_575},
	{"Leave of a parent", "200(9(-)):XV:@Y1.0", 4_210, 7_938},
	{"Leave and late releases", "200(9):@X1.V.0:@X1.0", 35_122, 66_647},
	{"Leave and the bytes", "5(-):@X5.V:@X1:5", 65_674, 175_921},
	{"Leave of the root", "3:1.V.0:1.L2", 1_687, 3_090},
	{"Leave in boot", "-(-):@X1.V.0:E", 1_054, 1_817},
	{"Move between siblings", "200(-,9):@X+3.MY2.-1.Y-2:@Y9.0", 50_866, 90_835},
	{"Move to the root", "200(-(-)):@Y+3.MO2.-1.O-2:+198", 11_126, 20_571},
	{"Move from the root", "200(-(-)):+3.MY2.-1.Y-2:+198", 828, 1_396},
	{"Move over a limit", "200(-,2):@X+3.MY2/MY3:@Y1.0", 22_523, 42_065},
	{"Move beside a release", "200(-,-):@X+2.MY1:@X+1.-1", 96_225, 178_553},
	{"Move between branches", "200(9(-),5(-)):@Y+3.MW2:@W1.0", 27_285, 51_455},
	{"Move beside Close", "200(-,9):@X+2.MY2.-2:YK.YV", 3_766, 6_687},
	{"hopeless refusals", "200(-):@X1.0.201:+201.+200", 13_342, 25_978},
	{"hopeless beside a drain", "200(-):@X1.O=.2:+190", 11_925, 20_763},
	{"over the cap beside the lock", "200(-,-):@X60.61.0:Y=", 777, 1_324},
	{"limits above", "200(5(-)):@Y3.6:@Y2", 13_602, 25_269},
	{"slack below a limit", "2000(400(-)):@Y1.0.X400:=", 92_673, 168_902},
	{"batches of batches", "2000(-(-)):@Y1.X=:+1500", 1_455, 2_503},
	{"topped up beside a reader", "20000(-):@X1.4990.+20:=", 8_410, 15_175},
	{"topped up beside a refusal", "20000(-):@X1.4990.+20:+14990", 2_624, 4_522},
	{"topped up beside a limit", "20000(9000):@X1.4990.+20:XL6000", 3_352, 5_134},
	{"hopeless at a child", "200(5):@X1.6.5:@X6.0", 2_584, 4_950},
	{"refused beside a limit that falls", "200(10):X+5.X-5.XL4:X+3", 7_371, 13_368},
	{"refused beside a limit that falls and rises", "200(10):X+5.X-5.XL4.XL10.X+5:X+3", 13_491, 23_916},
	{"refused beside a limit of the root", "4(-):L200:X+150", 152, 259},
	{"stocked again beside an over-release", "200(-):X+2.X-2.O=.X+1:X-2", 4_085, 7_453},
	{"topped up beside its own calls", "20000(-):@X1.4990.+20:X+1.X-1", 308_414, 556_544},
	{"over the cap", "200(-):@X60.61.0:+150", 7_281, 13_266},
	{"over the cap of a parent", "200(-(-)):@Y60.61.0:+150", 7_931, 14_437},
	{"trim beside a growth", "200(-):@X60.61.0:@X1", 1_094_351, 2_088_375},
	{"readings", "200(9(-)):@Y1.2.0:X=.XS.Y=", 3_576, 6_786},

	// Three threads, two calls each.
	{"three grow and free", "3:2.0:2/0*2:2", 14_074, 36_957},
	{"three with a failing backend", "3:2x.1:2.0:1", 70_487, 185_525},
	{"three with a setter", "3:2.0:1:L2.L4", 189_438, 522_794},
	{"three with two setters", "2:L1/L3*2:L2:2.0", 140_788, 292_417},
	{"three in boot", "-:2.0:L2/E*2:2", 243_325, 677_805},
	{"three and an over-release", "4:-2:h2.1/0:L3/L4", 43_102, 94_045},
	{"three with a reader", "3:S:2/0*2:L2/L4", 41_310, 111_425},
	{"three at their frees", "3:h1.0.2x:h1.0e.2:h1.0.1", 457_765, 1_234_968},

	{"three children", "130(-,-):@X1:@Y1:128", 664_959, 1_682_827},
	{"three and one child", "200(9):@X1:@X2:@X9", 93_662, 233_870},
	{"three and a limit", "200(-,9):@X1:@Y1:L3.YL2", 280_116, 663_642},
	{"three and a Close", "9(-):@X1.K:@X1:+9", 23_848, 63_506},
	{"three and a Leave", "200(-,-):@X1.V:@X0:199", 11_158, 25_595},
	{"three and a reader", "200(-,-):@X1:@Y1:=", 69_171, 152_458},
	{"three levels, three threads", "200(50(-),-):@Y1:@Z1:X50", 613_861, 1_506_955},
	{"three and a Move", "200(-,9):@X+1.MY1:@Y1:199", 594_184, 1_453_378},
}

// The large scenarios take minutes and gigabytes. They are not pinned.
var largeScenarios = []pinnedScenario{
	{name: "two threads, more sizes", text: "4:2/1/0/2x*3:2/1/0/2x*3"},
	{name: "two threads, more panics", text: "3:2p/1p/2/0*3:h1.2p/0p/0*3"},
	{name: "three threads, two calls of several", text: "3:2/0*2:2e/0*2:L2/L4*2"},
	{name: "three at more frees", text: "3:h1.0/2e*2:h1.0/2p*2:h1.0e/2*2"},
}

// TestExplore begins with the small ones: most of what is wrong shows there.
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
			if s.states == 0 || s.states > 20_000 {
				t.Parallel() // each on a machine of its own; later than those that are not
			}
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
			if fieldOf(cell) == "word" {
				op = f(op)
			}
			return op
		}
	}
	instead := func(cell string, old, new impl.OpKind) func(string, impl.Op) impl.Op {
		return func(c string, op impl.Op) impl.Op {
			if fieldOf(c) == cell && op.Kind == old {
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
				op.New -= 1<<61 + 1<<60
			}
			return op
		}), "WrapSafe: "},
		{"limit stored", "3:1:L2", instead("word", impl.OpAdd, impl.OpStore), "Exact: "},
		{"no lock", "3:L1:L2", instead("lock", impl.OpLock, impl.OpTryLock), ""},
		{"no unlock", "3:L1:L2", instead("lock", impl.OpUnlock, impl.OpLoad),
			"Progress: deadlock: b waits at Lock"},
		{"no peak", "3:1.0:1", instead("peak", impl.OpCompareAndSwap, impl.OpLock), "Statistics: "},
		{"peak stored", "3:1.0:2.0", instead("peak", impl.OpCompareAndSwap, impl.OpSwap), "Statistics: "},
		{"no base", "3:2:L2", instead("base", impl.OpStore, impl.OpLoad), "Progress: Stats or Exact does not end"},
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
	"-:2e/1/0*6:L4/E/3/0*6:L2/L5/E/S*6:3p/1e/0*6",
	"4:+2/-2/-1/+3*6:h2.1/0/c4/2*6:L3/L4/L2/S*6:a2/a1/a0/a3x*6",
	"200(50(-),-):@Y1/30e/0*6:@Y2/0/MZ1/K*6:@Z1/150/0/V*6:X=/XL20/XL-/L100/L200/S*6",
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
