// Owners and a drainer on threads of their own, for ThreadSanitizer: owners reserve and release
// from their stocks as stock.h says, and stock up under a lock; another thread drains them under
// the lock. In the end no byte is lost. Exit status 1 says which books are wrong.

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include "stock.h"

enum { owners = 3, rounds = 200000, batch = 64 };
static const int64_t total = 1 << 20;
static const int64_t drained = -(INT64_C(1) << 62);  // as in impl/stock.go

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t word;  // bytes that are nobody's; guarded by lock
static int running = owners;  // guarded by lock

typedef struct {
	stock st;
	int64_t taken, held;  // the owner's own
} account;

static account accounts[owners];

static int64_t slack_of(int64_t s) { return s < 0 ? s - drained : s; }

// slow is the slow path: the owner brings back what slack it has, moves n bytes (less than 0: it
// releases them) and stocks up.
static void slow(account *a, int64_t n) {
	pthread_mutex_lock(&lock);
	int64_t s = __atomic_load_n(&a->st.slack, __ATOMIC_SEQ_CST);
	a->taken -= slack_of(s);
	if (s >= 0)
		word += s;
	word -= n + batch;
	a->taken += n + batch;
	a->st.floor = 0;
	a->st.top = a->taken < 2 * batch ? a->taken : 2 * batch;
	__atomic_store_n(&a->st.slack, batch, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&lock);
}

static void *own(void *arg) {
	account *a = arg;
	unsigned random = (unsigned)(a - accounts) + 1;
	for (int i = 0; i < rounds; i++) {
		random = random * 1664525 + 1013904223;
		int64_t n = 1 + (random >> 24) % 40;
		if (a->held < 100) {
			if (!stock_reserve(&a->st, n))
				slow(a, n);
			a->held += n;
		} else {
			if (!stock_release(&a->st, n))
				slow(a, -n);
			a->held -= n;
		}
	}
	pthread_mutex_lock(&lock);
	running--;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *drain(void *arg) {
	(void)arg;
	for (int run = 1; run;) {
		pthread_mutex_lock(&lock);
		for (int i = 0; i < owners; i++)
			if (__atomic_load_n(&accounts[i].st.slack, __ATOMIC_SEQ_CST) >= 0)
				word += __atomic_add_fetch(&accounts[i].st.slack, drained, __ATOMIC_SEQ_CST) - drained;
		run = running;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

int main(void) {
	pthread_t threads[owners + 1];
	word = total;
	for (int i = 0; i < owners; i++)
		accounts[i].st.slack = drained;
	for (int i = 0; i < owners; i++)
		pthread_create(&threads[i], NULL, own, &accounts[i]);
	pthread_create(&threads[owners], NULL, drain, NULL);
	for (int i = 0; i <= owners; i++)
		pthread_join(threads[i], NULL);
	int64_t sum = word;
	for (int i = 0; i < owners; i++) {
		account *a = &accounts[i];
		if (a->taken - slack_of(a->st.slack) != a->held) {
			printf("account %d: taken %" PRId64 ", slack %" PRId64 ", held %" PRId64 "\n",
				i, a->taken, a->st.slack, a->held);
			return 1;
		}
		sum += a->held + (a->st.slack < 0 ? 0 : a->st.slack);
	}
	if (sum != total)
		printf("%" PRId64 " bytes, want %" PRId64 "\n", sum, total);
	return sum != total;
}
