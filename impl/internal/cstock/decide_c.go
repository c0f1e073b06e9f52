//go:build cstock

package cstock

/*
#include "stock.h"

static bool fits(int64_t slack, int64_t floor, int64_t n) { return stock_fits(slack, floor, n); }
static bool keeps(int64_t slack, int64_t top, int64_t n) { return stock_keeps(slack, top, n); }
*/
import "C"

func Fits(slack, floor, n int64) bool {
	return bool(C.fits(C.int64_t(slack), C.int64_t(floor), C.int64_t(n)))
}

func Keeps(slack, top, n int64) bool {
	return bool(C.keeps(C.int64_t(slack), C.int64_t(top), C.int64_t(n)))
}
