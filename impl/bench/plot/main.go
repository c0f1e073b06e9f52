// Plot draws what was measured, and how a call goes, as SVG.
//
//	cd impl/bench
//	go test -run '^$' -bench Scaling -count 6 | tee scaling.txt
//	go run ./plot scaling.txt scaling.svg
//	go run -tags lua54 ./luaprice -json >luaprice.json
//	go run ./plot luaprice.json luaprice.svg
//	go run ../cmd/replay -limit 16MiB,4MiB,16MiB -rounds 60 -samples used.csv
//	go run ./plot used.csv used.svg
//	go run ./plot ../word.go word.svg
//	go run ./plot ../../tla/Accounts.tla call.svg
//
// What casalloc does stands out in blue; its rivals are grey.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const usage = `usage: plot INPUT FILE.svg

INPUT is one of
	BENCHMARK-OUTPUT  cost of a call over goroutines (scaling.svg)
	LUAPRICE.json     price of an allocator per script (luaprice.svg)
	SAMPLES.csv       memory used against a limit (used.svg)
	word.go           the word, with the constants of the code (word.svg)
	Accounts.tla      the way of a call, with the actions of the module (call.svg)`

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

// run draws the file in, of any of the five kinds, to the file out.
func run(in, out string) error {
	draw := scaling
	switch filepath.Ext(in) {
	case ".json":
		draw = prices
	case ".csv":
		draw = used
	case ".go":
		draw = word
	case ".tla":
		draw = call
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
