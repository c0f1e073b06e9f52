package bytesize

import (
	"testing"

	"casalloc/impl"
)

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{
		"1": 1, "4194304": 4 << 20, "12B": 12, "500k": 500_000, "500kB": 500_000,
		"4KiB": 4096, "4MiB": 4 << 20, "3M": 3_000_000, "2GiB": 2 << 30, "1T": 1e12, "128TiB": impl.MaxSize,
	} {
		var got Size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
	}
}

func TestNoSize(t *testing.T) {
	for _, text := range []string{"", "0", "-1", "MiB", "1.5k", "8 MiB", "129TiB", "9223372036854775807k"} {
		if got := Size(7); got.Set(text) == nil || got != 7 {
			t.Errorf("%q: got %d, want an error and no change", text, got)
		}
	}
}
