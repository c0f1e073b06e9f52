//go:build lua54

#define _GNU_SOURCE  // fopencookie
#include "host.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

enum { check_every = 1000 };  // instructions
static const size_t max_size = (size_t)1 << 47;  // impl.MaxSize

static host *host_of(lua_State *L) { return *(host **)lua_getextraspace(L); }

// ---- Memory

// c_realloc is l_alloc of lauxlib.c. realloc alone would be wrong: realloc(NULL, 0) returns a new
// block.
static void *c_realloc(void *p, size_t n) {
	if (n > 0)
		return realloc(p, n);
	free(p);
	return NULL;
}

#ifdef FAULT  // a build of the tests, in which chosen calls of malloc fail
static struct {
	int64_t from, to, seen;
	int shrinks;
} fault;

void host_fault(int64_t from, int64_t to, int shrinks) {
	fault.from = from, fault.to = to, fault.seen = 0, fault.shrinks = shrinks;
}

int64_t host_fault_seen(void) { return fault.seen; }

static bool fails(size_t osize, size_t nsize) {
	if (nsize == 0 || nsize == osize || (nsize < osize) != fault.shrinks)
		return false;
	fault.seen++;
	return fault.from <= fault.seen && fault.seen <= fault.to;
}
#else
static bool fails(size_t osize, size_t nsize) { return (void)osize, (void)nsize, false; }
#endif

// backend makes a block of osize bytes one of nsize. If it fails, the block stays what it was.
static void *backend(void *p, size_t osize, size_t nsize) {
	return fails(osize, nsize) ? NULL : c_realloc(p, nsize);
}

uintptr_t host_realloc(uintptr_t p, size_t osize, size_t nsize) {
	return (uintptr_t)backend((void *)p, osize, nsize);
}

// meter_move adds n bytes, which may be negative. It returns how many are live then.
static int64_t meter_move(meter *m, int64_t n) {
	return m == NULL ? 0 : __atomic_add_fetch(&m->live, n, __ATOMIC_SEQ_CST);
}

// meter_grow adds n bytes of a growth that was granted.
static void meter_grow(meter *m, int64_t n) {
	if (m == NULL)
		return;
	int64_t live = meter_move(m, n), peak = __atomic_load_n(&m->peak, __ATOMIC_SEQ_CST);
	while (live > peak &&
		!__atomic_compare_exchange_n(&m->peak, &peak, live, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
	}
}

// fast_alloc is a call that the fast path of the state's budget may decide: Resize of
// impl/resize.go, in the same order. It returns false if it has done nothing. Block p of osize
// bytes, or none, becomes *q.
static bool fast_alloc(host *h, void *p, size_t osize, size_t nsize, void **q) {
	if (h->budget == NULL || (osize | nsize) > max_size)
		return false;
	int64_t n = (int64_t)nsize - (int64_t)osize;
	if (n > 0) {  // R3: reserve, then allocate
		if (!budget_reserve(h->budget, n))
			return false;
		*q = backend(p, osize, nsize);
		if (*q == NULL) {  // R4
			h->crossed++;
			casallocRollBack(h->handle, n);
		}
		return true;
	}
	*q = backend(p, osize, nsize);  // R3, R5: the memory goes first, and no limit is asked
	if (*q == NULL && nsize > 0) {
		h->crossed++;
		casallocRollBack(h->handle, 0);
	} else if (n < 0 && !budget_release(h->budget, -n)) {
		h->crossed++;
		casallocRelease(h->handle, -n);
	}
	return true;
}

// alloc is the state's lua_Alloc.
static void *alloc(void *ud, void *p, size_t osize, size_t nsize) {
	host *h = ud;
	size_t held = p == NULL ? 0 : osize;  // of a new block, osize is a type tag
	void *q;
	h->calls++;
	if (nsize < held)
		meter_move(h->meter, (int64_t)nsize - (int64_t)held);  // before others can get these bytes
	if (h->unlimited)
		q = c_realloc(p, nsize);
	else if (p == NULL && nsize == 0 && !h->traced)
		return NULL;
	else if (!fast_alloc(h, p, held, nsize, &q)) {  // Slow path
		h->crossed++;
		q = (void *)casallocResize(h->handle, (uintptr_t)p, osize, nsize);
	}
	if (q == NULL && nsize > 0) {
		if (nsize < held)
			meter_move(h->meter, (int64_t)held - (int64_t)nsize);
		return NULL;
	}
	if (nsize > held)
		meter_grow(h->meter, (int64_t)nsize - (int64_t)held);
	h->live += (int64_t)nsize - (int64_t)held;
	if (h->live > h->peak)
		h->peak = h->live;
	return q;
}

// ---- Output

static ssize_t out_write(void *cookie, const char *p, size_t n) {
	return casallocWrite(((host *)cookie)->handle, (void *)p, n);
}

static int out_open(host *h) {
	cookie_io_functions_t io = {.write = out_write};
	h->out = fopencookie(h, "w", io);
	return h->out != NULL && setvbuf(h->out, h->outbuf, _IOLBF, sizeof h->outbuf) == 0;
}

static int out_keep(lua_State *L) {  // io_noclose of liolib.c
	luaL_Stream *s = lua_touserdata(L, 1);
	s->closef = out_keep;
	luaL_pushfail(L);
	lua_pushliteral(L, "cannot close standard file");
	return 2;
}

static int print(lua_State *L) {
	FILE *out = host_of(L)->out;
	int n = lua_gettop(L);
	for (int i = 1; i <= n; i++) {
		size_t len;
		const char *s = luaL_tolstring(L, i, &len);
		if (i > 1)
			fputc('\t', out);
		fwrite(s, 1, len, out);
		lua_pop(L, 1);
	}
	fputc('\n', out);
	return 0;
}

static void out_install(lua_State *L, host *h) {
	lua_pushcfunction(L, print);
	lua_setglobal(L, "print");
	lua_getglobal(L, LUA_IOLIBNAME);
	luaL_Stream *s = lua_newuserdatauv(L, sizeof *s, 0);
	s->f = h->out;
	s->closef = out_keep;
	luaL_setmetatable(L, LUA_FILEHANDLE);
	lua_getfield(L, -2, "output");
	lua_pushvalue(L, -2);
	lua_call(L, 1, 0);
	lua_setfield(L, -2, "stdout");
	lua_pop(L, 1);
}

// ---- Stopping

static void check(lua_State *L, lua_Debug *ar) {
	host *h = host_of(L);
	int stop = __atomic_load_n(&h->stop, __ATOMIC_RELAXED);  // who sets it passes nothing else on
	int every = stop ? 1 : check_every;
	if (lua_gethookcount(L) != every)
		lua_sethook(L, check, LUA_MASKCOUNT, every);  // of this coroutine; each has its own hook
	if (!stop)
		return;
	if (!h->stopped) {
		h->stopped = 1;
		lua_getinfo(L, "Sl", ar);
		snprintf(h->where, sizeof h->where, "%s:%d", ar->short_src, ar->currentline);
	}
	// luaL_error would call the script's message handler from here. Hooks are off here, so a
	// handler that loops would never be stopped. Lua calls no handler for a memory error, and
	// raising it takes no memory.
	lua_pushliteral(L, "not enough memory");
	lua_error(L);
}

// ---- Under lua_pcall

// protect calls f with the argument p. f returns nothing; or it returns an error message, and
// leaves the Lua status in *status.
static int protect(host *h, lua_CFunction f, void *p, const int *status) {
	lua_State *L = h->L;
	lua_settop(L, 0);
	lua_pushcfunction(L, f);
	lua_pushlightuserdata(L, p);
	int st = lua_pcall(L, 1, 1, 0);
	if (st == LUA_OK && status != NULL)
		st = *status;
	h->msg = NULL;
	h->msglen = 0;
	if (st != LUA_OK && lua_type(L, -1) == LUA_TSTRING)  // of others lua_tolstring could raise
		h->msg = lua_tolstring(L, -1, &h->msglen);
	return st;
}

static int not_available(lua_State *L) {
	return luaL_error(L, "%s is not available", lua_tostring(L, lua_upvalueindex(1)));
}

// take_away makes the function name of the library lib one that raises an error.
static void take_away(lua_State *L, const char *lib, const char *name) {
	lua_getglobal(L, lib);
	lua_pushfstring(L, "%s.%s", lib, name);
	lua_pushcclosure(L, not_available, 1);
	lua_setfield(L, -2, name);
	lua_pop(L, 1);
}

static int prepare(lua_State *L) {
	host *h = lua_touserdata(L, 1);
	luaL_openlibs(L);
	take_away(L, LUA_OSLIBNAME, "exit");
	take_away(L, LUA_OSLIBNAME, "setlocale");
	take_away(L, LUA_DBLIBNAME, "sethook");
	if (h->out != NULL)
		out_install(L, h);
	return 0;
}

static const char chunk;  // its address is the registry key of the function that was loaded

typedef struct {
	const char *source, *name;
	size_t n;
	int status;
} load_args;

static int load(lua_State *L) {
	load_args *a = lua_touserdata(L, 1);
	a->status = luaL_loadbufferx(L, a->source, a->n, a->name, "t");
	if (a->status != LUA_OK)
		return 1;
	lua_rawsetp(L, LUA_REGISTRYINDEX, &chunk);
	return 0;
}

static int traceback(lua_State *L) {  // msghandler of lua.c
	const char *msg = lua_tostring(L, 1);
	if (msg == NULL) {
		if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
			return 1;
		msg = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
	}
	luaL_traceback(L, L, msg, 1);
	return 1;
}

typedef struct {
	const char *name, *args;
	size_t namelen;
	const size_t *lens;
	int id, n, status;
} run_args;

static int run(lua_State *L) {
	run_args *r = lua_touserdata(L, 1);
	luaL_checkstack(L, r->n, "too many arguments");
	lua_createtable(L, r->n, 2);
	int arg = lua_gettop(L);
	lua_pushlstring(L, r->name, r->namelen);
	lua_rawseti(L, arg, 0);
	lua_pushinteger(L, r->id);
	lua_setfield(L, arg, "state");
	lua_pushvalue(L, arg);
	lua_setglobal(L, "arg");
	lua_pushcfunction(L, traceback);
	int handler = lua_gettop(L);
	lua_rawgetp(L, LUA_REGISTRYINDEX, &chunk);
	const char *s = r->args;
	for (int i = 0; i < r->n; s += r->lens[i++]) {
		lua_pushlstring(L, s, r->lens[i]);
		lua_pushvalue(L, -1);
		lua_rawseti(L, arg, i + 1);
	}
	r->status = lua_pcall(L, r->n, 0, handler);
	return r->status != LUA_OK;
}

// ---- Called by Go

int host_open(host *h, int captured, int plain) {
	if (captured && !out_open(h))
		return LUA_ERRMEM;
	h->L = plain ? luaL_newstate() : lua_newstate(alloc, h);
	if (h->L == NULL)
		return LUA_ERRMEM;
	*(host **)lua_getextraspace(h->L) = h;  // before the first coroutine: each new one gets a copy
	return protect(h, prepare, h, NULL);
}

int host_load(host *h, const char *source, size_t n, const char *name) {
	load_args a = {.source = source, .n = n, .name = name};
	return protect(h, load, &a, &a.status);
}

int host_run(host *h, const char *name, size_t namelen, int id, const char *args,
	const size_t *lens, int n, int stoppable) {
	run_args r = {.name = name, .namelen = namelen, .id = id, .args = args, .lens = lens, .n = n};
	h->stopped = 0;
	if (stoppable)
		lua_sethook(h->L, check, LUA_MASKCOUNT, check_every);
	else
		lua_sethook(h->L, NULL, 0, 0);
	int status = protect(h, run, &r, &r.status);
	if (h->out != NULL)
		fflush(h->out);
	return status;
}

void host_collect(host *h) {
	lua_settop(h->L, 0);
	lua_gc(h->L, LUA_GCCOLLECT);
}

void host_close(host *h) {
	if (h->L != NULL)
		lua_close(h->L);
	if (h->out != NULL)
		fclose(h->out);
}
