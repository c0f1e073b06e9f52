// Plot draws what was measured, as SVG.
//
//	cd impl/bench
//	go test -run '^$' -bench Scaling -count 6 | tee scaling.txt
//	go run ./plot scaling.txt scaling.svg
//	go run -tags lua54 ./luaprice -json >luaprice.json
//	go run ./plot luaprice.json luaprice.svg
//	go run ../cmd/replay -limit 16MiB,4MiB,16MiB -rounds 60 -samples used.csv
//	go run ./plot used.csv used.svg
//
// What casalloc does stands out in blue; its rivals are grey.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const usage = "usage: plot BENCHMARK-OUTPUT FILE.svg, plot LUAPRICE.json FILE.svg, or plot SAMPLES.csv FILE.svg"

func main() {
	args := os.Args[1:]
	if len(args) == 1 && strings.TrimLeft(args[0], "-") == "h" {
		fmt.Println(usage)
		return
	}
	if len(args) != 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := run(args[0], args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// run draws the file in, of any of the three kinds, to the file out.
func run(in, out string) error {
	draw := scaling
	switch filepath.Ext(in) {
	case ".json":
		draw = prices
	case ".csv":
		draw = used
	}
	f, err := os.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := draw(f, in)
	if err != nil {
		return err
	}
	return os.WriteFile(out, c.svg(), 0o666)
}
