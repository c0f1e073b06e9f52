------------------------------- MODULE Follow --------------------------------
(***************************************************************************)
(* Runs of the code, followed step by step: each step must be one of       *)
(* BudgetCAS.  The runs are too long for a graph that lists them all.      *)
(*                                                                         *)
(* Go writes module Traces for each run of TLC (follow.go):                *)
(*   Threads      the threads of all traces                                *)
(*   States       states: records of the variables of BudgetCAS, but for   *)
(*                those of its history                                     *)
(*   Traces       traces: [misuse |-> whether callers may claim more than  *)
(*                they hold, states |-> numbers of States]                 *)
(*                                                                         *)
(* TLC prints the number of a trace, and of a state in it, where BudgetCAS *)
(* has no step from the state before; and where the first state is not one *)
(* in which BudgetCAS begins.                                              *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC, Traces

VARIABLES
  k,           \* the number of the trace
  i            \* the number of the state

S == States[Traces[k].states[i]]

\* Half is as in the mapping in Go (spec.go).  The other constants are wide
\* enough for what callers ask for.
B(misuse) == INSTANCE BudgetCAS WITH
  Setters    <- Threads,
  Sizes      <- 1..8,
  Limits     <- 1..8,
  Half       <- 64,
  MaxChanges <- 127,
  Gens       <- 128,
  Stale      <- 127,
  Misuse     <- misuse,
  Without    <- {},
  History    <- FALSE,
  word <- S.word, base <- S.base, locked <- S.locked, pc <- S.pc,
  want <- S.want, seen <- S.seen, held <- S.held, phys <- S.phys,
  asked <- 16, over <- [t \in Threads |-> FALSE],
  top <- [t \in Threads |-> 0], fit <- [t \in Threads |-> TRUE], broken <- {}

Begins == B({})!Init
Steps  == IF Traces[k].misuse THEN B(Threads)!Next ELSE B({})!Next

Init ==
  /\ k \in DOMAIN Traces
  /\ i = 1
  /\ IF Begins THEN TRUE ELSE PrintT(<<"no step", k, i>>)

Next ==
  /\ i < Len(Traces[k].states)
  /\ i' = i + 1
  /\ k' = k
  /\ IF Steps THEN TRUE ELSE PrintT(<<"no step", k, i'>>)

Spec == Init /\ [][Next]_<<k, i>>
=============================================================================
