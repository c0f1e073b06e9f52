//go:build !interleave

package impl

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Every shared word and every lock of this package is of one of the first two types. The lists are
// memory of the holder of the lock. The build tag interleave swaps them for types whose operations
// a scheduler answers.
type (
	atomicInt64 = atomic.Int64
	mutex       = sync.Mutex
)

// stripes is how many lines the tally of a root has, a power of two.
const stripes = 8

// A budgetList is some children of a budget, linked in themselves, the newest first.
type budgetList struct {
	head *Budget
	n    int64
}

type (
	link  struct{ prev, next *Budget }
	links [2]link
)

// The lists that a budget is in, each with a link of its own.
const (
	ofChildren = iota
	ofStock
)

func (l *budgetList) first() *Budget { return l.head }
func (l *budgetList) len() int64     { return l.n }

func (l *budgetList) has(b *Budget, k int) bool { return l.head == b || b.links[k].prev != nil }

func (l *budgetList) add(b *Budget, k int) {
	b.links[k].next = l.head
	if l.head != nil {
		l.head.links[k].prev = b
	}
	l.head = b
	l.n++
}

func (l *budgetList) remove(b *Budget, k int) {
	at := b.links[k]
	if at.prev != nil {
		at.prev.links[k].next = at.next
	} else {
		l.head = at.next
	}
	if at.next != nil {
		at.next.links[k].prev = at.prev
	}
	b.links[k] = link{}
	l.n--
}

func (l *budgetList) all(k int) (all []*Budget) {
	for b := l.head; b != nil; b = b.links[k].next {
		all = append(all, b)
	}
	slices.Reverse(all)
	return all
}

type spares struct{}

func (spares) register(*Budget) {}

func (t *tree) newBudget() *Budget { return new(Budget) }
