// Package workload is what several clients do to one Budget at once, and what must hold of it
// in whatever order they do it. Fuzzing and recorded histories share it.
//
// A [Program] is a list of commands for each client. [Draw] draws one at random, in one of the
// mixes [Steps], [Calls] and [Accounts]; [Decode] reads one from any bytes. [Program.Run] lets one
// goroutine per client carry out its commands. What a command does may depend on what the client
// holds: a release is never of more than that, unless the command is meant to be a bug.
//
// # Checks
//
// Run checks the following; the linearizability of a recorded history is for its caller to judge.
//
//	Exact               at rest the counter is what the clients hold, by the outcomes of their
//	                    calls, and 0 once they have released it
//	NeverOverLimit      the peak, and what a client that looks reads, is not above the highest
//	                    limit that the program sets
//	LiveWithinCharge    the bytes that exist are never more than that limit; what a client that
//	                    looks holds is charged, also while its backend runs
//	OverReleaseCaught   a release of more than can be held panics, through an account with both
//	                    numbers; a release of what is held does not
//	ShrinkNeverRefused  a shrink or a free is not refused
//	WrapSafe            a reservation of what is no size is ErrSize
//
// Besides: a Resize that was not refused ends as its backend did; Close and Leave return what is
// held; the tenant that all clients share holds what they hold through it; refusals and rollbacks
// are counted; where a limit is in force from the start, EndBoot has no effect. Once the Budget is
// Unlimited, only refusals and the outcomes of growths and shrinks are checked.
package workload

import (
	"fmt"
	"math"

	"casalloc/model"
)

// A Program is what the clients of one Budget do. Running it does not change it. Any commands of
// any clients are a program, but for one rule: where one is ReleaseAny, none is of a block and none
// goes through an account, because one client could then release what another's account holds, and
// nothing is promised of that. Run panics otherwise.
type Program struct {
	Limit   int64 // in force before anyone starts, bytes; 0: Counting
	Clients [][]Command
}

// A Command is one step of a client. N is in bytes.
type Command struct {
	Op      Op
	N       int64
	Account bool // goes through the client's account; a new one if there is none or it is closed
	Tenant  bool // goes through the one tenant that all clients share, not through the account
	Fate    Fate // of the backend, of Grow, Shrink and Resize
	Yield   bool // others may run: in the backend, or before a command that calls none
	Look    bool // the client reads the counter afterwards and in the backend; that drains accounts
}

// An Op is what a command does. Kept inputs have the numbers of those that Decode knows, so new
// ones go behind the last of them.
type Op uint8

// A client has a block of memory and loose bytes, that is reserved ones without a block; all of it
// three times: through its account, through the tenant, and through neither.
const (
	Grow        Op = iota // Resize the block, by N
	Shrink                // Resize the block, by N or to nothing
	Resize                // Resize the block, to N
	Reserve               // N loose bytes
	Release               // N loose bytes, or as many as there are
	SetLimit              // of the Budget, to N
	Stats                 // one reading
	OverRelease           // a bug: release N bytes more than can be held
	EndBoot               // of the Budget
	Close                 // the account, if there is one. What is held through it stays
	Leave                 // the account gives all back that is held through it, and is dropped
	ReleaseAny            // a bug: release N bytes, whoever holds them. See Program

	knownOps = ReleaseAny // Decode knows those before it
)

func (o Op) String() string {
	names := [...]string{"Grow", "Shrink", "Resize", "Reserve", "Release", "SetLimit", "Stats", "OverRelease",
		"EndBoot", "Close", "Leave", "ReleaseAny"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// hasBackend reports whether the operation calls a backend.
func (o Op) hasBackend() bool { return o <= Resize }

// A Fate is what the backend does with a call.
type Fate uint8

const (
	Succeeds Fate = iota
	Fails
	Panics
)

func (f Fate) String() string { return [...]string{"succeeds", "fails", "panics"}[f] }

func (c Command) String() string {
	s := fmt.Sprintf("%v(%d)", c.Op, c.N)
	if c.Op.hasBackend() {
		s += " " + c.Fate.String()
	}
	switch {
	case c.Tenant:
		s = "tenant " + s
	case c.Account:
		s = "account " + s
	}
	return s
}

// facts are what is known of every run of a program before it is run.
type facts struct {
	ceiling int64 // no limit is ever above it, bytes
	maxHeld int64 // no more can be held, bytes; at most math.MaxInt64/2
	anyone  bool  // clients release what others hold, so nothing is known of one alone
	shares  bool  // there are commands for the tenant
	changes int   // of the limit, by clients
}

func (p Program) facts() facts {
	f := facts{ceiling: math.MaxInt64}
	if p.Limit > 0 {
		f.ceiling = p.Limit
	}
	owned := false
	for _, commands := range p.Clients {
		for _, c := range commands {
			owned = owned || c.Account || c.Tenant || c.Op.hasBackend()
			f.shares = f.shares || c.Tenant
			switch c.Op {
			case SetLimit:
				f.changes++
				if c.N <= model.MaxSize {
					f.ceiling = max(f.ceiling, c.N)
				}
			case Grow, Resize, Reserve:
				f.maxHeld += min(max(c.N, 0), math.MaxInt64/2-f.maxHeld)
			case ReleaseAny:
				f.anyone = true
			}
		}
	}
	if f.anyone && owned {
		panic("workload: ReleaseAny in a program with blocks or accounts")
	}
	return f
}
