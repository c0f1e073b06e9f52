//go:build !interleave

package impl

// A Memory is what is written in a Budget.
type Memory struct {
	word, base0, base1, limit int64
	links                     links
}

// MemoryOf returns what is written in b.
func MemoryOf(b *Budget) Memory {
	return Memory{b.word.Load(), b.base[0].Load(), b.base[1].Load(), b.limit.Load(), b.links}
}
