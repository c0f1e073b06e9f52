// Package workload lets several clients carry out a program of package calls, all at once, and
// checks what must hold in whatever order they do it. Fuzzing and recorded histories share it.
//
// [Run] has one goroutine for each client. A call through a budget that is not made yet is left
// out. A Realloc is made as a Resize.
//
// # Misuse
//
// A client does not release or move more than it has, unless a program is written to: Release(N) is
// of at most what the client holds beside its block at that budget, and a Claim is none. But where
// no call has a backend, a Release or a Move is of N bytes, whoever holds them. A Release of more
// than All is one of more than can be held, in every program.
//
// # Checks
//
// Run checks the following; the linearizability of a recorded history is for its caller to judge.
//
//	Exact               at rest the counter of each budget is what the clients hold there and below,
//	                    by the outcomes of their calls, and 0 once they have released it
//	NeverOverLimit      the peak, and each reading, is not above the highest limit that the program
//	                    sets of a budget and of those above it
//	LiveWithinCharge    the bytes that exist are never more than that limit, at each level; what a
//	                    client that reads holds is charged, also while its backend runs
//	OverReleaseCaught   a release of more than can be held panics; a release of what is held does
//	                    not
//	ShrinkNeverRefused  a shrink or a free is not refused
//	WrapSafe            a size that is none is ErrSize
//
// Besides: a Resize that was not refused ends as its backend did; only where the program closes a
// budget is a growth refused as closed; Close and Leave return no less than one client holds;
// refusals and rollbacks are counted; where a limit is in force from the start, EndBoot has no
// effect. Once the tree is Unlimited, only refusals and the outcomes of growths and shrinks are
// checked. What clients hold at a budget that some call leaves is not counted, as long as they run.
package workload
