----------------------------- MODULE OneCounter -----------------------------
(***************************************************************************)
(* What OneWord refines: a counter under a limit, each operation a single  *)
(* step.  A thread asks, and is answered in a later step.                  *)
(***************************************************************************)
EXTENDS Integers

CONSTANTS
  Threads,
  Numbers,     \* bytes: what calls may name
  MaxLimit,    \* bytes: the largest limit that may be set
  CountBase    \* bytes: the limit while Counting

ASSUME CountBase \in Nat /\ MaxLimit \in 1..(CountBase - 1)

VARIABLES
  mode,        \* "Counting", "Enforcing" or "Unlimited"
  limit,       \* bytes: the limit in force; 0 when Unlimited
  counter,     \* bytes charged; 0 when Unlimited
  ask,         \* ask[t]: what t has asked for and has no answer to, or None
  answer       \* answer[t]: how t was answered last

budget == <<mode, limit, counter>>
vars   == <<budget, ask, answer>>

None == [op |-> "none", n |-> 0]

\* The answers.
Ok        == <<"ok">>
OverLimit == <<"over limit">>
TooLate   == <<"unlimited">>

Counted == mode # "Unlimited"

Init ==
  /\ mode = "Counting" /\ limit = CountBase /\ counter = 0
  /\ ask = [t \in Threads |-> None]
  /\ answer = [t \in Threads |-> Ok]

-----------------------------------------------------------------------------

Ask(t, op, n) ==
  /\ ask[t] = None
  /\ ask' = [ask EXCEPT ![t] = [op |-> op, n |-> n]]
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED budget

\* t has seen its answer, and goes on.
Dismiss(t) ==
  /\ ask[t] = None
  /\ answer[t] # Ok
  /\ answer' = [answer EXCEPT ![t] = Ok]
  /\ UNCHANGED <<budget, ask>>

Answer(t, a) ==
  /\ ask' = [ask EXCEPT ![t] = None]
  /\ answer' = [answer EXCEPT ![t] = a]

Fits(t) == ask[t].n = 0 \/ ~Counted \/ ask[t].n <= limit - counter

Reserve(t) ==
  /\ ask[t].op = "Reserve" /\ Fits(t)
  /\ counter' = IF Counted THEN counter + ask[t].n ELSE counter
  /\ UNCHANGED <<mode, limit>>
  /\ Answer(t, Ok)

Refuse(t) ==
  /\ ask[t].op = "Reserve" /\ ~Fits(t)
  /\ UNCHANGED budget
  /\ Answer(t, OverLimit)

Release(t) ==
  /\ ask[t].op = "Release" /\ ask[t].n >= 0
  /\ Counted => ask[t].n <= counter
  /\ counter' = IF Counted THEN counter - ask[t].n ELSE counter
  /\ UNCHANGED <<mode, limit>>
  /\ Answer(t, Ok)

SetLimit(t) ==
  /\ ask[t].op = "SetLimit" /\ ask[t].n \in 1..MaxLimit
  /\ IF Counted
       THEN /\ mode' = "Enforcing"
            /\ limit' = ask[t].n
            /\ UNCHANGED counter
            /\ Answer(t, Ok)
       ELSE UNCHANGED budget /\ Answer(t, TooLate)

EndBoot(t) ==
  /\ ask[t].op = "EndBoot"
  /\ IF mode = "Counting"
       THEN mode' = "Unlimited" /\ limit' = 0 /\ counter' = 0
       ELSE UNCHANGED budget
  /\ Answer(t, Ok)

Answers(t) ==
  Reserve(t) \/ Refuse(t) \/ Release(t) \/ SetLimit(t) \/ EndBoot(t)

Next ==
  \E t \in Threads :
    \/ Answers(t)
    \/ Dismiss(t)
    \/ \E op \in {"Reserve", "Release", "SetLimit"}, n \in Numbers : Ask(t, op, n)
    \/ Ask(t, "EndBoot", 0)

=============================================================================
