-------------------------------- MODULE Judge --------------------------------
(***************************************************************************)
(* Recorded histories, judged by module Budget.                            *)
(*                                                                         *)
(* A history is a sequence of events, in the order of their stamps:        *)
(*                                                                         *)
(*   <<c, op, n, a>>  client c calls op of n bytes.  Its answer will be a  *)
(*   <<c>>            that call returns                                    *)
(*                                                                         *)
(* A call asks Budget.  Between two events Budget may answer any client    *)
(* that has asked.  A call returns when it has been answered as recorded.  *)
(* Budget explains a history if some behavior of it plays every event.     *)
(* TLC prints the number of each history that is explained.                *)
(*                                                                         *)
(* Go writes module Histories for each run (histories.go):                 *)
(*   Histories    a sequence of histories                                  *)
(*   Clients      the clients of all of them                               *)
(*   Largest      bytes: TLC's integers have 32 bits, so the bands of the  *)
(*                code (2^52) are narrower here, in the same proportions   *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC, Histories

VARIABLES
  h,           \* the number of the history
  k,           \* the number of the next event
  due,         \* due[c]: the recorded answer to c's call
  mode, limit, counter, ask, answer, over    \* Budget's

budget == <<mode, limit, counter, ask, answer, over>>
vars   == <<h, k, due, budget>>

B == INSTANCE Budget WITH
  Threads   <- Clients,
  Numbers   <- Int,
  MaxLimit  <- Largest,
  CountBase <- 2 * Largest

Events == Histories[h]
Event  == Events[k]
Ended  == k > Len(Events)

Init ==
  /\ h \in DOMAIN Histories
  /\ k = 1
  /\ due = [c \in Clients |-> B!Ok]
  /\ B!Init

Call ==
  /\ Len(Event) = 4
  /\ B!Ask(Event[1], Event[2], Event[3])
  /\ due' = [due EXCEPT ![Event[1]] = Event[4]]
  /\ k' = k + 1

Return ==
  /\ Len(Event) = 1
  /\ ask[Event[1]] = B!None
  /\ k' = k + 1
  /\ UNCHANGED <<due, budget>>

\* An answer can wait for the next return of a client that has none yet.  It
\* is as right after the calls that come before that, for they move nothing.
Answer(c) ==
  /\ Len(Event) = 1
  /\ ask[Event[1]] # B!None
  /\ B!Answers(c)
  /\ answer'[c] = due[c]
  /\ UNCHANGED <<k, due>>

Next ==
  /\ ~Ended
  /\ Call \/ Return \/ \E c \in Clients : Answer(c)
  /\ UNCHANGED h

Spec == Init /\ [][Next]_vars

\* Always holds.
Verdict == Ended => PrintT(<<"explained", h>>)
=============================================================================
