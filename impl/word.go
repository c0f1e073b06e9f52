package impl

// MaxSize is the largest size and the largest limit, in bytes: 4 PiB.
const MaxSize = 1 << 52

// The word, and the base it is measured against, have the same layout:
//
//	bit 63                                 8  7   6      0
//	    +-----------------------------------+-------+-------+
//	    | headroom, or base (signed, bytes) |stocked|  gen  |
//	    +-----------------------------------+-------+-------+
//
//	word >= unlimited   nothing is counted
//	otherwise           headroom = base - taken, negative if the limit is below what is held
//
// gen counts the changes of the limit, modulo 128. A word and a base of one generation belong
// together: their difference is exactly what was taken. And a word from before a change of the
// limit differs from each word after it, up to the 127th change that follows, even if others move
// the headroom back to the old value.
//
// stocked says that accounts may have slack (account.go). While it is clear, what was taken is the
// counter, and the headroom is all there is.
const (
	tagBits = 8
	tagMask = 1<<tagBits - 1
	stocked = 1 << 7
	genMask = stocked - 1

	// countingBase is the base while Counting, in bytes. Counting has no limit of its own, but the
	// counter has a range: two requests of MaxSize exhaust it, and no machine has memory for one.
	countingBase = 2 * MaxSize

	// unlimited begins the band of words that count nothing. A word that counts stays below it:
	// base <= 1<<53 and taken >= 0, so word < 1<<61 + 1<<8. And taken <= 1<<53 with base > 0, so
	// word > -1<<61. A sum of two such values does not leave int64.
	unlimited = 1 << 62
)

// pack returns the word or base of v bytes in generation gen (only its low bits count).
func pack(v, gen int64) int64 { return v<<tagBits | gen&genMask }
