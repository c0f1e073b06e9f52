//go:build lua54

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

// A host is the C side of a State. One thread at a time uses it, except for stop.
typedef struct host {
	lua_State *L;
	uintptr_t state;     // handle of the Go State
	FILE *out;           // what the script takes for its standard output; NULL: the process's
	char outbuf[512];    // its buffer
	int unlimited;       // the accounting has ended: do not ask Go
	int traced;          // tell Go about frees of NULL too
	int32_t stop;        // atomic; set by any Go thread: raise an error at the next check
	int stopped;         // one was raised
	char where[LUA_IDSIZE + 16];  // the first
	int64_t live, peak;  // bytes of this state
	int64_t calls;       // of alloc
	int64_t asked;       // of those, how many went to Go
	const char *msg;     // error message of the last call, msglen bytes; valid until the next call
	size_t msglen;
} host;

// Each returns a Lua status. The arguments of host_run are n strings, one after the other in args, with their lengths; id becomes
// arg.state; stoppable sets the hook that looks at stop.
int host_open(host *h, int captured, int plain);
int host_load(host *h, const char *source, size_t n, const char *name);
int host_run(host *h, const char *name, size_t namelen, int id, const char *args, const size_t *lens, int n, int stoppable);

void host_collect(host *h);
void host_close(host *h);

uintptr_t host_realloc(uintptr_t p, size_t n);  // an integer: cgo looks at every pointer
