package tla

import (
	"fmt"
	"slices"
	"strings"
)

// Promises are the columns of the verdict table, in the order of the README. Scales is a promise
// about cost and no claim about states.
var promises = []string{
	"NeverOverLimit", "LiveWithinCharge", "NoFalseRefusal", "ShrinkNeverRefused",
	"Exact", "WrapSafe", "StrictLimit", "OverReleaseCaught",
}

// VerdictsSection is the section of a README that holds the verdict table, see package readme.
const VerdictsSection = "verdicts"

// VerdictTable writes promises x protocols in Markdown: what TLC says and the case that shows it.
// A cell without a case, or with two, is an error.
func VerdictTable(cases []Case) (string, error) {
	var protocols []string
	cells := make(map[[2]string]Case)
	for _, c := range cases {
		if c.Protocol == "-" {
			continue
		}
		if !slices.Contains(promises, c.Promise) {
			return "", fmt.Errorf("%s: %q is no promise", c.Name, c.Promise)
		}
		if other, ok := cells[[2]string{c.Protocol, c.Promise}]; ok {
			return "", fmt.Errorf("%s and %s are the same cell", other.Name, c.Name)
		}
		cells[[2]string{c.Protocol, c.Promise}] = c
		if !slices.Contains(protocols, c.Protocol) {
			protocols = append(protocols, c.Protocol)
		}
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
				fmt.Fprintf(&b, " **broken in %d**<br>`%s` |", c.Length, c.Name)
			}
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}
