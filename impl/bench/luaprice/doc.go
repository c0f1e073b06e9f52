// Luaprice measures what real Lua costs under a limit: scripts of several kinds, each in states that differ in their allocator.
//
//	cd impl/bench && go run -tags lua54 ./luaprice              # a table
//	cd impl/bench && go run -tags lua54 ./luaprice -json >luaprice.json && go run ./plot luaprice.json luaprice.svg
//	cd impl/bench && go run -tags lua54 ./luaprice -crossings   # how often calls went from C into Go near a limit
//
// It needs cgo and Lua 5.4 (Debian: liblua5.4-dev).
//
// # Allocators
//
//	luaL       luaL_newstate's own, to which the others are compared
//	counters   in C: a state counts its bytes and calls, without atomics and without a limit; the least that counting costs
//	haproxy    in C: HAProxy's protocol, written from its description: limit and counter in two words that all states share
//	unlimited  casalloc when its accounting has ended
//	shared     casalloc under a limit, all states on the budget's word
//	account    casalloc under a limit, an account for each state
//
// The limit is one that no script comes near; see -limit.
//
// # What is measured
//
// The life of a state: it is opened, loads a script, runs it and is closed. Its price is the processor time of its thread, and
// with more threads than one, the mean of theirs: all states of a run begin together, one on each thread. The threads
// stay the same for all runs, so that malloc has the same arenas.
//
// All is done once in every round: each script with each number of threads under each allocator. The allocators follow one
// another at once, and take turns in being first. A ratio compares times of one round, and the median is that of the
// rounds' ratios. One round before the first is not counted. Every run must print what the first run of that script printed,
// and must leave no byte behind.
//
// A call that crosses is one for which C asked Go. Calls and crossings are counted until the script has ended; closing the
// state is in the time only.
package main
