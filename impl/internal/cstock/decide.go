//go:build cgo && (lua54 || cstock)

package cstock

/*
#include <stddef.h>
#include "stock.h"

static bool fits(int64_t slack, int64_t floor, int64_t n) { return stock_fits(slack, floor, n); }
static bool keeps(int64_t slack, int64_t top, int64_t n) { return stock_keeps(slack, top, n); }
static bool reserve(void *st, int64_t n) { return stock_reserve(st, n); }
static bool release(void *st, int64_t n) { return stock_release(st, n); }

enum { at_slack = offsetof(stock, slack), at_floor = offsetof(stock, floor), at_top = offsetof(stock, top) };

#cgo noescape reserve
#cgo nocallback reserve
#cgo noescape release
#cgo nocallback release
*/
import "C"

import "unsafe"

// Fits and Keeps are the decisions of stock.h.
func Fits(slack, floor, n int64) bool {
	return bool(C.fits(C.int64_t(slack), C.int64_t(floor), C.int64_t(n)))
}

func Keeps(slack, top, n int64) bool {
	return bool(C.keeps(C.int64_t(slack), C.int64_t(top), C.int64_t(n)))
}

// Reserve and Release are the fast path of stock.h on st.
func (st *Stock) Reserve(n int64) bool { return bool(C.reserve(unsafe.Pointer(st), C.int64_t(n))) }
func (st *Stock) Release(n int64) bool { return bool(C.release(unsafe.Pointer(st), C.int64_t(n))) }

// offsets are where C finds the fields of a Stock.
func offsets() (slack, floor, top uintptr) { return C.at_slack, C.at_floor, C.at_top }
