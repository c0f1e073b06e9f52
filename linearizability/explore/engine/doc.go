// Package engine goes through every schedule of a few threads that share a little memory. It knows
// nothing of what the threads compute: it is given their code, and judges what it is told to judge.
//
// # Terms
//
// Shared memory is a row of [Cell]s. An [Op] is one atomic operation on one cell. A [Thread] runs
// ordinary Go code, its body, which asks for one thing at a time: an operation, or a
// [Thread.Choose] among alternatives that no code decides (which call comes next, whether a device
// fails). A step is the answer to one such request, and what the body does until its next request.
// A schedule is a sequence of steps. A run is a schedule that leaves no thread a step to take.
//
// # What a state is
//
// A state is the memory, the point that each thread has reached, and the past: what the judge needs
// to know of the steps so far. The engine numbers the values of each of the three, so a state is a
// handful of small numbers.
//
// The body of a thread is deterministic. So the point it has reached is a function of what it has
// been answered since its last rest. That makes a tree of points, an edge an answer. The engine
// finds an edge by running the body once, in a fresh coroutine that is given the answers so far;
// it never copies a coroutine. The tree does not depend on the other threads, so an edge is found
// once, however many states it belongs to.
//
// At a rest a thread forgets everything but its [Thread.View]: the body returns there, and is run
// anew from the view. Two rests with equal views are one point.
//
// # Why pruning loses no verdict
//
// Two schedules that lead to one state have the same future: the same steps are possible, and the
// judge, who sees the past and the step and nothing else, says the same of each. So the engine
// explores a state once. It prunes nothing else: there is no reduction by independence of steps
// that could be wrong for a judge that looks at the order of two of them.
//
// # Why an order of operations is all there is
//
// Go's atomic operations are sequentially consistent: every execution of a program without data
// races has the outcome of some interleaving of its atomic operations. The engine goes through the
// interleavings. Memory that is not atomic must not be shared: a cell may be marked as the own
// memory of one thread at a time, and the engine fails if two threads use it. Or it is guarded by a
// lock, and the engine fails if it is used while the lock is free.
//
// # Bounds
//
// A search that hits a bound returns an error that wraps [ErrIncomplete]: nothing is proven then. A
// thread that takes more than [MaxSteps] steps without a rest has failed: no program that is worth
// exploring exhaustively does, and a thread that retries for ever does.
package engine
