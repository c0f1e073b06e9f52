------------------------- MODULE OperatorsAbstract -------------------------
(***************************************************************************)
(* What Operators is compared with, as OneWord is with OneCounter.  It has *)
(* quantifiers that a proof may give witnesses for, and such as it must    *)
(* not: below a negation, in a condition, to the left of an implication.   *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS Threads, Numbers

VARIABLES counter, ask

vars == <<counter, ask>>

Init == counter = 0 /\ ask = [t \in Threads |-> [op |-> "Add", n |-> 0]]

Many == \E n \in Numbers : counter > n

\* Only t's request changes.
By(t) == ask' = [ask EXCEPT ![t] = ask'[t]]

Grow(t, n) ==
  /\ ask' = [ask EXCEPT ![t] = [op |-> ask'[t].op, n |-> @.n + n]]
  /\ UNCHANGED counter

Largest(t) ==
  /\ By(t)
  /\ ask'[t].op \in {"Swap", "Case", "BothStep", "Nested"}
  /\ ~\E n \in Numbers : n > ask[t].n

Unless(t) ==
  /\ By(t)
  /\ ask'[t].op = "Choose"
  /\ (\E n \in Numbers : n = ask[t].n + 2) => ask'[t].n # ask[t].n
  /\ \A n \in Numbers : n >= ask'[t].n

Decided(t) ==
  /\ By(t)
  /\ ask'[t].op = "Add"
  /\ IF \E n \in Numbers : n < ask[t].n THEN counter' > counter ELSE counter' = counter

Outside(t) ==
  /\ By(t)
  /\ ask'[t].op = "Mark"
  /\ ask[t].n \notin { n + m : n \in Numbers, m \in Numbers }

Next ==
  \E t \in Threads :
    \/ \E n \in Numbers : Grow(t, n)
    \/ Largest(t) \/ Unless(t) \/ Decided(t) \/ Outside(t)

=============================================================================
