// Package calls is the alphabet of what callers do to a Budget: the calls, how the backend behind
// one ends, and programs of them, as text, as bytes, and at random. The recorder, the workload, the
// fuzzer and the explorer use it.
//
// An operation is here once: its name, letter and number (calls.go), what it does to the code, in
// [Op.Do], and what must come of it, in [Op.Step] and for an account in [Book] (make.go, book.go).
//
// # The text of a program
//
//	START:CLIENT:CLIENT...
//
// START is the limit in force, in bytes, 0 for Counting, U for Unlimited. A CLIENT is a sequence of
// items, separated by dots. An item is a call, or several separated by slashes, of which one is
// made; *3 after it repeats it three times. With sizes of n bytes:
//
//	@    (before the first item) the client has an account, through which it calls
//	h4   (first item only) the client's block has 4 bytes at the start
//	2    Resize the block to 2 bytes; 0 frees it. 2x: the backend fails; 2p: it panics; 2e: it
//	     succeeds or fails. r2 is the same, and r-2 a size below 0
//	a2   the same by way of the Allocator
//	c4   misuse: from here on the client believes that its block has 4 bytes
//	+3   Reserve(3); -3: Release(3)
//	L3   SetLimit(3)
//	E    EndBoot()
//	S    Stats()
//	l4   SetLimit(4) of the account: its own limit
//	K    Close() of the account; V: Leave()
//	D    drops the account
//	N    NewAccount(): from then on the client calls through it
//
// X, Y or Z before a call is an account of the client, through which it goes, and T is the tenant
// that all clients share: X+3. In place of a number stands a size that the client computes when it
// makes the call: B of its block, A of all that is held through what the call goes through, H of
// the headroom, M of the limit; B+5 and H-1 are 5 bytes more than the block, and a byte less than
// the headroom. & after a call: the client's next call is made in the backend of this one.
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
	SetLimit
	EndBoot
	Stats
	SetAccountLimit
	Close
	Leave
	Drop       // the account is given up, and with it what is known to be held through it
	NewAccount // through which the caller calls from now on
	Claim      // misuse: nothing is called, and the caller believes that its block has N bytes
)

// traits are what an operation has beside its name.
type traits uint8

const (
	hasSize     traits = 1 << iota // N
	hasVia                         // goes through what its Via says
	hasBackend                     // which ends as the Fate says
	ofAccount                      // is a call of an account or a tenant
	returnsHeld                    // returns what is held through that
)

// ops are the operations: the name as in TLA+, and the letter in the text of a program.
var ops = [...]struct {
	name, letter string
	traits       traits
}{
	Resize:          {"Resize", "r", hasSize | hasVia | hasBackend},
	Realloc:         {"Realloc", "a", hasSize | hasVia | hasBackend},
	Reserve:         {"Reserve", "+", hasSize | hasVia},
	Release:         {"Release", "-", hasSize | hasVia},
	RollBack:        {"RollBack", "", hasSize},
	SetLimit:        {"SetLimit", "L", hasSize},
	EndBoot:         {"EndBoot", "E", 0},
	Stats:           {"Stats", "S", 0},
	SetAccountLimit: {"SetAccountLimit", "l", hasSize | hasVia | ofAccount},
	Close:           {"Close", "K", hasVia | ofAccount | returnsHeld},
	Leave:           {"Leave", "V", hasVia | ofAccount | returnsHeld},
	Drop:            {"Drop", "D", hasVia | ofAccount},
	NewAccount:      {"NewAccount", "N", hasVia},
	Claim:           {"Claim", "c", hasSize | hasVia},
}

// opCodes are the numbers in the byte form of a call. What is there more than once is drawn more
// often. Kept inputs have these numbers: a new operation takes the place of one of those.
var opCodes = [16]Op{Reserve, Reserve, Release, Release, Resize, Resize, Resize, Resize, SetLimit, Stats,
	EndBoot, SetAccountLimit, Close, Leave, Drop, Claim}

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

// ReturnsHeld reports whether the operation returns the bytes that are held through an account.
func (op Op) ReturnsHeld() bool { return op.has(returnsHeld) }

// OfAccount reports whether the operation is one of an account and not of the Budget.
func (op Op) OfAccount() bool { return op.has(ofAccount) }

// A Via is what a call goes through, if it is one that goes through something.
type Via uint8

const (
	Budget Via = iota // the Budget itself
	X                 // an account of the client
	Y                 // another one
	Z                 // and a third
	Tenant            // the tenant that all clients share

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
	All                  // what is held through what the call goes through, by whomever
	Headroom             // of the Budget
	Limit                // of the Budget; 0 while there is none
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
	Size
	Fate Fate
	Nest bool // the client's next call is made in the backend of this one
}

// BadSize reports whether the size is one that no budget takes.
func BadSize(n int64) bool { return n < 0 || n > model.MaxSize }

// A Program is what several clients call, and nothing of when.
type Program struct {
	Limit   int64 // in force before anyone starts, bytes; 0: Counting, Unlimited: none any more
	Clients []Client
}

// Unlimited is the Limit of a program that begins when the boot has ended without one.
const Unlimited = -1

// A Client is what one client of a program has at the start, and calls.
type Client struct {
	Account bool     // an account: all its calls go through X, as long as it has one
	Held    int64    // a block of so many bytes
	Items   [][]Call // of each, one
}

// Calls are the client's calls if it makes its first block itself, and of each item the first call.
func (c Client) Calls() (made []Call) {
	if c.Held > 0 {
		made = append(made, Call{Op: Resize, Size: Size{N: c.Held}})
	}
	for _, item := range c.Items {
		made = append(made, item[0])
	}
	account := c.Account
	for i := range made {
		call := &made[i]
		account = account || call.Op == NewAccount
		if account && call.Via == Budget && call.Op.has(hasVia) {
			call.Via = X
		}
		account = account && call.Op != Drop
	}
	return made
}
