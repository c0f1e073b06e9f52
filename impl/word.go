package impl

// The word, and the base it is measured against, have the same layout:
//
//	bit 63                                 8  7   6      0
//	    +-----------------------------------+-------+-------+
//	    | headroom, or base (signed, bytes) |stocked|  gen  |
//	    +-----------------------------------+-------+-------+
//
//	word >= unlimited   nothing is counted
//	otherwise           headroom = base - taken, negative after the limit was lowered below what is held
//
// gen counts the changes of the limit, modulo 128. It makes two promises keepable without a lock:
// a word and a base of the same generation belong together, so their difference is what was taken, exactly;
// and a word that was loaded before a change of the limit can never be mistaken for the word after it,
// even when others moved the headroom back to the old value in between.
//
// stocked says that accounts may hold slack (account.go). While it is clear, what was taken is the counter, and the headroom is
// all there is.
const (
	tagBits = 8
	tagMask = 1<<tagBits - 1
	stocked = 1 << 7
	genMask = stocked - 1

	// MaxSize is the largest size and the largest limit, in bytes: 4 PiB.
	MaxSize = 1 << 52

	// countingBase is the base while counting, in bytes. Counting has no limit of its own: two requests of MaxSize
	// exhaust the counter's range, and no machine has memory for one.
	countingBase = 2 * MaxSize

	// unlimited begins the band of words that count nothing. Every other word stays below it:
	// base <= 1<<53 and taken >= 0, so word < 1<<61 + 1<<8; and taken <= 1<<53 with base > 0, so word > -1<<61.
	// Every sum in this package is of two such values, so none leaves int64.
	unlimited = 1 << 62
)

// pack returns the word or base of v bytes in generation gen (only its low bits count).
func pack(v, gen int64) int64 { return v<<tagBits | gen&genMask }
