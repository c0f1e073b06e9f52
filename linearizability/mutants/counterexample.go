package mutants

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"casalloc/impl/cmd/command"
	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/mutate"
	"casalloc/tla"
)

//go:embed testdata/counterexamples.txt
var counterexamples string

var explorerOf = check{Name: "counterexample", pkg: "./linearizability/explore", build: []string{"-tags=interleave"}}

// Counterexample makes the steps of the counterexample to the specification without the defence id
// in the code: with the mutant of that name, which must break a promise, and in the code as it is,
// which must break none. The counterexample is that of testdata, and TLC's too if there is a TLC.
// The runs are written to w.
func Counterexample(ctx context.Context, root, id string, w io.Writer) error {
	tables, err := Code.Tables(root)
	if err != nil {
		return err
	}
	var defences []string
	for _, m := range tables[0].Mutants {
		if slices.Contains(m.Asked, tlcName) {
			defences = append(defences, m.ID)
		}
	}
	if err := command.Known("mutant of a defence", id, defences); err != nil {
		return err
	}
	both := mutate.Only(tables, []string{id})[0].Mutants
	lines := strings.Split(counterexamples, "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, id+"\t") })
	if at < 0 {
		return fmt.Errorf("testdata has no counterexample to the specification without %s", id)
	}
	switch said, err := refute(ctx, id); {
	case errors.As(err, new(missing.Tool)):
	case err != nil:
		return err
	case id+"\t"+said != lines[at]:
		return fmt.Errorf("TLC's counterexample is\n%s\t%s\nand that of testdata\n%s", id, said, lines[at])
	}
	return errors.Join(
		follow(ctx, root, both[1], id, mutate.Caught, w),
		follow(ctx, root, both[0], id, mutate.Survived, w))
}

// refute returns TLC's counterexample.
func refute(ctx context.Context, id string) (string, error) {
	c, err := withoutDefence(id)
	if err != nil {
		return "", err
	}
	tlc, err := tla.FindTLC()
	if err != nil {
		return "", err
	}
	r, err := tlc.Run(ctx, tla.Modules, c, nil)
	if err != nil {
		return "", err
	}
	return scenarioOf(r.Trace)
}

// scenarioOf writes a counterexample as testdata has it: the explorer's scenario of its calls, and
// its steps.
func scenarioOf(trace []tla.State) (string, error) {
	if len(trace) < 2 {
		return "", fmt.Errorf("%d states", len(trace))
	}
	names := slices.Sorted(maps.Keys(tla.Function(trace[0].Vars["held"])))
	calls := make([][]string, len(names))
	steps := ""
	for i := range trace[1:] {
		s := move{trace[i].Vars, trace[i+1].Vars, ""}
		action, _, _ := strings.Cut(trace[i+1].Action, "(") // 1.7.4 prints no arguments, later builds do
		t := slices.IndexFunc(names, func(n string) bool {
			s.thread = n
			return s.changes("pc") || s.changes("held") // Claim moves no pc
		})
		if t < 0 {
			return "", fmt.Errorf("step %d, %s, is no thread's", i+2, action)
		}
		if c := s.call(action); c != "" {
			calls[t] = append(calls[t], c)
		}
		steps += " " + string(rune('a'+t)) + action
		if s.succeeds(action) {
			steps += "+"
		}
	}
	return start(trace[0].Vars, names, calls) + steps, nil
}

// A move is a step of a thread: what the variables were before it and are after it.
type move struct {
	old, now map[string]string
	thread   string
}

func (m move) value(variable string) string { return tla.Function(m.now[variable])[m.thread] }
func (m move) changes(variable string) bool {
	return tla.Function(m.old[variable])[m.thread] != m.value(variable)
}

// call is the call that the step begins, as a scenario has it, or "".
func (m move) call(action string) string {
	switch action {
	case "Resize":
		return m.value("want") + "e"
	case "Claim":
		return "c" + m.value("held")
	case "SetLimit":
		return "L" + m.value("want")
	}
	return ""
}

// succeeds reports whether a backend succeeds in the step. A free of what is only claimed changes
// nothing that exists.
func (m move) succeeds(action string) bool {
	releases := strings.Contains(m.value("pc"), "Release") && m.value("call") != `"Rollback"`
	return m.changes("phys") || releases && strings.HasPrefix(action, "Backend")
}

// start is the scenario of these calls of the threads.
//
// In a case of BudgetCAS the base of Counting is a few bytes, and plays the limit: it is where the
// scenario starts. A case of Accounts has a base that its threads do not exhaust: the scenario
// starts in Counting, and a limit that matters is set by a call.
func start(vars map[string]string, names []string, calls [][]string) string {
	scenario := "0"
	listed, accounts := vars["listed"]
	if base := regexp.MustCompile(`bytes \|-> (\d+)`).FindStringSubmatch(vars["base"]); !accounts && base != nil {
		scenario = base[1]
	}
	owners := strings.Split(strings.Trim(listed, "{}"), ", ")
	for t, list := range calls {
		scenario += ":"
		if slices.Contains(owners, names[t]) {
			scenario += "@"
		}
		if list == nil {
			list = []string{"S"}
		}
		scenario += strings.Join(list, ".")
	}
	return scenario
}

// follow makes the steps of the counterexample in the code with the mutant.
func follow(ctx context.Context, root string, m mutate.Mutant, id string, want mutate.Verdict, w io.Writer) error {
	l, err := bench{root, "."}.lab(m)
	if err != nil {
		return err
	}
	defer l.close()
	c := explorerOf
	c.args = []string{"-test.run=^TestCounterexample$/^" + id + "$"}
	cell := l.run(ctx, c)
	if err := ctx.Err(); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: %s\n%s\n\n", m.ID, cell.Verdict, cell.Evidence)
	if cell.Verdict != want {
		return fmt.Errorf("%s at its counterexample: %s, want %s", m.ID, cell.Verdict, want)
	}
	return nil
}
