// Package cbudget is the fast path of a child of package impl in C: its memory and its decisions.
//
// The C stands in budget.h, once here and once, to the letter the same, in lua54: the go tool
// notices a change of a header only in the folder of the package that includes it.
package cbudget
