package impl

// MaxSize is the largest size and the largest limit, in bytes: 128 TiB, as much as a program can
// address with 48 bits.
const MaxSize = 1 << 47

// The word of a budget, and the base that it is measured against, have the same layout:
//
//	bit 63                           14   13      12      11    10     0
//	    +------------------------------+-------+-------+-------+-------+
//	    | headroom or -used, or base   |drained| inner |stocked|  gen  |
//	    +------------------------------+-------+-------+-------+-------+
//
//	word >= unlimited   the root after EndBoot: nothing is counted
//	word < leftBelow    after Leave: nothing is held, and nothing passes further up
//	drained             a child without slack: value = -used
//	otherwise           value = headroom = base - used; of the root base is the limit, of a child
//	                    what it has taken from its parent
//
// A base has no bit set but gen. gen counts the changes of the base, modulo 2,048. A word and a
// base of one generation belong together: their difference is exactly what is used. And a word from
// before a change differs from each word after it, up to the 2,047th change that follows, even if
// others move the headroom back to the old value.
//
// stocked says that children may have slack. While it is clear, the headroom is all there is. inner
// says that the budget has had a child: what is held at it is counted in direct.
const (
	genBits = 11
	genMask = 1<<genBits - 1
	stocked = 1 << genBits
	inner   = stocked << 1
	drained = inner << 1
	tagBits = genBits + 3
	tagMask = 1<<tagBits - 1

	// countingBase is the base of a root without a limit, in bytes. It has none of its own, but the
	// counter has a range.
	countingBase = MaxSize + MaxSize/2

	// unlimited begins the band of words that count nothing. A word that counts stays below it:
	// its value is at most countingBase < 1<<48. A release that was under way at the end of the
	// boot may add what it returns, less than 1<<48 of all of them together: the band is not left.
	unlimited = 1 << 62
	// left is the word of a budget after Leave, and leftBelow ends its band, likewise: used is at
	// most countingBase, so a drained word is not below it.
	left      = -1<<63 | drained
	leftBelow = -1 << 62

	// closed is the limit after Close and Leave: no size is below it.
	closed = -1
)

// pack returns the word or base of v bytes in generation gen (only its low bits count).
func pack(v, gen int64) int64 { return v<<tagBits | gen&genMask }
