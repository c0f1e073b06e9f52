package tla

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// actionLine is what TLC says of an action: its name, where it is, how many distinct states it
// found, and how many it generated. The numbers in brackets are there if the name stands for more
// than one action.
var actionLine = regexp.MustCompile(
	`^<(\w+) line \d+, col \d+ to line \d+, col \d+ of module (\w+)(?: \([\d ]+\))?>: \d+:(\d+)$`)

// readAction adds what TLC says of an action to fired, and reports whether it could be read.
func readAction(fired map[string]int64, text string) bool {
	m := actionLine.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	n, _ := strconv.ParseInt(m[3], 10, 64)
	fired[m[2]+"!"+m[1]] += n
	return true
}

// wantsCoverage reports whether to run the case with -coverage, which takes nearly twice the time:
// so only those few run with it that together fire every action.
func wantsCoverage(c Case) bool {
	switch c.Name {
	case "Tree-Facts", "Budget-Promises", "Budget-Moves", "BudgetTree-Boot", "BudgetTree-Sizes", "BudgetTree-Close",
		"BudgetTree-Moves", "BudgetTree-MovesUp", "BudgetTree-FirstGrandchild", "BudgetTree-Hopeless",
		"BudgetTree-MisuseInner", "BudgetTree-Three", "Scenario-ThreeLevels",
		"HAProxy-Kept", "HAProxy-Misuse", "AddUndo-Misuse", "TwoWord-OverReleaseCaught":
		return true
	}
	return false
}

// checkFired returns an error that names the actions that TLC lists, and that fired in none of the
// runs: no claim says anything of them.
func checkFired(runs []map[string]int64) error {
	total := make(map[string]int64)
	for _, fired := range runs {
		for action, n := range fired {
			total[action] += n
		}
	}
	var dead []string
	for action, n := range total {
		if n == 0 {
			dead = append(dead, action)
		}
	}
	if len(dead) == 0 {
		return nil
	}
	slices.Sort(dead)
	return fmt.Errorf("coverage: no passing case fires %s", strings.Join(dead, ", "))
}
