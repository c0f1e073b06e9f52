// Package trace reads and writes recorded calls of lua_Alloc functions.
//
// A trace is every call that one Lua state made to its allocator, in order, from lua_newstate to
// lua_close. It is text, plain or compressed with gzip, one line per call:
//
//	n ID TAG NSIZE     alloc(NULL, TAG, NSIZE)  new block ID of NSIZE bytes; TAG is a type tag
//	r ID OSIZE NSIZE   alloc(ID, OSIZE, NSIZE)  block ID goes from OSIZE to NSIZE bytes
//	f ID OSIZE         alloc(ID, OSIZE, 0)      block ID of OSIZE bytes is freed
//	f 0 OSIZE          alloc(NULL, OSIZE, 0)    a free of NULL
//
// One space between fields, a newline after every line, decimal numbers without sign or leading
// zeros: a trace has one spelling, and its i-th call is its i-th line. Sizes are bytes. IDs and
// NSIZE are above 0. An ID may be used again after its free. At the end nothing is live.
package trace

import (
	"fmt"
	"iter"
)

const (
	// MaxLive is how many bytes of a trace may be live at once: 32 GiB.
	MaxLive = 1 << 35

	// maxNumber bounds each number of a trace. maxNumber*10+9 does not leave int64, and neither
	// does MaxLive+maxNumber.
	maxNumber = 1 << 53
)

// An Op is what a call does; its value is the letter that begins the line.
type Op byte

const (
	New    Op = 'n'
	Resize Op = 'r'
	Free   Op = 'f'
)

// A Call is one call of lua_Alloc as Lua made it. OSize is the type tag if Op is New, NSize is 0 if
// Op is Free, and ID is 0 for a free of NULL. [Call.Sizes] is what it does to the block.
type Call struct {
	Op           Op
	ID           int64
	OSize, NSize int64
}

// Sizes returns the size of the block before the call and after it, in bytes: what Resize of a
// Budget is to be called with. Where there is no block before the call, OSize is no size and is
// read as 0: of a new block it is a type tag, of a free of NULL it can be anything.
func (c Call) Sizes() (osize, nsize int64) {
	if c.Op == New || c.ID == 0 {
		return 0, c.NSize
	}
	return c.OSize, c.NSize
}

// valid reports whether c can stand in a trace, whatever is live.
func (c Call) valid() bool {
	if c.ID < 0 || c.ID > maxNumber || c.OSize < 0 || c.OSize > maxNumber || c.NSize < 0 || c.NSize > maxNumber {
		return false
	}
	switch c.Op {
	case New, Resize:
		return c.ID > 0 && c.NSize > 0
	case Free:
		return c.NSize == 0
	}
	return false
}

// Blocks are the live blocks of a trace. The zero value has none. Not safe for concurrent use.
type Blocks struct {
	size  map[int64]int64 // by ID
	bytes int64           // sum of the sizes, at most MaxLive
}

// Do applies a call. On failure, it returns why the call cannot come next, and the blocks are as
// before.
func (b *Blocks) Do(c Call) error {
	if c.ID == 0 {
		return nil
	}
	size, live := b.size[c.ID]
	switch {
	case c.Op == New && live:
		return fmt.Errorf("block %d is live already", c.ID)
	case c.Op != New && !live:
		return fmt.Errorf("block %d is not live", c.ID)
	case c.Op != New && c.OSize != size:
		return fmt.Errorf("block %d has %d bytes, not %d", c.ID, size, c.OSize)
	case b.bytes-size+c.NSize > MaxLive:
		return fmt.Errorf("more than %d bytes live", int64(MaxLive))
	}
	b.set(c.ID, size, c.NSize)
	return nil
}

// Undo takes back c, the last call that was done and not undone.
func (b *Blocks) Undo(c Call) {
	switch {
	case c.ID == 0:
	case c.Op == New:
		b.set(c.ID, c.NSize, 0)
	default:
		b.set(c.ID, c.NSize, c.OSize)
	}
}

// set takes the block id from one size to another; 0 is a block that does not exist.
func (b *Blocks) set(id, from, to int64) {
	b.bytes += to - from
	if to == 0 {
		delete(b.size, id)
		return
	}
	if b.size == nil {
		b.size = make(map[int64]int64)
	}
	b.size[id] = to
}

// All returns ID and size of every live block, in no particular order.
func (b *Blocks) All() iter.Seq2[int64, int64] {
	return func(yield func(id, size int64) bool) {
		for id, size := range b.size {
			if !yield(id, size) {
				return
			}
		}
	}
}

// Len returns the number of live blocks.
func (b *Blocks) Len() int { return len(b.size) }

// Bytes returns the number of live bytes.
func (b *Blocks) Bytes() int64 { return b.bytes }
