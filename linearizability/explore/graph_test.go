//go:build interleave

package explore

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/explore/engine"
	"casalloc/tla"
)

func TestMain(m *testing.M) { os.Exit(missing.Report(m.Run())) }

var update = flag.Bool("update", false,
	"write the programs into tla/Scenario.tla, their configurations, and TLC's graphs into testdata/graph")

var graphScenarios = []struct{ name, text string }{
	{"GrowShrinkFree", "3:2/1/0*3:2/1/0*3"},
	{"FailingBackend", "3:2e/1e/0e*2:h2.3e/1e/0e*2"},
	{"LimitMoves", "3:2/1/0*2:L2/L4.L1/L3"},
	{"TwoSetters", "0:L2/E.L3/2:L4/E.1/0"},
	{"EndOfBoot", "0:2e/1/0*2:E.2e/1*2"},
	{"OverRelease", "4:c2/2.1/0.2:h2.0/1.L3/2"},
	{"ThreeThreads", "3:2.0:2e:1.0"},
	{"ThreeAndLimits", "3:2.0:h1.0/2:L2.L4"},

	{"TwoOwners", "200:@1.0/150*2:@1.199"},
	{"OwnerAndUser", "200:@1e.0.1:190.0"},
	{"OwnersLimitMoves", "200:@1.0.1:L3.L200"},
	{"SlackGivenBack", "200:@1.41.0:150/0*2"},
	{"OwnersInBoot", "0:@1.2e:E/L200"},
	{"OwnerCloses", "200:@1.K.1e/0:@1.199"},
	{"OwnerDropsAndOpens", "200:@1.D/0.0.N.1:199/S.0"},
	{"OwnersRead", "200:@1.0:@1.S.199/S"},
	{"OwnLimitAndMisuse", "200:@l2/l1.1.2.c5/c2.0:@1.L3"},
}

// TestGraph holds the graph of the code against that of the specification, in both directions.
func TestGraph(t *testing.T) {
	if *update {
		updatePrograms(t, ofBudgetCAS)
		updatePrograms(t, ofAccounts)
	}
	tlc, err := tla.FindTLC()
	if tool := missing.Tool(""); errors.As(err, &tool) {
		missing.Note(tool, fmt.Sprintf("%d graphs of testdata against TLC's", len(graphScenarios)))
	} else if err != nil {
		t.Fatal(err)
	}
	for _, g := range graphScenarios {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			x, err := New(g.text)
			if err != nil {
				t.Fatal(err)
			}
			code, err := x.spec(t.Context())
			if f := (*engine.Failure)(nil); errors.As(err, &f) {
				t.Fatal(x.Report(f))
			} else if err != nil {
				t.Fatal(err)
			}
			program, cfg := specFiles(t, g.name, x.scenario)
			got, err := os.ReadFile(cfgPath(g.name))
			module, err2 := os.ReadFile(modulePath(x.module()))
			if errors.Join(err, err2) != nil || string(got) != cfg || !strings.Contains(string(module), program) {
				t.Fatalf("%s or %s is not of %q (-update writes them): %v", modulePath(x.module()), cfgPath(g.name),
					g.text, errors.Join(err, err2))
			}
			path := filepath.Join("testdata", "graph", g.name+".txt.gz")
			if tlc != "" {
				drawn := runTLC(t, tlc, g.name, x.module().vars)
				if *update {
					writeGraph(t, path, drawn)
				}
				sameGraph(t, "testdata/graph", readGraph(t, path), "TLC", drawn)
			}
			sameGraph(t, "the code", code, "the specification", readGraph(t, path))
			t.Logf("%s: code and specification: %d states, %d steps", g.text, len(code.states), len(code.steps))
		})
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
	sizes, limits := map[int64]bool{}, map[int64]bool{}
	changes := 0
	if s.limit > 0 {
		limits[s.limit] = true
		changes++
	}
	var threads, misuse, owners []string
	ownLimits := map[int64]bool{}
	for i, p := range s.threads {
		threads = append(threads, fmt.Sprint(i+1))
		if p.account {
			owners = append(owners, fmt.Sprint(i+1))
		}
		sizes[max(p.held, 1)] = true
		for _, item := range p.items {
			if slices.ContainsFunc(item, func(c call) bool { return c.kind == callSetLimit }) {
				changes++
			}
			for _, c := range item {
				switch c.kind {
				case callSetLimit:
					limits[c.n] = true
				case callOwnLimit:
					ownLimits[c.n] = true
				case callClaim:
					if t := fmt.Sprint(i + 1); !slices.Contains(misuse, t) {
						misuse = append(misuse, t)
					}
					fallthrough
				case callResize:
					sizes[max(c.n, 1)] = true
				}
			}
		}
	}
	list := func(of []string) string { return "{" + strings.Join(of, ", ") + "}" }
	set := func(m map[int64]bool) string {
		return "{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(slices.Sorted(maps.Keys(m))), " ", ", "), "[]") + "}"
	}
	module, all := s.module(), list(threads)
	claims, consts := "", ""
	switch {
	case module == ofAccounts:
		claims = "INVARIANTS TypeOK OverReleaseCaught StockedBit SlackBounded OneHolder RestUnlocked\n"
		if misuse == nil {
			claims += "INVARIANTS LiveWithinCharge Exact ShrinkNeverRefused WrapSafe RestExact RestHeld\n"
		}
		claims += "PROPERTIES StrictLimit NeverOverLimit NoFalseRefusal AccountLimited OverReleaseReported\n"
		consts = fmt.Sprintf(`Owners = %s
  Readers = %s
  Openers = %s
  OwnLimits = %s
  Shares = 4          \* these three as in the code
  Worth = 16
  MaxBatch = 262144`, list(owners), all, all, set(ownLimits))
	case misuse != nil:
		claims = "INVARIANTS TypeOK OverReleaseCaught \\* the others are about callers who know what they hold\n"
		consts = "History = FALSE"
	default:
		claims = "INVARIANTS TypeOK LiveWithinCharge ShrinkNeverRefused Exact WrapSafe OverReleaseCaught\n"
		consts = "History = FALSE"
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
`, module.name, name, name, all, all, set(sizes), set(limits), module.half, module.half-1, module.half/4, module.half/8,
		changes+1, list(misuse), consts, claims, module.of)
	return program, cfg
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
		if s.module() != module {
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

// parseDot reads what TLC writes: a line a state, a line a step.
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

// A graph in testdata is its states, a line each and the initial one first, an empty line, and its
// steps: the numbers of two lines.

func writeGraph(t *testing.T, path string, g *specGraph) {
	t.Helper()
	states := slices.Sorted(maps.Keys(g.states))
	i, _ := slices.BinarySearch(states, g.initial)
	states = append([]string{g.initial}, slices.Delete(states, i, i+1)...)
	number := make(map[string]int)
	var text bytes.Buffer
	z, err := gzip.NewWriterLevel(&text, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range states {
		number[s] = i
		fmt.Fprintln(z, s)
	}
	fmt.Fprintln(z)
	steps := make([][2]int, 0, len(g.steps))
	for s := range g.steps {
		steps = append(steps, [2]int{number[s.from], number[s.to]})
	}
	slices.SortFunc(steps, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	for _, s := range steps {
		fmt.Fprintln(z, s[0], s[1])
	}
	err = errors.Join(z.Close(), os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text.Bytes(), 0o644))
	if err != nil {
		t.Fatal(err)
	}
}

func readGraph(t *testing.T, path string) *specGraph {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	states, steps, ok := strings.Cut(string(text), "\n\n")
	lines := strings.Split(states, "\n")
	g := &specGraph{initial: lines[0], states: make(map[string]int32), steps: make(map[specStep]bool)}
	for i, s := range lines {
		g.states[s] = int32(i)
	}
	for line := range strings.Lines(steps) {
		var from, to int
		if _, err := fmt.Sscan(line, &from, &to); err != nil || !ok || max(from, to) >= len(lines) {
			t.Fatalf("%s: step %q: %v", path, line, err)
		}
		g.steps[specStep{lines[from], lines[to]}] = true
	}
	return g
}
