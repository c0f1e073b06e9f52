//go:build lua54 || cbudget

package cbudget

/*
#include <stddef.h>
#include "budget.h"

static bool grants(int64_t word, int64_t n) { return budget_grants(word, n); }
static bool keeps(int64_t word, int64_t base, int64_t cap, int64_t n) { return budget_keeps(word, base, cap, n); }
static bool reserve(budget *b, int64_t n) { return budget_reserve(b, n); }
static bool release(budget *b, int64_t n) { return budget_release(b, n); }

#cgo noescape reserve
#cgo nocallback reserve
#cgo noescape release
#cgo nocallback release
*/
import "C"

import "unsafe"

// A Budget is the struct budget of budget.h.
type Budget C.budget

// Where C finds the fields of a Budget, and what it takes of a word for the tag.
const (
	AtWord  = unsafe.Offsetof(Budget{}.word)
	AtBase  = unsafe.Offsetof(Budget{}.base)
	AtCap   = unsafe.Offsetof(Budget{}.cap)
	AtPeak  = unsafe.Offsetof(Budget{}.peak)
	TagBits = C.BUDGET_TAG_BITS
	Inner   = C.BUDGET_INNER
)

// Grants and Keeps are the decisions of the fast path in budget.h, and Reserve and Release all of
// it.

func Grants(word, n int64) bool { return bool(C.grants(C.int64_t(word), C.int64_t(n))) }

func Keeps(word, base, cap, n int64) bool {
	return bool(C.keeps(C.int64_t(word), C.int64_t(base), C.int64_t(cap), C.int64_t(n)))
}

func (b *Budget) Reserve(n int64) bool { return bool(C.reserve((*C.budget)(b), C.int64_t(n))) }
func (b *Budget) Release(n int64) bool { return bool(C.release((*C.budget)(b), C.int64_t(n))) }
