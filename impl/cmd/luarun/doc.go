// Luarun runs a Lua 5.4 script in many states at once, under a limit on the memory of them all, one
// on that of each, or both.
//
//	luarun [flags] [--] script.lua [args]
//
// Luarun makes the states and loads the script in each of them while the budget counts and
// refuses nothing. Then it sets the limits, ends the boot, and runs all states. Without a limit the
// accounting ends with the boot. The script finds the number of its state, from 1, as arg.state.
// What a state prints comes out line by line, each line after the state's number. Luarun closes a
// state as soon as its script has ended or failed, and the others can have its memory.
//
// The script - is standard input. Luarun warns of an argument after the script that looks like
// one of its flags, unless a -- is before it.
//
// Luarun is no sandbox. A script can read and write files and run programs, and it can load binary
// chunks, which can crash the process. Run only scripts that you trust.
//
// All states share -limit. While one state holds nearly everything, others that grow are out of
// memory too, unless -each keeps it from that.
//
// After -timeout luarun stops the scripts. Some cannot be stopped: a finalizer that loops, or a
// long call of a C function. When -grace more has passed, luarun says which states are stuck,
// reports the others, and exits with status 1.
//
// Exit status: 0 if all states have run to their end, 1 if some have not, 2 if the arguments are
// wrong or the script cannot be loaded, 3 if the books do not balance, 130 after an interrupt. They
// balance if used and live bytes are 0 after all states are closed, and no growth under a limit led
// to more live bytes than the limit.
//
// Under -limit all states count their live bytes in one word, a [lua54.Meter]. So luarun can judge
// the limit, but it does not show what children gain; the benchmarks in impl/bench/luaprice do.
//
// It needs the build tag lua54; see package lua54.
package main
