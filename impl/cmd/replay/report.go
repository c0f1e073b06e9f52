package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"casalloc/impl"
	"casalloc/impl/cmd/command"
)

// report prints the runs.
func report(w io.Writer, cfg config, runs []run) error {
	if cfg.json {
		for i := range runs {
			runs[i].NsPerCall = math.Round(runs[i].NsPerCall*10) / 10
		}
		return command.WriteJSON(w, map[string][]run{"runs": runs})
	}
	_, err := io.WriteString(w, table(cfg, runs)+verdict(runs))
	return err
}

// table returns a column for each run.
func table(cfg config, runs []run) string {
	var b strings.Builder
	var names []string
	for _, t := range cfg.traces {
		names = append(names, t.name)
	}
	budgets, peak, limit := "a budget each", "peak with slack", "limit"
	if cfg.shared {
		budgets, peak = "one budget for all", "peak used"
	}
	if len(cfg.limits) > 1 {
		limit = "largest limit"
	}
	fmt.Fprintf(&b, "%s: states %d, %s, rounds %d, fail %v, seed %d\n\n",
		strings.Join(names, ", "), cfg.states, budgets, cfg.rounds, cfg.fail, cfg.seed)
	row := func(name string, cell func(run) string) {
		fmt.Fprintf(&b, "%-16s", name)
		for _, r := range runs {
			fmt.Fprintf(&b, "%18s", cell(r))
		}
		b.WriteByte('\n')
	}
	count := func(name string, n func(run) int64) {
		row(name, func(r run) string { return thousands(n(r)) })
	}
	// counted has a dash where nothing is.
	counted := func(name string, n func(run) int64) {
		row(name, func(r run) string {
			if r.Mode == impl.Unlimited.String() {
				return "-"
			}
			return thousands(n(r))
		})
	}
	row("", func(r run) string { return r.Mode })
	count("calls", func(r run) int64 { return r.Calls })
	count("refused", func(r run) int64 { return r.Refused })
	count("out of memory", func(r run) int64 { return r.StatesOutOfMemory })
	counted("rolled back", func(r run) int64 { return r.RolledBack })
	counted(peak, func(r run) int64 { return r.PeakUsed })
	count("peak live bytes", func(r run) int64 { return r.PeakLive })
	row(limit, func(r run) string {
		if r.Limit == 0 {
			return "-"
		}
		return thousands(r.Limit)
	})
	counted("used at end", func(r run) int64 { return r.UsedAtEnd })
	count("live at end", func(r run) int64 { return r.LiveAtEnd })
	row("ns/call", func(r run) string { return strconv.FormatFloat(r.NsPerCall, 'f', 1, 64) })
	row("calls/s", func(r run) string { return thousands(int64(float64(r.Calls) / r.elapsed.Seconds())) })
	return b.String()
}

// verdict says in a line what the runs have shown.
func verdict(runs []run) string {
	for _, r := range runs {
		if r.broken != nil {
			return fmt.Sprintf("\nNOT BALANCED: %s: %v\n", r.Mode, r.broken)
		}
	}
	return "\nBalanced: every byte came back, and live bytes never exceeded what was used, or the limit.\n"
}

// thousands writes n with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
