package calls

import (
	"fmt"
	"math"
	"slices"

	"casalloc/model"
)

// CallBytes is how many bytes a call takes.
const CallBytes = 3

// What the numbers in the byte form of a call mean, beside opCodes. What is there more than once is
// drawn more often.
var (
	fateCodes = [4]Fate{Succeeds, Succeeds, Fails, Panics}
	viaCodes  = [8]Via{Budget, Budget, X, X, Y, Y, Z, Tenant}

	// From edges on: where something changes, and what breaks a guard.
	sizeCodes = []Size{
		{Headroom, -1}, {Headroom, 0}, {Headroom, 1},
		{All, -1}, {All, 0}, {All, 1},
		{Limit, -1}, {Limit, 0}, {Limit, 1},
		{N: -1}, {N: math.MinInt64}, {N: math.MaxInt64},
		{N: model.MaxSize}, {N: model.MaxSize + 1},
		{N: 1 << 54},        // shifted to its place in the word: the unlimited band
		{N: 1<<56 + 1},      // one byte, if bits are lost
		{N: -(1<<56 - 1)},   // likewise
		{N: 1 << 14},        // a limit under which accounts stock up,
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

// CallOf is the call of three bytes, and the number of its client. All bytes are a call:
//
//	byte 0  bits 0-3  the Op
//	        bits 4-6  the client
//	        bit  7    Nest
//	byte 1  bits 0-1  the Fate
//	        bits 2-4  the Via
//	byte 2            the Size
//
// Other bits are ignored, and bits of what the Op does not have.
func CallOf(b [CallBytes]byte) (client int, c Call) {
	c = Call{Op: opCodes[b[0]&15]}
	if c.Op.has(hasVia) {
		c.Via = viaCodes[b[1]>>2&7]
	}
	if c.Op.HasSize() {
		c.Size = SizeOf(b[2])
	}
	if c.Op.HasBackend() {
		c.Fate, c.Nest = fateCodes[b[1]&3], b[0]&nestBit != 0
	}
	return int(b[0] >> 4 & 7), c
}

// Decode reads a program of so many clients from any bytes: its limit, as a size, and its calls.
// The number of a call's client is modulo how many there are. Bytes that make no whole call are
// ignored.
func Decode(b []byte, clients int) Program {
	p := Program{Clients: make([]Client, clients)}
	if len(b) == 0 {
		return p
	}
	if s := SizeOf(b[0]); s.Of == Nothing && s.N >= Unlimited && s.N <= model.MaxSize {
		p.Limit = s.N
	}
	for b = b[1:]; len(b) >= CallBytes; b = b[CallBytes:] {
		i, c := CallOf([CallBytes]byte(b))
		client := &p.Clients[i%clients]
		client.Items = append(client.Items, []Call{c})
	}
	return p
}

// Encode returns bytes of which Decode makes the calls of p. It panics if a number has no byte.
func (p Program) Encode() []byte {
	b := []byte{encodeSize(Size{N: p.Limit})}
	for i, client := range p.Clients {
		for _, c := range client.Calls() {
			b0 := encode(opCodes[:], c.Op) | byte(i)<<4
			if c.Nest {
				b0 |= nestBit
			}
			b = append(b, b0, encode(fateCodes[:], c.Fate)|encode(viaCodes[:], c.Via)<<2, encodeSize(c.Size))
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
