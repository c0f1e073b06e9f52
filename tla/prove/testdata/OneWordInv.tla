----------------------------- MODULE OneWordInv -----------------------------
(***************************************************************************)
(* Why OneWord keeps its promises: they follow from Inv, which each step   *)
(* preserves from each typed state, reachable or not.                      *)
(***************************************************************************)
EXTENDS OneWord

\* A thread's variables, given the step that the thread takes next.
LocalOK(p, w, h, ph) ==
  /\ p # "Caught"
  /\ p \in {"Idle", "Unlimited", "EndBootLock"} \cup Booting => w = 0
  /\ p \in {"ResizeLoad", "BackendUnlimited"} => w \in Sizes \cup {0} /\ w # h
  /\ p \in (Asking \ {"ResizeLoad"}) \cup Rolling \cup {"BackendGrow", "Refused"}
       => w \in Sizes /\ w > h
  /\ p = "BackendShrink" => w \in Sizes /\ w < h
  /\ p = "BackendFree" => w = 0 /\ h > 0
  /\ p \in Freeing => w \in Sizes \cup {0} /\ w < h
  /\ p \in ToChange => w \in Limits
  /\ p = "SetLimitUnlock" => w \in Limits \cup {0}
  /\ ph = IF p \in Freeing THEN w ELSE h

LocalInv(t) == LocalOK(pc[t], want[t], held[t], phys[t])

\* How many changes of the limit have begun.
Begun == word.gen + IF \E t \in Threads : pc[t] = "SetLimitWord" THEN 1 ELSE 0

\* A word that t loaded: stale, perhaps, but it was true when t loaded it.
SeenOK(t, w) ==
  IF pc[t] \notin HasSeen THEN w = None ELSE
  /\ w.head < Unlimited
  /\ w.gen <= word.gen
  /\ Begun - w.gen <= Stale
  /\ IF pc[t] \in Asking THEN want[t] - held[t] <= w.head
     ELSE LET n == IF Growth(t) THEN want[t] - held[t] ELSE held[t] - want[t]
          IN Paired(w) => n <= CounterOf(w)

SeenInv(t) == SeenOK(t, seen[t])

BaseInv ==
  LET this  == base[word.gen % 2]
      other == base[(word.gen + 1) % 2]
  IN /\ this.gen = word.gen
     /\ other.gen \in {word.gen - 1, word.gen + 1} \/ (other.gen = 0 /\ word.gen = 0)
     /\ \A i \in 0..1 : base[i].bytes = CountBase <=> base[i].gen = 0
     /\ other.gen = word.gen + 1 <=> \E t \in Threads : pc[t] = "SetLimitWord"
     /\ \A t \in Threads : pc[t] = "SetLimitWord" => other.bytes = want[t]

LockInv ==
  /\ OneHolder
  /\ locked <=> \E t \in Threads : HasLock(t)
  /\ \A t \in Threads :
       /\ pc[t] = "BackendUnlimited" => ~Counted
       /\ pc[t] = "SetLimitUnlock" => (want[t] = 0 <=> Counted)
       /\ HasLock(t) \/ pc[t] \in {"SetLimitLock", "EndBootLock"}
            => t \in Setters
       /\ pc[t] \in {"SetLimitBase", "SetLimitWord"} => Counted
       /\ pc[t] = "EndBootWord" => Mode = "Counting"
  /\ word.gen + Cardinality({t \in Threads : pc[t] \in ToChange}) <= MaxChanges

WordInv ==
  /\ Counted \/ word = [head |-> Unlimited, gen |-> 0]
  /\ Charged <= CountBase

Inv ==
  /\ Exact
  /\ \A t \in Threads : LocalInv(t) /\ SeenInv(t)
  /\ BaseInv /\ LockInv /\ WordInv

\* A word seen is never so old that its generation is in use again.
Assumed == /\ IsFiniteSet(Threads) /\ Threads # {}
           /\ Gens \in Nat /\ Stale \in 1..(Gens - 1)

\* What a step of OneCounter by t may be about: the prover looks for an element of Numbers
\* among these.
Witnesses(t) == {Ask(t)'.n, want'[t], held'[t], want[t], held[t]}

THEOREM OneWordCorrect ==
  Assumed =>
    (Spec => /\ [](TypeOK /\ Inv)
             /\ [](Exact /\ LiveWithinCharge /\ ShrinkNeverRefused /\ WrapSafe
                    /\ OverReleaseCaught /\ OneHolder /\ RestUnlocked)
             /\ Refines)

=============================================================================
