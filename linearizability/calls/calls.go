// Package calls is the alphabet of what callers do to a tree of budgets: the calls, how the backend
// behind one ends, and programs of them, as text, as bytes, and at random. The recorder, the
// workload, the fuzzer and the explorer use it.
//
// An operation is here once: its name, letter and number (calls.go), what it does to the code, in
// [Op.Do], and what must come of it, in [Op.Step] (make.go).
//
// # The text of a program
//
//	TREE:CLIENT:CLIENT...
//
// TREE is the root and its children in parentheses, which may have children too: 200(50(-,-),?9).
// A number is the limit of a budget, in bytes, and - is none: of the root, as long as it sets none;
// of a child, for good. U is a root that counts nothing any more. ? before a child: it is made
// during the run, and all below it. The root is O. The others, from left to right, are X Y Z W P Q
// R T. A CLIENT is a sequence of items, separated by dots. An item is a call, or several separated
// by slashes, of which one is made; *3 after it repeats it three times. With sizes of n bytes:
//
//	@Y   (before the first item) the client's calls go through Y; otherwise through the root
//	h4   (first item only) the client's block has 4 bytes at the start
//	2    Resize the block to 2 bytes; 0 frees it. 2x: the backend fails; 2p: it panics; 2e: it
//	     succeeds or fails. r2 is the same, and r-2 a size below 0
//	a2   the same by way of the Allocator
//	c4   misuse: from here on the client believes that its block has 4 bytes
//	+3   Reserve(3); -3: Release(3)
//	MY5  Move(Y, 5)
//	L3   SetLimit(3); L- takes the limit away
//	E    EndBoot()
//	S    Stats(); =: Exact()
//	K    Close(); V: Leave()
//	N    NewChild() makes this budget
//
// The letter of a budget before a call is that through which it goes: X+3. A client has a block at
// each budget. In place of a number stands a size that the client computes when it makes the call:
// B of its block, A of all that is held at the budget, H of the headroom there, M of the limit; B+5
// and H-1 are 5 bytes more than the block, and a byte less than the headroom. & after a call: the
// client's next call is made in the backend of this one.
//
// Which of these calls a user makes, and what misuse is to it, the package of the user says.
package calls

import (
	"errors"
	"fmt"

	"casalloc/model"
)

// An Op is what a caller calls. RollBack is none: it is what a Resize does to the Budget when the
// backend fails a growth.
type Op uint8

const (
	Resize Op = iota // the caller's block, to N bytes
	Realloc
	Reserve
	Release
	RollBack
	Move // to another budget of the tree
	SetLimit
	EndBoot
	Stats
	Exact
	Close
	Leave
	NewChild // makes the budget
	Claim    // misuse: nothing is called, and the caller believes that its block has N bytes
)

// traits are what an operation has beside its name.
type traits uint8

const (
	hasSize    traits = 1 << iota // N
	hasBackend                    // which ends as the Fate says
)

// ops are the operations: the name as in TLA+, and the letter in the text of a program.
var ops = [...]struct {
	name, letter string
	traits       traits
}{
	Resize:   {"Resize", "r", hasSize | hasBackend},
	Realloc:  {"Realloc", "a", hasSize | hasBackend},
	Reserve:  {"Reserve", "+", hasSize},
	Release:  {"Release", "-", hasSize},
	RollBack: {"RollBack", "", hasSize},
	Move:     {"Move", "M", hasSize},
	SetLimit: {"SetLimit", "L", hasSize},
	EndBoot:  {"EndBoot", "E", 0},
	Stats:    {"Stats", "S", 0},
	Exact:    {"Exact", "=", 0},
	Close:    {"Close", "K", 0},
	Leave:    {"Leave", "V", 0},
	NewChild: {"NewChild", "N", 0},
	Claim:    {"Claim", "c", hasSize},
}

// opCodes are the numbers in the byte form of a call. What is there more than once is drawn more
// often. Kept inputs have these numbers.
var opCodes = [16]Op{Reserve, Reserve, Release, Release, Resize, Resize, Resize, Move, SetLimit, Stats,
	Exact, EndBoot, Close, Leave, NewChild, Claim}

func (op Op) String() string {
	if int(op) < len(ops) {
		return ops[op].name
	}
	return fmt.Sprintf("Op(%d)", uint8(op))
}

func (op Op) has(t traits) bool { return ops[op].traits&t != 0 }

// HasSize reports whether the operation has a size.
func (op Op) HasSize() bool { return op.has(hasSize) }

// HasBackend reports whether the operation calls a backend.
func (op Op) HasBackend() bool { return op.has(hasBackend) }

// A Via is a budget of a tree: what a call goes through. The numbers are those of the model.
type Via uint8

const (
	Root Via = iota
	X
	Y
	Z
	W
	P
	Q
	R
	T

	Vias = iota // how many there are
)

// A Size is N bytes more than what it is of. Of Block it is never below 0.
type Size struct {
	Of Base
	N  int64
}

// A Base is what a Size is of, as the caller finds it when it makes the call.
type Base uint8

const (
	Nothing  Base = iota // N is the size
	Block                // the caller's block
	All                  // what is held at the budget, by whomever
	Headroom             // of the budget and those above it
	Limit                // of the budget
)

// In returns the size in bytes, where of returns what its base is.
func (s Size) In(of func(Base) int64) int64 {
	switch s.Of {
	case Nothing:
		return s.N
	case Block:
		return max(0, of(Block)+s.N)
	}
	return of(s.Of) + s.N
}

// A Fate is how a backend ends.
type Fate uint8

const (
	Succeeds Fate = iota
	Fails
	Panics
	Either // it succeeds or fails, as the explorer chooses: of Choices the first succeeds
)

func (f Fate) String() string { return [...]string{"succeeds", "fails", "panics", "either"}[f] }

// Choices is in how many ways the backend may end.
func (f Fate) Choices() int {
	if f == Either {
		return 2
	}
	return 1
}

// Choose returns the one of this number.
func (f Fate) Choose(choice int) Fate {
	if f == Either {
		return Fate(choice)
	}
	return f
}

// ErrBackendPanic is what a backend panics with.
var ErrBackendPanic = errors.New("the backend panicked")

// End ends a backend: it returns whether it succeeded, or panics.
func (f Fate) End() bool {
	if f == Panics {
		panic(ErrBackendPanic)
	}
	return f == Succeeds
}

// A Call is one call of a client. What its operation does not have is the zero value.
type Call struct {
	Op  Op
	Via Via
	To  Via // of a Move
	Size
	Fate Fate
	Nest bool // the client's next call is made in the backend of this one
}

// BadSize reports whether the size is one that no budget takes.
func BadSize(n int64) bool { return n < 0 || n > model.MaxSize }

// A Program is what several clients call, and nothing of when.
type Program struct {
	Tree    Tree
	Clients []Client
}

// A Client is what one client of a program has at the start, and calls.
type Client struct {
	At    Via      // through which its calls go that name no other
	Held  int64    // a block of so many bytes, of At
	Items [][]Call // of each, one
}

// Calls are the client's calls if it makes its first block itself, and of each item the first call.
func (c Client) Calls() (made []Call) {
	if c.Held > 0 {
		made = append(made, Call{Op: Resize, Via: c.At, Size: Size{N: c.Held}})
	}
	for _, item := range c.Items {
		made = append(made, item[0])
	}
	return made
}
