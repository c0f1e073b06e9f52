// Luarun runs a Lua 5.4 script in many states at once, under one limit on the memory of them all.
//
//	luarun [-limit SIZE] [-states N] [-timeout D] [-trace FILE] [-json] script.lua [args]
//
// The states are made and the script is loaded in each of them while everything is counted and nothing refused; then the limit
// is set, the boot ends, and all run. Without -limit the accounting ends with the boot. A state knows its number, from 1, as
// arg.state. What it prints comes out line by line, under its number. A state that ends, well or not, is closed at once, and
// the others can have its memory.
//
// The limit is one for all: while one state holds nearly everything, others that grow are out of memory too.
//
// Exit status: 0 if all states have run to their end, 1 if some have not, 2 if the arguments are wrong or the script cannot be
// loaded, 3 if the books do not balance: counter or a state's memory not 0 after all are closed, or the peak above the limit.
//
// It is built with the tag lua54; see package lua54.
package main
