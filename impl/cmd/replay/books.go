package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/impl/internal/samples"
)

// A budget is that of all states, or a child of it: a right one, or a wrong one in the tests.
type budget interface {
	Resize(osize, nsize int64, realloc func() bool) error
	SetLimit(int64) error
	EndBoot()
	Stats() impl.Stats
	Exact() impl.Stats
	Close() int64
	newChild() budget
}

// A right is a Budget that can be replaced.
type right struct{ *impl.Budget }

func newRight() budget { return right{impl.NewBudget()} }

func (b right) newChild() budget { return right{b.NewChild(impl.NoLimit)} }

// A brokenPromise is one of the nine, by name, and what was seen.
type brokenPromise struct {
	name, seen string
}

func (p *brokenPromise) Error() string { return p.name + " is broken: " + p.seen }

const lineSize = 128 // keeps what goroutines write apart, in bytes

// books count the bytes that exist, whatever the budget says, and compare.
type books struct {
	budget budget // of all states
	shared bool   // by all states: it has no children
	stop   context.CancelCauseFunc
	// limit is the limit in force, in bytes; nil: there is none, or it is being changed. Each
	// change stores a new pointer, so a call that finds the same one again had this limit all the
	// time.
	limit atomic.Pointer[int64]
	_     [lineSize]byte

	// live is two numbers in one word: in the low 54 bits the live bytes of all states, signed, and
	// above them a count of changes, modulo 1<<10. Each state adds to it when its memory has come
	// to exist, and when its memory is about to go.
	live atomic.Int64
	_    [lineSize]byte
	peak atomic.Int64 // the largest live bytes; only rises
	_    [lineSize]byte

	progress progress
	schedule schedule
	_        [lineSize]byte
}

const change = 1 << 54

func bytesOf(live int64) int64 { return live << 10 >> 10 }

// setLimit sets the limit of the budget to n bytes.
func (b *books) setLimit(n int64) error {
	b.limit.Store(nil)
	err := b.budget.SetLimit(n)
	if err == nil {
		b.limit.Store(&n)
	}
	return err
}

// move counts bytes that have come to exist (d > 0) or are about to go, and calls check while they
// exist. limit is that of the books when the call began.
func (b *books) move(d int64, limit *int64, check func(live int64)) {
	if d <= 0 {
		check(b.live.Load())
		b.add(d)
		return
	}
	live := b.add(d)
	// Exact: live is the sum at the instant of the addition, and the limit has not moved since the
	// call began. So nothing is live but what was granted under it, or fits with that.
	if limit != nil && bytesOf(live) > *limit && b.limit.Load() == limit {
		b.fail("NeverOverLimit", "%d bytes live with a limit of %d", bytesOf(live), *limit)
	}
	check(live)
}

// add counts bytes and returns live after it.
func (b *books) add(d int64) (live int64) {
	live = b.live.Add(change + d)
	for p := b.peak.Load(); bytesOf(live) > p; p = b.peak.Load() {
		if b.peak.CompareAndSwap(p, bytesOf(live)) {
			break
		}
	}
	return live
}

// check compares live bytes, read just now, with what is used. The two are different words: what is
// used may have fallen since then, by bytes that are gone. But if live is still the same after used
// was read, both were true at that instant.
func (b *books) check(live int64) {
	if used := b.stats().Used; bytesOf(live) > used && b.live.Load() == live {
		b.fail("LiveWithinCharge", "%d bytes live with %d used", bytesOf(live), used)
	}
}

// stats are exact. Without children that takes no lock.
func (b *books) stats() impl.Stats {
	if b.shared {
		return b.budget.Stats()
	}
	return b.budget.Exact()
}

// source is what samples are taken of.
func (b *books) source() samples.Source {
	return samples.Source{
		Stats:   b.budget.Stats,
		Live:    func() int64 { return bytesOf(b.live.Load()) },
		Refused: b.progress.refused.Load,
	}
}

// fail ends the run; the first cause stays.
func (b *books) fail(promise, format string, args ...any) {
	b.stop(&brokenPromise{promise, fmt.Sprintf(format, args...)})
}
