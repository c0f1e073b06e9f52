----------------------------- MODULE TwoWordInv ------------------------------
(***************************************************************************)
(* What is true of TwoWord: Inv, which each step preserves.  What falls is *)
(* in Kept.                                                                *)
(***************************************************************************)
EXTENDS TwoWord, FiniteSets

\* Callers may claim to hold more than they do.
Assumed == IsFiniteSet(Threads) /\ Threads # {}

Growing == Asking \cup Rolling \cup {"BackendGrow"}
Giving  == {"ReleaseLoad", "ReleaseCAS"}

\* A thread's variables, given the step that the thread takes next.
LocalInv(t) ==
  /\ pc[t] \in Growing => want[t] > held[t]
  /\ pc[t] \in Giving \cup {"BackendShrink"} => want[t] < held[t]
  /\ ~Misuse =>
       /\ pc[t] = "Refused" => want[t] > held[t]
       /\ pc[t] # "Caught"
       /\ phys[t] = IF pc[t] \in Giving THEN want[t] ELSE held[t]

\* What t has read: stale, perhaps, but it was true when t read it.
SeenInv(t) ==
  /\ pc[t] \in {"ReserveLoad", "ReserveCAS"} => lim[t] <= top[t]
  /\ pc[t] = "ReserveCAS" => want[t] - held[t] <= lim[t] - old[t]
  /\ pc[t] = "RollbackCAS" => want[t] - held[t] <= old[t]
  /\ pc[t] = "ReleaseCAS" => held[t] - want[t] <= old[t]

\* What has fitted at every instant fits now.
FitInv(t) == Ask(t) > 0 /\ fit[t] => Fits(t)

Inv ==
  /\ \A t \in Threads : LocalInv(t) /\ SeenInv(t) /\ FitInv(t)
  /\ counter >= 0
  /\ ~Misuse => Exact

\* These promises follow.  All but the first are made to callers who hold what
\* they say.
Promises ==
  /\ OverReleaseCaught
  /\ ~Misuse => Exact /\ WrapSafe /\ LiveWithinCharge /\ ShrinkNeverRefused

\* Each step is asked whether it keeps these.  ReserveLoad breaks NoFalseRefusal,
\* and ReserveCAS breaks StrictLimit.
Kept == ~Misuse => NeverOverLimit /\ StrictLimit /\ NoFalseRefusal

\* This does not hold.  The prover proves all of it but what Kept says is broken.
PROPOSITION TwoWordKeeps ==
  Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promises /\ []Kept)

=============================================================================
