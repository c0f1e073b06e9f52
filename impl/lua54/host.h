//go:build lua54

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "budget.h"

// A meter is the memory of a Go Meter.
typedef struct meter {
	int64_t live;  // atomic; bytes that Lua holds in all hosts with this meter
	int64_t peak;  // atomic; the most that live was right after a growth
} meter;

// A host is the C side of a State. One thread at a time uses it; any thread may set stop.
typedef struct host {
	lua_State *L;
	uintptr_t handle;    // of the Go State
	FILE *out;           // the script's standard output; NULL: that of the process
	char outbuf[512];    // buffer of out
	meter *meter;        // NULL: none
	budget *budget;      // of the State; NULL: Go decides every call
	int unlimited;       // the accounting has ended: alloc does not ask Go
	int traced;          // alloc tells Go about frees of NULL too
	int32_t stop;        // atomic; the hook raises an error if it is not 0
	int stopped;         // the hook has raised one in this run
	char where[LUA_IDSIZE + 16];  // the script was when the hook raised the first
	int64_t live, peak;  // bytes that Lua holds, and the most that it held
	int64_t calls;       // of alloc
	int64_t crossed;     // calls of C into Go that they made
	const char *msg;     // error message of the last call; valid until the next
	size_t msglen;       // its length in bytes
} host;

// These three return a Lua status.

// host_open makes the Lua state. captured: its output goes to Go; plain: with the allocator of
// luaL_newstate.
int host_open(host *h, int captured, int plain);
// host_load compiles the n bytes of source.
int host_load(host *h, const char *source, size_t n, const char *name);
// host_run runs what was loaded. args are n strings, one after the other; lens are their lengths.
// id becomes arg.state. stoppable: sets the hook that reads stop.
int host_run(host *h, const char *name, size_t namelen, int id, const char *args,
	const size_t *lens, int n, int stoppable);

void host_collect(host *h);
void host_close(host *h);

// A block is an integer here: cgo checks every pointer.
uintptr_t host_realloc(uintptr_t p, size_t osize, size_t nsize);

#ifdef FAULT
// host_fault lets growths, or shrinks, number from to to fail; they are counted from here on.
void host_fault(int64_t from, int64_t to, int shrinks);
int64_t host_fault_seen(void);
#endif
