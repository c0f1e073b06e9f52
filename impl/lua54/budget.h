#pragma once

#include <stdbool.h>
#include <stdint.h>

// The fast path of a child for callers in C, on any number of threads: Reserve and Release of
// package impl, as far as they use nothing but the child's own memory. Go decides what C declines.

// A budget is the memory of an impl.Budget that its fast path uses. impl/word.go has the layout of
// word and base.
typedef struct budget {
	int64_t word;     // atomic
	char apart[120];
	int64_t base[2];  // atomic; of the generation of the word and of another one
	int64_t cap;      // atomic; the largest word that a release may make
	int64_t peak;     // atomic; in bytes
} budget;

enum { BUDGET_TAG_BITS = 14, BUDGET_TAG_MASK = (1 << BUDGET_TAG_BITS) - 1, BUDGET_INNER = 1 << 12 };

// budget_grants reports whether the headroom covers a growth of n bytes (R2). It never does while
// the budget is drained, or gone.
static inline bool budget_grants(int64_t word, int64_t n) {
	return n > 0 && n <= word >> BUDGET_TAG_BITS;
}

// budget_keeps reports whether n bytes or more are held, and may become headroom (R8). Of word and
// base of two generations it does not, nor of a word that is drained or inner.
static inline bool budget_keeps(int64_t word, int64_t base, int64_t cap, int64_t n) {
	int64_t held = base - word;
	return (held & BUDGET_TAG_MASK) == 0 && (uint64_t)n <= (uint64_t)held >> BUDGET_TAG_BITS &&
		n <= (cap - word) >> BUDGET_TAG_BITS;
}

static inline int64_t budget_load(const int64_t *p) { return __atomic_load_n(p, __ATOMIC_SEQ_CST); }

// budget_swap is a compare-and-swap. If it fails, *old is what was found.
static inline bool budget_swap(int64_t *p, int64_t *old, int64_t n) {
	return __atomic_compare_exchange_n(p, old, n, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

// budget_reserve reserves n bytes, or does nothing and returns false.
static inline bool budget_reserve(budget *b, int64_t n) {
	int64_t w = budget_load(&b->word);
	while (budget_grants(w, n) && (w & BUDGET_INNER) == 0)
		// Linearization point of Reserve (BudgetTree!Reserve).
		if (budget_swap(&b->word, &w, w - (n << BUDGET_TAG_BITS)))
			return true;
	return false;
}

// budget_release releases n bytes whose memory is gone, or returns false: then Go has to.
static inline bool budget_release(budget *b, int64_t n) {
	int64_t w = budget_load(&b->word);
	for (;;) {
		int64_t base = w & 1 ? budget_load(&b->base[1]) : budget_load(&b->base[0]);
		if (!budget_keeps(w, base, budget_load(&b->cap), n))
			return false;
		int64_t used = (base - w) >> BUDGET_TAG_BITS, peak = budget_load(&b->peak);
		while (used > peak && !budget_swap(&b->peak, &peak, used)) {
		}
		// Linearization point of Release (BudgetTree!ReleaseCAS).
		if (budget_swap(&b->word, &w, w + (n << BUDGET_TAG_BITS)))
			return true;
	}
}
