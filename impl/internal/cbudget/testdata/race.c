// Callers and a drainer on threads of their own, for ThreadSanitizer: callers reserve and release
// at children that they share, as budget.h says, and otherwise under a lock, where they stock the
// child up; another thread drains the children under the lock. In the end no byte is lost. Exit
// status 1 says which books are wrong.

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "budget.h"

enum { children = 2, callers = 4, rounds = 200000, batch = 64 };
enum { drained = 1 << 13, gen_mask = (1 << 11) - 1 };  // as in impl/word.go
static const int64_t total = 1 << 20;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t headroom = total;  // of the parent; guarded by lock
static int running = callers;     // guarded by lock

static budget budgets[children];
static int64_t held[callers];  // each the caller's own

static int64_t pack(int64_t bytes, int64_t tag) { return bytes << BUDGET_TAG_BITS | tag; }

static int64_t used(const budget *b, int64_t w) {
	if (w & drained)
		return -(w >> BUDGET_TAG_BITS);
	return (b->base[w & 1] - w) >> BUDGET_TAG_BITS;
}

// drain brings the slack of a child back. The caller holds the lock.
static void drain(budget *b) {
	int64_t w = budget_load(&b->word);
	if (w & drained)
		return;
	while (!budget_swap(&b->word, &w, pack(-used(b, w), w & gen_mask) | drained)) {
	}
	headroom += w >> BUDGET_TAG_BITS;
}

// slow is the slow path: under the lock the child takes n bytes (less than 0: gives them back), and
// a batch.
static void slow(budget *b, int64_t n) {
	pthread_mutex_lock(&lock);
	drain(b);
	int64_t w = budget_load(&b->word), gen = (w + 1) & gen_mask, bytes = used(b, w) + n + batch;
	headroom -= n + batch;
	__atomic_store_n(&b->cap, pack(2 * batch, BUDGET_TAG_MASK), __ATOMIC_SEQ_CST);
	__atomic_store_n(&b->base[gen & 1], pack(bytes, gen), __ATOMIC_SEQ_CST);
	__atomic_store_n(&b->word, pack(batch, gen), __ATOMIC_SEQ_CST);  // while drained nobody moves it
	pthread_mutex_unlock(&lock);
}

static void *call(void *arg) {
	int64_t *mine = arg;
	budget *b = &budgets[(mine - held) % children];
	unsigned random = (unsigned)(mine - held) + 1;
	for (int i = 0; i < rounds; i++) {
		random = random * 1664525 + 1013904223;
		int64_t n = 1 + (random >> 24) % 40;
		if (*mine >= 100)
			n = -n;
		if (!(n > 0 ? budget_reserve(b, n) : budget_release(b, -n)))
			slow(b, n);
		*mine += n;
	}
	pthread_mutex_lock(&lock);
	running--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *drain_all(void *arg) {
	(void)arg;
	for (int run = 1; run;) {
		pthread_mutex_lock(&lock);
		for (int i = 0; i < children; i++)
			drain(&budgets[i]);
		run = running;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void) {
	pthread_t threads[callers + 1];
	for (int i = 0; i < children; i++)
		budgets[i].word = drained;
	for (int i = 0; i < callers; i++)
		pthread_create(&threads[i], NULL, call, &held[i]);
	pthread_create(&threads[callers], NULL, drain_all, NULL);
	for (int i = 0; i <= callers; i++)
		pthread_join(threads[i], NULL);
	int64_t sum = headroom;
	for (int i = 0; i < children; i++) {
		budget *b = &budgets[i];
		drain(b);
		int64_t got = used(b, b->word), want = 0;
		for (int c = i; c < callers; c += children)
			want += held[c];
		sum += want;
		if (got != want || b->peak < want) {
			printf("child %d: used %" PRId64 ", peak %" PRId64 ", held %" PRId64 "\n", i, got, b->peak, want);
			return 1;
		}
	}
	if (sum != total)
		printf("%" PRId64 " bytes, want %" PRId64 "\n", sum, total);
	return sum != total;
}
