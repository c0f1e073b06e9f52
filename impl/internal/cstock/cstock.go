// Package cstock is the fast path of an account's owner as far as C can be that owner: the memory
// that it uses, its decisions, in Go and in C, and the whole of it in C.
//
// The C stands in stock.h, once here and once, to the letter the same, in lua54: the go tool
// notices a change of a header only in the folder of the package that includes it.
package cstock

// A Stock is the part of the memory of an impl.Account that its owner's fast path uses. Sizes are
// in bytes. The struct stock in stock.h has the same fields.
type Stock struct {
	Slack int64 // atomic; bytes taken from the word and not in use, or negative: drained
	Floor int64 // the owner's own: the slack that a growth must leave
	Top   int64 // the owner's own: the slack that a release may not pass
}
