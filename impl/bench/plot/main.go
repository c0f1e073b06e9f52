// Plot draws what was measured, as SVG.
//
//	cd impl/bench
//	go test -run '^$' -bench Scaling -count 6 | tee scaling.txt
//	go run ./plot scaling.txt scaling.svg
//	go run -tags lua54 ./luaprice -json >luaprice.json
//	go run ./plot luaprice.json luaprice.svg
//
// What casalloc does stands out in blue; its rivals are grey.
package main

import (
	"fmt"
	"os"
	"strings"
)

const usage = "usage: plot BENCHMARK-OUTPUT FILE.svg, or plot LUAPRICE.json FILE.svg"

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

// run draws the file in, of either kind, to the file out.
func run(in, out string) error {
	draw := scaling
	if strings.HasSuffix(in, ".json") {
		draw = prices
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
