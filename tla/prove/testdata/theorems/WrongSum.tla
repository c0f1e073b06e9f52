------------------------------ MODULE WrongSum ------------------------------
(* An operator is known by its text and not by its name: this is no sum. *)
EXTENDS Integers, FiniteSets
CONSTANT Threads
ASSUME IsFiniteSet(Threads) /\ Threads # {}
VARIABLE x
Init == x = 0
Spec == Init /\ [][UNCHANGED x]_x
Sum(F(_), S) == IF S = {} THEN 0 ELSE 1
One(t) == 1
PROPOSITION WrongSumCorrect == Spec => [](Sum(One, Threads) = Cardinality(Threads))
=============================================================================
