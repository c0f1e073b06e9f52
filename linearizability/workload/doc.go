// Package workload lets several clients carry out a program of package calls, all at once, and
// checks what must hold in whatever order they do it. Fuzzing and recorded histories share it.
//
// [Run] has one goroutine for each client. A client makes an account when it first calls through
// it, and another when it calls through one that it has closed; one that it left or dropped, too. A
// Realloc is made as a Resize. The tenant is there from the start, is neither closed nor dropped,
// and has the highest of the limits of its own that the program sets, from the start.
//
// # Misuse
//
// A client does not release more than it has, unless a program is written to: Release(N) is of at
// most what the client holds beside its block, and a Claim is none. But where no call is of a block
// or goes through an account or a tenant, a Release is of N bytes, whoever holds them. Elsewhere
// one client could then release what another's account holds, and nothing is promised of that. A
// Release of more than All is one of more than can be held, in every program.
//
// # Checks
//
// Run checks the following; the linearizability of a recorded history is for its caller to judge.
//
//	Exact               at rest the counter is what the clients hold, by the outcomes of their
//	                    calls, and 0 once they have released it
//	NeverOverLimit      the peak, and each reading, is not above the highest limit that the program
//	                    sets; nothing is granted over an account's own limit
//	LiveWithinCharge    the bytes that exist are never more than that limit; what a client that
//	                    reads holds is charged, also while its backend runs
//	OverReleaseCaught   a release of more than can be held panics, through an account with both
//	                    numbers; a release of what is held does not
//	ShrinkNeverRefused  a shrink or a free is not refused
//	WrapSafe            a size that is none is ErrSize
//
// Besides: a Resize that was not refused ends as its backend did; Close and Leave return what is
// held; the tenant that all clients share holds what they hold through it; refusals and rollbacks
// are counted; where a limit is in force from the start, EndBoot has no effect. Once the Budget is
// Unlimited, only refusals and the outcomes of growths and shrinks are checked.
package workload
