#pragma once

#include <stdbool.h>
#include <stdint.h>

// The fast path of an account for an owner that is not Go: Reserve and Release of impl/account.go,
// as far as they touch nothing but the account's own cache line. What it declines, Go decides.

// A stock is the part of an account's memory that the owner's fast path uses, in bytes.
typedef struct stock {
	int64_t slack;  // atomic; bytes taken from the word and not in use, or negative: drained
	int64_t floor;  // the owner's own: the slack that a growth must leave
	int64_t top;    // the owner's own: the slack that a release may not pass
} stock;

// stock_fits reports whether a growth of n bytes fits. It never does while the stock is drained:
// then slack is below -(1 << 61), and floor at least 0.
static inline bool stock_fits(int64_t slack, int64_t floor, int64_t n) {
	return n > 0 && n <= slack - floor;
}

// stock_keeps reports whether the stock may keep n bytes that are released (R13).
static inline bool stock_keeps(int64_t slack, int64_t top, int64_t n) {
	return slack >= 0 && n >= 0 && n <= top - slack;
}

// stock_reserve reserves n bytes, or does nothing and returns false.
static inline bool stock_reserve(stock *st, int64_t n) {
	int64_t s = __atomic_load_n(&st->slack, __ATOMIC_SEQ_CST);
	// Linearization point of the grant (Accounts!SlackReserveCAS). If the swap fails, another
	// thread has drained the stock meanwhile: nobody else moves slack while the owner is here.
	return stock_fits(s, st->floor, n) &&
		__atomic_compare_exchange_n(&st->slack, &s, s - n, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// stock_release releases n bytes whose memory is gone, or does nothing and returns false.
static inline bool stock_release(stock *st, int64_t n) {
	int64_t s = __atomic_load_n(&st->slack, __ATOMIC_SEQ_CST);
	// Linearization point of the release (Accounts!SlackReleaseCAS).
	return stock_keeps(s, st->top, n) &&
		__atomic_compare_exchange_n(&st->slack, &s, s + n, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
