//go:build !cstock

package cstock

// The decisions of an owner's fast path, which lua54 makes in C (stock.h). The tag cstock has Go
// ask that C code, so that what is checked of the one is checked of the other.

// Fits reports whether a growth of n bytes is granted from the slack. It never is while the stock
// is drained: slack is below -1<<61 then, and floor at least 0. No sum here leaves int64.
func Fits(slack, floor, n int64) bool { return n > 0 && n <= slack-floor }

// Keeps reports whether n bytes that are released may become slack (R13).
func Keeps(slack, top, n int64) bool { return slack >= 0 && n >= 0 && n <= top-slack }
