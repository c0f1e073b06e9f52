// Package bytesize is a flag for sizes in bytes, with or without a unit.
package bytesize

import (
	"fmt"
	"strconv"
	"strings"

	"casalloc/impl"
)

// A Size is a flag in bytes, with or without a unit.
type Size int64

var units = []struct {
	name  string
	bytes int64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12},
	{"B", 1}, {"", 1},
}

// Set implements flag.Value.
func (s *Size) Set(text string) error {
	for _, u := range units {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			break
		}
		if n < 1 || n > impl.MaxSize/u.bytes {
			return fmt.Errorf("want 1 to %d bytes", int64(impl.MaxSize))
		}
		*s = Size(n * u.bytes)
		return nil
	}
	return fmt.Errorf("want a whole number of bytes, or with a unit: k M G T, KiB MiB GiB TiB")
}

// String implements flag.Value.
func (s *Size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}
