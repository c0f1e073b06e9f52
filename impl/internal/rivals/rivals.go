// Package rivals has the other ways to keep a budget, for benchmarks: each is what its name says and no more. None of them catches
// an over-release, moves its limit while in use, or knows its peak. Sizes are in bytes. All are safe for concurrent use.
package rivals

import (
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

// A TwoWord is HAProxy's protocol, from its description: limit and counter apart, on one line, and a compare-and-swap loop on the counter.
// A limit of 0 counts and does not enforce, one of ^0 does neither.
type TwoWord struct {
	_         [lineSize]byte
	allocated atomic.Uint64
	Limit     atomic.Uint64
	_         [2*lineSize - 16]byte
}

func (w *TwoWord) Reserve(n int64) bool { return w.resize(0, uint64(n)) }
func (w *TwoWord) Release(n int64)      { w.resize(uint64(n), 0) }

func (w *TwoWord) resize(osize, nsize uint64) bool {
	limit := w.Limit.Load()
	if limit == ^uint64(0) {
		return true
	}
	for {
		v := w.allocated.Load()
		sum := v + nsize - osize
		if nsize != 0 && limit != 0 && sum > limit {
			return false
		}
		if w.allocated.CompareAndSwap(v, sum) {
			return true
		}
	}
}

// An AddUndo adds first, and undoes it when over.
type AddUndo struct {
	_         [lineSize]byte
	allocated atomic.Int64
	_         [lineSize - 8]byte
	Limit     int64
	_         [lineSize - 8]byte
}

func (w *AddUndo) Reserve(n int64) bool {
	if w.allocated.Add(n) > w.Limit {
		w.allocated.Add(-n)
		return false
	}
	return true
}

func (w *AddUndo) Release(n int64) { w.allocated.Add(-n) }

// A Mutex has limit and counter under a lock.
type Mutex struct {
	_         [lineSize]byte
	mu        sync.Mutex
	allocated int64
	Limit     int64
	_         [2*lineSize - 24]byte
}

func (w *Mutex) Reserve(n int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n > w.Limit-w.allocated {
		return false
	}
	w.allocated += n
	return true
}

func (w *Mutex) Release(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allocated -= n
}
