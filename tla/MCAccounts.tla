----------------------------- MODULE MCAccounts ------------------------------
(***************************************************************************)
(* What only TLC needs to check that Inv is inductive: all states of       *)
(* TypeOK /\ Inv, in an order in which TLC can enumerate them.  A behavior *)
(* may start in any of them.  If Inv is inductive, no step leaves them:    *)
(* TLC finds no state that was not an initial one.                         *)
(***************************************************************************)
EXTENDS AccountsInv

\* The variables of one thread that Inv allows for some state of the others.
Locals ==
  { l \in [pc : Steps, call : Calls, want : Sizes \cup Limits \cup {0},
           held : Sizes \cup {0}, phys : Sizes \cup {0}, inside : BOOLEAN] :
      LocalOK(l.pc, l.call, l.want, l.held, l.phys, l.inside) }

\* The functions that take each thread to one of its values.
Each(Values(_)) ==
  { f \in [Threads -> UNION { Values(t) : t \in Threads }] :
      \A t \in Threads : f[t] \in Values(t) }

\* In the place of Words: a word that is farther away fails each comparison as one of
\* these does.
NearWords == [head : (1 - CountBase)..Unlimited, gen : 0..MaxChanges, stocked : BOOLEAN]

MayCarry(t) == inside[t] /\ pc[t] \in {"RefillSlack", "DrainSwap", "DrainWord"} \cup Putting

Carries(t) == IF MayCarry(t) THEN 0..CountBase ELSE {0}
Slacks(t)  == IF Owns(t) THEN [bytes : 0..CountBase, stocked : BOOLEAN] ELSE {Empty}
Caps(t)    == IF Owns(t) THEN 0..(2 * MaxBatch) ELSE {0}
Own(t)     == IF Owns(t) THEN OwnLimits \cup {NoLimit, Closed} ELSE {NoLimit}

\* HeldInv allows one value while t's account counts.
Takens(t) ==
  IF ~Owns(t) THEN {0}
  ELSE { slack[t].bytes + n :
           n \in IF Counted \/ ToEnter(t) THEN {Through(t)} ELSE 0..Largest }

\* The words that t may have seen.
Seens(t) == { w \in Words : SeenOK(t, w) }

InitInv ==
  /\ \E l \in [Threads -> Locals] :
       /\ inside = [t \in Threads |-> l[t].inside]
       /\ OneHolder
       /\ call = [t \in Threads |-> l[t].call]
       /\ \A t \in Threads : CallerInv(t)
       /\ pc   = [t \in Threads |-> l[t].pc]
       /\ want = [t \in Threads |-> l[t].want]
       /\ held = [t \in Threads |-> l[t].held]
       /\ phys = [t \in Threads |-> l[t].phys]
  /\ locked = \E t \in Threads : inside[t]
  /\ listed \in SUBSET (Owners \cup Openers)
  /\ \A t \in Threads : OwnerInv(t)
  /\ base \in [0..1 -> [bytes : Limits \cup {CountBase}, gen : 0..MaxChanges]]
  /\ \/ word = [head |-> Unlimited, gen |-> 0, stocked |-> FALSE]
     \/ \E n \in 0..CountBase, g \in 0..MaxChanges, s \in BOOLEAN :
          word = [head |-> base[g % 2].bytes - n, gen |-> g, stocked |-> s]
  /\ BaseInv /\ WordInv /\ ChangesInv
  /\ \A t \in Threads : BitInv(t) /\ ModeInv(t)
  /\ carry \in Each(Carries)
  /\ slack \in Each(Slacks)
  /\ Exact /\ StockedBit
  /\ todo \in SUBSET listed
  /\ TodoInv
  /\ cap \in Each(Caps)
  /\ SlackBounded
  /\ \A t \in Threads : StockedInv(t) /\ RefillInv(t)
  /\ taken \in Each(Takens)
  /\ \A t \in Threads : HeldInv(t) /\ GiveInv(t)
  /\ limit \in Each(Own)
  /\ \A t \in Threads : OwnLimitInv(t) /\ ShortInv(t)
  /\ seen \in Each(Seens)
  /\ TypeOK /\ Inv

SpecInv == InitInv /\ [][Next]_vars

\* Refines, but for the initial states.
StepsRefine == [][UNCHANGED Abstract!vars \/ Abstract!Next]_vars

=============================================================================
