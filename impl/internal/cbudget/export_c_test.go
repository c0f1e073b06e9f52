//go:build lua54

package cbudget

// A Memory is what the fast path uses of a budget.
type Memory struct {
	Word, Cap, Peak int64
	Base            [2]int64
}

func (b *Budget) Memory() Memory {
	return Memory{int64(b.word), int64(b.cap), int64(b.peak), [2]int64{int64(b.base[0]), int64(b.base[1])}}
}
