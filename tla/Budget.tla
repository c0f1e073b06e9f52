------------------------------- MODULE Budget -------------------------------
(***************************************************************************)
(* What a budget is: one limit on the bytes that many threads hold between *)
(* them, as if every operation were a single step.                         *)
(*                                                                         *)
(* A thread asks for bytes.  The answer is Reserve, which charges them, or *)
(* Refuse, which changes nothing.  Reserve needs the request to fit, and   *)
(* Refuse needs it not to fit: refusals are as exact as grants.  Asking is *)
(* a step of its own.  So an implementation that refines this module may   *)
(* answer at any instant between the call and its return, and at no other. *)
(*                                                                         *)
(* There is no operation "resize".  A growth whose backing allocation      *)
(* fails is a Reserve and, later, a Release.  The doomed bytes are charged *)
(* in between, and others are rightly refused because of them.             *)
(*                                                                         *)
(* The modes only go forward.  Counting is the boot: the limit is the      *)
(* counting base, which no real program reaches.  SetLimit leads to        *)
(* Enforcing, EndBoot leads to Unlimited, where nothing is counted.        *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,     \* the threads that share the budget
  Limits,      \* bytes: the limits that may be set
  CountBase,   \* bytes: the limit while Counting
  Largest      \* bytes: the largest request there can be

ASSUME /\ CountBase \in Nat /\ Largest \in Nat
       /\ \A n \in Limits : n \in 1..(CountBase - 1)

VARIABLES
  mode,        \* "Counting", "Enforcing" or "Unlimited"
  limit,       \* bytes: the limit in force; 0 when Unlimited
  counter,     \* bytes charged to all threads; 0 when Unlimited
  held,        \* held[t]: bytes charged to t
  ask          \* ask[t]: bytes t has asked for and has no answer to; else 0

vars == <<mode, limit, counter, held, ask>>

TypeOK ==
  /\ mode \in {"Counting", "Enforcing", "Unlimited"}
  /\ limit \in Limits \cup {0, CountBase}
  /\ counter \in 0..CountBase
  /\ held \in [Threads -> 0..CountBase]
  /\ ask \in [Threads -> 0..Largest]

Init ==
  /\ mode = "Counting" /\ limit = CountBase /\ counter = 0
  /\ held = [t \in Threads |-> 0]
  /\ ask = [t \in Threads |-> 0]

-----------------------------------------------------------------------------

Ask(t, n) ==
  /\ ask[t] = 0
  /\ ask' = [ask EXCEPT ![t] = n]
  /\ UNCHANGED <<mode, limit, counter, held>>

Reserve(t) ==
  /\ ask[t] > 0
  /\ ask' = [ask EXCEPT ![t] = 0]
  /\ \/ /\ mode = "Unlimited"
        /\ UNCHANGED <<counter, held>>
     \/ /\ mode # "Unlimited"
        /\ ask[t] <= limit - counter
        /\ counter' = counter + ask[t]
        /\ held' = [held EXCEPT ![t] = @ + ask[t]]
  /\ UNCHANGED <<mode, limit>>

Refuse(t) ==
  /\ ask[t] > 0
  /\ mode # "Unlimited"
  /\ ask[t] > limit - counter
  /\ ask' = [ask EXCEPT ![t] = 0]
  /\ UNCHANGED <<mode, limit, counter, held>>

Release(t, n) ==
  /\ n <= held[t]
  /\ counter' = counter - n
  /\ held' = [held EXCEPT ![t] = @ - n]
  /\ UNCHANGED <<mode, limit, ask>>

\* Releasing more than all threads hold is misuse: it is reported, and
\* nothing changes.  A step that changes nothing cannot show the report;
\* OverReleaseCaught in BudgetCAS does.
OverRelease(n) ==
  /\ mode # "Unlimited"
  /\ n > counter
  /\ UNCHANGED vars

\* The limit may be set below the counter.  Then nothing is taken back, and
\* nothing is granted until enough is released.
SetLimit(n) ==
  /\ mode # "Unlimited"
  /\ mode' = "Enforcing"
  /\ limit' = n
  /\ UNCHANGED <<counter, held, ask>>

EndBoot ==
  /\ mode = "Counting"
  /\ mode' = "Unlimited"
  /\ limit' = 0
  /\ counter' = 0
  /\ held' = [t \in Threads |-> 0]
  /\ UNCHANGED ask

Next ==
  \/ \E t \in Threads :
       \/ \E n \in 1..Largest : Ask(t, n)
       \/ Reserve(t)
       \/ Refuse(t)
       \/ \E n \in 1..held[t] : Release(t, n)
  \/ \E n \in (counter + 1)..Largest : OverRelease(n)
  \/ \E n \in Limits : SetLimit(n)
  \/ EndBoot

Spec == Init /\ [][Next]_vars

-----------------------------------------------------------------------------

RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0
             ELSE LET t == CHOOSE t \in S : TRUE IN f[t] + Sum(f, S \ {t})

Exact == counter = Sum(held, Threads)

\* A step that charges leaves the counter within the limit.
NeverOverLimit == [][counter' > counter => counter' <= limit']_vars

THEOREM Spec => [](TypeOK /\ Exact) /\ NeverOverLimit

\* Does not hold: the counter is always within the limit.  SetLimit may set a
\* limit below the counter.
AlwaysWithinLimit == mode # "Unlimited" => counter <= limit

-----------------------------------------------------------------------------
\* 23 November 2026, TLC 1.7.4 (2.19), 2 workers, 1 where a promise falls; the same
\* counts for 2 threads with a build of that day.  Seconds are of two busy cores.
\*
\* distinct generated    s  constants
\*     1656     17401    2  2 threads, Limits {1,2}, CountBase 4, Largest 5
\*      119       319    1  2 threads, Limits {1,2}, CountBase 4, Largest 5: AlwaysWithinLimit falls
=============================================================================
