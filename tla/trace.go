package tla

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// A State is one state of a counterexample and the action that led to it.
type State struct {
	Action string            // as TLC names it, "Initial predicate" for the first
	Vars   map[string]string // values as TLC prints them, on one line
}

var (
	stateHead = regexp.MustCompile(`^\d+: <(.*?)(?: line \d+.*)?>$`)
	variable  = regexp.MustCompile(`^(?:/\\ )?(\w+) = (.*)$`)
)

func parseState(text string) State {
	head, body, _ := strings.Cut(text, "\n")
	s := State{Action: head, Vars: make(map[string]string)}
	if m := stateHead.FindStringSubmatch(head); m != nil {
		s.Action = m[1]
	}
	name := ""
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		// A value that wraps is indented, a variable is not.
		if m := variable.FindStringSubmatch(line); m != nil {
			name = m[1]
			s.Vars[name] = m[2]
		} else if name != "" && strings.TrimSpace(line) != "" {
			s.Vars[name] += " " + strings.TrimSpace(line)
		}
	}
	return s
}

// A Step is one line of a counterexample told as a schedule.
type Step struct {
	N       int
	Thread  string // "" when the step is no thread's own
	Action  string
	Word    string   // the word the protocol turns on, after the step
	Changed []string // "pc: load -> cas" of this thread, "held[t2]: 0 -> 1" of another
}

// short takes out of TLC's notation what a table does not need.
var short = strings.NewReplacer(" |-> ", "=", `"`, "")

// words are the names of that word: in BudgetTree, in HAProxy and TwoWord, in AddUndo.
var words = []string{"word", "counter", "left"}

func wordName(s State) string {
	for _, w := range words {
		if s.Vars[w] != "" {
			return w
		}
	}
	return ""
}

// shortWord writes the word; of a tree, the value of each.
func shortWord(word string) string {
	var list []string
	for n, w := range Function(word) {
		list = append(list, n+" "+Function(w)["val"])
	}
	if list == nil {
		return short.Replace(word)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// Schedule tells a counterexample step by step. A thread is what the variable pc maps from: the
// thread of a step is the one whose pc moved.
func Schedule(trace []State) []Step {
	steps := make([]Step, 0, len(trace))
	for i, s := range trace {
		word := wordName(s)
		action, args, _ := strings.Cut(s.Action, "(") // 1.7.4 prints no arguments, later builds do
		step := Step{N: i + 1, Action: action, Word: shortWord(s.Vars[word])}
		var old map[string]string
		if i > 0 {
			old = trace[i-1].Vars
		}
		if moved := differ(old["pc"], s.Vars["pc"]); len(moved) == 1 {
			step.Thread = moved[0]
		} else if args != "" {
			step.Thread, _, _ = strings.Cut(strings.TrimSuffix(args, ")"), ",")
		}
		for _, v := range slices.Sorted(maps.Keys(s.Vars)) {
			if v != word || Function(s.Vars[v]) != nil && i > 0 {
				step.Changed = append(step.Changed, changes(v, old, s.Vars, step.Thread)...)
			}
		}
		steps = append(steps, step)
	}
	return steps
}

func changes(v string, old, vars map[string]string, thread string) []string {
	a, b := old[v], vars[v]
	switch {
	case a == b:
		return nil
	case a == "":
		return []string{short.Replace(v + " = " + b)}
	case Function(a) == nil || Function(b) == nil:
		return []string{short.Replace(v + ": " + a + " -> " + b)}
	}
	var list []string
	fa, fb, pc := Function(a), Function(b), Function(vars["pc"])
	for _, key := range differ(a, b) {
		name := v + "[" + key + "]"
		if key == thread && len(fb) == len(pc) {
			name = v
		}
		was, is := Function(fa[key]), Function(fb[key])
		if pc[key] != "" || was == nil {
			list = append(list, short.Replace(name+": "+fa[key]+" -> "+fb[key]))
			continue
		}
		for _, field := range differ(fa[key], fb[key]) { // of a budget
			list = append(list, short.Replace(name+"."+field+": "+was[field]+" -> "+is[field]))
		}
	}
	return list
}

// WriteSchedule writes a counterexample as a table: one line per variable of the first state, then
// one line per step.
func WriteSchedule(w io.Writer, trace []State) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, s := range Schedule(trace) {
		sep := "; "
		if i == 0 {
			fmt.Fprintf(tw, "step\tthread\taction\t%s\twhat changed\n", wordName(trace[0]))
			sep = "\n\t\t\t\t"
		}
		fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\n", s.N, s.Thread, s.Action, s.Word, strings.Join(s.Changed, sep))
	}
	return tw.Flush()
}

// differ lists the keys at which two printed functions differ, sorted. If one is no function, it
// lists none.
func differ(a, b string) []string {
	fa, fb := Function(a), Function(b)
	var keys []string
	if fa == nil {
		return nil
	}
	for k := range fb {
		if fa[k] != fb[k] {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// Function reads a function as TLC prints it: (k :> v @@ ...). It also reads a sequence, <<v,
// ...>>, which is a function of 1..n, and a record, [k |-> v, ...]. Keys and values are as printed:
// a string has its quotes. For any other value, Function returns nil.
func Function(s string) map[string]string {
	f := make(map[string]string)
	pairs := func(inside, separator, arrow string) bool {
		for _, pair := range split(inside, separator) {
			k, v, ok := strings.Cut(pair, arrow)
			if !ok {
				return false
			}
			f[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
		return true
	}
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		if !pairs(s[1:len(s)-1], "@@", ":>") {
			return nil
		}
	case strings.HasPrefix(s, "<<") && strings.HasSuffix(s, ">>"):
		for i, v := range split(s[2:len(s)-2], ",") {
			f[strconv.Itoa(i+1)] = strings.TrimSpace(v)
		}
	case strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]"):
		if !pairs(s[1:len(s)-1], ",", "|->") {
			return nil
		}
	default:
		return nil
	}
	return f
}

// split cuts s at each sep outside of brackets. No value of ours has a bracket in a string.
func split(s, sep string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.ContainsRune("([{", rune(s[i])), strings.HasPrefix(s[i:], "<<"):
			depth++
			if s[i] == '<' {
				i++
			}
		case strings.ContainsRune(")]}", rune(s[i])), strings.HasPrefix(s[i:], ">>"):
			depth--
			if s[i] == '>' {
				i++
			}
		case depth == 0 && strings.HasPrefix(s[i:], sep):
			parts = append(parts, s[start:i])
			start = i + len(sep)
		}
	}
	return append(parts, s[start:])
}
