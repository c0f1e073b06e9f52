//go:build lua54

#pragma once

#include <stddef.h>
#include <stdint.h>

// A zone has the bytes of all states under HAProxy's protocol, and their limit: two words, on one
// cache line.
typedef struct zone zone;

// zone_new returns a zone of no bytes, or NULL. It counts and does not enforce.
zone *zone_new(void);

// zone_set_limit sets the limit in bytes. 0 counts and does not enforce, SIZE_MAX does neither.
void zone_set_limit(zone *z, size_t limit);

size_t zone_allocated(zone *z);
void zone_free(zone *z);

// zone_alloc is a lua_Alloc; its ud is a zone, which any number of threads may share.
void *zone_alloc(void *ud, void *p, size_t osize, size_t nsize);

// zone_alloc_at is zone_alloc with integers for pointers to blocks: cgo looks at every pointer.
uintptr_t zone_alloc_at(zone *z, uintptr_t p, size_t osize, size_t nsize);

// A life is what becomes of one Lua state, from its opening to its closing.
typedef struct {
	const char *source, *name, *arg;  // the script, its chunk name, and arg[1]
	size_t size;                      // of source, in bytes

	int status;       // of Lua
	int64_t counted;  // bytes that the state itself says it has when the script has ended
	int64_t held;     // bytes that the allocator says it has then
	int64_t left;     // bytes that the allocator says it has when it is closed
	int64_t calls;    // of the allocator until the script has ended; 0: not known
	size_t length;    // of text, in bytes
	char text[512];   // what the script printed, or the error message
} life;

// Each runs the script in a state of its own. They differ in the allocator.
void life_of_own(life *l);            // that of luaL_newstate, which keeps no count
void life_of_counters(life *l);       // counters of the state's own: no atomics, no limit
void life_of_zone(life *l, zone *z);  // held and left are of all states of the zone

int64_t thread_time(void);  // processor time of this thread, in nanoseconds
