// Package linearizability judges recorded histories of a concurrent Budget against the sequential specification in model.
//
// # Terms
//
// A client is one goroutine, or one of several that a test interleaves by hand. An operation has a call, a return, an [Input] and
// an [Output]. A history is the operations of all clients. It is linearizable if every operation can be given one
// instant between its call and its return such that the outputs, in the order of those instants, are the ones of model.State.
//
// # Stamps
//
// Call and return are stamps from one counter that all clients share, never the clock: the counter is modified by every stamp, so
// its order is one that all clients agree on, and an operation that returned before another was called has the smaller stamps.
// A stamp is taken outside of what it bounds. So a recorded interval is never narrower than the true one, and a
// correct Budget is never called wrong. A shared counter also orders what nothing else would; the same load must
// therefore run unrecorded under the race detector.
//
// # Operations are the protocol's steps
//
// A whole call of Resize is not an operation. Limit 2, and a growth of 2 whose backend fails while a growth of 1 is refused:
//
//	C0: |-- resize(0, 2): backend failed -----------------|
//	C1:          |-- resize(0, 1): over limit --|
//
// If C0's call is one operation without effect, then nothing explains C1's refusal, and correct code is called wrong. The
// operations are what the call does to the budget, reserve and then roll back:
//
//	C0: |-- reserve(2) ok --|                                |-- rollback(2) ok --|
//	C1:                       |-- reserve(1) over limit --|
//
// [Recorder.Resize] records them so. Where the first ends and the second begins is observed, not guessed: the backend runs after
// the reservation and before the rollback, so it is there that both stamps are taken.
package linearizability
