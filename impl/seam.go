//go:build !interleave

package impl

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"casalloc/impl/internal/cstock"
)

// Every shared word and every lock of this package is of one of the first two types. The third is
// memory that one goroutine at a time uses, and the fourth that of the holder of the setter lock.
// The build tag interleave swaps them for types whose operations a scheduler answers.
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

// onDrop has the garbage collector call f with the stock of a once a is unreachable.
func (a *Account) onDrop(f func(*stock)) { runtime.AddCleanup(a, f, a.stock) }

// A sharedTaken is an approximate copy of a stock's taken that other goroutines may read: taken
// itself is the owner's own. It follows taken by less than grain. Exactly it would cost the owner a
// locked instruction for each call that goes to the word, a third of its price.
type sharedTaken struct{ v atomic.Int64 }

// follow is called by the owner when taken becomes n.
func (s *sharedTaken) follow(n int64) {
	if d := n - s.v.Load(); d >= grain || d <= -grain {
		s.v.Store(n)
	}
}

// readTaken returns the taken of st, give or take less than grain.
func readTaken(st *stock) int64 { return st.sharedTaken.v.Load() }

// From slack on a stock has the fields of a cstock.Stock: index 0 is the only one in range.
const (
	floorAt = unsafe.Offsetof(stock{}.floor) - unsafe.Offsetof(stock{}.slack)
	topAt   = unsafe.Offsetof(stock{}.top) - unsafe.Offsetof(stock{}.slack)
)

var (
	_ = [1]struct{}{}[floorAt-unsafe.Offsetof(cstock.Stock{}.Floor)]
	_ = [1]struct{}{}[topAt-unsafe.Offsetof(cstock.Stock{}.Top)]
)
