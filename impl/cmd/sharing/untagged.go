//go:build !interleave

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "sharing: built without the seam that it counts at: go run -tags interleave ./impl/cmd/sharing")
	os.Exit(2)
}
