package calls

import (
	"fmt"
	"math"
	"slices"

	"casalloc/impl"
	"casalloc/model"
)

// CallBytes is how many bytes a call takes.
const CallBytes = 3

// What the numbers in the byte form of a call mean, beside opCodes. What is there more than once is
// drawn more often.
var (
	fateCodes = [4]Fate{Succeeds, Succeeds, Fails, Panics}

	// From edges on: where something changes, and what breaks a guard.
	sizeCodes = []Size{
		{Headroom, -1}, {Headroom, 0}, {Headroom, 1},
		{All, -1}, {All, 0}, {All, 1},
		{Limit, -1}, {Limit, 0}, {Limit, 1},
		{N: -1}, {N: math.MinInt64}, {N: math.MaxInt64},
		{N: model.MaxSize}, {N: model.MaxSize + 1},
		{N: 1 << 48},        // shifted to its place in the word: the unlimited band
		{N: 1<<50 + 1},      // one byte, if bits are lost
		{N: -(1<<50 - 1)},   // likewise
		{N: 1 << 14},        // a limit under which children stock up,
		{N: 100}, {N: 1000}, // sizes within its slack,
		{N: 5000}, {N: 1 << 24}, {N: 100_000}, {N: 200_000}, // and beyond it
		{Block, 1000}, {Block, 5000},
	}
)

const (
	blocks  = 64  // from here on sizes of the caller's block
	same    = 96  // it
	edges   = 128 // from here on sizeCodes
	nestBit = 1 << 7

	openBit, laterBit = 1 << 2, 1 << 3
	maxDepth          = 3
)

// SizeOf is the size of a byte: below 64 itself, below 128 the block and b-96 bytes, from there on
// one at which something changes.
func SizeOf(b byte) Size {
	switch {
	case b < blocks:
		return Size{N: int64(b)}
	case b < edges:
		return Size{Block, int64(b) - same}
	}
	return sizeCodes[int(b-edges)%len(sizeCodes)]
}

// CallOf is the call of three bytes, and the number of its client. All bytes are a call. With so
// many budgets in the tree:
//
//	byte 0  bits 0-3  the Op
//	        bits 4-6  the client
//	        bit  7    Nest
//	byte 1  bits 0-1  the Fate; of a Move the low bits of To
//	        bits 2-5  the Via, modulo the number of budgets
//	        bits 6-7  of a Move the high bits of To, likewise
//	byte 2            the Size
//
// Bits of what the Op does not have are ignored.
func CallOf(b [CallBytes]byte, budgets int) (client int, c Call) {
	c = Call{Op: opCodes[b[0]&15], Via: Via(int(b[1]>>2&15) % budgets)}
	if c.Op == Move {
		c.To = Via(int(b[1]>>4&12|b[1]&3) % budgets)
	}
	if c.Op.HasSize() {
		c.Size = SizeOf(b[2])
	}
	if c.Op.HasBackend() {
		c.Fate, c.Nest = fateCodes[b[1]&3], b[0]&nestBit != 0
	}
	return int(b[0] >> 4 & 7), c
}

// TreeOf reads a tree, of up to four levels, and returns the bytes after it. All bytes are a tree:
//
//	byte 0      the limit of the root, and of each child
//	byte 1      how many children follow, modulo 9; and of each
//	byte 0        bits 0-1  how far below the last one, modulo how far it may be
//	              bit  2    made without a limit
//	              bit  3    made later
//	byte 1        the limit
//
// A limit is a size, as SizeOf has it. One that is none makes the root Counting, or Unlimited; a
// child has the largest.
func TreeOf(b []byte) (t Tree, rest []byte) {
	cut := func() (c byte) {
		if len(b) > 0 {
			c, b = b[0], b[1:]
		}
		return c
	}
	t = Tree{{Limit: limitOf(cut())}}
	for range cut() % Vias {
		c, limit := cut(), limitOf(cut())
		if c&openBit != 0 {
			limit = impl.NoLimit
		} else if BadSize(limit) {
			limit = model.MaxSize
		}
		depth := 1 + int(c&3)%min(1+t.depth(Via(len(t)-1)), maxDepth)
		t = t.add(depth, limit, c&laterBit != 0)
	}
	return t, b
}

func limitOf(b byte) int64 {
	if s := SizeOf(b); s.Of == Nothing && (s.N == Unlimited || !BadSize(s.N)) {
		return s.N
	}
	return impl.NoLimit
}

// Decode reads a program of so many clients from any bytes: its tree and its calls. The number of a
// call's client is modulo how many there are. Bytes that make no whole call are ignored.
func Decode(b []byte, clients int) Program {
	p := Program{Clients: make([]Client, clients)}
	p.Tree, b = TreeOf(b)
	for ; len(b) >= CallBytes; b = b[CallBytes:] {
		i, c := CallOf([CallBytes]byte(b), len(p.Tree))
		client := &p.Clients[i%clients]
		client.Items = append(client.Items, []Call{c})
	}
	return p
}

// Encode returns bytes of which Decode makes the tree and the calls of p. It panics if a number has
// no byte, or the tree more than four levels.
func (p Program) Encode() []byte {
	b := []byte{encodeSize(Size{N: p.Tree[0].Limit}), byte(len(p.Tree) - 1)}
	for i, n := range p.Tree[1:] {
		c := encode([]int{1, 2, 3}, p.Tree.depth(Via(1+i)))
		if n.Limit == impl.NoLimit {
			c |= openBit
		}
		if n.Later {
			c |= laterBit
		}
		b = append(b, c, encodeSize(Size{N: n.Limit}))
	}
	for i, client := range p.Clients {
		for _, c := range client.Calls() {
			b0 := encode(opCodes[:], c.Op) | byte(i)<<4
			if c.Nest {
				b0 |= nestBit
			}
			b1 := encode(fateCodes[:], c.Fate) | byte(c.Via)<<2 | byte(c.To)&3 | byte(c.To)>>2<<6
			b = append(b, b0, b1, encodeSize(c.Size))
		}
	}
	return b
}

func encodeSize(s Size) byte {
	switch {
	case s.Of == Nothing && s.N >= 0 && s.N < blocks:
		return byte(s.N)
	case s.Of == Block && s.N >= blocks-same && s.N < edges-same:
		return byte(same + s.N)
	}
	return edges + encode(sizeCodes, s)
}

func encode[T comparable](codes []T, x T) byte {
	i := slices.Index(codes, x)
	if i < 0 {
		panic(fmt.Sprintf("calls: %v has no byte", x))
	}
	return byte(i)
}
