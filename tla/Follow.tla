------------------------------- MODULE Follow --------------------------------
(***************************************************************************)
(* Runs of the code, followed step by step: each must be a step of         *)
(* Scenario.  The runs are too long for a graph that lists them all.  What *)
(* the programs of the graphs leave out is followed too: refusals without  *)
(* the lock (T10), top-ups and trims (T11).                                *)
(*                                                                         *)
(* Go writes module Traces for each run of TLC (follow.go):                *)
(*   Ran      the program, for the constant Program                        *)
(*   Traces   for each run the view of its first state, then for each step *)
(*            what it changes of the view                                  *)
(*                                                                         *)
(* TLC prints each state that it reaches in a run.                         *)
(***************************************************************************)
EXTENDS Traces

VARIABLES
  k,           \* the number of the run
  i            \* the number of the state in it

\* What is compared of a state: as in Go (spec.go), of a word that is not counted its kind,
\* and of an answer whether it is a refusal or a report.
Ended(a) ==
  CASE a[1] \in {"over limit", "closed", "unlimited"} -> "Refused"
    [] a[1] = "over-release" -> "Caught"
    [] OTHER -> "Idle"
View ==
  [word   |-> [n \in Nodes |-> IF word[n].kind = "counted" THEN word[n] ELSE [kind |-> word[n].kind]],
   answer |-> [t \in Threads |-> Ended(answer[t])],
   base |-> base, limit |-> limit, direct |-> direct, locked |-> locked, pc |-> pc, call |-> call,
   at |-> at, seen |-> seen, carry |-> carry, begun |-> begun, late |-> late, short |-> short,
   above |-> above, batch |-> batch]

FollowInit ==
  /\ ScenarioInit
  /\ k \in DOMAIN Traces
  /\ i = 1
  /\ View = Traces[k][1]

\* What a program of the graphs never does.
Chosen(t) ==
  /\ late # t
  /\ Refuse(t) \/ \E b \in Batches, n \in Path[Node(t)] \ {Root} : TopTake(t, n, b)
  /\ UNCHANGED <<begun, late, choices>>

FollowNext ==
  /\ i < Len(Traces[k])
  /\ i' = i + 1 /\ k' = k
  /\ ScenarioNext \/ \E t \in Threads : Chosen(t)
  /\ View' = Traces[k][i'] @@ View

FollowSpec == FollowInit /\ [][FollowNext]_<<vars, begun, late, choices, k, i>>

\* Always holds.
Reached == PrintT(<<"reached", k, i>>)
=============================================================================
