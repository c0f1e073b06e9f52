-------------------------------- MODULE Lock --------------------------------
(***************************************************************************)
(* A lock, and what it is used for: a module that is none of this          *)
(* project's, with theorems of each form that the prover understands.      *)
(***************************************************************************)
EXTENDS Integers, FiniteSets

CONSTANTS
  Threads,
  Most,        \* how often the lock is taken at most
  Fair         \* TRUE or FALSE

ASSUME Finite == IsFiniteSet(Threads) /\ Threads # {}
ASSUME Most \in Nat /\ Fair \in BOOLEAN

VARIABLES
  inside,      \* who has the lock
  locked,
  taken        \* how often it was taken

vars == <<inside, <<locked, taken>>>>

Init == inside = {} /\ locked = FALSE /\ taken = 0

Enter(t) ==
  /\ ~locked /\ taken < Most
  /\ inside' = inside \cup {t}
  /\ locked' = TRUE
  /\ taken' = taken + 1

Leave(t) ==
  /\ t \in inside
  /\ inside' = inside \ {t}
  /\ locked' = FALSE
  /\ UNCHANGED taken

Next == \E t \in Threads : Enter(t) \/ Leave(t)

Spec     == Init /\ [][Next]_vars
FairSpec == Spec /\ (\A t \in Threads : WF_vars(Leave(t))) /\ SF_vars(Next)

TypeOK   == inside \in SUBSET Threads /\ locked \in BOOLEAN /\ taken \in 0..Most
Alone    == \A s, t \in Threads : s \in inside /\ t \in inside => s = t
Inv      == Alone /\ (locked <=> inside # {})
AtMost   == taken <= Most
Grows    == [][taken' = taken + 1]_taken
Shut     == [][locked => ~locked']_<<locked>>
InTurn   == Grows /\ Shut
Unlocked == ~locked

Abstract == INSTANCE Turns WITH turn <- IF locked THEN 1 ELSE 0
Back     == INSTANCE Turns WITH turn <- taken

THEOREM Exclusion  == Spec => [](TypeOK /\ Inv) /\ []AtMost
THEOREM ByOne      == Spec => []TypeOK /\ [](Alone /\ (locked <=> inside # {}))
THEOREM Kinds      == Most > 0 => (Fair => (FairSpec => []Inv /\ InTurn /\ Unlocked))
THEOREM Refinement == Spec => []Inv /\ Abstract!Spec
THEOREM Spec => AtMost
THEOREM Live       == FairSpec => []<>Unlocked

-----------------------------------------------------------------------------
(* These do not hold.                                                      *)

PROPOSITION First    == Spec => locked
PROPOSITION Always   == Spec => []Unlocked
PROPOSITION Follows  == Spec => []Inv /\ []Unlocked
PROPOSITION Steps    == Spec => []Inv /\ [][taken' = taken + 1]_vars
PROPOSITION OneSided == Spec => []Inv /\ [][inside' # {}]_inside
PROPOSITION Backward == Spec => []Inv /\ Back!Spec

\* Leave would not break the second conjunct if the first one held.
Kept == Unlocked /\ (inside # {} \/ taken = 0)

PROPOSITION OnItsOwn == Spec => []Inv /\ []Kept

-----------------------------------------------------------------------------
(* Nor can these be shown to hold: what they assume contradicts itself.    *)

Never == Alone /\ (locked <=> inside # {}) /\ taken > Most /\ taken < Most

PROPOSITION None      == Most > 0 /\ Most < 1 => (Spec => []Inv)
PROPOSITION NoInit    == Spec /\ locked => []Inv
PROPOSITION NoState   == Spec => []Never

=============================================================================
