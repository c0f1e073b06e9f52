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
const meant = `HAProxy is the accounting of its Lua allocator since the change "MEDIUM: lua-thread: use atomics
for memory accounting".`

// beyond are the cells that ask more of a protocol than its author promised, and what they ask.
var beyond = []struct{ name, note string }{
	{"HAProxy-StrictLimit", "With a limit that is changed while calls are in flight. HAProxy sets it once, during boot."},
	{"HAProxy-OverReleaseCaught", "With a caller that releases more than it holds. HAProxy promises nothing then."},
}

// VerdictTable writes promises x protocols in Markdown: what TLC reports, and below the table,
// notes. One case may be several cells. A cell that is kept names its case; that of a broken one is
// PROTOCOL-PROMISE. A cell without a case, or with two, is an error. So is a note on something that
// is no broken cell.
func VerdictTable(cases []Case) (string, error) {
	protocols, cells, err := verdictCells(cases)
	if err != nil {
		return "", err
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
			c, ok := cells[protocol+"-"+promise]
			if !ok {
				return "", fmt.Errorf("no case for %s of %s", promise, protocol)
			}
			if c.Expect.passes() {
				fmt.Fprintf(&b, " kept<br>`%s` |", c.Name)
			} else {
				fmt.Fprintf(&b, " **broken in %d**%s |", c.Length, marks[c.Name])
			}
		}
		b.WriteString("\n")
	}
	return b.String() + "\n" + notes, nil
}

// verdictCells returns the columns, and the case of each cell by PROTOCOL-PROMISE.
func verdictCells(cases []Case) (protocols []string, cells map[string]Case, err error) {
	cells = make(map[string]Case)
	for _, c := range cases {
		if c.Protocol == "-" {
			continue
		}
		for _, promise := range c.Promises {
			cell := c.Protocol + "-" + promise
			if !slices.Contains(promises, promise) {
				return nil, nil, fmt.Errorf("%s: %q is no promise", c.Name, promise)
			} else if other, ok := cells[cell]; ok {
				return nil, nil, fmt.Errorf("%s and %s are the same cell", other.Name, c.Name)
			} else if !c.Expect.passes() && c.Name != cell {
				return nil, nil, fmt.Errorf("the case of broken cell %s has the name %s", cell, c.Name)
			}
			cells[cell] = c
		}
		if !slices.Contains(protocols, c.Protocol) {
			protocols = append(protocols, c.Protocol)
		}
	}
	return protocols, cells, nil
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
