// Plot draws the charts of the pages as SVG.
//
//	cd impl/bench
//	go run ./plot README.md    # scaling.svg and luaprice.svg, from the tables of the page
//	go run ./plot used.csv     # used.svg, from what replay -samples or luarun -samples writes
//
// casalloc is blue in them, and its rivals are grey. The ground is white, so that they can be read
// on a dark page too.
package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] == "-h" {
		fmt.Fprintln(os.Stderr, "usage: plot README.md | plot SAMPLES.csv\n\n"+
			"Draws scaling.svg and luaprice.svg, or used.svg, into the folder of its input.")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "plot: %v\n", err)
		os.Exit(1)
	}
}

// run writes the charts of an input beside it.
func run(file string) error {
	in, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all, err := charts(filepath.Ext(file), in)
	for name, svg := range all {
		err = cmp.Or(err, os.WriteFile(filepath.Join(filepath.Dir(file), name), svg, 0o666))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// charts returns the charts of an input by their file names, or an error and none.
func charts(ext string, in []byte) (map[string][]byte, error) {
	draw := map[string]func([]byte) ([]byte, error){"scaling.svg": scaling, "luaprice.svg": luaprice}
	if ext == ".csv" {
		draw = map[string]func([]byte) ([]byte, error){"used.svg": used}
	}
	all := make(map[string][]byte)
	for name, chart := range draw {
		svg, err := chart(in)
		if err != nil {
			return nil, err
		}
		all[name] = svg
	}
	return all, nil
}
