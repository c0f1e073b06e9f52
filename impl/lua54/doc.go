// Package lua54 runs Lua 5.4 states under one limit: a [State] allocates with malloc, and what it may allocate is decided by a
// Budget of package impl, of which each State has an account.
//
// It is built with the tag lua54, needs cgo, and takes Lua from pkg-config lua5.4 (Debian: liblua5.4-dev). Without the tag
// the package is empty.
//
// # A call of the allocator
//
//	Lua -> C  alloc, host.c        a free of NULL returns; without accounting, straight to realloc
//	    -> Go casallocResize       the state's account: Resize
//	    -> C  realloc or free      called by Resize, between reserve and release, as its rules say
//
// The protocol of reserving, rolling back and releasing is in Resize alone; the C side decides nothing. Once the accounting has
// ended (EndBoot without a limit) it has ended for good, so the C side need not ask again: a state takes the short way
// from the next Load, Run or Collect on.
//
// What is charged is what Lua asks for. The overhead of malloc is not counted, nor are the few kilobytes of C memory a state
// has outside Lua, nor both copies of a block while realloc moves it.
//
// # What Lua expects of an allocator
//
// On failure the old block stays valid; frees do not fail. Lua then collects its garbage and tries once more before it raises
// the error, except in string buffers, which do not try again. Before 5.4 Lua assumed that a shrink cannot fail. The 5.4 manual
// does not, and an interpreter that cannot shrink goes on or raises a memory error. In 5.4.4 there is one exception: in the
// generational mode a refused shrink of the table of strings crashes it (TestShrinkAboveTheLimit). Budget never refuses a shrink,
// and malloc does not fail one.
//
// # Errors never jump over Go
//
// Lua raises errors by longjmp, which must not leave a Go frame behind. Everything that can raise runs in C under lua_pcall,
// down to the opening of the libraries. The two functions that Lua calls in Go, the allocator and the output, call nothing
// in Lua. Out of memory while Lua reports an error in an error handler is raised outside the lua_pcall of the script;
// therefore there are two, one in the other.
//
// # Stopping
//
// A context that can be cancelled sets a hook that looks at a flag in C memory every thousand instructions and raises an error
// when it is set, one for which no message handler is called; a script that catches it gets it again at its next instruction. Such a hook makes every
// instruction slower, so a context that cannot be cancelled sets none. Not stopped are: one call of a C function, such as
// string.find with a pattern that backtracks; a finalizer, since Lua runs no hooks there; a coroutine created by a Run whose
// context could not be cancelled.
//
// # Not promised
//
// This is not a sandbox. All libraries are there except what would reach beyond the state: os.exit, os.setlocale and
// debug.sethook are removed. And one limit is not a fair share: while one state holds everything, the growth of all others
// is refused too. Close a state that ran out of memory, and the others have its memory.
package lua54
