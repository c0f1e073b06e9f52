// Package rivals has the other ways to keep a budget, for benchmarks: each is what its name says
// and no more. None of them moves its limit while in use, and only a Checked catches an
// over-release, counts refusals or knows its peak. Sizes are in bytes. All are safe for concurrent
// use.
package rivals

import (
	"math"
	"sync"
	"sync/atomic"
)

// What is written lies on cache lines of its own, as in a Budget.
const lineSize = 128

// A Word is two compare-and-swap loops on one word: the least that one shared counter can cost.
type Word struct {
	_    [lineSize]byte
	word atomic.Int64
	_    [2*lineSize - 8]byte
}

func (w *Word) Reserve(n int64) bool { return w.add(n) }
func (w *Word) Release(n int64)      { w.add(-n) }

func (w *Word) add(d int64) bool {
	for {
		v := w.word.Load()
		if w.word.CompareAndSwap(v, v+d) {
			return true
		}
	}
}

// An HAProxy is the protocol of HAProxy, written from its description: a limit and a counter, side
// by side on one cache line, and one compare-and-swap of the counter per call. By the limit, a call
//
//	Counting    moves the counter, and is not refused: the program boots
//	Unlimited   does nothing: the boot has ended without a limit
//	otherwise   moves the counter; a growth that would take it above the limit is refused
type HAProxy struct {
	_       [lineSize]byte
	counter atomic.Uint64
	Limit   atomic.Uint64
	_       [2*lineSize - 16]byte
}

// Values of HAProxy.Limit that are no limits.
const (
	Counting  = 0
	Unlimited = math.MaxUint64
)

// Reserve checks the limit and takes n bytes in one step.
func (w *HAProxy) Reserve(n int64) bool {
	bound := w.Limit.Load()
	switch bound {
	case Unlimited:
		return true
	case Counting:
		bound = math.MaxUint64 // no sum is above it
	}
	for {
		before := w.counter.Load()
		after := before + uint64(n)
		if after > bound {
			return false
		}
		if w.counter.CompareAndSwap(before, after) {
			return true
		}
	}
}

// Release gives n bytes back, whatever the limit.
func (w *HAProxy) Release(n int64) {
	if w.Limit.Load() == Unlimited {
		return
	}
	for {
		before := w.counter.Load()
		if w.counter.CompareAndSwap(before, before-uint64(n)) {
			return
		}
	}
}

// A Checked is a client of HAProxy's protocol that has what a Budget has too: it panics at an
// over-release, knows the peak and counts refusals, each client on a line of its own.
type Checked struct {
	zone    *HAProxy
	peak    *atomic.Uint64
	_       [lineSize - 16]byte
	refused atomic.Int64
	_       [lineSize - 8]byte
}

// NewChecked returns a function that returns clients of one counter.
func NewChecked(limit int64) (client func() *Checked) {
	zone, peak := new(HAProxy), new(struct {
		_ [lineSize]byte
		atomic.Uint64
		_ [lineSize - 8]byte
	})
	zone.Limit.Store(uint64(limit))
	return func() *Checked { return &Checked{zone: zone, peak: &peak.Uint64} }
}

// Reserve is HAProxy's, and counts a refusal.
func (c *Checked) Reserve(n int64) bool {
	if !c.zone.Reserve(n) {
		c.refused.Add(1)
		return false
	}
	return true
}

// Release gives n bytes back. What is used is at its highest before a release, so it raises the
// peak.
func (c *Checked) Release(n int64) {
	for {
		before := c.zone.counter.Load()
		if uint64(n) > before {
			panic("over-release")
		}
		if p := c.peak.Load(); before > p && !c.peak.CompareAndSwap(p, before) {
			continue
		}
		if c.zone.counter.CompareAndSwap(before, before-uint64(n)) {
			return
		}
	}
}

// An AddUndo adds first, and undoes it when over.
type AddUndo struct {
	_       [lineSize]byte
	counter atomic.Int64
	_       [lineSize - 8]byte
	Limit   int64
	_       [lineSize - 8]byte
}

func (w *AddUndo) Reserve(n int64) bool {
	if w.counter.Add(n) > w.Limit {
		w.counter.Add(-n)
		return false
	}
	return true
}

func (w *AddUndo) Release(n int64) { w.counter.Add(-n) }

// A Mutex has limit and counter under a lock. What it has is its parent's too, if it has one: a
// growth holds the locks of all levels.
type Mutex struct {
	_       [lineSize]byte
	mu      sync.Mutex
	counter int64
	Limit   int64
	Parent  *Mutex
	_       [2*lineSize - 32]byte
}

func (w *Mutex) Reserve(n int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > w.Limit-w.counter || w.Parent != nil && !w.Parent.Reserve(n) {
		return false
	}
	w.counter += n
	return true
}

func (w *Mutex) Release(n int64) {
	for ; w != nil; w = w.Parent {
		w.mu.Lock()
		w.counter -= n
		w.mu.Unlock()
	}
}
