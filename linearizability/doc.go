// Package linearizability judges recorded histories of concurrent calls of a tree of budgets. The
// specification is package model.
//
//	b, rs := tree.Make(), linearizability.NewRecorders(2) // one for each client
//	// Client 0 calls Reserve(3) of X, while others call something else.
//	rs[0].Do(b[calls.X], nil, linearizability.Input{Op: calls.Reserve, At: calls.X, N: 3})
//	// When all clients are done:
//	linearizability.Require(t, linearizability.Collect(tree, rs), "-history.seed=%d", seed)
//
// porcupine judges by package model. The tests let TLC judge the recorded histories too, by
// tla/Budget.tla, and the two must agree (judges_test.go).
//
// Package calls has what may be called, package workload the clients that the tests and the fuzzer
// run, package explore tries every interleaving of small programs, and package mutants shows that
// the checks can fail.
//
// # Terms
//
// A client is one goroutine, or one of several that a test interleaves by hand. An operation has a
// call, a return, an [Input] and an [Output]. A [History] is the operations of all clients on one
// tree. It is linearizable if every step of every operation can be given one instant between the
// operation's call and its return, such that model.State, which makes the steps in the order of
// those instants, has the same outputs.
//
// # Stamps
//
// Call and return are stamps from one counter that all clients share, never the clock. Every stamp
// modifies the counter, so all clients agree on its order: an operation that returned before
// another was called has the smaller stamps. The call's stamp is taken before the call and the
// return's after it. So a recorded interval is never narrower than the true one, and a correct
// Budget is never called wrong.
//
// A shared counter also orders what nothing else would. So the same clients must run unrecorded
// too, under the race detector.
//
// # Operations are the protocol's steps
//
// A whole call of Resize is not an operation. Let the limit be 2. The backend of a growth by 2
// fails, and meanwhile a growth by 1 is refused:
//
//	C0: |-- resize(0, 2): backend failed -----------------|
//	C1:          |-- resize(0, 1): over limit --|
//
// If C0's call were one operation without effect, nothing would explain C1's refusal, and correct
// code would be called wrong. The operations are what the call does to the budget: it reserves, and
// then it rolls back.
//
//	C0: |-- reserve(2) ok --|                                |-- rollback(2) ok --|
//	C1:                       |-- reserve(1) over limit --|
//
// [Recorder.Resize] records them so. It observes where the first ends and the second begins: the
// backend runs after the reservation and before the rollback, so both stamps are taken there.
//
// In a tree some operations are several steps, and others may come in between. Nothing observes
// where one step ends, so all have the stamps of the operation (steps.go).
//
//   - A release is taken from what is held at its budget, and then passed at each level, bottom up.
//     One that left meanwhile has had the rest back.
//   - A growth is granted in one step, at all levels. But a child may be charged a little later
//     than what is above it. Until the growth has landed, a reading of the child may leave it out, and a
//     release of its bytes may be reported.
//   - A growth at a child without a limit may ask whether the child is closed, and be granted after
//     that. If the child has left when the bytes arrive, they go back as a release does, the growth
//     is refused as closed, and meanwhile others above were rightly refused because of it.
//   - Close refuses growth, and then reads. Leave does, then gives up what is held, and passes it.
//   - Move charges the target's side in the step that decides, and then passes on the other side.
//
// A growth is refused only if at one instant it does not fit at some level. What is in flight and
// has not been granted counts nowhere: a judge that counted it would not see that a request which
// is itself refused has another one refused.
//
// # Pictures
//
// Of a history that is not linearizable [Require] draws a picture, history.html. Above it stands
// the command that runs the test again, with the seed. Below the clients it has a lane each for
// changes of limits, for what drained children, and for backends that failed. These are known where
// the recorder sees the call return: a growth that was granted may have drained children too, and
// is not among them.
package linearizability
