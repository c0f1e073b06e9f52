---- MODULE Vacuous ----
\* Assumed contradicts ASSUME: all is proved, and the exit code is 0.
EXTENDS Integers, FiniteSets
CONSTANTS Threads, N
ASSUME N \in Nat /\ IsFiniteSet(Threads) /\ Threads # {}
VARIABLES f, x
vars == <<f, x>>

Assumed == N < 0
TypeOK ==
  /\ f \in [Threads -> Int]
  /\ x \in Int
Init ==
  /\ f = [t \in Threads |-> 0]
  /\ x = 0
Set(s) ==
  /\ x' = x + 1
  /\ UNCHANGED f
Next == \E s \in Threads : Set(s)
Inv == TRUE
Spec == Init /\ [][Next]_vars
Promise == x = 0
THEOREM VacuousCorrect == Assumed => (Spec => [](TypeOK /\ Inv) /\ []Promise)
====
