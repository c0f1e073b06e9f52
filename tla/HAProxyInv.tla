----------------------------- MODULE HAProxyInv ------------------------------
(***************************************************************************)
(* What is true of HAProxy: Inv, which each step preserves, up to the one  *)
(* that breaks WrapSafe.  What else falls is in Promises or in Kept.       *)
(***************************************************************************)
EXTENDS HAProxy, FiniteSets

\* A word has two values at least.  The limit may move while calls are in flight, and
\* callers may claim to hold more than they do.
Assumed == IsFiniteSet(Threads) /\ Threads # {} /\ Words > 1

\* A thread's variables, given the step that the thread takes next.
LocalInv(t) ==
  /\ pc[t] \notin AtRest => want[t] # held[t]
  /\ pc[t] = "BackendUncounted" => ~Counted
  /\ pc[t] \in {"LoadCounter", "SwapCounter"} \cup Moved => Counted
  /\ ~Misuse => phys[t] = held[t]

\* What t has read: stale, perhaps, but it was true when t read it.
SeenInv(t) ==
  /\ Ask(t) > 0 => top[t] >= InForce
  /\ pc[t] \in {"LoadCounter", "SwapCounter"} =>
       /\ ~Live => bound[t] = limit
       /\ Ask(t) > 0 => top[t] >= IF bound[t] = 0 THEN Largest ELSE bound[t]
  /\ pc[t] = "SwapCounter" => Plus(seen[t], Change(t)) \in Reach(t)

\* What has fitted at every instant fits now.
FitInv(t) == Ask(t) > 0 /\ fit[t] => Fits(t)

\* SwapCounter breaks WrapSafe.  So does RollBack, when other threads have charged
\* the bytes of a shrink that fails.
Inv ==
  /\ \A t \in Threads : LocalInv(t) /\ SeenInv(t) /\ FitInv(t)
  /\ ~Misuse => WrapSafe /\ Exact

\* For callers who hold what they say, Exact follows.  LiveWithinCharge does not.
Promises == ~Misuse => Exact /\ LiveWithinCharge

\* Each step is asked whether it keeps these.  LoadCounter breaks ShrinkNeverRefused,
\* RollBack NeverOverLimit and StrictLimit, SwapCounter StrictLimit if Live.
\* OverReleaseCaught is open at both steps that move the counter.
Kept ==
  /\ OverReleaseCaught
  /\ ~Misuse =>
       /\ NeverOverLimit
       /\ StrictLimit
       /\ ShrinkNeverRefused
       /\ ~Live => NoFalseRefusal

\* This does not hold.  The prover proves all of it but what Inv, Promises and Kept say is
\* broken.
PROPOSITION HAProxyKeeps ==
  Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promises /\ []Kept)

=============================================================================
