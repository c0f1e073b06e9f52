package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"casalloc/impl"
	"casalloc/impl/internal/samples"
)

// A resizer accounts for lua_Alloc calls of a Lua state.
type resizer interface {
	Resize(osize, nsize int64, realloc func() bool) error
}

// An account is one state's part of a budget: an *impl.Account, or a wrong one in the tests.
type account interface {
	resizer
	Held() int64
	Close() int64
}

// A budget is what all states of a run share: a shared, or a wrong one in the tests.
type budget interface {
	resizer
	SetLimit(int64) error
	EndBoot()
	Stats() impl.Stats
	Usage() impl.Usage
	NewAccount() account
}

// A shared is a Budget that can be replaced.
type shared struct{ *impl.Budget }

func newShared() budget { return shared{impl.NewBudget()} }

func (b shared) NewAccount() account { return b.Budget.NewAccount() }

// A brokenPromise is one of the nine, by name, and what was seen.
type brokenPromise struct {
	name, seen string
}

func (p *brokenPromise) Error() string { return p.name + " is broken: " + p.seen }

const lineSize = 128 // keeps what goroutines write apart, in bytes

// books count the bytes that exist, whatever the budget says, and compare.
type books struct {
	budget budget
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

// check compares live bytes, read just now, with the counter. The two are different words: the
// counter may have fallen since then, by bytes that are gone. But if live is still the same after
// the counter was read, both were true at that instant.
func (b *books) check(live int64) {
	if a := b.stats().Allocated; bytesOf(live) > a && b.live.Load() == live {
		b.fail("LiveWithinCharge", "%d bytes live with %d on the counter", bytesOf(live), a)
	}
}

// stats reads the budget. Of a counter below 0, which is for the books to judge, it has nothing
// else.
func (b *books) stats() (s impl.Stats) {
	defer func() {
		if p := recover(); p != nil {
			o, ok := p.(impl.OverRelease)
			if !ok {
				panic(p)
			}
			s = impl.Stats{Allocated: o.Held}
		}
	}()
	return b.budget.Stats()
}

// source is what samples are taken of.
func (b *books) source() samples.Source {
	return samples.Source{
		Usage:   b.budget.Usage,
		Live:    func() int64 { return bytesOf(b.live.Load()) },
		Refused: b.progress.refused.Load,
	}
}

// fail ends the run; the first cause stays.
func (b *books) fail(promise, format string, args ...any) {
	b.stop(&brokenPromise{promise, fmt.Sprintf(format, args...)})
}
