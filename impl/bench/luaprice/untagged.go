//go:build !lua54

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "luaprice: built without Lua; "+
		"with liblua5.4-dev and a C compiler: go run -tags lua54 ./luaprice")
	os.Exit(2)
}
