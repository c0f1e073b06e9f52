package tla

import (
	"fmt"
	"slices"
	"strings"
)

// promises are the rows of the verdict table, in the order of the README. Scales is a promise
// about cost and no claim about states.
var promises = []string{
	"NeverOverLimit", "LiveWithinCharge", "NoFalseRefusal", "ShrinkNeverRefused",
	"Exact", "WrapSafe", "StrictLimit", "OverReleaseCaught",
}

// meant says which protocol the column HAProxy stands for.
const meant = `HAProxy is the accounting of its Lua allocator since the change ` +
	`"MEDIUM: lua-thread: use atomics for memory accounting".`

// beyond are the cells that ask more of a protocol than its author promised, and what they ask.
var beyond = []struct{ name, note string }{
	{"HAProxy-StrictLimit", "With a limit that is changed while calls are in flight. HAProxy sets it once, during boot."},
	{"HAProxy-OverReleaseCaught", "With a caller that releases more than it holds. HAProxy promises nothing then."},
}

// VerdictTable writes promises x protocols in Markdown: what TLC says and the case that shows it,
// and below the table, notes. One case may be several cells. A cell without a case, or with two, is
// an error. So is a note on something that is no broken cell.
func VerdictTable(cases []Case) (string, error) {
	var protocols []string
	cells := make(map[[2]string]Case)
	for _, c := range cases {
		if c.Protocol == "-" {
			continue
		}
		for _, promise := range c.Promises {
			if !slices.Contains(promises, promise) {
				return "", fmt.Errorf("%s: %q is no promise", c.Name, promise)
			}
			cell := [2]string{c.Protocol, promise}
			if other, ok := cells[cell]; ok {
				return "", fmt.Errorf("%s and %s are the same cell", other.Name, c.Name)
			}
			cells[cell] = c
		}
		if !slices.Contains(protocols, c.Protocol) {
			protocols = append(protocols, c.Protocol)
		}
	}
	marks, notes, err := footnotes(cases)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| | %s |\n|---|%s\n", strings.Join(protocols, " | "), strings.Repeat("---|", len(protocols)))
	for _, promise := range promises {
		fmt.Fprintf(&b, "| `%s` |", promise)
		for _, protocol := range protocols {
			c, ok := cells[[2]string{protocol, promise}]
			switch {
			case !ok:
				return "", fmt.Errorf("no case for %s of %s", promise, protocol)
			case c.Expect.passes():
				fmt.Fprintf(&b, " kept<br>`%s` |", c.Name)
			default:
				fmt.Fprintf(&b, " **broken in %d**%s<br>`%s` |", c.Length, marks[c.Name], c.Name)
			}
		}
		b.WriteString("\n")
	}
	return b.String() + "\n" + notes, nil
}

// footnotes returns the marks of cases and the text below the table.
func footnotes(cases []Case) (marks map[string]string, text string, err error) {
	marks, text = make(map[string]string), meant+"\n"
	for i, n := range beyond {
		broken := func(c Case) bool { return c.Name == n.name && c.Protocol != "-" && !c.Expect.passes() }
		if !slices.ContainsFunc(cases, broken) {
			return nil, "", fmt.Errorf("a note on %s, which is no broken cell", n.name)
		}
		marks[n.name] = fmt.Sprintf(" <sup>%d</sup>", i+1)
		text += fmt.Sprintf("<br><sup>%d</sup> %s\n", i+1, n.note)
	}
	return marks, text, nil
}
