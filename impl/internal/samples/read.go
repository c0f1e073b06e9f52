package samples

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// Read reads the text of a file of samples. Its rows, two or more, have the columns of Header.
func Read(text []byte) (rows [][5]float64, err error) {
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(lines) < 3 || strings.Join(lines[0], ",") != Header {
		return nil, fmt.Errorf("want the columns %s, and two rows or more", Header)
	}
	rows = make([][5]float64, len(lines)-1)
	for i, line := range lines[1:] {
		for j, text := range line {
			if rows[i][j], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+2, err)
			}
		}
	}
	return rows, nil
}
