// Guest is a Go program for wasip1. Its arguments are how many rounds it works, and how many KiB it
// holds at most. It prints a checksum of what it held.
package main

import (
	"fmt"
	"os"
	"strconv"
)

func main() {
	rounds, _ := strconv.Atoi(os.Args[1])
	kib, _ := strconv.Atoi(os.Args[2])
	var held [][]byte
	var sum int
	for i := range rounds {
		block := make([]byte, (1+i%16)<<10)
		for j := range block {
			block[j] = byte(i + j)
		}
		held = append(held, block)
		for total := 0; ; {
			total = 0
			for _, b := range held {
				total += len(b)
			}
			if total <= kib<<10 {
				break
			}
			for _, c := range held[0] {
				sum += int(c)
			}
			held = held[1:]
		}
	}
	for _, b := range held {
		for _, c := range b {
			sum += int(c)
		}
	}
	fmt.Println(sum)
}
