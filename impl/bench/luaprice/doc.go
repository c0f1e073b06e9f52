// Luaprice measures what real Lua costs under a limit: scripts of several kinds, each in states
// that differ in their allocator.
//
//	cd impl/bench
//	go run -tags lua54 ./luaprice              # a table
//	go run -tags lua54 ./luaprice -crossings   # how often calls go from C into Go near a limit
//	go run -tags lua54 ./luaprice -json >luaprice.json
//	go run -tags lua54 ./luaprice -from luaprice.json   # the table of these numbers
//	go run ./plot luaprice.json luaprice.svg            # and the chart
//
// It needs cgo and Lua 5.4 (Debian: liblua5.4-dev).
//
// # Allocators
//
//	luaL       luaL_newstate's own, with which the others are compared
//	counters   in C: each state counts its bytes and calls; no atomics, no limit
//	haproxy    in C: HAProxy's protocol, written from its description; states share two words
//	unlimited  casalloc when its accounting has ended
//	shared     casalloc under a limit; states share the budget's word
//	account    casalloc under a limit; each state has an account
//
// No script comes near the limit; see -limit.
//
// # The price
//
// What is measured is the life of a state: it is opened, loads a script, runs it and is closed. Its
// price is the processor time of its thread. With two threads, two states begin their lives
// together, one on each thread, and the price is the mean of both. All runs use the same threads,
// so that malloc gives them the same arenas.
//
// A round runs each script with each number of threads under each allocator once. The allocators of
// a row run directly after one another, and take turns at being first. A ratio compares two times
// of one round; the table has the median of these ratios. A first round warms up and is not
// counted. It is an error if a script prints something else than in its first run, or if bytes are
// left when all states are closed.
//
// # Crossings
//
// A call of the allocator crosses if C asks Go. Most calls of an account do not. Calls and crossings
// are counted from opening to closing the state, as the price is.
//
// With -crossings, the limit is a multiple of the live peak: the most bytes that a state alone has
// live, times the number of states. No slack is counted in it.
package main
