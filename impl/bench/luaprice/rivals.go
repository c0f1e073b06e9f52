//go:build lua54

package luaprice

/*
#cgo pkg-config: lua5.4
#cgo CFLAGS: -std=c11 -O2 -D_POSIX_C_SOURCE=200809L
#include <stdlib.h>
#include <lua.h>
#include "rivals.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"casalloc/impl/lua54"
)

// luaRelease is the version of Lua, such as "Lua 5.4.4".
const luaRelease = C.LUA_RELEASE

// threadTime returns the processor time of the calling thread.
func threadTime() time.Duration { return time.Duration(C.thread_time()) }

// own is the allocator of luaL_newstate.
type own struct{}

func (own) live(s script) life { return inC(s, func(l *C.life) { C.life_of_own(l) }) }
func (own) close() error       { return nil }

// plain counts in C: each state has counters of its own, without atomics and without a limit.
type plain struct{}

func (plain) live(s script) life {
	l := inC(s, func(l *C.life) { C.life_of_counters(l) })
	if l.left != 0 && l.err == nil {
		l.err = fmt.Errorf("%d bytes held by a closed state", l.left)
	}
	return l
}

func (plain) close() error { return nil }

// twoWord is HAProxy's protocol in C.
type twoWord struct{ zone *C.zone }

func newTwoWord(limit int64) twoWord {
	t := twoWord{C.zone_new()}
	if t.zone == nil {
		panic("out of memory")
	}
	t.setLimit(limit)
	return t
}

// setLimit sets the limit: 0 is none, -1 is none for good.
func (t twoWord) setLimit(n int64) { C.zone_set_limit(t.zone, C.size_t(n)) }

func (t twoWord) live(s script) life {
	return inC(s, func(l *C.life) { C.life_of_zone(l, t.zone) })
}

func (t twoWord) allocated() int64 { return int64(C.zone_allocated(t.zone)) }

// alloc is a call of the lua_Alloc; 0 is NULL.
func (t twoWord) alloc(p uintptr, osize, nsize uint64) uintptr {
	return uintptr(C.zone_alloc_at(t.zone, C.uintptr_t(p), C.size_t(osize), C.size_t(nsize)))
}

func (t twoWord) close() error {
	defer C.zone_free(t.zone)
	if n := t.allocated(); n != 0 {
		return fmt.Errorf("%d bytes held by closed states", n)
	}
	return nil
}

// inC runs a script in a state that is opened and closed in C.
func inC(s script, run func(*C.life)) life {
	source, name, arg := C.CString(s.source), C.CString("@"+s.file), C.CString(s.arg)
	defer func() {
		C.free(unsafe.Pointer(source))
		C.free(unsafe.Pointer(name))
		C.free(unsafe.Pointer(arg))
	}()
	l := C.life{source: source, name: name, arg: arg, size: C.size_t(len(s.source))}
	run(&l)
	text := string(unsafe.Slice((*byte)(unsafe.Pointer(&l.text[0])), int(l.length)))
	out := life{calls: int64(l.calls), counted: int64(l.counted), held: int64(l.held), left: int64(l.left)}
	switch l.status {
	case C.LUA_OK:
		out.text = text
	case C.LUA_ERRMEM:
		out.err = lua54.ErrMemory
	default:
		out.err = errors.New(text)
	}
	return out
}
