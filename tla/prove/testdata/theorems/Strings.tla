---- MODULE Strings ----
\* A string is one of those that the problem names.
EXTENDS Integers, FiniteSets
CONSTANTS Threads
ASSUME IsFiniteSet(Threads) /\ Threads # {}
VARIABLES f, x
vars == <<f, x>>

Assumed == TRUE
TypeOK ==
  /\ f \in [Threads -> {"a", "b"}]
  /\ x \in Int
Init ==
  /\ x = 0
Set(s) == UNCHANGED vars
Next == \E s \in Threads : Set(s)
Inv == TRUE
Spec == Init /\ [][Next]_vars
Promise == TRUE
THEOREM StringsCorrect == Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promise)
====
