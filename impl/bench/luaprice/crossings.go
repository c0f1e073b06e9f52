//go:build lua54

package main

import (
	"errors"
	"fmt"
	"sync"

	"casalloc/impl/bench/internal/price"
	"casalloc/impl/lua54"
)

var statesOfCrossings = []int{1, 8}

// crossings counts how often calls cross near a limit. It calls progress before each script.
func crossings(cfg config, progress func(round int, what string)) (*price.Crossings, error) {
	c := &price.Crossings{Machine: machine(), Rounds: cfg.rounds}
	texts := make(map[string]string)
	for _, s := range cfg.chosen {
		progress(0, s.name)
		peak, text, err := peakOf(s, int64(cfg.limit), cfg.rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.file, err)
		}
		texts[s.file] = text
		for _, n := range statesOfCrossings {
			c.Rows = append(c.Rows, price.NewCrossingRow(s.name, n, peak))
		}
	}
	for round := range cfg.rounds {
		rows := c.Rows
		for _, s := range cfg.chosen {
			progress(round+1, s.name)
			for range statesOfCrossings {
				n, cells := rows[0].States, rows[0].Cells
				rows = rows[1:]
				for i := range cells {
					if err := cross(&cells[i], s, n, texts[s.file]); err != nil {
						return nil, fmt.Errorf("%s, %d states, limit %v the peak: %w", s.file, n, cells[i].Factor, err)
					}
				}
			}
		}
	}
	return c, nil
}

// peakOf returns the most bytes that a state alone has live, and what the script prints. The peaks
// of rounds differ a little, since every state has another hash seed; the largest is taken.
func peakOf(s script, limit int64, rounds int) (peak int64, text string, err error) {
	for range rounds {
		l := newCas(limit, false).live(s)
		if l.err != nil {
			return 0, "", l.err
		}
		peak = max(peak, l.peak)
		text = l.text
	}
	return peak, text, nil
}

// cross runs a script in n states at once under the cell's limit, and adds what it counts to the
// cell.
func cross(cell *price.CrossingCell, s script, n int, text string) error {
	c := newCas(cell.Limit, false)
	lives := make([]life, n)
	var done sync.WaitGroup
	for i := range lives {
		done.Go(func() { lives[i] = c.live(s) })
	}
	done.Wait()
	for _, l := range lives {
		switch {
		case errors.Is(l.err, lua54.ErrMemory):
			cell.Failed++
		case l.err != nil:
			return l.err
		case l.text != text:
			return fmt.Errorf("it prints %q, and printed %q alone", l.text, text)
		}
	}
	sum := total(lives)
	cell.Calls += sum.calls
	cell.Crossed += sum.cross
	cell.Refused += c.budget.Stats().Refused
	return c.close()
}
