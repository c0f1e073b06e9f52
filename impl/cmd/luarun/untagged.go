//go:build !lua54

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "luarun: built without Lua; "+
		"with liblua5.4-dev and a C compiler: go run -tags lua54 ./impl/cmd/luarun")
	os.Exit(2)
}
