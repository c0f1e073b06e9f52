// Package explore runs the real allocator, not a copy of it, through every schedule of a small
// scenario, and checks the promises at every step.
//
// It stands behind the build tag interleave, under which every operation of impl on shared memory
// asks to be scheduled (impl/seam_interleave.go). Without the tag the test of this package runs
// those that stand behind it (tag_test.go).
//
// New brings a tree of budgets to the start of a scenario. Explorer.Explore goes through every
// schedule of it, Run through one, Replay through a given one; Report is what a test prints of a
// failure. The tests explore the scenarios of explore_test.go, hold the graphs of those of
// graph_test.go against TLC's, and let TLC follow runs of those of follow_test.go.
//
// # Layers
//
// Each uses only those above it:
//
//	engine         schedules, states, threads and histories; it knows nothing of budgets
//	calls          what the threads call (scenario.go: what of it)
//	layout.go      where in the memory the fields of a tree are, and what a word says
//	history.go     the steps of the sequential specification
//	state.go       what is known of a thread
//	machine.go     a tree of budgets whose memory is the engine's
//	caller.go      an operation of a thread on it
//	backend.go     a call that resizes
//	body.go        all calls of a thread
//	promises.go    what must hold of a step
//	judge.go       what a step did
//	actions.go     where in impl the specification has a step
//	names.go       what a step is called
//	explore.go     the Explorer
//	spec.go        a state in the terms of the specification
//	spec_graph.go  all states and steps of a scenario in them
//	tlavalue.go    a value as TLC prints it
//
// # What is explored
//
// A step of a thread is one operation of impl on shared memory, one call of the backend, or the
// beginning of a call. Three kinds of operations are no steps of their own, since no other thread
// can tell when they happen: those on the lists of children, loads by the holder of the lock of what
// only such a holder writes (bases, caps, limits), and those on the tallies, on which no call
// depends. What a state is, why pruning loses no verdict, and why Go's atomics make this exact, is
// said in [engine]. The bound is the scenario: a few threads, a few calls each.
//
// # How bytes are followed
//
// The judge reads the words of all budgets after every step, and believes nothing else of the code.
// What a budget uses is held at it, or taken by a child, or on its way. Bytes are on their way from
// the step in which a growth has taken them at some budget above to the one in which they are charged
// where they are held, and from the release until they have gone back at the last budget. Slack is on
// its way while the holder of the lock brings it from one word to the next. All else that a word
// says is a broken promise, Exact. So the counter of a budget, which is compared with its limit, is
// what is held at it and below it, and those of the bytes on their way that are not slack. A refusal
// is right if at one instant of the call the growth did not fit beside these. Bytes that another
// growth has only asked for are not among them.
//
// # Scenarios
//
// A scenario is a program of package calls, whose text is its name. Each client is a thread. Of an
// item the explorer tries each call, and of a backend that succeeds or fails, both. Its sizes are
// numbers, and its backends call nothing. Beyond what package calls says of them:
//
//	c4   misuse
//	-3   misuse if the thread has not reserved as much there; so is a Move
//	N    makes the budget for the thread alone: others have no pointer to it
//	V    the memory below the budget is gone when Leave is called. Threads that still hold some
//	     there release it later, which does nothing
//
// A child is given a batch of slack if the limit of the root is worth it: 64 requests. So most
// scenarios with children have a limit of 200.
//
// Three examples:
//
//	3:2.0:2                 Under a limit of 3, a allocates 2 bytes and frees them; b allocates 2.
//	                        b is granted or refused, depending on when it asks.
//	3:h1.2e/0*2:L2/L4       a has a block of 1 byte. Twice it resizes it to 2 bytes, which its
//	                        backend does or fails to do, or frees it. b sets the limit to 2 or 4.
//	200(50(-)):@Y1.0:@X50   a calls through Y, a child of X: its 1 byte brings slack with it. b wants
//	                        all that X may have, and must get it when Y has none.
//
// # Reading a report
//
// A broken promise is reported with a shortest schedule: first the promise and the numbers, then
// one line per step and one column per thread. A step has the name of its action in the
// specification. One that the specification does not have has the function of impl, the memory and
// the operation instead, with dots between. After a colon stands what an operation returned. The
// columns on the right are the budgets after the step: what each uses, and after a + its slack.
// Here the code is wrong: it grants by swapping the word without a comparison.
//
//	Exact: Reserve(2) ok, and the counter has not changed
//	   a                               b                               O
//	0                                                                  0
//	1  Resize(2)                                                       0
//	2  Budget.isUnlimited.O.word load                                  0
//	3  Reserve                                                         0
//	4                                  Resize(2)                       0
//	5                                  Budget.isUnlimited.O.word load  0
//	6                                  Reserve                         0
//	7  Budget.Reserve.O.word swap: ok                                  2
//	8                                  Budget.Reserve.O.word swap: ok  2
//	go test -tags interleave ./linearizability/explore -run TestReplaySchedule \
//	  -schedule '3:2:2~aaabbbab'
//
// Both threads found a headroom of 3 and granted 2 bytes, and 2 are used: the bytes of one of them
// are lost.
//
// The last line is the command that replays the schedule. A schedule is a letter for the thread
// that goes next, and after it a digit if it takes not the first of its alternatives: of several
// calls, or of a backend that succeeds (0) or fails (1).
package explore
