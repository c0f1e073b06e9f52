// Package lua54 runs Lua 5.4 states under limits. A [State] allocates with malloc. A Budget of
// package impl decides what it may allocate: one of its own, a child of the budget that it was
// opened with. So it can have a limit of its own, below one of its customer, below that of all.
//
// The package needs the build tag lua54, cgo, and Lua from pkg-config lua5.4 (Debian:
// liblua5.4-dev). Without the tag it is empty.
//
// # A call of the allocator
//
//	Lua -> C  alloc, host.c        a free of NULL returns; without accounting, straight to realloc
//	    -> C  fast_alloc           fast path: the slack of the state's budget covers it (budget.h)
//	    -> Go casallocResize       slow path: Resize of the state's budget
//	    -> C  realloc or free      called by Resize, between reserve and release, as its rules say
//
// Fast path: a growth that slack covers, a shrink, and a free are decided in C on the budget's own
// cache lines, in the order of the rules of package impl: reserve, then allocate, and roll back if
// that fails; free first, then release. Slow path: whatever C declines goes to Go, where a call
// costs some 100 ns more: a growth without slack, a release of bytes that may not become slack, and
// all calls while the budget has a child. With a Trace, and in tests, every call goes to Go.
// Stats.Crossed counts the calls from C into Go.
//
// The budget is Go memory, pinned from Open to Close. EndBoot without a limit ends the accounting
// for good. The C side then calls realloc and free without asking anybody, from the next Load, Run
// or Collect of the state on.
//
// What is charged is what Lua asks for. README.md has a table of what is not, with measured sizes,
// and of what bounds it. Not bounded by the limit are free blocks that malloc keeps, the memory of
// programs that a script runs, and shared objects that it loads.
//
// # What Lua expects of an allocator
//
// On failure the old block stays valid; frees do not fail. After a failure Lua collects its garbage
// and tries once more. If that fails too, it raises the error. String buffers do not try again.
//
// Before 5.4 Lua assumed that a shrink cannot fail. The 5.4 manual does not, and an interpreter
// that cannot shrink goes on or raises a memory error. In 5.4.4 there is one exception: in the
// generational mode a refused shrink of the table of strings crashes it
// (TestShrinkAboveTheLimit). Budget never refuses a shrink, and malloc does not fail one.
//
// # Errors never jump over Go
//
// Lua raises errors by longjmp, which must not leave a Go frame behind. What can raise an error,
// the opening of the libraries included, runs in C under lua_pcall. Lua calls two functions in
// Go: the allocator and the output. Neither calls Lua. If memory runs out while Lua reports an
// error in an error handler, Lua raises that error outside the lua_pcall of the script. So host.c
// calls the script under a second lua_pcall, around the first.
//
// # Stopping
//
// A context that can be cancelled sets a hook, which runs every thousand instructions and reads a
// flag in C memory. When the flag is set, the hook raises an error for which Lua calls no message
// handler. A script that catches the error gets it again at its next instruction. The hook makes
// every instruction slower, so a context that cannot be cancelled sets none. Not stopped are: one
// call of a C function, such as string.find with a pattern that backtracks; a finalizer, since
// Lua runs no hooks there; a coroutine created by a Run whose context could not be cancelled.
//
// # Not promised
//
// This is not a sandbox: run only scripts that you trust. A script has io, os and
// package.loadlib, so it can read and write files, run programs and load C code. It can load
// binary chunks, and a malformed one can crash the process. Only os.exit, os.setlocale and
// debug.sethook raise an error, because they would end the process, change it for other states,
// or take the hook that stops a script.
//
// One limit for all is not a fair share. While one state holds everything, the growth of all others
// is refused too. Options.Limit bounds each. Close a state that ran out of memory, and the others
// have its memory.
package lua54
