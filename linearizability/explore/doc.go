// Package explore runs the real allocator, not a copy of it, through every schedule of a small
// scenario, and checks the promises at every step.
//
// It stands behind the build tag interleave, under which every operation of impl on shared memory
// asks to be scheduled (impl/seam_interleave.go). Without the tag the test of this package runs
// those that stand behind it (tag_test.go).
//
// New brings a Budget to the start of a scenario. Explorer.Explore goes through every schedule of
// it, Run through one, Replay through a given one; Report is what a test prints of a failure. The
// tests explore the scenarios of explore_test.go, compare the graph of the code with TLC's
// (graph_test.go), follow counterexamples of TLC (counterexample_test.go), and let TLC follow long
// runs of the code (follow_test.go).
//
// # Layers
//
// Each uses only those above it:
//
//	engine         schedules, states, threads and histories; it knows nothing of budgets
//	calls          what the threads call (scenario.go: what of it)
//	layout.go      where in the memory the fields of a Budget are
//	history.go     the operations of the sequential specification
//	state.go       what is known of a thread
//	machine.go     a Budget whose memory is the engine's
//	caller.go      an operation of a thread on it
//	backend.go     a call that resizes
//	body.go        all calls of a thread
//	promises.go    what must hold of a step
//	judge.go       what a step did
//	actions.go     where in impl the specification has a step
//	names.go       what a step is called
//	explore.go     the Explorer
//	spec.go        a state as TLC prints it (with accounts: spec_accounts.go)
//	spec_graph.go  all states, and the steps between them
//
// # What is explored
//
// A step of a thread is one operation of impl on shared memory, one call of the backend, or the
// beginning of a call. Steps on statistics are steps like all others. What a state is, why pruning
// loses no verdict, and why Go's atomics make this exact, is said in [engine]. The bound is the
// scenario: a few threads, a few calls each.
//
// # Scenarios
//
// A scenario is a program of package calls, whose text is its name. Each client is a thread. Of an
// item the explorer tries each call, and of a backend that succeeds or fails, both. A thread calls
// the Budget, or one account. Its sizes are numbers, and its backends call nothing. Beyond what
// package calls says of them:
//
//	c4   misuse
//	-3   misuse if the thread has not reserved as much
//	D    the account is unreachable: the garbage collector's cleanup runs, as steps of the thread.
//	     From then on the thread calls the Budget itself, which is where it releases what it holds.
//	     Items that need an account do nothing.
//	N    any thread may make an account. One that holds bytes at that time has lost what it needs
//	     to release them: misuse.
//
// A release of more than an account holds must be caught by the account. But a thread that calls
// the Budget itself and releases more than it has takes what others hold through accounts. Nobody
// promises to catch that, so misuse beside accounts is misuse through an account.
//
// Three examples:
//
//	3:2.0:2            Under a limit of 3, a allocates 2 bytes and frees them; b allocates 2.
//	                   b is granted or refused, depending on when it asks.
//	3:h1.2e/0*2:L2/L4  a has a block of 1 byte. Twice it resizes it to 2 bytes, which its
//	                   backend does or fails to do, or frees it. b sets the limit to 2 or 4.
//	200:@1.0:199       a calls through an account: its 1 byte brings slack with it. b wants
//	                   all the rest, and must get it.
//
// # Reading a report
//
// A broken promise is reported with a shortest schedule: first the promise and the numbers, then
// one line per step and one column per thread. A step has the name of its action in the
// specification. One that the specification does not have, on statistics or on slack, has the
// function of impl, the memory and the operation instead, with a dot between the first two. After a
// colon stands what an operation returned. The columns on the right are the state after the step.
// Here the code is wrong: it grants by swapping the word without a comparison.
//
//	Exact: reserve(2) ok, and the counter has not changed
//	   a                          b                          headroom  gen  counter
//	0                                                        3         1    0
//	1  Resize(2)                                             3         1    0
//	2  ResizeLoad                                            3         1    0
//	3  ReserveLoad                                           3         1    0
//	4                             Resize(2)                  3         1    0
//	5                             ResizeLoad                 3         1    0
//	6                             ReserveLoad                3         1    0
//	7  Budget.take.word swap: ok                             1         1    2
//	8                             Budget.take.word swap: ok  1         1    2
//	go test -tags interleave ./linearizability/explore -run TestReplaySchedule \
//	  -schedule '3:2:2~aaabbbab'
//
// Both threads found a headroom of 3 and granted 2 bytes, and the counter is 2: the bytes of one of
// them are lost.
//
// The last line is the command that replays the schedule. A schedule is a letter for the thread
// that goes next, and after it a digit if it takes not the first of its alternatives: of several
// calls, or of a backend that succeeds (0) or fails (1).
package explore
