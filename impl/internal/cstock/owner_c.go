//go:build lua54

package cstock

/*
#include <stddef.h>
#include "stock.h"

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

// Reserve and Release are the fast path of stock.h on st.
func (st *Stock) Reserve(n int64) bool { return bool(C.reserve(unsafe.Pointer(st), C.int64_t(n))) }
func (st *Stock) Release(n int64) bool { return bool(C.release(unsafe.Pointer(st), C.int64_t(n))) }

// offsets are where C finds the fields of a Stock.
func offsets() (slack, floor, top uintptr) { return C.at_slack, C.at_floor, C.at_top }
