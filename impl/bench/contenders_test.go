// Package bench measures casalloc beside its rivals, and beside a library that the module casalloc
// does not require.
package bench

import (
	"casalloc/impl"
	"casalloc/impl/internal/rivals"

	"golang.org/x/sync/semaphore"
)

// A contender is a way to keep a budget. Its make makes one with this limit, in bytes, and returns
// a function that returns the client of one goroutine.
type contender struct {
	name string
	make func(limit int64) (client func() budget)
}

type budget interface {
	Reserve(n int64) bool
	Release(n int64)
}

// Adapters: errors become a bool.
type (
	ours struct{ *impl.Budget }
	sema struct{ *semaphore.Weighted }
)

func (o ours) Reserve(n int64) bool { return o.Budget.Reserve(n) == nil }
func (s sema) Reserve(n int64) bool { return s.TryAcquire(n) }

func enforcing(limit int64) *impl.Budget {
	b := impl.NewBudget()
	must(b.SetLimit(limit) == nil)
	return b
}

func shared(x budget) func() budget { return func() budget { return x } }

var (
	haproxy = contender{"haproxy", func(limit int64) func() budget {
		x := new(rivals.HAProxy)
		x.Limit.Store(uint64(limit))
		return shared(x)
	}}
	checked = contender{"checked", func(limit int64) func() budget {
		client := rivals.NewChecked(limit)
		return func() budget { return client() }
	}}
	word     = contender{"word", func(limit int64) func() budget { return shared(ours{enforcing(limit)}) }}
	children = contender{"children", func(limit int64) func() budget {
		b := enforcing(limit)
		return func() budget { return ours{b.NewChild(impl.NoLimit)} }
	}}
	child = contender{"child", func(limit int64) func() budget {
		return shared(ours{enforcing(limit).NewChild(impl.NoLimit)})
	}}
	levels = contender{"levels", func(limit int64) func() budget {
		b := enforcing(limit)
		return func() budget { return ours{b.NewChild(limit).NewChild(limit).NewChild(impl.NoLimit)} }
	}}
	mutex   = contender{"mutex", func(limit int64) func() budget { return shared(&rivals.Mutex{Limit: limit}) }}
	mutexes = contender{"mutexes", func(limit int64) func() budget {
		root := &rivals.Mutex{Limit: limit}
		return func() budget {
			x := root
			for range 3 {
				x = &rivals.Mutex{Limit: limit, Parent: x}
			}
			return x
		}
	}}
	weighted = contender{"semaphore", func(limit int64) func() budget { return shared(sema{alone(limit)}) }}
)

// alone returns a semaphore on cache lines of its own; a Budget has those too. The semaphore is the
// nearest relative in Go's own libraries: it takes n of a limit that cannot change, under a mutex.
func alone(n int64) *semaphore.Weighted {
	x := new(struct {
		_ [128]byte
		semaphore.Weighted
		_ [256]byte
	})
	x.Weighted = *semaphore.NewWeighted(n) // not in use yet
	return &x.Weighted
}

func must(ok bool) {
	if !ok {
		panic("not what was to be measured")
	}
}
