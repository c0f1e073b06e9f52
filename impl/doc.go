// Package impl is a tree of hard limits on the memory of many concurrent users.
//
// # Terms
//
// A [Budget] counts bytes and keeps them under a limit. It may have children: the bytes of a child
// come from its parent. A process has one root. A customer, a query, a guest or a goroutine each
// has a child of its own, to any depth. Memory is reserved before it is allocated, and released
// after it is gone. A reservation whose allocation then fails is rolled back.
//
// Used is what is held at a budget, what its children have taken, and what is on its way between
// them. Total is what a child has taken from its parent; of the root it is the limit in force. Slack
// is the total of a child less its used. A child is stocked if it may have slack, else drained: then
// its parent is charged exactly what it uses. Headroom is total minus used.
//
// A root has three modes:
//
//	Counting    as created: everything is counted, nothing is refused
//	Enforcing   after SetLimit: a growth that does not fit is refused
//	Unlimited   after EndBoot without a limit: nothing is counted, one load and one branch a call
//
// # One word
//
// Each budget has one 64-bit word (word.go). Far from all limits a call is decided by one
// compare-and-swap of the word of the budget that it calls, which nobody else may be using.
// A refusal of the root linearizes at the load that found too little headroom and no child stocked.
// A growth or a refusal that these do not decide takes the one lock of the tree, brings slack back
// from where it lies, and is then decided: so it is as exact as if there were no slack.
//
// Comments name the action of tla/BudgetTree.tla that is the same step: "Linearization point of
// Reserve (BudgetTree!ReserveTake)", or "Step (BudgetTree!DrainSwap)" if the step is no linearization
// point. The rules, cited in the code by name:
//
//	R1  The limit is compared and the bytes are taken in one compare-and-swap of the word.
//	R2  The comparison is headroom < n. It neither subtracts nor adds, so no size can wrap it.
//	R3  Reserve comes before the allocation, Release after the memory is gone: bytes that exist
//	    are always charged.
//	R4  A growth whose allocation fails, or panics, is rolled back by exactly what it reserved.
//	R5  Only growth is compared with the limit. A shrink or a free is never refused by it.
//	R6  The limit of the root moves by adding the difference to the word, with a new generation, in
//	    one step.
//	R7  The base of a generation is stored before the word enters that generation, and overwritten
//	    only after it has left.
//	R8  A release is compared with base - headroom, both of one generation, and takes effect in a
//	    compare-and-swap of that same word.
//	T1  A drained budget has drained children only, and the parent of a stocked child has the bit
//	    stocked. So a word of the root without the bit tells all.
//	T2  One lock per tree orders all that changes a base, a limit, a generation, or whether a
//	    budget is drained.
//	T3  A release at a drained budget is a compare-and-swap there, and then the same at its parent,
//	    up to the first budget that is not drained. It needs no lock, and hides nothing from the
//	    drainer.
//	T4  A growth at a drained child that was made without a limit takes the bytes of its parent's
//	    word, and then charges them to the child. It does not give them back, so no reservation is
//	    visible that is refused in the end. If the child was stocked in between, it is drained
//	    first. A child that can be given a limit does not grow so: a limit that arrives in between
//	    would be overrun.
//	T5  Any other growth climbs, under the lock: at each budget it takes the bytes if they are
//	    there, or drains what is below, looks again, and only then compares the budget's own limit
//	    and goes on to the parent. So own limits are compared before anything is taken.
//	T6  Then it descends: each child on the way is charged, and if there is plenty above, given a
//	    batch of slack. The parent's word says that a child is stocked before the child is. It
//	    is given no more than its own limit allows.
//	T7  A drain drains what is below first; then the word becomes drained by a compare-and-swap,
//	    and then the parent's word has the slack.
//	T8  A release that seems too large at a stocked word is compared again under the lock before
//	    anyone panics: the report is never false.
//	T9  What is held at a budget that has children is counted beside its word, as if in one more
//	    child that is always drained.
//	T10 A bound, one per tree, is at least all slack there can be: it rises before slack does. A
//	    growth above the root's headroom plus the bound, or above a limit on its path, is refused
//	    without the lock, and drains nobody.
//	T11 The base of a stocked child moves, with its generation, by what its parent adds under the
//	    lock before the child runs out, or by what a release leaves above its cap. So a child that
//	    is in use seldom is drained, and neither is what is below it.
//
// # What breaks without them
//
//   - Check, then add: two callers pass the check together (R1).
//   - Add, then undo when over: a request that does not fit makes one that fits fail meanwhile
//     (R1). Take at one level and give back when the next refuses: the same (T4, T5).
//   - Release, then free: another caller takes the bytes while they still exist, and live memory
//     passes the limit (R3).
//   - A limit in a word of its own: a caller that read the old one commits after the new one is in
//     force (R6).
//   - No generation: Release(n) loads the word and the base. The limit is lowered by d, and others
//     release d: the word has its old value again, the compare-and-swap succeeds, and n bytes are
//     released where only n-d are held (R8).
//   - A release that becomes slack of a drained child: the bytes are hidden from the drainer, who is
//     about to refuse a growth that they would fit (T3).
//   - Own limits compared while there is slack, or after the parent's bytes were taken: a request
//     that fits is refused (T5).
//
// # Not promised
//
// No release, rollback or Stats waits for the lock, except to report an over-release. Nor does a
// growth that slack covers, that the word of the root or of a drained child's parent decides, or
// that is hopeless (T10). All other growth may wait for it, and SetLimit, EndBoot, NewChild, Close,
// Leave, Move, Exact and Children do. But a call may lose its compare-and-swap any number of times
// while others win theirs: progress is global (lock-free), not per caller (wait-free).
//
// The generation has eleven bits. Over-releases, the peak and Stats assume that fewer than 2,048
// changes of a budget's base begin between one load of its word and the compare-and-swap, or the
// load of the base, that follows. Beyond that an over-release may go unnoticed; none is reported
// falsely. T10 assumes that the bound changes fewer than 16,384 times between two loads of it.
package impl
