//go:build !cbudget

package impl

// The decisions of the fast path, which lua54 makes in C (internal/cbudget/budget.h). The tag
// cbudget has Go ask that C code, so that what is checked of the one is checked of the other.

// grants reports whether the headroom of a word covers a growth of n bytes (R2): it compares, and
// computes nothing that could wrap. Of a drained word it never does.
func grants(word, n int64) bool { return n > 0 && n <= word>>tagBits }

// keeps reports whether n bytes or more are held, and may become headroom (R8). Of word and base of
// two generations it does not, nor of a word that is drained or inner.
func keeps(word, base, cap, n int64) bool {
	held := base - word // shifted by tagBits, if the tags agree
	return held&tagMask == 0 && uint64(n) <= uint64(held)>>tagBits && n <= (cap-word)>>tagBits
}
