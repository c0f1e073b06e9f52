// Package price has what luaprice found: the numbers as measured, what is derived from them, and
// tables.
package price

import (
	"errors"
	"fmt"
	"slices"
)

// A Report is the price of scripts under several allocators.
type Report struct {
	Machine
	Rounds     int         `json:"rounds"`
	Limit      int64       `json:"limit_bytes"` // of all states together
	Allocators []Allocator `json:"allocators"`  // the first is what the others are compared with
	Rows       []Row       `json:"rows"`
}

// A Machine is where it was measured, and with what.
type Machine struct {
	Go  string `json:"go"`
	Lua string `json:"lua"`
	CPU string `json:"cpu"`
}

// An Allocator is a column.
type Allocator struct {
	Name  string `json:"name"`
	Title string `json:"title"` // in tables and charts
	Ours  bool   `json:"ours"`
}

// A Row is a script in as many states at once as there are threads, a state on each.
type Row struct {
	Script  string `json:"script"`
	Threads int    `json:"threads"`
	Calls   int64  `json:"calls"` // of the allocator, by one state; a mean
	Cells   []Cell `json:"cells"` // one for each allocator, in order
}

// A Cell is a row's price under one allocator.
type Cell struct {
	Allocator string    `json:"allocator"`
	CPU       []float64 `json:"cpu_ms"`           // of a state, in the order of rounds
	Median    float64   `json:"median_ms"`        // of CPU
	Ratio     float64   `json:"ratio"`            // to the first cell; median of the rounds
	Crossed   float64   `json:"crossed_per_1000"` // of 1,000 calls, how many went from C into Go

	// Sums over rounds and states, from opening to closing them.
	Calls     int64 `json:"calls"` // of the allocator; 0: not known
	Crossings int64 `json:"crossings"`
}

// Judge fills in what is derived from times and sums. It returns an error if a cell lacks a round.
func (r *Report) Judge() error {
	if len(r.Rows) == 0 || len(r.Allocators) < 2 {
		return errors.New("no rows, or nothing to compare")
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		if len(row.Cells) != len(r.Allocators) {
			return fmt.Errorf("%s: %d cells for %d allocators", row.Script, len(row.Cells), len(r.Allocators))
		}
		for j := range row.Cells {
			c := &row.Cells[j]
			if len(c.CPU) != r.Rounds || r.Rounds == 0 {
				return fmt.Errorf("%s, %s: %d of %d rounds", row.Script, c.Allocator, len(c.CPU), r.Rounds)
			}
			c.Median = Median(c.CPU)
			c.Ratio = Median(ratios(c.CPU, row.Cells[0].CPU))
			c.Crossed = Per1000(c.Crossings, c.Calls)
			if c.Calls > 0 { // columns differ a little: every state has another hash seed
				row.Calls = c.Calls / int64(r.Rounds*row.Threads)
			}
		}
	}
	return nil
}

// Median returns the middle one of xs, or the mean of the two in the middle. There must be one.
func Median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// ratios returns a[i]/b[i] for each round i.
func ratios(a, b []float64) []float64 {
	q := make([]float64, len(a))
	for i := range a {
		q[i] = a[i] / b[i]
	}
	return q
}

// Threads returns the numbers of threads, each once, in the order of rows.
func (r *Report) Threads() []int {
	var ns []int
	for _, row := range r.Rows {
		if !slices.Contains(ns, row.Threads) {
			ns = append(ns, row.Threads)
		}
	}
	return ns
}

// Scripts returns the scripts, each once, in the order of rows.
func (r *Report) Scripts() []string {
	var names []string
	for _, row := range r.Rows {
		if !slices.Contains(names, row.Script) {
			names = append(names, row.Script)
		}
	}
	return names
}

// Row returns the row of a script, or nil.
func (r *Report) Row(script string, threads int) *Row {
	for i := range r.Rows {
		if r.Rows[i].Script == script && r.Rows[i].Threads == threads {
			return &r.Rows[i]
		}
	}
	return nil
}

// Crossings are how often calls of the allocator went from C into Go near a limit.
type Crossings struct {
	Machine
	Rounds int           `json:"rounds"`
	Rows   []CrossingRow `json:"rows"`
}

// A CrossingRow is a script in so many states at once, an account each.
type CrossingRow struct {
	Script string         `json:"script"`
	States int            `json:"states"`
	Peak   int64          `json:"peak_bytes"` // the largest that one state alone had live
	Cells  []CrossingCell `json:"cells"`      // one for each of Factors, in order
}

// A CrossingCell has sums over states and rounds.
type CrossingCell struct {
	Factor  Factor `json:"limit_over_peak"`
	Limit   int64  `json:"limit_bytes"` // Factor x States x Peak
	Calls   int64  `json:"calls"`
	Crossed int64  `json:"crossed"`
	Refused int64  `json:"refused"` // calls that the limit refused
	Failed  int64  `json:"failed"`  // states that ended with a memory error
}

// Judge returns an error if there is no row, or a row that lacks a cell.
func (c *Crossings) Judge() error {
	if len(c.Rows) == 0 {
		return errors.New("no rows")
	}
	for _, row := range c.Rows {
		if len(row.Cells) != len(Factors) {
			return fmt.Errorf("%s: %d cells, want %d", row.Script, len(row.Cells), len(Factors))
		}
	}
	return nil
}

// NewCrossingRow returns a row with its limits, and without counts.
func NewCrossingRow(script string, states int, peak int64) CrossingRow {
	row := CrossingRow{Script: script, States: states, Peak: peak}
	for _, f := range Factors {
		limit := int64(float64(f) * float64(int64(states)*peak))
		row.Cells = append(row.Cells, CrossingCell{Factor: f, Limit: limit})
	}
	return row
}

// A Factor is a limit over the live peak.
type Factor float64

// Factors are the columns of Crossings.
var Factors = []Factor{1, 1.1, 2, 100}

func (f Factor) String() string { return fmt.Sprintf("%gx", float64(f)) }

// Per1000 returns the crossings per 1,000 calls.
func (c CrossingCell) Per1000() float64 { return Per1000(c.Crossed, c.Calls) }

// Per1000 returns how many of 1,000 calls the given part of all calls is; 0 if there are none.
func Per1000(part, calls int64) float64 {
	if calls == 0 {
		return 0
	}
	return float64(part) * 1000 / float64(calls)
}
