// Package cstock lets C code be the owner of an account: it knows the part of an account's memory
// that the owner's fast path uses, and the fast path in C.
//
// The fast path stands in stock.h, once here and once, to the letter the same, in lua54: the go
// tool notices a change of a header only in the folder of the package that includes it.
package cstock

// A Stock is the part of the memory of an impl.Account that its owner's fast path uses. Sizes are
// in bytes. The struct stock in stock.h has the same fields.
type Stock struct {
	Slack int64 // atomic; bytes taken from the word and not in use, or negative: drained
	Floor int64 // the owner's own: the slack that a growth must leave
	Top   int64 // the owner's own: the slack that a release may not pass
}

// Package impl sets these.
var (
	// Of returns the Stock of an *impl.Account. It is Go memory: pin it for as long as C knows it.
	// It is nil for any other value, and in a build whose atomics are not the machine's.
	Of func(account any) *Stock
	// RollBack is the Release of n bytes that C has reserved through an *impl.Account, and whose
	// allocation has failed. It is the owner's call.
	RollBack func(account any, n int64)
)
