//go:build !interleave

package impl

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Every shared word and every lock of this package is of one of the first two types. The third is
// memory that one goroutine at a time uses, and the fourth that of whoever has the setter lock. The
// build tag interleave swaps them for types whose operations a scheduler answers.
type (
	atomicInt64 = atomic.Int64
	mutex       = sync.Mutex
	ownInt64    struct{ v int64 }
	stockList   []*stock
)

// stripes is how many lines the tally of direct calls has, a power of two.
const stripes = 8

func (o *ownInt64) Load() int64   { return o.v }
func (o *ownInt64) Store(n int64) { o.v = n }

func (l stockList) all() []*stock     { return l }
func (l *stockList) add(st *stock)    { *l = append(*l, st) }
func (l *stockList) remove(st *stock) { i := slices.Index(*l, st); *l = slices.Delete(*l, i, i+1) }

func (b *Budget) newStock() *stock { return new(stock) }

// onDrop has the garbage collector call f with the stock of a when nobody has a any more.
func (a *Account) onDrop(f func(*stock)) { runtime.AddCleanup(a, f, a.stock) }
