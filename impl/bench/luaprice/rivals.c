//go:build lua54

#include "rivals.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

// resize is the allocator of lauxlib.c.
static void *resize(void *p, size_t n) {
	if (n > 0)
		return realloc(p, n);
	free(p);
	return NULL;
}

// ---- Plain counters

typedef struct {
	int64_t held;   // bytes
	int64_t calls;  // of the allocator
} counters;

static void *counting_alloc(void *ud, void *p, size_t osize, size_t nsize) {
	counters *c = ud;
	c->calls++;
	void *q = resize(p, nsize);
	if (q == NULL && nsize > 0)
		return NULL;
	c->held += (int64_t)nsize - (p == NULL ? 0 : (int64_t)osize);  // without a block, osize is a type tag
	return q;
}

// ---- HAProxy's protocol

enum { line_size = 128 };  // two lines, since processors fetch them in pairs

struct zone {
	alignas(line_size) atomic_size_t allocated;
	atomic_size_t limit;
};

zone *zone_new(void) {
	zone *z = aligned_alloc(line_size, sizeof *z);
	if (z != NULL) {
		atomic_init(&z->allocated, 0);
		atomic_init(&z->limit, 0);
	}
	return z;
}

void zone_set_limit(zone *z, size_t limit) { atomic_store(&z->limit, limit); }
size_t zone_allocated(zone *z) { return atomic_load(&z->allocated); }
void zone_free(zone *z) { free(z); }

// charge makes osize bytes of the zone nsize. It returns false, and has changed nothing, if that is
// over the limit. The description makes no exception for a free of NULL: it costs a
// compare-and-swap too.
static bool charge(zone *z, size_t limit, size_t osize, size_t nsize) {
	size_t had = atomic_load_explicit(&z->allocated, memory_order_relaxed);
	for (;;) {
		size_t has = had - osize + nsize;
		if (limit != 0 && nsize != 0 && has > limit)
			return false;
		if (atomic_compare_exchange_weak(&z->allocated, &had, has))
			return true;
	}
}

void *zone_alloc(void *ud, void *p, size_t osize, size_t nsize) {
	zone *z = ud;
	size_t limit = atomic_load_explicit(&z->limit, memory_order_relaxed);
	if (limit == SIZE_MAX)
		return resize(p, nsize);
	if (p == NULL)
		osize = 0;
	if (!charge(z, limit, osize, nsize))
		return NULL;
	void *q = resize(p, nsize);
	if (q == NULL && nsize > 0)
		atomic_fetch_add(&z->allocated, osize - nsize);
	return q;
}

uintptr_t zone_alloc_at(zone *z, uintptr_t p, size_t osize, size_t nsize) {
	return (uintptr_t)zone_alloc(z, (void *)p, osize, nsize);
}

// ---- Lives

static void put(lua_State *L, life *l, const char *s, size_t n) {
	if (n > sizeof l->text - l->length)
		luaL_error(L, "the script prints more than %d bytes", (int)sizeof l->text);
	memcpy(l->text + l->length, s, n);
	l->length += n;
}

// put_all puts the arguments.
static int put_all(lua_State *L, const char *between, const char *after) {
	life *l = lua_touserdata(L, lua_upvalueindex(1));
	int n = lua_gettop(L);
	for (int i = 1; i <= n; i++) {
		size_t len;
		const char *s = luaL_tolstring(L, i, &len);
		if (i > 1)
			put(L, l, between, strlen(between));
		put(L, l, s, len);
		lua_pop(L, 1);
	}
	put(L, l, after, strlen(after));
	return 0;
}

static int print(lua_State *L) { return put_all(L, "\t", "\n"); }
static int io_write(lua_State *L) { return put_all(L, "", ""); }

// whole is what may raise errors.
static int whole(lua_State *L) {
	life *l = lua_touserdata(L, 1);
	luaL_openlibs(L);
	lua_pushlightuserdata(L, l);
	lua_pushcclosure(L, print, 1);
	lua_setglobal(L, "print");
	lua_getglobal(L, LUA_IOLIBNAME);
	lua_pushlightuserdata(L, l);
	lua_pushcclosure(L, io_write, 1);
	lua_setfield(L, -2, "write");
	lua_createtable(L, 1, 0);
	lua_pushstring(L, l->arg);
	lua_rawseti(L, -2, 1);
	lua_setglobal(L, "arg");
	int status = luaL_loadbufferx(L, l->source, l->size, l->name, "t");
	if (status == LUA_OK)
		status = lua_pcall(L, 0, 0, 0);
	l->status = status;
	return status != LUA_OK;
}

// run runs the script in L and returns L, to be closed; NULL is a state that could not be opened.
static lua_State *run(life *l, lua_State *L) {
	l->length = 0;
	l->status = LUA_ERRMEM;
	if (L == NULL)
		return NULL;
	lua_pushcfunction(L, whole);
	lua_pushlightuserdata(L, l);
	int status = lua_pcall(L, 1, 1, 0);
	if (status != LUA_OK)
		l->status = status;
	if (l->status != LUA_OK && lua_type(L, -1) == LUA_TSTRING) {
		size_t n;
		const char *s = lua_tolstring(L, -1, &n);
		l->length = n < sizeof l->text ? n : sizeof l->text;
		memcpy(l->text, s, l->length);
	}
	l->counted = (int64_t)lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB);
	return L;
}

static void end(lua_State *L) {
	if (L != NULL)
		lua_close(L);
}

void life_of_own(life *l) { end(run(l, luaL_newstate())); }

void life_of_counters(life *l) {
	counters c = {0};
	lua_State *L = run(l, lua_newstate(counting_alloc, &c));
	l->held = c.held;
	l->calls = c.calls;
	end(L);
	l->left = c.held;
}

void life_of_zone(life *l, zone *z) {
	lua_State *L = run(l, lua_newstate(zone_alloc, z));
	l->held = (int64_t)zone_allocated(z);
	end(L);
	l->left = (int64_t)zone_allocated(z);
}

int64_t thread_time(void) {
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
