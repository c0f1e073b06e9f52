package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/linearizability/mutate"
)

// The checks of the code. Seeds are fixed, so that a check is given the same inputs every time; how
// goroutines interleave is not, and some checks find only by chance what depends on it.
var (
	goChecks = []check{
		{Name: "tables", About: "table tests of impl", pkg: "./impl"},
		{Name: "rapid", About: "rapid state machines beside the model", pkg: "./fuzz",
			args: []string{"-test.run=^Test", "-test.skip=Concurrent", "-rapid.seed=1", "-rapid.nofailfile"}},
		{Name: "sequential", About: "fuzz targets of one goroutine: seeds, then 20,000 inputs", pkg: "./fuzz",
			args: []string{"-test.run=^Fuzz", "-test.skip=Concurrent|Rapid", "-test.fuzz=^FuzzSequential$",
				"-test.fuzztime=20000x", "-test.parallel=2"}},
		{Name: "contention", About: "programs for goroutines that meet as often as they can (by chance)",
			pkg: "./linearizability", args: []string{"-test.run=Contention", "-history.seed=1"}},
		{Name: "concurrent", About: "the fuzzer's seeds for several goroutines (by chance)", pkg: "./fuzz",
			args: []string{"-test.run=Concurrent"}},
		{Name: "histories", About: "recorded histories, judged by porcupine (by chance)", pkg: "./linearizability",
			args: []string{"-test.run=Histories", "-test.skip=Known", "-history.seed=1"}},
		{Name: "race", About: "those of contention, a tenth of the calls, under the race detector (by chance)",
			pkg: "./linearizability", build: []string{"-race"},
			args: []string{"-test.run=Contention|Synchronizes", "-history.seed=1", "-test.short"}},
		{Name: "replay", About: "recorded traces of real Lua programs (by chance)", pkg: "./impl/cmd/replay",
			args: []string{"-limit=4MiB", "-states=4", "-fail=0.001", "-seed=7", "luacheck.trace.gz", "testdata/http.trace.gz"}},
		{Name: "explorer", About: "every interleaving of small scenarios",
			pkg: "./linearizability/explore", build: []string{"-tags=interleave"},
			args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 8 * time.Minute},
		{Name: "schedules", About: "random schedules of large scenarios, the same every time",
			pkg: "./linearizability/explore", build: []string{"-tags=interleave"},
			args: []string{"-test.run=^(TestExploreRandom|FuzzExplore)$"}, timeout: 4 * time.Minute},
	}
	// The C code of lua54. These checks do not see Go's mutants, nor those of Go these.
	cChecks = []check{
		{Name: "C-beside-Go", About: "the same calls to a child by C first, and by Go alone",
			pkg: "./impl/internal/cbudget", build: []string{"-tags=lua54"}, args: []string{"-test.run=^FuzzCBudget$"}},
		{Name: "C-race", About: "the C code on threads, under ThreadSanitizer (by chance)",
			pkg: "./impl/internal/cbudget", args: []string{"-test.run=^TestRace$"}},
		{Name: "C-explorer", About: "every interleaving of scenarios with children, decided by the C code",
			pkg: "./linearizability/explore", build: []string{"-tags=interleave,cbudget"},
			args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 4 * time.Minute},
		{Name: "Lua", About: "real Lua with a malloc that fails at each point, and under limits in small steps",
			pkg: "./impl/lua54", build: []string{"-tags=lua54,fault"},
			args: []string{"-test.run=FaultInC|SmallSteps"}, timeout: 2 * time.Minute},
	}
)

// codeTables has a table of the mutants of Go and one of those of C. pinned.tsv has the checks that
// must catch each mutant: it is put to those. A mutant says why fewer than two checks must catch it,
// if so ("only: ").
func codeTables(root string, mutants []mutate.Mutant) ([]mutate.Table, error) {
	pinned, err := readPinned(root, mutants)
	if err != nil {
		return nil, err
	}
	var inGo, inC []mutate.Mutant
	for _, m := range mutants {
		m.Must = pinned[m.ID]
		m.Asked = m.Must
		if slices.ContainsFunc(m.Edits, func(e mutate.Edit) bool { return isC(e.File) }) {
			inC = append(inC, m)
		} else {
			inGo = append(inGo, m)
		}
	}
	b := bench{root: root, edited: "."}
	return []mutate.Table{b.table("Go", goChecks, inGo), b.table("C", cChecks, inC)}, nil
}

func isC(file string) bool { return filepath.Ext(file) == ".c" || filepath.Ext(file) == ".h" }

// readPinned reads pinned.tsv: the checks that must catch each mutant.
func readPinned(root string, mutants []mutate.Mutant) (map[string][]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "linearizability/mutants/pinned.tsv"))
	if err != nil {
		return nil, err
	}
	pinned := make(map[string][]string)
	for line := range strings.Lines(string(text)) {
		id, checks, _ := strings.Cut(strings.TrimSpace(line), "\t")
		known := slices.ContainsFunc(mutants, func(m mutate.Mutant) bool { return m.ID == id })
		if !known || checks == "" || pinned[id] != nil {
			return nil, fmt.Errorf("pinned.tsv: %q", line)
		}
		pinned[id] = strings.Fields(checks)
	}
	return pinned, nil
}
