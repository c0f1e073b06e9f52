-------------------------------- MODULE Judge --------------------------------
(***************************************************************************)
(* Recorded histories, judged by module Budget.                            *)
(*                                                                         *)
(* A history is a sequence of events, in the order of their stamps:        *)
(*                                                                         *)
(*   <<c, op, n, to, k, a>>  client c calls op of budget n with k bytes,   *)
(*                           of a Move to budget to.  Its answer will be a *)
(*   <<c>>                   that call returns                             *)
(*                                                                         *)
(* A call asks Budget.  Between two events Budget may answer any client    *)
(* that has asked.  A call returns when it has been answered as recorded.  *)
(* Budget explains a history if some behavior of it plays every event.     *)
(* TLC prints the number of each history that is explained.                *)
(*                                                                         *)
(* Go writes module Histories for each run (histories.go):                 *)
(*   Histories    a sequence of histories                                  *)
(*   Trees        for each, a sequence of <<parent, limit>>, by budget     *)
(*   Clients      the clients of all of them                               *)
(*   Nodes        budgets, as many as the largest tree has; 0 is the root  *)
(*   Largest      bytes: TLC's integers have 32 bits, so the sizes of the  *)
(*   NoLimit      code (2^47, 2^63-1) are smaller here                     *)
(***************************************************************************)
EXTENDS Integers, Sequences, TLC, Histories

VARIABLES
  h,           \* the number of the history
  k,           \* the number of the next event
  due,         \* due[c]: the recorded answer to c's call
  limit, counter, own, gone, counted, ask, answer    \* Budget's

budget == <<limit, counter, own, gone, counted, ask, answer>>
vars   == <<h, k, due, budget>>

Node(g, n) == IF n < Len(Trees[g]) THEN Trees[g][n + 1] ELSE <<0, NoLimit>>
Parents == [g \in DOMAIN Trees |-> [n \in Nodes |-> Node(g, n)[1]]]
Firsts  == [g \in DOMAIN Trees |-> [n \in Nodes |-> Node(g, n)[2]]]
Limits  == [g \in DOMAIN Trees |-> { n \in Nodes \ {0} : Node(g, n)[2] # NoLimit }]

\* Budget on the tree of history g.
B(g) == INSTANCE Budget WITH
  Root      <- 0,
  Parent    <- Parents[g],
  First     <- Firsts[g],
  Limited   <- Limits[g],
  Threads   <- Clients,
  Numbers   <- Int,
  MaxSize   <- Largest,
  CountBase <- Largest + Largest \div 2

Events == Histories[h]
Event  == Events[k]
Ended  == k > Len(Events)

None == B(1)!None

Init ==
  \E g \in DOMAIN Histories :
    /\ h = g
    /\ k = 1
    /\ due = [c \in Clients |-> B(g)!Ok]
    /\ B(g)!Init

Call(g) ==
  /\ Len(Event) = 6
  /\ B(g)!Ask(Event[1], Event[2], Event[3], Event[4], Event[5])
  /\ due' = [due EXCEPT ![Event[1]] = Event[6]]
  /\ k' = k + 1

Return ==
  /\ Len(Event) = 1
  /\ ask[Event[1]] = None
  /\ k' = k + 1
  /\ UNCHANGED <<due, budget>>

\* What is closed is read so, whatever its limit was.
Read(g, c, used) ==
  LET n == ask[c].node
  IN CASE counted /\ B(g)!Shut(n)             -> <<"read", "Closed", 0, used>>
       [] ~counted                           -> <<"read", "Unlimited", 0, 0>>
       [] OTHER                              -> B(g)!Reading(n, used)

\* A reading, as long as what was read is within what may be.
Reads(g, c) ==
  LET used == due[c][Len(due[c])]  n == ask[c].node
  IN /\ due[c][1] = "read"
     /\ \/ ask[c].op = "Exact" /\ (counted => used \in B(g)!Readable(n)) /\ due[c] = Read(g, c, used)
        \/ /\ ask[c].op = "Stats" /\ used \in B(g)!Cheap(n)
           /\ due[c] = IF n = 0 THEN Read(g, c, used) ELSE <<"read", used>>
     /\ UNCHANGED <<limit, counter, own, gone, counted>>
     /\ B(g)!Answer(c, due[c])

\* An answer can wait for the next return of a client that has none yet.  It
\* is as right after the calls that come before that, for they move nothing.
Answer(g, c) ==
  /\ Len(Event) = 1
  /\ ask[Event[1]] # None
  /\ IF ask[c].op \in {"Exact", "Stats"} THEN Reads(g, c) ELSE B(g)!Answers(c)
  /\ ask'[c] = None => answer'[c] = due[c]
  /\ UNCHANGED <<k, due>>

Next ==
  /\ ~Ended
  /\ Return \/ \E g \in DOMAIN Histories : h = g /\ (Call(g) \/ \E c \in Clients : Answer(g, c))
  /\ UNCHANGED h

Spec == Init /\ [][Next]_vars

\* Always holds.
Verdict == Ended => PrintT(<<"explained", h>>)
=============================================================================
