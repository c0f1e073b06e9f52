---- MODULE OtherSpec ----
\* Spec is not read: its next-state relation has a step that Next has not.
EXTENDS Integers, FiniteSets
CONSTANTS Threads
ASSUME IsFiniteSet(Threads) /\ Threads # {}
VARIABLES f, x
vars == <<f, x>>

Assumed == TRUE
TypeOK ==
  /\ f \in [Threads -> Int]
  /\ x \in Int
Init ==
  /\ f = [t \in Threads |-> 0]
  /\ x = 0
Set(s) == UNCHANGED vars
Evil == x' = 1 /\ UNCHANGED f
Next == \E s \in Threads : Set(s)
Inv == x = 0
Spec == Init /\ [][Next \/ Evil]_vars
Promise == x = 0
THEOREM OtherSpecCorrect == Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promise)
====
