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

var update = flag.Bool("update", false, "write the programs into tla/Scenario.tla, and their configurations")

// A graphPin is a graph in short: how many states and steps it has, and its sum.
type graphPin struct {
	states, steps int
	sum           string
}

var graphScenarios = []struct {
	name, text string
	graphPin
}{
	{"RootAlone", "3:+2.-2.+1:+1.-1.+2",
		graphPin{121, 206, "47d28ace25fe3383bc2e7e763d102f25"}},
	{"RootLimitMoves", "3:+2/+1.-1:L2/L4.+1",
		graphPin{239, 428, "2e8bdb688405b50965e3eca8a2fc347b"}},
	{"RootEndsBoot", "-:+2.-2:E.+1",
		graphPin{49, 84, "454c7aa7c0fd73327ec5c9ebda3e4c7e"}},
	{"RootOverRelease", "4:+2.-3:+2.-1",
		graphPin{104, 176, "34117213c5a06a32da97de1d3bb3aea4"}},
	{"FailingBackends", "3(-):2e.X1e:X2e.1e",
		graphPin{506, 929, "645481f1272f2936a1228d8a5f86ac5b"}},
	{"OneChild", "3(-):X+2.X-2:X+2.X-2",
		graphPin{98, 160, "167a99662203eff3ff54d73515a8f08a"}},
	{"Beside", "5(-):+2.-2:X+2.X-2",
		graphPin{68, 119, "31d2241e69a58893bb822dc90a3336cc"}},
	{"ThreeLevels", "4(-(-)):Y+2.Y-2:X+1.X-1.Y+1",
		graphPin{337, 617, "b79b052004a903e5c675cf490af97332"}},
	{"InnerLimit", "9(3(-,-)):Y+2.Y-2:Z+2.Z-2",
		graphPin{220, 372, "e4b6831baa2b7a579543dd46c5d49075"}},
	{"ChildsLimitMoves", "9(5):X+2.X-1:XL6.X+1",
		graphPin{121, 200, "a96249a87a80b6b44b4130958819c660"}},
	{"Closes", "9(5):X+2.XK.X-2:+3.-3",
		graphPin{112, 201, "922b124e75463bbf2852e28c7b1e1b33"}},
	{"FirstGrandchild", "5(-(?-)):X+2.X-2:YN.Y+1.Y-1",
		graphPin{250, 464, "f6e0628b7631177de1527505d3dfbfba"}},
	{"MovesAcross", "9(5(-),5):Y+2.YMZ2.Z-2:Z+1.Z-1",
		graphPin{218, 376, "23320048d778b41b65afbdb5eb523ffe"}},
	{"MovesUp", "9(5(4)):Y+2.YMX1.X-1:+1.MY1",
		graphPin{202, 343, "cf7b982450914cf4f8bb8c4335eeb496"}},
	{"Readings", "5(-(-)):Y+2.Y-2:X=.O=.XS",
		graphPin{155, 262, "f239b843792e4bf07e34c7e8667108c3"}},
	{"ChildOverReleases", "5(-):X+2.X-3:X+1.X-1",
		graphPin{87, 150, "f61818b816b46c333a68ef8098b74970"}},
	{"InnerOverReleases", "5(-):+1.-2:X+1.X-1.+1",
		graphPin{78, 134, "1911650a7f2d227786122c6a29f97ee7"}},
	{"ThreeThreads", "4(-,-):X+2.X-2:Y+2:+1",
		graphPin{292, 693, "a1f80f36f5948cbeee44aeeb5682638f"}},
	{"Stocked", "200(-):X+1.X-1:+190",
		graphPin{119, 199, "e96d9c2eb558cda8ad5620f95c4283ac"}},
	{"TwoStocked", "200(-,-):X+1.X-1:Y+1.+190",
		graphPin{690, 1_243, "ae5a13e2570b58558c6ec527ffffc2ef"}},
	{"StockedMeanwhile", "200(-):X+1.X-1:X+1",
		graphPin{310, 542, "fff77a27eedeae8640c1773480b25489"}},
	{"GrandchildStocked", "200(-(-)):Y+1.Y-1:+190",
		graphPin{140, 226, "12c7b4eeced074fcd8b4fbb15b096a76"}},
	{"StockedRead", "200(-):X+1.X-1:X=.O=",
		graphPin{184, 305, "d1e4c6715dca58a294cf60fe45f25f71"}},
	{"StockedLimitMoves", "200(-):X+1.X-1:L100.+90",
		graphPin{265, 457, "3db5549c97413737075260ee11c78c24"}},
	{"StockedEndsBoot", "-(-):X+2.X-2:E",
		graphPin{105, 170, "2e2c57b1be2af566d0153c87146ad7b5"}},
	{"StockedCloses", "200(-):X+1.XK.X-1:+190",
		graphPin{143, 228, "e74fbbbc1271c9bd10cb837e73c16746"}},
	{"StockedOpens", "200(-(?-)):X+1.X-1:YN.Y+1",
		graphPin{547, 967, "a59c85f29ca82cccbb9af7b4099ddc0e"}},
	{"StockedMoves", "200(-,9):X+3.XMY2.Y-2:X+1",
		graphPin{487, 803, "1944a0bd5a4c77d3de7a4660dc3bf7e0"}},
	{"StockedOverReleases", "200(-):X+1.X-2:X+1.X-1",
		graphPin{595, 1_047, "f497066efd22262831d1adc05b22ab9a"}},
	{"StockedOwnLimit", "200(90):X+1.X-1:XL50.+190",
		graphPin{195, 328, "7859d2821ba4e0640420b22192fafa0c"}},
	{"ThreeStocked", "200(-,-):X+1:Y+1:+190",
		graphPin{1_068, 2_401, "d98287a222c8b3a03888ec73aede6953"}},
}

// TestGraph holds the graph of the code against that of the specification, in both directions: with
// TLC against what TLC draws, and always against the pinned sum. With TLC the sum is held against
// what TLC draws too.
func TestGraph(t *testing.T) {
	if *update {
		updatePrograms(t)
	}
	tlc, err := tla.FindTLC()
	if tool := missing.Tool(""); errors.As(err, &tool) {
		missing.Note(tool, fmt.Sprintf("%d graphs against TLC's", len(graphScenarios)))
	} else if err != nil {
		t.Fatal(err)
	}
	for _, g := range graphScenarios {
		t.Run(g.name, func(t *testing.T) {
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
				drawn := runTLC(t, tlc, g.name)
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
	module, err2 := os.ReadFile(modulePath)
	if errors.Join(err, err2) != nil || string(got) != cfg || !strings.Contains(string(module), program) {
		t.Fatalf("%s or %s is not of %q (-update writes them): %v", modulePath, cfgPath(name), s.text, errors.Join(err, err2))
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

const modulePath = "../../tla/Scenario.tla"

func cfgPath(name string) string { return "../../tla/cases/Scenario-" + name + ".cfg" }

// specFiles are the definition of the program in the module, and its configuration.
func specFiles(t *testing.T, name string, s scenario) (program, cfg string) {
	t.Helper()
	value, err := s.specProgram()
	if err != nil {
		t.Fatal(err)
	}
	program = fmt.Sprintf("\\* %s\n%s ==\n  %s\n", s.text, name, value)
	ends := "{}"
	for _, c := range s.Clients {
		for _, call := range c.Calls() {
			if call.Op == calls.Resize {
				ends = "{TRUE, FALSE}"
			}
		}
	}
	cfg = fmt.Sprintf(`\* Scenario: the program %s, whose graph is the code's.
CONSTANTS
  Program <- %s
  Root = "O"
  Nodes <- ProgramNodes
  Parent <- ProgramParent
  Rank <- ProgramRank
  Limited <- ProgramLimited
  First <- ProgramFirst
  Opened <- ProgramOpened
  Workers <- ProgramThreads
  Managers <- ProgramThreads
  Callers <- ProgramNodes
  Settable <- ProgramNodes
  Closable <- ProgramNodes
  Leavable <- ProgramNodes
  Openable <- ProgramNodes
  Exacts <- ProgramNodes
  Cheaps <- ProgramNodes
  Moves <- ProgramMoves
  Boots = TRUE
  Sizes <- ProgramSizes
  Limits <- ProgramSizes
  MaxSize = %d
  CountBase = %d
  NoLimit = %d
  Batches <- ProgramBatches
  Ends = %s
  Trims = FALSE
  Hopeless = FALSE         \* no size is
  Gens = 2048              \* as in the code
  Wraps = FALSE
  Misuse <- ProgramThreads
SPECIFICATION ScenarioSpec
PROPERTY OfBudgetTree
CHECK_DEADLOCK FALSE  \* a program ends
`, name, name, specCountBase/2, specCountBase, specNoLimit, ends)
	return program, cfg
}

// updatePrograms writes the programs and their configurations.
func updatePrograms(t *testing.T) {
	was, err := os.ReadFile(modulePath)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(was), "-update\n")
	_, tail, ok2 := strings.Cut(rest, "\\* end of programs\n")
	if !ok1 || !ok2 {
		t.Fatalf("%s: no place for programs", modulePath)
	}
	text := head + "-update\n"
	for _, g := range graphScenarios {
		s, err := parseScenario(g.text)
		if err != nil {
			t.Fatal(err)
		}
		program, cfg := specFiles(t, g.name, s)
		text += "\n" + program
		if err := os.WriteFile(cfgPath(g.name), []byte(cfg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(modulePath, []byte(text+"\n\\* end of programs\n"+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runTLC lets TLC list the graph of a program. It reads the modules from the tree, since -update
// has just written one.
func runTLC(t *testing.T, tlc tla.TLC, name string) *specGraph {
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
	g, err := parseDot(bytes.NewReader(dot))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var (
	dotState = regexp.MustCompile(`^(-?\d+) \[label="(.*?)"(,style = filled)?\];?$`)
	dotStep  = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[`)
	dotVar   = regexp.MustCompile(`^(\w+) = ((?s:.*))$`)
)

// parseDot reads what TLC writes: one line per state and per step. Of what is not counted the kind
// is compared, and of answers whether they are refusals or reports.
func parseDot(r io.Reader) (*specGraph, error) {
	g := newSpecGraph()
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
				v := dotVar.FindStringSubmatch(line)
				if v == nil {
					return nil, fmt.Errorf("no variable: %q", line)
				}
				vars[v[1]] = canonical(v[2])
			}
			vars["word"] = uncounted.ReplaceAllString(vars["word"], "$1")
			vars["answer"] = strings.NewReplacer(`<<"over limit">>`, `"Refused"`, `<<"closed">>`, `"Refused"`,
				`<<"unlimited">>`, `"Refused"`, `<<"over-release">>`, `"Caught"`).Replace(vars["answer"])
			vars["answer"] = otherAnswer.ReplaceAllString(vars["answer"], `"Idle"`)
			values := make([]string, len(specVars))
			for i, v := range specVars {
				values[i] = vars[v]
			}
			texts[m[1]] = strings.Join(values, "; ")
			if _, ok := g.states[texts[m[1]]]; !ok {
				g.states[texts[m[1]]] = int32(len(g.states))
			}
			if m[3] != "" {
				g.initial = texts[m[1]]
			}
		}
	}
	for _, m := range steps {
		if texts[m[1]] == "" || texts[m[2]] == "" {
			return nil, fmt.Errorf("a step of no state: %s", m[0])
		}
		g.addStep(texts[m[1]], texts[m[2]])
	}
	return g, lines.Err()
}

var (
	uncounted   = regexp.MustCompile(`\[drained[^]]*kind \|-> ("gone"|"unlimited")[^]]*\]`)
	otherAnswer = regexp.MustCompile(`<<"[^<>]*>>`)
)

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
