// Package fuzz holds the allocator against the sequential model: rapid state machines, and fuzz targets of bytes.
//
//	FuzzSequential      bytes -> commands to a Budget and the model, compared after every step and inside every backend call
//	FuzzConcurrent      bytes -> programs for 2-4 goroutines on one Budget
//	FuzzRapidBudget     the state machine of TestBudget, steered by the fuzzer
//	FuzzRapidAllocator  the state machine of TestAllocator, steered by the fuzzer
//	FuzzTrace           any bytes as a recorded trace: what is read is written back the same
//
// Decoding is total: every input is a program. Any call may go through one of several accounts, which change nothing that the model
// could know: outcomes must be the model's whatever slack lies where.
package fuzz
