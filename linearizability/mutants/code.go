package mutants

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"casalloc/impl/cmd/missing"
	"casalloc/linearizability/mutate"
	"casalloc/tla"
)

const tlcName = "TLC"

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
			args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 4 * time.Minute},
		{Name: "schedules", About: "random schedules of large scenarios, the same every time",
			pkg: "./linearizability/explore", build: []string{"-tags=interleave"},
			args: []string{"-test.run=^(TestExploreRandom|FuzzExplore)$"}, timeout: 4 * time.Minute},
		{Name: tlcName, About: "the specification without the defence of that name"},
	}
	// The C code of lua54. These checks do not see Go's mutants, nor those of Go these.
	cChecks = []check{
		{Name: "C-beside-Go", About: "the same calls to an account by C first, and by Go alone",
			pkg: "./impl/internal/cstock", build: []string{"-tags=lua54"}, args: []string{"-test.run=^FuzzStock$"}},
		{Name: "C-race", About: "the C code on threads, under ThreadSanitizer (by chance)",
			pkg: "./impl/internal/cstock", args: []string{"-test.run=^TestRace$"}},
		{Name: "C-explorer", About: "every interleaving of scenarios with accounts, decided by the C code",
			pkg: "./linearizability/explore", build: []string{"-tags=interleave,cstock"},
			args: []string{"-test.run=^TestExplore(First)?$", "-pinned=false"}, timeout: 4 * time.Minute},
		{Name: "Lua", About: "real Lua with a malloc that fails at each point, and under limits in small steps",
			pkg: "./impl/lua54", build: []string{"-tags=lua54,fault"},
			args: []string{"-test.run=FaultInC|SmallSteps"}, timeout: 2 * time.Minute},
	}
)

// codeTables has a table of the mutants of Go and one of those of C. pinned.tsv has the checks that
// must catch each mutant, in the order in which the short form takes them. A mutant says why fewer
// than two checks must catch it, if so ("only: ").
func codeTables(root string, mutants []mutate.Mutant) ([]mutate.Table, error) {
	pinned, err := readPinned(root, mutants)
	if err != nil {
		return nil, err
	}
	var inGo, inC []mutate.Mutant
	for _, m := range mutants {
		m.Must = pinned[m.ID]
		if slices.ContainsFunc(m.Edits, func(e mutate.Edit) bool { return isC(e.File) }) {
			m.Asked = names(cChecks)
			inC = append(inC, m)
			continue
		}
		m.Asked = names(goChecks)
		if _, err := withoutDefence(m.ID); err == nil {
			m.Asked = append(m.Asked, tlcName)
		}
		inGo = append(inGo, m)
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

// withoutDefence returns the case of the specification without a defence.
func withoutDefence(id string) (tla.Case, error) {
	cases, err := cases()
	i := slices.IndexFunc(cases, func(c tla.Case) bool { return c.Name == "Without-"+id })
	if err != nil || i < 0 {
		return tla.Case{}, cmp.Or(err, fmt.Errorf("no case Without-%s", id))
	}
	return cases[i], nil
}

// refuteDefence lets TLC judge the specification without the defence of the mutant's name.
func refuteDefence(ctx context.Context, id string) mutate.Cell {
	c, err := withoutDefence(id)
	tlc, noTLC := tla.FindTLC()
	begin := time.Now()
	if err = cmp.Or(err, noTLC); err == nil {
		_, err = tlc.Run(ctx, tla.Modules, c, nil)
	}
	switch {
	case err == nil:
		return mutate.Cell{Verdict: mutate.Caught, After: seconds(begin), Evidence: c.Expect.String()}
	case errors.As(err, new(missing.Tool)):
		return mutate.Cell{Verdict: mutate.NotRun, Evidence: err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return mutate.Cell{Verdict: mutate.TimedOut, Evidence: err.Error()}
	}
	return mutate.Cell{Verdict: mutate.Broken, Evidence: err.Error()}
}
