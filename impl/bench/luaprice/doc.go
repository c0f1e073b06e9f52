// Package luaprice measures what real Lua costs under a limit: scripts of several kinds, each in
// states that differ in their allocator. It has benchmarks only, needs cgo and Lua 5.4 (Debian:
// liblua5.4-dev), and the build tag lua54.
//
//	cd impl/bench
//	go test -tags lua54 -run '^$' -bench Lua -benchtime 7x ./luaprice
//	go test -tags lua54 -run '^$' -bench Crossings -benchtime 3x ./luaprice
//
// # Allocators
//
//	luaL       luaL_newstate's own, with which the others are compared
//	counters   in C: each state counts its bytes and calls; no atomics, no limit
//	haproxy    in C: HAProxy's protocol, written from its description; states share two words
//	unlimited  casalloc when its accounting has ended
//	child      casalloc under a limit; each state has a child of the budget
//
// No script comes near the limit.
//
// # The price
//
// What is measured is the life of a state: it is opened, loads a script, runs it and is closed. Its
// price is the processor time of its thread. With two threads, two states begin their lives
// together, one on each thread, and the price is the mean of both. All runs use the same threads,
// so that malloc gives them the same arenas.
//
// Allocators are compared within a round: see package paired. It is an error if a script prints
// something else than in its first run, or if bytes are left when all states are closed.
//
// # Crossings
//
// A call of the allocator crosses if C asks Go. Most calls of a child do not. Calls and
// crossings are counted from opening to closing the state. The limit is a multiple of the live
// peak: the most bytes that a state alone has live, times the number of states. No slack is counted
// in it.
package luaprice
