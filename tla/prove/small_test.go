package prove

import (
	"bytes"
	"casalloc/tla/prove/sany"
	"casalloc/tla/prove/smt"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A small instance gives the constants of a theorem's module small values. No search goes through
// all of its states, so that three threads are affordable: with fewer, no thread is another than
// the two that a step names.
type small struct {
	theorem   Theorem
	constants [][2]string
	outside   int // how many states outside of Inv are to be compared, at least
	eachPath  int // how many steps of each path are compared in all that is said of them
}

var threadNames = []string{"t1", "t2", "t3"}

// Two modules in testdata are the subjects of the tests. The first has all that the generator knows
// of TLA+, and its theorem does not hold. The second is a protocol, and its theorem holds.
var (
	operators = Theorem{"Operators", "Operators", "OperatorsCorrect"}
	oneWord   = Theorem{"OneWord", "OneWordInv", "OneWordCorrect"}
)

// Sizes and limits are such that some requests fit and some do not, and generations are so few
// that a stale word has the number of a new one.
var smalls = []small{
	{operators, [][2]string{
		{"Threads", "{t1, t2, t3}"}, {"Some", "{t1, t3}"}, {"Sizes", "{1, 3}"}, {"Half", "4"},
		{"Upward", "FALSE"},
	}, 150, 40},
	{oneWord, [][2]string{
		{"Threads", "{t1, t2, t3}"}, {"Setters", "{t1, t2}"}, {"Sizes", "{1, 3}"}, {"Limits", "{2, 4}"},
		{"Half", "32"}, {"MaxChanges", "3"}, {"Gens", "2"}, {"Stale", "1"},
	}, 300, 12},
}

// interpret gives the constants of the module their values.
func (i small) interpret(ev *evaluator) *interpretation {
	in := &interpretation{ev: ev, threads: threadNames, members: map[string]map[any]bool{}}
	most := int64(0)
	for _, c := range i.constants {
		switch v := readValue(c[1]).(type) {
		case int64:
			in.set(ev.Const(c[0], smt.IntSort), v)
		case setOfAny:
			in.members[c[0]] = map[any]bool{}
			for _, x := range v {
				if m, ok := x.(modelValue); ok {
					x = in.from(m, smt.ThreadSort)
				}
				in.members[c[0]][x] = true
				if n, ok := x.(int64); ok {
					most = max(most, n)
				}
			}
		}
	}
	for n := -most; n <= most; n++ { // differences too
		in.ints = append(in.ints, n)
	}
	in.far = []int64{most + 1, -most - 1, 1 << 40, -1 << 40}
	return in
}

// run lets TLC run a module that extends that of the theorem, and returns the values that it
// printed, each of which is a tuple that begins with a word.
func (i small) run(t *testing.T, module, text, cfg string, further ...string) []tupleOf {
	t.Helper()
	dir := copied(t, "testdata", strings.NewReplacer())
	text = fmt.Sprintf("---- MODULE %s ----\nEXTENDS %s, TLC\nCONSTANTS %s\n%s====\n",
		module, i.theorem.Module, strings.Join(threadNames, ", "), text)
	cfg += "CONSTANTS\n"
	for _, name := range threadNames {
		cfg += fmt.Sprintf("  %s = %s\n", name, name)
	}
	for _, c := range i.constants {
		cfg += fmt.Sprintf("  %s = %s\n", c[0], c[1])
	}
	for name, text := range map[string]string{module + ".tla": text, module + ".cfg": cfg} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log, err := runTLC(t.Context(), jar(t), dir, module, further)
	if err != nil {
		t.Fatalf("TLC on %s: %v\n%.3000s", module, err, log[max(0, len(log)-3000):])
	}
	var said []tupleOf
	for line := range strings.Lines(log) {
		if text, ok := strings.CutPrefix(line, `"<<`); ok {
			text = strings.ReplaceAll(strings.TrimSuffix(strings.TrimSpace(text), `"`), `\"`, `"`)
			said = append(said, readValue("<<"+text).(tupleOf))
		}
	}
	return said
}

func runTLC(ctx context.Context, jar, dir, module string, further []string) (string, error) {
	args := append([]string{"-XX:+UseParallelGC", "-XX:ParallelGCThreads=1",
		"-XX:TieredStopAtLevel=1", "-Xss16m", "-Djava.io.tmpdir=" + dir, "-cp", jar, "tlc2.TLC", "-workers", "1",
		"-fp", "0", "-deadlock", "-metadir", filepath.Join(dir, "meta")}, further...)
	cmd := exec.CommandContext(ctx, "java", append(args, module)...)
	cmd.Dir = dir
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	err := cmd.Run()
	return log.String(), err
}

// tellState is a TLA+ tuple of all variables.
func tellState(m *sany.Module) string { return "<<" + strings.Join(m.Variables, ", ") + ">>" }

// later keeps walks from what ends the interesting part of them: when the boot has ended, nothing
// is counted.
const later = `Later == \A t \in Threads : Ask(t).op = "EndBoot" => TLCGet("level") > 60
`

// walks are the states, each a tuple of the variables, that TLC meets on random walks.
func (i small) walks(t *testing.T, m *sany.Module, seed int64, walks, depth int) []tupleOf {
	t.Helper()
	var states []tupleOf
	seen := map[string]bool{}
	text := "Walked == PrintT(ToString(<<\"state\", " + tellState(m) + ">>))\n" + later
	cfg := "INIT Init\nNEXT Next\nINVARIANT Walked\nCONSTRAINT Later\n"
	num := fmt.Sprintf("num=%d", walks)
	for _, said := range i.run(t, "Walk", text, cfg,
		"-simulate", num, "-depth", fmt.Sprint(depth), "-seed", fmt.Sprint(seed)) {
		if s := said[1].(tupleOf); !seen[written(s)] {
			seen[written(s)] = true
			states = append(states, s)
		}
	}
	return states
}

// What TLC says of a listed state, and of each step from it.
type stateSaid struct {
	claims tupleOf
	steps  []stepSaid
}

type stepSaid struct {
	next    string // the state after the step
	claims  tupleOf
	refines bool    // it is an abstract step, or leaves the abstract state as it is
	props   tupleOf // each step property
}

// ask asks TLC for the values of the claims, TLA+ texts, in each of the states, and for the steps
// from there.
func (i small) ask(t *testing.T, m *sany.Module, states []tupleOf, claims, props []string) []stateSaid {
	t.Helper()
	var b strings.Builder
	b.WriteString("VARIABLE agreeAt\nAgreeStates == <<\n")
	for n, s := range states {
		if n > 0 {
			b.WriteString(",\n")
		}
		b.WriteString(written(s))
	}
	b.WriteString(">>\nAgreeInit == \\E i \\in DOMAIN AgreeStates :\n  /\\ agreeAt = i\n")
	for n, v := range m.Variables {
		fmt.Fprintf(&b, "  /\\ %s = AgreeStates[i][%d]\n", v, n+1)
	}
	fmt.Fprintf(&b, "AgreeNext == agreeAt > 0 /\\ Next /\\ agreeAt' = 0 - agreeAt\n")
	var names []string
	for n, p := range props {
		b.WriteString(i.stepProperty(t, fmt.Sprintf("AgreeStep%d", n), p))
		names = append(names, fmt.Sprintf("AgreeStep%d", n))
	}
	fmt.Fprintf(&b, "AgreeClaims == << %s >>\n", strings.Join(claims, ",\n  "))
	fmt.Fprintf(&b, `AgreeTell == agreeAt > 0 => PrintT(ToString(<<"state", agreeAt, AgreeClaims>>))
AgreeRefines == UNCHANGED Abstract!vars \/ Abstract!Next
AgreeStep ==
  PrintT(ToString(<<"step", agreeAt, %s', AgreeClaims', AgreeRefines, <<%s>> >>))
`, tellState(m), strings.Join(names, ", "))
	cfg := "INIT AgreeInit\nNEXT AgreeNext\nINVARIANT AgreeTell\nACTION_CONSTRAINT AgreeStep\n"
	out := make([]stateSaid, len(states))
	for _, said := range i.run(t, "Listed", b.String(), cfg) {
		s := &out[said[1].(int64)-1]
		if said[0] == "state" {
			s.claims = said[2].(tupleOf)
		} else {
			s.steps = append(s.steps, stepSaid{
				written(said[2]), said[3].(tupleOf), said[4].(bool), said[5].(tupleOf)})
		}
	}
	for n, s := range out {
		if s.claims == nil {
			t.Fatalf("TLC says nothing of state %d, %s", n+1, written(states[n]))
		}
	}
	return out
}

var square = regexp.MustCompile(`(?ms)^(\w+) +== *(?:\n( *))?\[\]\[(.*?)\]_vars`)

// stepProperty is A of a property [][A]_vars, from the text of the module, as a definition.
func (i small) stepProperty(t *testing.T, name, property string) string {
	t.Helper()
	sources, _ := filepath.Glob(filepath.Join("testdata", "*.tla"))
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range square.FindAllSubmatch(text, -1) {
			if string(m[1]) == property {
				// All lines stay where they are: in TLA+, columns are brackets.
				return fmt.Sprintf("%s ==\n%s   %s\n", name, m[2], m[3])
			}
		}
	}
	t.Fatalf("no property %s == [][A]_vars", property)
	return ""
}
