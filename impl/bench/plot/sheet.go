package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A sheet is a table of a page.
type sheet struct {
	rows  []string
	cells map[[2]string]string // by row and column
	err   error                // of the first number that is not there
}

// readSheet returns the table whose first heading is the corner.
func readSheet(page []byte, corner string) (*sheet, error) {
	_, text, ok := strings.Cut(string(page), "\n| "+corner+" |")
	if !ok {
		return nil, fmt.Errorf("no table %q", corner)
	}
	text, _, _ = strings.Cut(corner+" |"+text, "\n\n")
	s := &sheet{cells: make(map[[2]string]string)}
	var columns []string
	for i, line := range strings.Split(text, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		switch i {
		case 0:
			columns = cells
		case 1: // the line below the headings
		default:
			s.rows = append(s.rows, cells[0])
			for j := 1; j < min(len(cells), len(columns)); j++ {
				s.cells[[2]string{cells[0], columns[j]}] = cells[j]
			}
		}
	}
	return s, nil
}

// number returns the i-th of the numbers of a cell, which have slashes between them.
func (s *sheet) number(row, column string, i int) float64 {
	numbers := append(strings.Split(s.cells[[2]string{row, column}], " / "), "")
	v, err := strconv.ParseFloat(numbers[min(i, len(numbers)-1)], 64)
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("no number %d at %s, %s", i+1, row, column)
	}
	return v
}
