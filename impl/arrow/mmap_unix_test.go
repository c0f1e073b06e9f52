//go:build darwin || dragonfly || freebsd || linux || netbsd

package arrowmem_test

import (
	"syscall"

	"casalloc/impl"
)

func init() {
	backends = append(backends, struct {
		name string
		impl.Backend
		piece int
	}{"Mmap", impl.NewMmap(1 << 24), syscall.Getpagesize()})
}
