//go:build interleave

package explore

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/calls"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

var update = flag.Bool("update", false,
	"write the programs into tla/Scenario.tla and tla/AccountScenario.tla, and their configurations")

// A graphPin is a graph in short: how many states and steps it has, and its sum.
type graphPin struct {
	states, steps int
	sum           string
}

var graphScenarios = []struct {
	name, text string
	graphPin
}{
	{"GrowShrinkFree", "3:2/1/0*3:2/1/0*3",
		graphPin{6_326, 13_102, "01d93b543aed1ad78dc2cd109994d20b"}},
	{"FailingBackend", "3:2e/1e/0e*2:h2.3e/1e/0e*2",
		graphPin{3_849, 8_422, "5a4bd8d6040958308317a12128fb2648"}},
	{"LimitMoves", "3:2/1/0*2:L2/L4.L1/L3",
		graphPin{1_573, 3_041, "87887ac4154596ff784c0d2803811548"}},
	{"TwoSetters", "0:L2/E.L3/2:L4/E.1/0",
		graphPin{639, 1_143, "b096b53b20276ea486cdaccca0cd63f7"}},
	{"EndOfBoot", "0:2e/1/0*2:E.2e/1*2",
		graphPin{1_384, 3_042, "6945fd4a8b79682b9e2e296fc74b61fc"}},
	{"OverRelease", "4:c2/2.1/0.2:h2.0/1.L3/2",
		graphPin{2_225, 4_401, "790798e37d65ced01997e17f4ba20163"}},
	{"ThreeThreads", "3:2.0:2e:1.0",
		graphPin{1_845, 4_731, "224f14646adeedce106a2e39279f1c51"}},
	{"ThreeAndLimits", "3:2.0:h1.0/2:L2.L4",
		graphPin{3_033, 8_004, "3778cb6f9fa4717084b5a0305e1d1cca"}},

	{"TwoOwners", "200:@1.0/150*2:@1.199",
		graphPin{3_838, 7_140, "e1706b3b07ea2349804b79b1ed5c47a7"}},
	{"OwnerAndUser", "200:@1e.0.1:190.0",
		graphPin{1_213, 2_233, "669e93ad1241f3411887aa8a61bf0b72"}},
	{"OwnersLimitMoves", "200:@1.0.1:L3.L200",
		graphPin{1_007, 1_832, "218d9fd13b643b647a279fbfcb7e567d"}},
	{"SlackGivenBack", "200:@1.41.0:150/0*2",
		graphPin{734, 1_322, "b7d6fd51e83b7d2d2ea769747fa0f2dc"}},
	{"OwnersInBoot", "0:@1.2e:E/L200",
		graphPin{759, 1_302, "baff6cf2b8452507b8eaad9ca67393f4"}},
	{"OwnerCloses", "200:@1.K.1e/0:@1.199",
		graphPin{1_802, 3_307, "344b7809acb8d5429e1061044d460711"}},
	{"OwnerDropsAndOpens", "200:@1.D/0.0.N.1:199/S.0",
		graphPin{1_940, 3_539, "414aa1e7ba5ede735a19f7e4dcb59df4"}},
	{"OwnersRead", "200:@1.0:@1.S.199/S",
		graphPin{2_182, 4_009, "0dc5dc6e94fb3f0546f5e2a090e60871"}},
	{"OwnLimitAndMisuse", "200:@l2/l1.1.2.c5/c2.0:@1.L3",
		graphPin{3_320, 6_266, "a842769ba8eee13a509003ad4c75316b"}},
}

// TestGraph holds the graph of the code against that of the specification, in both directions: with
// TLC against what TLC draws, and always against the pinned sum. With TLC the sum is held against
// what TLC draws too.
func TestGraph(t *testing.T) {
	if *update {
		updatePrograms(t, ofBudgetCAS)
		updatePrograms(t, ofAccounts)
	}
	tlc, err := tla.FindTLC()
	if tool := missing.Tool(""); errors.As(err, &tool) {
		missing.Note(tool, fmt.Sprintf("%d graphs against TLC's", len(graphScenarios)))
	} else if err != nil {
		t.Fatal(err)
	}
	for _, g := range graphScenarios {
		if testing.Short() && g.states > 3_000 {
			t.Logf("-short: %s has %d states", g.name, g.states)
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			x, err := New(g.text)
			if err != nil {
				t.Fatal(err)
			}
			code, err := newSpec(x).graph(t.Context())
			if f := (*engine.Failure)(nil); errors.As(err, &f) {
				t.Fatal(x.Report(f))
			} else if err != nil {
				t.Fatal(err)
			}
			sameProgram(t, g.name, x.scenario)
			pin := func(whose string, graph *specGraph) {
				if got := graph.pin(); got != g.graphPin {
					t.Errorf("the graph of %s is {%d, %d, %q}, want {%d, %d, %q}", whose, got.states, got.steps, got.sum,
						g.states, g.steps, g.sum)
				}
			}
			if tlc != "" {
				drawn := runTLC(t, tlc, g.name, x.specModule().vars)
				sameGraph(t, "the code", code, "the specification", drawn)
				pin("the specification", drawn)
			}
			pin("the code", code)
			t.Logf("%s: code and specification: %d states, %d steps", g.text, len(code.states), len(code.steps))
		})
	}
}

// sameProgram fails if the program or its configuration is not the scenario's.
func sameProgram(t *testing.T, name string, s scenario) {
	t.Helper()
	program, cfg := specFiles(t, name, s)
	got, err := os.ReadFile(cfgPath(name))
	module, err2 := os.ReadFile(modulePath(s.specModule()))
	if errors.Join(err, err2) != nil || string(got) != cfg || !strings.Contains(string(module), program) {
		t.Fatalf("%s or %s is not of %q (-update writes them): %v", modulePath(s.specModule()), cfgPath(name),
			s.text, errors.Join(err, err2))
	}
}

// sameGraph fails at what one graph has and the other has not.
func sameGraph(t *testing.T, aName string, a *specGraph, bName string, b *specGraph) {
	t.Helper()
	if a.initial != b.initial {
		t.Errorf("%s begins with\n%s\nand %s with\n%s", aName, a.initial, bName, b.initial)
	}
	only := func(aName string, a *specGraph, bName string, b *specGraph) {
		var states, steps int
		var state string
		var first specStep
		for s := range a.states {
			if _, ok := b.states[s]; !ok {
				if states++; state == "" || a.states[s] < a.states[state] {
					state = s
				}
			}
		}
		for s := range a.steps {
			if !b.steps[s] {
				if steps++; first.from == "" || a.states[s.from] < a.states[first.from] {
					first = s
				}
			}
		}
		if states > 0 {
			t.Errorf("%d of %d states of %s are none of %s, as\n%s", states, len(a.states), aName, bName, state)
		}
		if steps > 0 {
			t.Errorf("%d of %d steps of %s are none of %s, as\n%s\n%s",
				steps, len(a.steps), aName, bName, first.from, first.to)
		}
	}
	only(aName, a, bName, b)
	only(bName, b, aName, a)
}

func cfgPath(name string) string           { return "../../tla/cases/Scenario-" + name + ".cfg" }
func modulePath(module *specModule) string { return "../../tla/" + module.name + ".tla" }

// specFiles are the definition of the program in the module, and its configuration.
func specFiles(t *testing.T, name string, s scenario) (program, cfg string) {
	t.Helper()
	value, err := s.specProgram()
	if err != nil {
		t.Fatal(err)
	}
	program = fmt.Sprintf("\\* %s\n%s ==\n  %s\n", s.text, name, value)
	c := constantsOf(s)
	module, all := s.specModule(), set(c.threads)
	claims, consts := "", "History = FALSE"
	switch {
	case module == ofAccounts:
		claims = "INVARIANTS TypeOK OverReleaseCaught StockedBit SlackBounded OneHolder RestUnlocked\n"
		if len(c.misuse) == 0 {
			claims += "INVARIANTS LiveWithinCharge Exact ShrinkNeverRefused WrapSafe RestExact RestHeld\n"
		}
		claims += "PROPERTIES StrictLimit NeverOverLimit NoFalseRefusal AccountLimited OverReleaseReported\n"
		consts = fmt.Sprintf(`Owners = %s
  Readers = %s
  Openers = %s
  OwnLimits = %s
  Shares = 4          \* these three as in the code
  Worth = 16
  MaxBatch = 262144`, set(c.owners), all, all, set(c.ownLimits))
	case len(c.misuse) > 0:
		claims = "INVARIANTS TypeOK OverReleaseCaught \\* the others are about callers who know what they hold\n"
	default:
		claims = "INVARIANTS TypeOK LiveWithinCharge ShrinkNeverRefused Exact WrapSafe OverReleaseCaught\n"
	}
	cfg = fmt.Sprintf(`\* %s: the program %s, whose graph is the code's.
CONSTANTS
  Program <- %s
  Threads = %s
  Setters = %s
  Sizes = %s
  Limits = %s
  Half = %d           \* largest size %d, counting base %d, largest limit %d
  MaxChanges = %d     \* never in the way: as many as the program asks for
  Gens = 128          \* as in the code
  Stale = 127
  Misuse = %s
  Without = {}
  %s
SPECIFICATION ScenarioSpec
%sPROPERTY Of%s
CHECK_DEADLOCK FALSE  \* a program ends
`, module.name, name, name, all, all, set(c.sizes), set(c.limits), module.half, module.half-1, module.half/4,
		module.half/8, c.changes+1, set(c.misuse), consts, claims, module.of)
	return program, cfg
}

// constants are what a configuration says of a program: the threads, those that misuse and those
// that have accounts, all sizes and limits, and how often the limit changes at most.
type constants struct {
	threads, misuse, owners  map[int64]bool
	sizes, limits, ownLimits map[int64]bool
	changes                  int
}

func constantsOf(s scenario) constants {
	type set = map[int64]bool
	c := constants{threads: set{}, misuse: set{}, owners: set{}, sizes: set{}, limits: set{}, ownLimits: set{}}
	if s.Limit > 0 {
		c.limits[s.Limit] = true
		c.changes++
	}
	for i, p := range s.Clients {
		thread := int64(i + 1)
		c.threads[thread] = true
		if p.Account {
			c.owners[thread] = true
		}
		c.sizes[max(p.Held, 1)] = true
		for _, item := range p.Items {
			if slices.ContainsFunc(item, func(c calls.Call) bool { return c.Op == calls.SetLimit }) {
				c.changes++
			}
			for _, call := range item {
				c.add(thread, call)
			}
		}
	}
	return c
}

// add adds a call of a thread.
func (c *constants) add(thread int64, call calls.Call) {
	switch call.Op {
	case calls.SetLimit:
		c.limits[call.N] = true
	case calls.SetAccountLimit:
		c.ownLimits[call.N] = true
	case calls.Claim:
		c.misuse[thread] = true
		c.sizes[max(call.N, 1)] = true
	case calls.Resize:
		c.sizes[max(call.N, 1)] = true
	}
}

// set is a set in TLA+.
func set(m map[int64]bool) string {
	return "{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Sorted(maps.Keys(m))), " ", ", "), "[]") + "}"
}

// updatePrograms writes the programs and their configurations.
func updatePrograms(t *testing.T, module *specModule) {
	path := modulePath(module)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(was), "-update\n")
	_, tail, ok2 := strings.Cut(rest, "\\* end of programs\n")
	if !ok1 || !ok2 {
		t.Fatalf("%s: no place for programs", path)
	}
	text := head + "-update\n"
	for _, g := range graphScenarios {
		s, err := parseScenario(g.text)
		if err != nil {
			t.Fatal(err)
		}
		if s.specModule() != module {
			continue
		}
		program, cfg := specFiles(t, g.name, s)
		text += "\n" + program
		if err := os.WriteFile(cfgPath(g.name), []byte(cfg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(text+"\n\\* end of programs\n"+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runTLC lets TLC list the graph of a program. It reads the modules from the tree, since -update
// has just written one.
func runTLC(t *testing.T, tlc tla.TLC, name string, vars []string) *specGraph {
	t.Helper()
	dir := os.DirFS("../../tla")
	cases, err := tla.Cases(dir)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(cases, func(c tla.Case) bool { return c.Name == "Scenario-"+name })
	if i < 0 {
		t.Fatalf("tla/cases.tsv has no row Scenario-%s", name)
	}
	dot, err := tlc.Dump(t.Context(), dir, cases[i])
	if err != nil {
		t.Fatal(err)
	}
	g, err := parseDot(bytes.NewReader(dot), vars)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var (
	dotState = regexp.MustCompile(`^(-?\d+) \[label="(.*?)"(,style = filled)?\];?$`)
	dotStep  = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[`)
	dotVar   = regexp.MustCompile(`^(\w+) = (.*)$`)
	lineEnd  = regexp.MustCompile(`\n\s*`)
	record   = regexp.MustCompile(`\[[^][]*\|->[^][]*\]`)
)

// parseDot reads what TLC writes: one line per state and per step.
func parseDot(r io.Reader, names []string) (*specGraph, error) {
	g := &specGraph{states: make(map[string]int32), steps: make(map[specStep]bool)}
	texts := make(map[string]string)
	var steps [][]string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if m := dotStep.FindStringSubmatch(lines.Text()); m != nil {
			steps = append(steps, m)
		} else if m := dotState.FindStringSubmatch(lines.Text()); m != nil {
			vars := make(map[string]string)
			label := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\n`, "\n").Replace(m[2])
			for _, line := range strings.Split("\n"+label, "\n/\\ ")[1:] {
				v := dotVar.FindStringSubmatch(joined(line))
				if v == nil {
					return nil, fmt.Errorf("no variable: %q", line)
				}
				vars[v[1]] = record.ReplaceAllStringFunc(v[2], sortFields)
			}
			values := make([]string, len(names))
			for i, v := range names {
				values[i] = vars[v]
			}
			texts[m[1]] = strings.Join(values, "; ")
			g.states[texts[m[1]]] = int32(len(g.states))
			if m[3] != "" {
				g.initial = texts[m[1]]
			}
		}
	}
	for _, m := range steps {
		if texts[m[1]] == "" || texts[m[2]] == "" {
			return nil, fmt.Errorf("a step of no state: %s", m[0])
		}
		g.steps[specStep{texts[m[1]], texts[m[2]]}] = true
	}
	return g, lines.Err()
}

// joined is a value that TLC has written over several lines, on one.
func joined(value string) string {
	return strings.NewReplacer("<< ", "<<", " >>", ">>", "[ ", "[", " ]", "]", "( ", "(", " )", ")").
		Replace(lineEnd.ReplaceAllString(value, " "))
}

// sortFields: versions of TLC print the fields of a record in different orders.
func sortFields(r string) string {
	fields := strings.Split(strings.Trim(r, "[]"), ", ")
	slices.Sort(fields)
	return "[" + strings.Join(fields, ", ") + "]"
}

// pin is the graph in short. The sum is half of the SHA-256 of its text: one line per state, the
// initial one first, an empty line, and one line per step, the numbers of two states, all in order.
func (g *specGraph) pin() graphPin {
	states := slices.Sorted(maps.Keys(g.states))
	i, _ := slices.BinarySearch(states, g.initial)
	states = append([]string{g.initial}, slices.Delete(states, i, i+1)...)
	number := make(map[string]int, len(states))
	text := sha256.New()
	for i, s := range states {
		number[s] = i
		fmt.Fprintln(text, s)
	}
	fmt.Fprintln(text)
	steps := make([][2]int, 0, len(g.steps))
	for s := range g.steps {
		steps = append(steps, [2]int{number[s.from], number[s.to]})
	}
	slices.SortFunc(steps, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	for _, s := range steps {
		fmt.Fprintln(text, s[0], s[1])
	}
	return graphPin{len(states), len(steps), fmt.Sprintf("%x", text.Sum(nil)[:sha256.Size/2])}
}
