----------------------------- MODULE AddUndoInv ------------------------------
(***************************************************************************)
(* What is true of AddUndo: Inv, which each step preserves, up to the one  *)
(* that breaks WrapSafe.  What else falls is in Kept.                      *)
(***************************************************************************)
EXTENDS AddUndo, FiniteSets

\* Callers may claim to hold more than they do.
Assumed == IsFiniteSet(Threads) /\ Threads # {}

\* A thread's variables, given the step that the thread takes next.
LocalInv(t) ==
  /\ pc[t] \in {"Take", "Undo", "BackendGrow", "Rollback"} => want[t] > held[t]
  /\ pc[t] \in {"BackendShrink", "Release"} => want[t] < held[t]
  /\ ~Misuse =>
       /\ pc[t] = "Refused" => want[t] > held[t]
       /\ phys[t] = IF pc[t] = "Release" THEN want[t] ELSE held[t]

\* Bytes that t has charged, and will not be granted.
Doomed(t) == IF pc[t] = "Undo" THEN want[t] - held[t] ELSE 0

\* What has fitted at every instant fits now.
FitInv(t) == Ask(t) > 0 /\ fit[t] => Fits(t)

\* Take breaks WrapSafe.
Inv ==
  /\ \A t \in Threads : LocalInv(t) /\ FitInv(t)
  /\ Charged = Granted + Sum(Doomed, Threads)
  /\ ~Misuse => WrapSafe /\ Exact

\* These promises follow, for callers who hold what they say.
Promises == ~Misuse => Exact /\ LiveWithinCharge /\ ShrinkNeverRefused

\* Each step is asked whether it keeps these.  Take breaks NoFalseRefusal and, if
\* ~Signed, NeverOverLimit and StrictLimit.  OverReleaseCaught is open at each step
\* that moves what is left: with Misuse, nothing bounds that.
Kept ==
  /\ OverReleaseCaught
  /\ ~Misuse => NeverOverLimit /\ StrictLimit /\ NoFalseRefusal

\* These do not hold.  The prover proves all of them but what Inv and Kept say is broken.
PROPOSITION AddUndoKeeps ==
  Assumed /\ Signed => (Spec => [](TypeOK /\ Inv) /\ []Promises /\ []Kept)
PROPOSITION AddUndoUnsignedKeeps ==
  Assumed /\ ~Signed => (Spec => [](TypeOK /\ Inv) /\ []Promises /\ []Kept)

=============================================================================
