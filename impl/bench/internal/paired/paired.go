// Package paired compares contenders in a benchmark, on a machine that does other work too.
//
// A round runs each contender once, one directly after the other, so that all have the same
// neighbours, and they take turns at being first. A ratio compares two costs of one round. Reported
// are medians over rounds.
package paired

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// Rounds makes b.N rounds: -benchtime 7x makes seven, after one that warms up, and 1x only one. run
// runs contender i once and returns its cost in nanoseconds.
//
// Rounds reports, and returns by contender, the median cost as NAME-ns, and the median of the
// ratios to the first contender as NAME/FIRST.
func Rounds(b *testing.B, names []string, run func(i int) float64) (costs, ratios []float64) {
	costs, ratios = medians(b.N, len(names), run)
	for i, name := range names {
		b.ReportMetric(costs[i], name+"-ns")
		if i > 0 {
			b.ReportMetric(ratios[i], name+"/"+names[0])
		}
	}
	b.ReportMetric(0, "ns/op") // of all contenders together: a 0 is not printed
	return costs, ratios
}

func medians(rounds, contenders int, run func(i int) float64) (costs, ratios []float64) {
	times := make([][]float64, contenders) // each by round
	for round := range rounds {
		for i := range contenders {
			i = (i + round) % contenders
			times[i] = append(times[i], run(i))
		}
	}
	for _, ts := range times {
		quotients := make([]float64, rounds)
		for round := range quotients {
			quotients[round] = ts[round] / times[0][round]
		}
		costs, ratios = append(costs, Median(ts)), append(ratios, Median(quotients))
	}
	return costs, ratios
}

// Median returns the middle one of xs, or the mean of the two in the middle. There must be one.
func Median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// A Table has texts by row and column, in the order in which they are first named.
type Table struct {
	rows, columns []string
	texts         map[[2]string]string
}

// Set sets the text of a cell.
func (t *Table) Set(row, column, text string) {
	if t.texts == nil {
		t.texts = make(map[[2]string]string)
	}
	if !slices.Contains(t.rows, row) {
		t.rows = append(t.rows, row)
	}
	if !slices.Contains(t.columns, column) {
		t.columns = append(t.columns, column)
	}
	t.texts[[2]string{row, column}] = text
}

// Print prints the table in Markdown. The corner says what the rows are.
func (t *Table) Print(w io.Writer, corner string) {
	fmt.Fprintf(w, "\n| %s | %s |\n|---|%s\n", corner, strings.Join(t.columns, " | "),
		strings.Repeat("--:|", len(t.columns)))
	for _, row := range t.rows {
		fmt.Fprintf(w, "| %s |", row)
		for _, column := range t.columns {
			fmt.Fprintf(w, " %s |", t.texts[[2]string{row, column}])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
}
