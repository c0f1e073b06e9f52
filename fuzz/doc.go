// Package fuzz holds the allocator against the sequential model: rapid state machines, and fuzz
// targets that read programs from bytes. The calls are those of package calls.
//
//	FuzzSequential      calls to a tree of budgets and to the model, compared after every call and in
//	                    every backend
//	FuzzConcurrent      calls of 2 to 5 clients of one tree, see linearizability/workload
//	FuzzRapidBudget     the state machine of TestBudget, steered by the fuzzer
//	FuzzRapidAllocator  the state machine of TestAllocator, steered by the fuzzer
//
// Decoding is total: every input is a program, on a tree of up to four levels.
package fuzz
