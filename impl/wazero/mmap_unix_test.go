//go:build darwin || dragonfly || freebsd || linux || netbsd

package wazeromem_test

import (
	"math"

	"casalloc/impl"
)

func init() {
	backends = append(backends, namedBackend{"Mmap", impl.NewMmap(int(min(math.MaxInt/16, int64(1<<30))))})
}
